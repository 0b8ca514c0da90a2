from contextlib import contextmanager

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import SQL

from ..contract_common import ADVANCE, DELIVERY, RETENTION, ContractDocumentsCommon


@tagged("post_install", "-at_install")
class TestRetention(ContractDocumentsCommon):
    """The retained part of an invoice falls due when the contract says, whatever the payment terms."""

    def _get_terms(self, invoice):
        items = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
        return [(str(item.date_maturity), item.balance) for item in items]

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

    def test_retention_of_an_order_in_another_currency(self):
        """EUR 1,130.01 at 0.80 are 1,412.51 USD: 1,271.26 and 141.25."""
        pricelist = self.env["product.pricelist"].create({"name": "EUR", "currency_id": self.eur.id})
        order = self._order_of("2026-03-01", pricelist_id=pricelist.id)
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        items = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("date_maturity")
        self.assertRecordValues(
            items,
            [
                {"amount_currency": 1017.01, "balance": 1271.26, "currency_id": self.eur.id},
                {"amount_currency": 113.0, "balance": 141.25, "currency_id": self.eur.id},
            ],
        )

    def test_draft_edited_on_the_form(self):
        """A price lowered to 900.00 makes 1,017.00: 339.00 + 678.00 before the retention, nothing is retained."""
        order = self._order_of("2026-03-01")
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20", post=False)
        invoice.invoice_date = "2026-04-20"
        self.assertEqual(self._get_terms(invoice), [("2026-04-20", 1017.01), ("2027-04-20", 113.0)])
        with Form(invoice) as form, form.invoice_line_ids.edit(0) as line:
            line.price_unit = 900
        self.assertEqual(self._get_terms(invoice), [("2026-04-20", 1017.0)])
        with Form(invoice) as form, form.invoice_line_ids.edit(0) as line:
            line.price_unit = 950
        self.assertEqual(self._get_terms(invoice), [("2026-04-20", 1017.01), ("2027-04-20", 56.49)])
        invoice.action_post()
        self.assertEqual(self._get_terms(invoice), [("2026-04-20", 1017.01), ("2027-04-20", 56.49)])

    def test_second_of_two_invoices_takes_the_retention(self):
        order = self._order_of("2026-03-01", quantity=10, price=100.001)
        self._deliver(order, "2026-04-01", quantity=6)
        first = self._bill(order, "2026-04-01")
        self._deliver(order, "2026-05-01")
        second = self._bill(order, "2026-05-01")
        self.assertEqual([balance for _date, balance in self._get_terms(first)], [678.01])
        self.assertEqual(self._get_terms(second), [("2026-05-01", 339.0), ("2027-05-01", 113.0)])

    def test_acceptance_moves_the_due_date(self):
        """Invoiced before anybody knows the day of acceptance; then the receivable follows it."""
        retention = {**RETENTION, "due_rule": "acceptance"}
        order = self._order_of("2026-03-01", milestones=[ADVANCE, DELIVERY, retention])
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        self.assertEqual(self._get_terms(invoice), [("2026-04-20", 1017.01), ("2027-04-20", 113.0)])
        order.with_user(self.user_s).acceptance_date = "2026-06-01"
        self.assertEqual(self._get_terms(invoice), [("2026-04-20", 1017.01), ("2027-06-01", 113.0)])
        self.assertEqual(invoice.state, "posted")

    def test_last_delivery_moves_the_due_date(self):
        """Billed on order, shipped later: the retention runs from the delivery."""
        self.goods.invoice_policy = "order"
        order = self._order_of("2026-03-01", commitment_date="2026-04-01 08:00")
        invoice = self._bill(order, "2026-03-02")
        self.assertEqual(self._get_terms(invoice)[1], ("2027-04-01", 113.0))
        self._deliver(order, "2026-04-20")
        self.assertEqual(self._get_terms(invoice)[1], ("2027-04-20", 113.0))

    def test_collected_retention_keeps_its_date(self):
        retention = {**RETENTION, "due_rule": "acceptance"}
        order = self._order_of("2026-03-01", milestones=[ADVANCE, DELIVERY, retention])
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        self._pay(invoice, "2026-04-25", 1130.01)
        order.acceptance_date = "2026-06-01"
        self.assertEqual(self._get_terms(invoice)[1], ("2027-04-20", 113.0))

    def test_invoice_of_two_orders_is_not_split(self):
        orders = self._order_of("2026-03-01") | self._order_of("2026-03-01")
        for order in orders:
            self._deliver(order, "2026-04-20")
        invoice = orders._create_invoices()
        self._post(invoice, "2026-04-20")
        self.assertEqual([balance for _date, balance in self._get_terms(invoice)], [2260.02])

    def test_early_payment_discount_is_left_alone(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2/10 net 30",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        order = self._order_of("2026-03-01", payment_term_id=term.id)
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        self.assertEqual(self._get_terms(invoice), [("2026-05-20", 1130.01)])

    def test_credit_note_is_not_split(self):
        order, invoice = self._get_delivered_order()
        note = self._credit(invoice, "2026-05-01")
        self.assertEqual(len(note.line_ids.filtered(lambda line: line.display_type == "payment_term")), 1)
        self.assertEqual(invoice.amount_residual, 0.0)
        self.assertEqual(self._get_figures(order, "amount_invoiced"), [(339.0,), (0.0,), (0.0,)])

    def test_retention_is_not_overdue_before_its_day(self):
        order, invoice = self._get_delivered_order()
        self._pay(invoice, "2026-05-01", 678.01)
        items = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term" and not line.reconciled)
        self.assertEqual((items.amount_residual, str(items.date_maturity)), (113.0, "2027-04-20"))
        self.assertEqual(items.payment_milestone_id, order.payment_milestone_ids[2])

    # === WAITING FOR AN EVENT === #

    def _get_open(self, invoice, day=None):
        """Return (open, days overdue) of the items of an invoice, those due first."""
        items = self._get_items(invoice)
        query = self.env["account.move.line"]._get_open_query(self.company, SQL("item.id IN %s", tuple(items.ids)), day)
        columns = SQL("amount::float, GREATEST(age, 0), is_expected")
        return self.env.execute_query(SQL("SELECT %s FROM (%s) AS open ORDER BY id", columns, query))

    def _get_items(self, invoice):
        return invoice.line_ids.filtered(lambda line: line.display_type == "payment_term").sorted("id")

    def test_what_waits_for_acceptance_is_not_due(self):
        """A retention due on acceptance is neither overdue nor dunned, whatever its invoice says, before that."""
        retention = {**RETENTION, "due_rule": "acceptance", "due_delay": 0, "due_delay_unit": "days"}
        order = self._order_of("2026-03-01", milestones=[ADVANCE, DELIVERY, retention])
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20")
        self.assertEqual(self._get_open(invoice), [(1017.01, 71, False), (113.0, 0, True)])
        self.assertEqual(self._get_open(invoice, "2026-05-20"), [(1017.01, 30, False), (113.0, 0, True)])
        policy = self.env["dunning.policy"].create(
            {
                "name": "P",
                "company_id": self.company.id,
                "level_ids": [Command.create({"name": "First", "days": 3})],
            }
        )
        run = self.env["dunning.run"].create({"date": "2026-06-30", "company_id": self.company.id})
        self.company.dunning_policy_id = policy
        run.action_compute()
        self.assertEqual((run.notice_ids.amount_total, run.notice_ids.amount_not_due), (1017.01, 113.0))
        self.assertEqual(self._get_fallen_due(), 1017.01)
        self.assertEqual(self.customer._get_open_debts(self.company, "principal").balance, 1017.01)
        order.acceptance_date = "2026-06-01"
        self.assertEqual(self._get_fallen_due(), 1130.01)
        self.assertEqual(self._get_open(invoice), [(1017.01, 71, False), (113.0, 29, False)])
        run.action_compute()
        self.assertEqual(run.notice_ids.amount_total, 1130.01)

    def _get_fallen_due(self):
        """Return what has fallen due by today, as the collection rate counts it."""
        claims = self.env["account.move.line"]._get_claim_query(self.company)
        query = SQL(
            "SELECT SUM(balance)::float FROM (%s) AS claim WHERE date_due <= %s", claims, self.company._get_today()
        )
        return self.env.execute_query(query)[0][0]

    def test_own_invoice_waits_for_acceptance(self):
        """What is invoiced before the acceptance that it depends on is due with it."""
        part = {**ADVANCE, "kind": "other", "due_rule": "acceptance", "name": "On acceptance"}
        order = self._order_of("2026-03-01", milestones=[part, {**DELIVERY, "percentage": 70}])
        invoice = self._invoice_advance(order, "2026-03-02")
        self.assertEqual(self._get_open(invoice), [(339.0, 0, True)])
        order.acceptance_date = "2026-06-20"
        self.assertEqual(self._get_open(invoice), [(339.0, 10, False)])
        self.assertEqual(self._get_figures(order, "amount_invoiced"), [(339.0,), (0.0,)])

    def test_advance_invoiced_late(self):
        """Ordered on 03-01 and invoiced on 06-20 only: overdue from 06-21 on, also where it is posted later still."""
        order = self._order_of("2026-03-01")
        with freeze_time("2026-06-15 12:00:00"):
            action = order.payment_milestone_ids[0].action_invoice()
            invoice = self.env["account.move"].browse(action["res_id"])
            self.assertEqual(str(invoice.invoice_date_due), "2026-06-15")
        self._post(invoice, "2026-06-20")
        self.assertEqual(str(invoice.invoice_date_due), "2026-06-20")
        self.assertEqual(self._get_open(invoice), [(339.0, 10, False)])

    # === RECEIPTS === #

    def test_receipt_on_the_retention_itself(self):
        """113.00 on the retained part are the retention's, while the delivery is open; and the other way round."""
        order, invoice = self._get_delivered_order()
        with self.assertDone(order, [(339.0, 339.0), (678.01, 0.0), (113.0, 113.0)]):
            self._pay_item(self._get_items(invoice)[-1], 113.0)
        with self.assertDone(order, [(339.0, 339.0), (678.01, 600.0), (113.0, 113.0)]):
            self._pay_item(self._get_items(invoice)[0], 600.0)

    def test_over_delivery_hides_no_retention(self):
        """Delivered and paid 20 % more than ordered: the retention stays open until it is paid itself."""
        order = self._order_of("2026-03-01", quantity=10, price=100.001)
        self._deliver(order, "2026-04-20", quantity=12)
        invoice = self._bill(order, "2026-04-20")
        items = self._get_items(invoice).sorted("date_maturity")
        self.assertEqual(items.mapped("balance"), [1243.01, 113.0])
        with self.assertDone(order, [(339.0, 339.0), (904.01, 904.01), (113.0, 0.0)]):
            self._pay_item(items[0], 1243.01)
        self.assertEqual(self._get_figures(order, "amount_open", "state")[2], (113.0, "invoiced"))
        with self.assertDone(order, [(339.0, 339.0), (904.01, 904.01), (113.0, 113.0)]):
            self._pay_item(items[1], 113.0)

    def _pay_item(self, item, amount):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move.line", active_ids=item.ids
        )
        wizard.create({"payment_date": "2026-06-01", "journal_id": self.bank.id, "amount": amount})._create_payments()

    @contextmanager
    def assertDone(self, order, figures):
        """Check what is invoiced and collected of the payments after the block."""
        yield
        self.assertEqual(self._get_figures(order, "amount_invoiced", "amount_collected"), figures)
