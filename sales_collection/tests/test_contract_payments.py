from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .contract_common import ADVANCE, DELIVERY, RETENTION, ContractCommon


@tagged("post_install", "-at_install")
class TestContractPayments(ContractCommon):
    """Invoiced and collected per payment, from real invoices and receipts: 1,130.01 as 339.00 / 678.01 / 113.00."""

    def setUp(self):
        super().setUp()
        freezer = freeze_time("2026-06-30 12:00:00")
        freezer.start()
        self.addCleanup(freezer.stop)

    def _order_of(self, day, **values):
        with freeze_time(f"{day} 09:00:00"):
            order = self._create_order(**values)
            self.env.flush_all()
        return order

    def _invoice_advance(self, order, day="2026-03-02"):
        action = order.payment_milestone_ids[0].action_invoice()
        return self._post(self.env["account.move"].browse(action["res_id"]), day)

    # === INVOICES === #

    def test_advance_invoice_is_exact_to_the_cent(self):
        order = self._order_of("2026-03-01")
        invoice = self._invoice_advance(order)
        self.assertEqual(invoice.amount_total, 339.0)
        self.assertEqual(invoice.payment_milestone_id, order.payment_milestone_ids[0])
        self.assertFalse(invoice.invoice_payment_term_id)
        self.assertEqual(
            self._get_figures(order, "amount_invoiced", "amount_open", "state"),
            [(339.0, 339.0, "overdue"), (0.0, 678.01, "planned"), (0.0, 113.0, "planned")],
        )
        with self.assertRefused(UserError, "nothing is left"):
            order.payment_milestone_ids[0].action_invoice()

    def test_salesperson_invoices_the_advance(self):
        order = self._order_of("2026-03-01")
        milestone = order.payment_milestone_ids[0].with_user(self.user_s)
        action = milestone.action_invoice()
        invoice = self.env["account.move"].browse(action["res_id"])
        self.assertEqual((invoice.amount_total, invoice.payment_milestone_id.id), (339.0, milestone.id))
        with self.assertRefused(UserError, "draft invoice already"):
            milestone.action_invoice()

    def test_what_cannot_be_invoiced(self):
        order = self._create_order(confirm=False)
        with self.assertRefused(UserError, "is not confirmed"):
            order.payment_milestone_ids[0].action_invoice()

    def test_advance_falls_due_when_the_contract_says(self):
        fixed = {**ADVANCE, "due_rule": "date", "date": "2026-07-15"}
        order = self._order_of("2026-03-01", milestones=[fixed, DELIVERY, RETENTION])
        invoice = self._invoice_advance(order)
        items = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        self.assertRecordValues(items, [{"date_maturity": self._day("2026-07-15"), "balance": 339.0}])

    def test_whole_contract(self):
        """Advance and its receipt, delivery invoice that deducts it, retention a year later."""
        order = self._order_of("2026-03-01")
        self._pay(self._invoice_advance(order), "2026-03-11")
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        self.assertEqual(invoice.amount_total, 791.01)
        names = ("amount_invoiced", "amount_collected", "amount_open", "amount_overdue", "state")
        self.assertEqual(
            self._get_figures(order, *names),
            [
                (339.0, 339.0, 0.0, 0.0, "collected"),
                (678.01, 0.0, 678.01, 678.01, "overdue"),
                (113.0, 0.0, 113.0, 0.0, "invoiced"),
            ],
        )
        self._pay(invoice, "2026-05-20", 700)
        self.assertEqual(
            self._get_figures(order, *names)[1:],
            [(678.01, 678.01, 0.0, 0.0, "collected"), (113.0, 21.99, 91.01, 0.0, "invoiced")],
        )
        rows = self._get_rows(order)
        self.assertEqual(rows.mapped("days_late"), [10.0, 30.0, 0.0])
        self.assertEqual(rows.mapped("late_amount_days"), [3390.0, 20340.3, 0.0])

    def test_retention_of_an_invoice_falls_due_later(self):
        order = self._order_of("2026-03-01")
        self._invoice_advance(order)
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        items = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
        self.assertRecordValues(
            items,
            [
                {"date_maturity": self._day("2026-04-20"), "balance": 678.01},
                {"date_maturity": self._day("2027-04-20"), "balance": 113.0},
            ],
        )

    def test_retention_beside_payment_terms(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half in 30, half in 60 days",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 30}),
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": 60}),
                ],
            }
        )
        order = self._order_of("2026-03-01", payment_term_id=term.id, price=1000)
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        items = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
        self.assertRecordValues(
            items,
            [
                {"date_maturity": self._day("2026-05-20"), "balance": 565.0},
                {"date_maturity": self._day("2026-06-19"), "balance": 452.0},
                {"date_maturity": self._day("2027-04-20"), "balance": 113.0},
            ],
        )
        # Opened and saved again, nothing moves.
        invoice.button_draft()
        invoice.narration = "Checked"
        invoice.action_post()
        items = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
        self.assertEqual(items.mapped("balance"), [565.0, 452.0, 113.0])

    def test_no_retention_no_split(self):
        order = self._order_of("2026-03-01", milestones=[ADVANCE, {**DELIVERY, "percentage": 70}])
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        self.assertEqual(len(invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")), 1)

    def test_partial_deliveries_fill_in_sequence(self):
        order = self._order_of("2026-03-01", quantity=10, price=100.001)
        self.assertEqual(order.amount_total, 1130.01)
        self._deliver(order, "2026-04-01", quantity=4)
        self._bill(order, "2026-04-01")
        invoiced = [figure[0] for figure in self._get_figures(order, "amount_invoiced")]
        self.assertEqual(invoiced, [339.0, 113.0, 0.0])

    def test_invoice_names_a_payment_of_its_own_order(self):
        order, other = self._order_of("2026-03-01"), self._order_of("2026-03-01")
        invoice = self._invoice_advance(order)
        with self.assertRefused(ValidationError, "choose a payment of its own order"):
            invoice.payment_milestone_id = other.payment_milestone_ids[0]
        with self.assertRefused(UserError, "delete or cancel that one"):
            order.payment_milestone_ids[0].unlink()

    # === CREDIT NOTES, DISCOUNTS, CANCELLATION === #

    def _get_delivered_order(self, **values):
        order = self._order_of("2026-03-01", **values)
        self._pay(self._invoice_advance(order), "2026-03-02")
        self._deliver(order, "2026-04-20")
        return order, self._bill(order, "2026-04-20")

    def test_credit_note_lowers_what_is_open(self):
        """100.01 of the delivery come back: 691.00 are left to pay, and the retention, filled last, is 12.99."""
        order, invoice = self._get_delivered_order()
        self._credit(invoice, "2026-05-01", price=88.50)
        self.assertEqual(invoice.amount_residual, 691.0)
        figures = self._get_figures(order, "amount_invoiced", "amount_open")
        self.assertEqual(figures, [(339.0, 0.0), (678.01, 678.01), (12.99, 12.99)])

    def test_credit_note_of_a_whole_advance_asks_for_it_again(self):
        order = self._order_of("2026-03-01")
        invoice = self._invoice_advance(order)
        self._credit(invoice, "2026-03-05")
        self.assertEqual(self._get_figures(order, "amount_invoiced", "amount_open")[0], (0.0, 339.0))
        again = self._invoice_advance(order, "2026-03-06")
        self.assertEqual(again.amount_total, 339.0)
        self.assertEqual(self._get_figures(order, "amount_invoiced", "amount_open")[0], (339.0, 339.0))

    def test_partial_receipts_and_a_write_off(self):
        order, invoice = self._get_delivered_order()
        self._pay(invoice, "2026-05-01", 300)
        expense = self.company_data["default_account_expense"]
        self._pay(
            invoice,
            "2026-05-10",
            370,
            payment_difference_handling="reconcile",
            writeoff_account_id=expense.id,
        )
        self.assertEqual(invoice.payment_state, self.env["account.move"]._get_invoice_in_payment_state())
        # Of the last 491.01, 370.00 were money: 284.85 of 378.01 and 85.15 of the retention's 113.00.
        self.assertEqual(
            self._get_figures(order, "amount_collected", "amount_discounted", "amount_open"),
            [(339.0, 0.0, 0.0), (584.85, 93.16, 0.0), (85.15, 27.85, 0.0)],
        )

    def test_cancelled_order(self):
        order = self._order_of("2026-03-01")
        self._invoice_advance(order)
        order._action_cancel()
        rows = self._get_rows(order)
        self.assertEqual(rows.mapped("amount_due"), [339.0, 0.0, 0.0][: len(rows)])
        self.assertEqual(sum(rows.mapped("amount_open")), 339.0)
        self.assertEqual(self._get_figures(order, "state")[1:], [("cancelled",), ("cancelled",)])

    # === CURRENCIES, SALESPEOPLE === #

    def test_order_in_another_currency(self):
        """EUR 920 at 0.80 are 1,150.00 USD, and stay so when the rate moves."""
        pricelist = self.env["product.pricelist"].create({"name": "EUR", "currency_id": self.eur.id})
        self.vat.amount = 0
        order = self._order_of("2026-03-01", price=920, pricelist_id=pricelist.id)
        self.assertEqual((order.currency_id, order.amount_total), (self.eur, 920.0))
        self._create_rate("2026-04-01", 0.5)
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        self._pay(invoice, "2026-05-20", 460, currency_id=self.eur.id)
        self.assertEqual(
            self._get_figures(order, "amount_due", "amount_invoiced", "amount_collected"),
            [(276.0, 276.0, 276.0), (552.0, 552.0, 184.0), (92.0, 92.0, 0.0)],
        )
        rows = self._get_rows(order)
        self.assertEqual(rows.mapped("amount_due"), [345.0, 690.0, 115.0])
        self.assertEqual(rows.mapped("amount_collected"), [345.0, 230.0, 0.0])
        self.assertEqual(rows.mapped("amount_open"), [0.0, 460.0, 115.0])

    def test_one_invoice_of_two_orders_and_salespeople(self):
        """Orders of 113.00 and 339.00 on one invoice, 226.00 paid: 56.50 and 169.50."""
        whole = {**DELIVERY, "percentage": 100}
        first = self._order_of("2026-03-01", milestones=[whole], price=100)
        second = self._order_of("2026-03-01", milestones=[whole], price=300, user_id=self.user_s2.id)
        for order in first | second:
            self._deliver(order, "2026-04-20")
        invoice = (first | second)._create_invoices()
        self.assertEqual((len(invoice), invoice.amount_total), (1, 452.0))
        self._post(invoice, "2026-04-20")
        self._pay(invoice, "2026-05-20", 226)
        self.assertEqual(self._get_figures(first, "amount_invoiced", "amount_collected"), [(113.0, 56.5)])
        self.assertEqual(self._get_figures(second, "amount_invoiced", "amount_collected"), [(339.0, 169.5)])
        self.assertEqual(self._get_rows(first).user_id, self.user_s)
        self.assertEqual(self._get_rows(second).user_id, self.user_s2)

    def test_salesperson_is_frozen_on_the_invoice(self):
        order = self._order_of("2026-03-01")
        self._invoice_advance(order)
        order.user_id = self.user_s2
        self.assertEqual(self._get_rows(order).mapped("user_id"), self.user_s | self.user_s2)
        self.assertEqual(self._get_rows(order)[0].user_id, self.user_s)

    def test_order_with_lines_that_no_order_knows(self):
        """Freight of 113.00 added to the invoice is no part of the contract."""
        order = self._order_of("2026-03-01", milestones=[{**DELIVERY, "percentage": 100}], price=300)
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20", post=False)
        invoice.invoice_line_ids = [
            Command.create({"name": "Freight", "price_unit": 100, "tax_ids": [Command.set(self.vat.ids)]})
        ]
        self._post(invoice, "2026-04-20")
        self._pay(invoice, "2026-05-20", 226)
        self.assertEqual(self._get_figures(order, "amount_invoiced", "amount_collected"), [(339.0, 169.5)])

    # === REPORT === #

    def test_groups_are_sums(self):
        order, invoice = self._get_delivered_order()
        self._pay(invoice, "2026-05-20", 339.0)
        report = self.env["contract.payment.report"]
        report.invalidate_model()
        [row] = report._read_group(
            [("order_id", "=", order.id)],
            ["partner_id"],
            ["amount_due:sum", "amount_collected:sum", "rate:avg", "days_late:avg"],
        )
        self.assertEqual(row[:3], (self.customer, 1130.01, 678.0))
        self.assertAlmostEqual(float(row[3]), 678 / 1130.01 * 100, places=4)
        # 339 a day late, 339 thirty days late
        self.assertAlmostEqual(float(row[4]), 15.5, places=4)

    def test_drill_down(self):
        order, invoice = self._get_delivered_order()
        self._pay(invoice, "2026-05-20", 791.01)
        row = self._get_rows(order)[0]
        movements = self.env["receivable.movement.report"].search(row.action_view_receipts()["domain"])
        self.assertEqual(sorted(movements.mapped("amount")), [113.0, 339.0, 678.01])
        self.assertEqual(row.action_view_order()["res_id"], order.id)
        self.assertIn(invoice.id, row.action_view_invoices()["domain"][0][2])

    def test_statements_do_not_grow_with_payments(self):
        parts = [{**DELIVERY, "percentage": 2, "sequence": number} for number in range(50)]
        few = self._order_of("2026-03-01", milestones=[{**DELIVERY, "percentage": 20}] * 5)
        many = self._order_of("2026-03-01", milestones=parts)
        counts = []
        for order in (few, many, few, many):  # the first two fill what is cached for every transaction
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.payment_milestone_ids.mapped("state")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[2], counts[3])
        self.assertLess(counts[3], 8)

    def test_statements_do_not_grow_when_percentages_follow(self):
        parts = [{**DELIVERY, "percentage": 2, "sequence": number} for number in range(50)]
        few = self._order_of("2026-03-01", milestones=[{**DELIVERY, "percentage": 20}] * 5)
        many = self._order_of("2026-03-01", milestones=parts)
        counts = []
        for order in (few, few, many):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            order.order_line.product_uom_qty += 1
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1])

    # === SCREENS === #

    def test_screens_open(self):
        self._get_delivered_order()
        for model in ("contract.payment.report", "receivable.movement.report", "collection.rate.report"):
            report = self.env[model].with_user(self.user_s)
            views = report.get_views([(False, "list"), (False, "pivot"), (False, "search")])["views"]
            self.assertEqual(set(views), {"list", "pivot", "search"}, model)
            groups = report.formatted_read_group([], ["partner_id"], ["__count", "currency_id:array_agg_distinct"])
            self.assertTrue(groups, model)

    def test_order_form_of_people_who_know_no_payments(self):
        """Whoever ships opens the order without a right to read its payments."""
        order, _invoice = self._get_delivered_order()
        shipper = self._create_user("w", "stock.group_stock_user")
        arch = self.env["sale.order"].with_user(shipper).get_view(view_type="form")["arch"]
        self.assertNotIn('name="payment_milestone_ids"', arch)
        arch = self.env["sale.order"].with_user(self.user_s).get_view(view_type="form")["arch"]
        self.assertIn('name="payment_milestone_ids"', arch)
        self.assertTrue(order.with_user(shipper).read(["name"]))

    def test_manager_edits_the_page(self):
        order = self._order_of("2026-03-01")
        with Form(order.with_user(self.user_manager)) as form:
            with form.payment_milestone_ids.edit(0) as line:
                line.percentage = 25
            with form.payment_milestone_ids.edit(1) as line:
                line.percentage = 65
        self.assertEqual(self._get_figures(order, "amount_due"), [(282.5,), (734.51,), (113.0,)])

    def test_list_of_an_order(self):
        order = self._order_of("2026-03-01")
        action = order.action_view_payment_milestones()
        self.assertEqual(self.env[action["res_model"]].search_count(action["domain"]), 3)

    def test_filters(self):
        order = self._order_of("2026-03-01")
        self._invoice_advance(order)
        report = self.env["contract.payment.report"]
        for domain, kinds in (
            ([("state", "=", "overdue")], {"advance"}),
            ([("kind", "=", "retention")], {"retention"}),
            ([("is_expected", "=", False)], {"advance"}),
            ([("amount_invoiced", "=", 0)], {"delivery", "retention"}),
            ([("date_due", ">=", "=1d"), ("date_due", "<", "=1d +1m")], set()),
        ):
            found = report.search([("order_id", "=", order.id), *domain])
            self.assertEqual(set(found.mapped("kind")), kinds, domain)

    # === STATES === #

    def test_states(self):
        """Planned, due today, overdue, invoiced, collected."""
        fixed = {"due_rule": "date", "kind": "other"}
        order = self._order_of(
            "2026-06-01",
            milestones=[
                {**fixed, "name": "Yesterday", "percentage": 20, "date": "2026-06-29", "sequence": 1},
                {**fixed, "name": "Today", "percentage": 30, "date": "2026-06-30", "sequence": 2},
                {**fixed, "name": "Tomorrow", "percentage": 50, "date": "2026-07-01", "sequence": 3},
            ],
            price=1000,
        )
        self.assertEqual(self._get_figures(order, "state"), [("overdue",), ("due",), ("planned",)])
        last = order.payment_milestone_ids[2]
        invoice = self._post(self.env["account.move"].browse(last.action_invoice()["res_id"]), "2026-06-30")
        self.assertEqual(
            self._get_figures(order, "amount_invoiced", "state"),
            [(0.0, "overdue"), (0.0, "due"), (565.0, "invoiced")],
        )
        self._pay(invoice, "2026-06-30")
        self.assertEqual(
            self._get_figures(order, "amount_collected", "state"),
            [(0.0, "overdue"), (0.0, "due"), (565.0, "collected")],
        )

    def test_more_invoiced_than_agreed_goes_to_the_last(self):
        order = self._order_of("2026-03-01")
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20", post=False)
        invoice.invoice_line_ids[0].price_unit = 1100
        self._post(invoice, "2026-04-20")
        self.assertEqual([figure[0] for figure in self._get_figures(order, "amount_invoiced")], [339.0, 678.01, 225.99])

    def test_credit_note_beyond_what_is_not_named(self):
        """A credit note that reverses nothing takes from the last payments that invoices of their own fill."""
        order = self._order_of("2026-03-01")
        self._invoice_advance(order)
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "invoice_date": "2026-03-20",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Goodwill",
                            "price_unit": 100,
                            "tax_ids": [Command.set(self.vat.ids)],
                            "sale_line_ids": [Command.set(order.order_line[:1].ids)],
                        }
                    )
                ],
            }
        )
        note.action_post()
        self.assertEqual([figure[0] for figure in self._get_figures(order, "amount_invoiced")], [226.0, 0.0, 0.0])
