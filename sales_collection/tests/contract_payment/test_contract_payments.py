from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..contract_common import ADVANCE, DELIVERY, RETENTION, ContractDocumentsCommon


@tagged("post_install", "-at_install")
class TestContractPayments(ContractDocumentsCommon):
    """Invoiced and collected per payment, from real invoices and receipts: 1,130.01 as 339.00 / 678.01 / 113.00."""

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
        with self.assertRefused(UserError, "already has a draft invoice"):
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
        with self.assertRefused(UserError, "delete or cancel it"):
            order.payment_milestone_ids[0].unlink()

    # === CREDIT NOTES, DISCOUNTS, CANCELLATION === #

    def test_credit_note_lowers_what_is_open(self):
        """100.01 of the delivery come back: 578.00 of it are left to pay, and the 113.00 that the invoice retains."""
        order, invoice = self._get_delivered_order()
        self._credit(invoice, "2026-05-01", price=88.50)
        self.assertEqual(invoice.amount_residual, 691.0)
        figures = self._get_figures(order, "amount_invoiced", "amount_open")
        self.assertEqual(figures, [(339.0, 0.0), (578.0, 578.0), (113.0, 113.0)])

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

    def test_more_invoiced_than_agreed_goes_to_the_last_but_the_retention(self):
        order = self._order_of("2026-03-01")
        self._deliver(order, "2026-04-20")
        invoice = self._bill(order, "2026-04-20", post=False)
        invoice.invoice_line_ids[0].price_unit = 1100
        self._post(invoice, "2026-04-20")
        self.assertEqual([figure[0] for figure in self._get_figures(order, "amount_invoiced")], [339.0, 791.0, 113.0])

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
