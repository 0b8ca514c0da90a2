from datetime import timedelta

from odoo.fields import Command
from odoo.tests import Form, tagged

from .receivable_common import ReceivableCommon


@tagged("post_install", "-at_install")
class TestInvoiceCollection(ReceivableCommon):
    """What the list and the form of customer invoices tell of collection."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._get_today()
        cls.policy = cls.env["dunning.policy"].create(
            {"name": "P", "company_id": cls.company.id, "currency_id": cls.usd.id}
        )
        cls.level_1, cls.level_2, cls.level_3 = cls.env["dunning.level"].create(
            [
                {"name": name, "policy_id": cls.policy.id, "days": days, "is_legal": number == 3}
                for number, (name, days) in enumerate((("L1", 3), ("L2", 17), ("L3", 31)), 1)
            ]
        )

    def _day(self, ago):
        return self.today - timedelta(days=ago)

    def _dun(self, item, level, ago):
        return (
            self.env["dunning.item"]
            .sudo()
            .create(
                {
                    "move_line_id": item.id,
                    "partner_id": item.partner_id.id,
                    "company_id": self.company.id,
                    "level_id": level.id,
                    "date": self._day(ago),
                }
            )
        )

    def _promise(self, item, amount, ahead, **values):
        return self.env["payment.promise"].create(
            {
                "partner_id": item.partner_id.id,
                "company_id": self.company.id,
                "currency_id": item.currency_id.id,
                "move_line_ids": item.ids,
                "amount": amount,
                "date": self._day(-ahead),
                **values,
            }
        )

    def _dispute(self, item, amount):
        values = {"partner_id": item.partner_id.id, "company_id": self.company.id, "reason": "quality"}
        return self.env["dunning.dispute"].create({"move_line_id": item.id, "amount": amount, **values})

    def _issue_instalments(self):
        """1,200: 600 due 40 days ago, 300 due 10 days ago, 300 due in 20 days."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Three instalments",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": share, "nb_days": days})
                    for share, days in ((50, 0), (25, 30), (25, 60))
                ],
            }
        )
        return self._issue(1200, self._day(40), invoice_payment_term_id=term.id)

    def _search(self, *domain):
        mine = [("partner_id", "in", (self.customer | self.other).ids), ("company_id", "=", self.company.id)]
        return self.env["account.move"].with_company(self.company).search([*mine, *domain])

    # === DUE === #

    def test_due(self):
        """The oldest open instalment counts; a part payment moves on to the next."""
        invoice = self._issue_instalments()
        self.assertRecordValues(
            invoice,
            [
                {
                    "next_due_date": self._day(40),
                    "next_due_amount": 600,
                    "days_overdue": 40,
                    "amount_overdue": 900,
                    "days_to_pay": 0,
                }
            ],
        )
        self._reconcile(invoice, self._book(-650, self._day(5)))
        self.assertEqual((invoice.next_due_date, invoice.next_due_amount), (self._day(10), 250))
        self.assertEqual((invoice.days_overdue, invoice.amount_overdue), (10, 250))
        self._reconcile(invoice, self._book(-250, self._day(1)))
        self.assertEqual((invoice.next_due_date, invoice.days_overdue, invoice.amount_overdue), (self._day(-20), 0, 0))

    def test_due_today(self):
        """What is due today is not overdue."""
        invoice = self._issue(100, self._day(30), self.today)
        self.assertEqual((invoice.days_overdue, invoice.amount_overdue, invoice.next_due_date), (0, 0, self.today))

    def test_due_of_others(self):
        """Drafts, credit notes and paid invoices are not overdue."""
        note = self._issue(-100, self._day(30))
        draft = self._issue(100, self._day(30))
        draft.button_draft()
        paid = self._issue(100, self._day(30))
        self._reconcile(paid, self._book(-100, self._day(1)))
        for move in (note, draft, paid):
            self.assertEqual((move.days_overdue, move.amount_overdue, move.next_due_date), (0, 0, False))

    def test_receipt_in_draft(self):
        """A receipt that is set back to draft pays nothing, though Odoo keeps its reconciliation."""
        invoice, receipt = self._issue(100, self._day(30)), self._book(-100, self._day(1))
        self._reconcile(invoice, receipt)
        receipt.button_draft()
        invoice.invalidate_recordset()
        self.assertEqual((invoice.days_overdue, invoice.amount_overdue), (30, 100))
        self.assertEqual(self._search(("days_overdue", "=", 30)), invoice)

    def test_search_due(self):
        late, soon, early = (self._issue(100, self._day(60), self._day(due)) for due in (31, 30, -5))
        paid = self._issue(100, self._day(60), self._day(31))
        self._reconcile(paid, self._book(-100, self._day(1)))
        self.assertEqual(self._search(("days_overdue", ">", 30)), late)
        self.assertEqual(self._search(("days_overdue", ">", 0)), late | soon)
        self.assertEqual(self._search(("days_overdue", ">=", 0)), late | soon | early | paid)
        self.assertEqual(self._search(("days_overdue", "=", 30)), soon)
        self.assertEqual(self._search(("days_overdue", "!=", 30)), late | early | paid)
        self.assertEqual(self._search(("days_overdue", "=", 0)), early | paid)
        self.assertEqual(self._search(("days_overdue", "<", 31)), soon | early | paid)
        self.assertEqual(self._search(("next_due_date", "<", self.today)), late | soon)
        self.assertEqual(self._search(("next_due_date", "=", False)), paid)

    def test_order_by_days_overdue(self):
        late, soon = (self._issue(100, self._day(60), self._day(due)) for due in (31, 30))
        moves = self.env["account.move"].with_company(self.company)
        found = moves.search([("id", "in", (soon | late).ids)], order="days_overdue desc")
        self.assertEqual(found.ids, [late.id, soon.id])

    # === DUNNED, PROMISED, DISPUTED === #

    def test_dunned(self):
        """The highest level among the instalments, and its day."""
        invoice = self._issue_instalments()
        first, second = self._get_items(invoice).sorted("date_maturity")[:2]
        self._dun(first, self.level_2, 12)
        self._dun(second, self.level_1, 3)
        other = self._issue(100, self._day(60))
        self.assertRecordValues(
            invoice | other,
            [
                {"dunning_level_id": self.level_2.id, "dunning_date": self._day(12)},
                {"dunning_level_id": False, "dunning_date": False},
            ],
        )
        self.assertEqual(self._search(("dunning_level_id", "=", self.level_2.id)), invoice)
        self.assertEqual(self._search(("dunning_level_id", "=", self.level_1.id)), self.env["account.move"])
        self.assertEqual(self._search(("dunning_level_id", "!=", False)), invoice)
        self.assertEqual(self._search(("dunning_level_id", "=", False)), other)
        self.assertEqual(self._search(("dunning_level_id", "ilike", "L2")), invoice)
        self.assertEqual(self._search(("dunning_date", "<", self._day(5))), invoice)

    def test_legal(self):
        invoices = [self._issue(100, self._day(60)) for _number in range(3)]
        self._dun(self._get_items(invoices[0]), self.level_3, 1)
        self._dun(self._get_items(invoices[1]), self.level_2, 1)
        self.assertEqual(self._search(("dunning_level_id.is_legal", "=", True)), invoices[0])

    def test_group_by_level(self):
        """Lists are grouped by level, though it is not stored."""
        invoices = [self._issue(100, self._day(60)) for _number in range(3)]
        self._dun(self._get_items(invoices[0]), self.level_3, 1)
        self._dun(self._get_items(invoices[1]), self.level_2, 1)
        moves = self.env["account.move"].with_company(self.company)
        groups = moves._read_group(
            [("id", "in", [invoice.id for invoice in invoices])],
            ["dunning_level_id"],
            ["__count", "amount_residual_signed:sum"],
        )
        nothing = self.env["dunning.level"]
        self.assertEqual(set(groups), {(self.level_3, 1, 100), (self.level_2, 1, 100), (nothing, 1, 100)})
        self.assertTrue(moves.fields_get(["dunning_level_id"])["dunning_level_id"]["groupable"])

    def test_promised(self):
        """The next open promise, up to what is open."""
        invoice = self._issue(100, self._day(20))
        self.assertEqual((invoice.promise_date, invoice.promise_amount), (False, 0))
        self._promise(self._get_items(invoice), 40, ahead=9)
        self._promise(self._get_items(invoice), 60, ahead=4)
        invoice.invalidate_recordset()
        self.assertEqual((invoice.promise_date, invoice.promise_amount), (self._day(-4), 60))
        self.assertEqual(self._search(("promise_date", "!=", False)), invoice)
        self._reconcile(invoice, self._book(-70, self.today))
        invoice.invalidate_recordset()
        self.assertLessEqual(invoice.promise_amount, 30)

    def test_disputed(self):
        invoice = self._issue(100, self._day(20))
        other = self._issue(100, self._day(20))
        self._dispute(self._get_items(invoice), 30)
        invoice.invalidate_recordset()
        self.assertEqual((invoice.amount_disputed, other.amount_disputed), (30, 0))
        self.assertEqual(self._search(("amount_disputed", ">", 0)), invoice)
        self.assertEqual(self._search(("amount_disputed", "=", 0)), other)

    # === ORDERS, DAYS TO PAY === #

    def _create_order(self, contract):
        product = self.company_data["product_service_order"]
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "contract_number": contract,
                "order_line": [Command.create({"product_id": product.id, "price_unit": 90})],
            }
        )
        order.action_confirm()
        return order

    def test_orders(self):
        """One invoice of two orders names both, and is found by both."""
        orders = self._create_order("HT-1") | self._create_order("HT-2")
        invoice = orders._create_invoices()
        other = self._issue(100, self._day(20))
        self.assertEqual(invoice.order_names, ", ".join(sorted(orders.mapped("name"))))
        self.assertEqual((invoice.contract_number, other.contract_number), ("HT-1, HT-2", False))
        self.assertEqual(self._search(("contract_number", "ilike", "HT-2")), invoice)
        self.assertEqual(self._search(("order_names", "=", orders[0].name)), invoice)
        self.assertEqual(self._search(("contract_number", "not ilike", "HT-2")), other)

    def test_days_to_pay(self):
        """300 after 10 days and 100 after 50: 20 days; a credit note is no payment, a write-off neither."""
        invoice = self._issue(530, self._day(60))
        self._reconcile(invoice, self._receive(300, self._day(50)))
        self._reconcile(invoice, self._receive(100, self._day(10)))
        self._reconcile(invoice, self._book(-30, self._day(5)))
        self.assertEqual(invoice.days_to_pay, 0)
        self._reconcile(invoice, self._issue(-100, self._day(1)))
        self.assertEqual((invoice.payment_state, invoice.days_to_pay), ("reversed", 20))
        self.assertEqual(self._search(("days_to_pay", ">", 19.5)), invoice)

    def test_days_to_pay_in_advance(self):
        """A receipt before the invoice took no days."""
        receipt = self._receive(100, self._day(60))
        invoice = self._issue(100, self._day(50))
        self._reconcile(invoice, receipt)
        self.assertEqual(invoice.days_to_pay, 0)

    # === SCREENS === #

    def test_counts(self):
        invoice = self._issue_instalments()
        first, second = self._get_items(invoice).sorted("date_maturity")[:2]
        self._promise(first, 40, ahead=9)
        self._dispute(first, 30)
        self._dispute(second, 30)
        self.assertEqual((invoice.notice_count, invoice.promise_count, invoice.dispute_count), (0, 1, 2))
        for action, model, count in (
            (invoice.action_open_notices(), "dunning.notice", 0),
            (invoice.action_open_promises(), "payment.promise", 1),
            (invoice.action_open_disputes(), "dunning.dispute", 2),
        ):
            self.assertEqual(action["res_model"], model)
            self.assertEqual(self.env[model].search_count(action["domain"]), count)

    def test_form(self):
        """The form opens for new invoices, for salespeople and accountants."""
        with Form(self.env["account.move"].with_context(default_move_type="out_invoice")) as form:
            form.partner_id = self.customer
        invoice = self._issue(100, self._day(20), invoice_user_id=self.user_s.id)
        self._dispute(self._get_items(invoice), 30)
        self._dun(self._get_items(invoice), self.level_2, 12)
        invoice.invalidate_recordset()
        for user in (self.user_s, self.user_accountant):
            move = invoice.with_user(user)
            self.assertEqual((move.amount_disputed, move.dunning_level_id, move.days_overdue), (30, self.level_2, 20))
            self.assertEqual(move.dispute_count, 1)

    def test_users_without_rights(self):
        """Who sees an invoice sees its figures, also without rights on promises and disputes."""
        invoice = self._issue(100, self._day(20))
        self._dispute(self._get_items(invoice), 30)
        user = self._create_user("auditor", "base.group_user")
        figures = invoice.with_user(user)._get_figures("_get_dispute_query")
        self.assertEqual(figures, {invoice.id: (30.0,)})
        self.assertEqual(
            invoice.with_user(user)._get_item_counts("dunning.dispute", "move_line_id", "id:recordset"), {}
        )

    def test_statements(self):
        """The figures of a list take as many statements for 5 as for 40 invoices."""
        names = ["dunning_level_id", "days_overdue", "promise_amount", "amount_disputed", "order_names", "days_to_pay"]
        invoices = self.env["account.move"]
        warm = self._issue(100, self._day(20))
        self.assertEqual([bool(warm[name]) for name in names], [False, True, False, False, False, False])
        for total in (5, 40):
            while len(invoices) < total:
                invoices |= self._issue(100, self._day(20))
            self.env.flush_all()
            self.env.invalidate_all()
            invoices.mapped("amount_residual")
            with self.subTest(total=total), self.assertQueryCount(9):
                for invoice in invoices:
                    self.assertEqual([bool(invoice[name]) for name in names], [False, True, False, False, False, False])

    def test_invoice_report(self):
        """Sales by level and by days overdue of their invoices."""
        late, _soon = (self._issue(100, self._day(60), self._day(due)) for due in (31, 30))
        self._issue(100, self._day(60), self.today)
        self._issue(-70, self._day(60))
        self._dun(self._get_items(late), self.level_3, 1)
        self.env.flush_all()
        report = self.env["account.invoice.report"].with_company(self.company)
        domain = [("commercial_partner_id", "=", self.customer.id), ("company_id", "=", self.company.id)]
        groups = report._read_group(domain, ["overdue_bucket"], ["price_subtotal:sum"])
        self.assertEqual(dict(groups), {"0": 100, "1": 100, "2": 100, False: -70})
        groups = report._read_group(domain, ["dunning_level_id"], ["price_subtotal:sum"])
        self.assertEqual(dict(groups), {self.level_3: 100, self.env["dunning.level"]: 130})
