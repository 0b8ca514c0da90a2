from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..contract_common import ContractCommon

JANUARY, MARCH = date(2026, 1, 1), date(2026, 3, 31)
FEBRUARY = date(2026, 2, 1), date(2026, 2, 28)


@tagged("post_install", "-at_install")
class TestCollectionRate(ContractCommon):
    """Receipts on items due by the end / (overdue at start + fell due - credit notes - discounts)."""

    def _create_claim(self, amount, due, user=None, **values):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_user_id": (user or self.user_s).id,
                "invoice_payment_term_id": False,
                "invoice_date": "2025-12-01",
                "invoice_date_due": due,
                "invoice_line_ids": [Command.create({"name": "Goods", "price_unit": amount, "tax_ids": False})],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    def _get_period(self, start, stop, groupby=None):
        return self.env["collection.rate.report"]._get_collection_figures(start, stop, groupby)

    def _create_example(self):
        """40,000 overdue on 1 February and 60,000 due in it; 85,000 came in, 2,000 credited, 1,000 discounted."""
        overdue = self._create_claim(40000, "2026-01-20")
        due = self._create_claim(60000, "2026-02-15")
        self._create_claim(5000, "2026-03-15")
        self._credit(overdue, "2026-02-05", price=2000)
        self._pay(overdue, "2026-02-10", 38000)
        self._pay(
            due,
            "2026-02-20",
            47000,
            payment_difference_handling="open",
        )
        write_off = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "date": "2026-02-21",
                "line_ids": [
                    Command.create({"account_id": self.company_data["default_account_expense"].id, "debit": 1000}),
                    Command.create(
                        {
                            "account_id": due.line_ids.filtered(
                                lambda line: line.account_type == "asset_receivable"
                            ).account_id.id,
                            "partner_id": self.customer.id,
                            "credit": 1000,
                        }
                    ),
                ],
            }
        )
        write_off.action_post()
        items = (due | write_off).line_ids
        items.filtered(lambda line: line.account_type == "asset_receivable").reconcile()

    def test_worked_example(self):
        self._create_example()
        figures = self._get_period(*FEBRUARY)[None]
        self.assertEqual(
            [figures[name] for name in ("overdue_start", "fell_due", "receipts", "credit_notes", "discounts", "base")],
            [40000.0, 60000.0, 85000.0, 2000.0, 1000.0, 97000.0],
        )
        self.assertEqual(round(float(figures["rate"]), 2), 87.63)
        self.assertEqual(figures["open_end"], 12000.0)

    def test_next_period_starts_where_the_last_ended(self):
        self._create_example()
        figures = self._get_period(date(2026, 3, 1), MARCH)[None]
        self.assertEqual((figures["overdue_start"], figures["fell_due"], figures["rate"]), (12000.0, 5000.0, 0.0))

    def test_open_credits_are_deducted(self):
        """40,000 overdue, 3,000 credited and 2,000 received and allocated to nothing, 1,000 of these during the month."""
        self._create_example()
        note = self._create_claim(3000, "2026-01-25", move_type="out_refund", invoice_date="2026-01-25")
        self._create_receipt(1000, "2026-01-31")
        self._create_receipt(1000, "2026-02-10")
        figures = self._get_period(*FEBRUARY)[None]
        self.assertEqual((figures["overdue_start"], figures["credits_start"]), (36000.0, -4000.0))
        self.assertEqual((figures["base"], figures["open_end"]), (93000.0, 7000.0))
        following = self._get_period(date(2026, 3, 1), MARCH)[None]
        self.assertEqual((following["overdue_start"], following["credits_start"]), (7000.0, -5000.0))
        note.button_draft()
        self.assertEqual(self._get_period(*FEBRUARY)[None]["credits_start"], -1000.0)

    def test_credits_beyond_what_is_overdue(self):
        self._create_claim(100, "2026-01-20")
        self._create_receipt(300, "2026-01-25")
        figures = self._get_period(*FEBRUARY)[None]
        self.assertEqual((figures["overdue_start"], figures["credits_start"], figures["open_end"]), (0.0, -100.0, 0.0))

    def test_credits_of_a_customer_with_two_salespeople(self):
        """The oldest claim is reduced first; the parts sum up."""
        self._create_claim(100, "2026-01-20", user=self.user_s2)
        self._create_claim(200, "2026-01-10")
        self._create_receipt(250, "2026-01-25")
        by_user = self._get_period(*FEBRUARY, "user_id")
        self.assertEqual(
            {user: figures["overdue_start"] for user, figures in by_user.items()},
            {self.user_s: 0.0, self.user_s2: 50.0},
        )
        self.assertEqual(self._get_period(*FEBRUARY)[None]["overdue_start"], 50.0)

    def test_money_paid_back_is_no_claim(self):
        """A credit note of 300, paid back and not reconciled yet, leaves nothing to deduct."""
        self._create_claim(1000, "2026-01-20")
        self._create_claim(300, "2026-01-21", move_type="out_refund", invoice_date="2026-01-21")
        self._create_receipt(300, "2026-01-25", payment_type="outbound")
        figures = self._get_period(*FEBRUARY)[None]
        self.assertEqual((figures["overdue_start"], figures["credits_start"]), (1000.0, 0.0))

    def _create_receipt(self, amount, day, payment_type="inbound"):
        values = {"partner_id": self.customer.id, "amount": amount, "date": day, "journal_id": self.bank.id}
        payment = self.env["account.payment"].create(
            {**values, "payment_type": payment_type, "partner_type": "customer"}
        )
        payment.action_post()
        return payment

    def test_months_are_periods_of_their_own(self):
        self._create_example()
        figures = self._get_period(JANUARY, MARCH, "month")
        self.assertEqual(
            {start: (f["overdue_start"], f["fell_due"], f["receipts"]) for start, f in figures.items()},
            {
                date(2026, 1, 1): (0.0, 40000.0, 0.0),
                date(2026, 2, 1): (40000.0, 60000.0, 85000.0),
                date(2026, 3, 1): (12000.0, 5000.0, 0.0),
            },
        )
        whole = self._get_period(JANUARY, MARCH)[None]
        self.assertEqual((whole["overdue_start"], whole["fell_due"], whole["receipts"]), (0.0, 105000.0, 85000.0))

    def test_groups_are_sums_over_sums(self):
        """150 of 100 and 630 of 900 at two salespeople would be an average of 110 %; together 78 %."""
        for due, paid, user in ((200, 150, self.user_s), (900, 630, self.user_s2)):
            invoice = self._create_claim(due, "2026-02-10", user=user)
            self._pay(invoice, "2026-02-12", paid)
        by_user = self._get_period(*FEBRUARY, "user_id")
        self.assertEqual(float(by_user[self.user_s]["rate"]), 75.0)
        self.assertEqual(float(by_user[self.user_s2]["rate"]), 70.0)
        self.assertAlmostEqual(float(self._get_period(*FEBRUARY)[None]["rate"]), 780 / 1100 * 100, places=6)
        self.assertEqual(set(self._get_period(*FEBRUARY, "partner_id")), {self.customer})

    def test_early_receipts_count_when_the_item_falls_due(self):
        invoice = self._create_claim(1000, "2026-02-10")
        self._pay(invoice, "2026-01-05", 600)
        self.assertFalse(self._get_period(JANUARY, date(2026, 1, 31)).get(None, {}).get("receipts"))
        figures = self._get_period(*FEBRUARY)[None]
        self.assertEqual((figures["receipts"], figures["fell_due"], float(figures["rate"])), (600.0, 1000.0, 60.0))

    def test_undefined_where_nothing_was_to_be_collected(self):
        invoice = self._create_claim(1000, "2026-02-10")
        self._credit(invoice, "2026-02-11")
        figures = self._get_period(*FEBRUARY)[None]
        self.assertEqual(figures["base"], 0.0)
        self.assertFalse(figures["rate"])
        report = self.env["collection.rate.report"].with_context(
            collection_date_from="2026-02-01", collection_date_to="2026-02-28"
        )
        report.invalidate_model()
        self.assertEqual(report.search([]).rate_text, "-")

    def test_part_of_a_receipt_that_is_a_discount(self):
        invoice = self._create_claim(1000, "2026-02-10")
        self._pay(
            invoice,
            "2026-02-10",
            980,
            payment_difference_handling="reconcile",
            writeoff_account_id=self.company_data["default_account_expense"].id,
        )
        figures = self._get_period(*FEBRUARY)[None]
        self.assertEqual((figures["receipts"], figures["discounts"], float(figures["rate"])), (980.0, 20.0, 100.0))

    def test_exchange_differences_are_no_receipts(self):
        """EUR 800 invoiced at 0.80 and paid at 0.50 collect 1,000.00; at 1.00 as well."""
        self._create_rate("2026-02-01", 0.5)
        self._create_rate("2026-02-20", 1.0)
        for paid in ("2026-02-10", "2026-02-25"):
            invoice = self._create_claim(800, "2026-02-05", currency_id=self.eur.id)
            self.assertEqual(invoice.amount_total_signed, 1000.0)
            self._pay(invoice, paid)
        figures = self._get_period(*FEBRUARY)[None]
        self.assertEqual(
            [figures[name] for name in ("fell_due", "receipts", "credit_notes", "discounts", "open_end")],
            [2000.0, 2000.0, 0.0, 0.0, 0.0],
        )

    def test_reversed_receipts_owe_again(self):
        invoice = self._create_claim(1000, "2026-02-10")
        payment = self._pay(invoice, "2026-02-12")
        payment.action_draft()
        figures = self._get_period(*FEBRUARY)[None]
        self.assertEqual((figures["receipts"], figures["open_end"]), (0.0, 1000.0))

    def test_drill_down_to_the_receipts(self):
        self._create_example()
        wizard = self.env["collection.rate.wizard"].create(
            {"date_from": "2026-02-01", "date_to": "2026-02-28", "group_by": "user"}
        )
        action = wizard.action_open()
        self.assertTrue(action["context"]["search_default_group_user"])
        report = self.env["collection.rate.report"].with_context(**action["context"])
        report.invalidate_model()
        row = report.search([("user_id", "=", self.user_s.id)])
        self.assertEqual((row.rate_text, row.open_end), ("87.63 %", 12000.0))
        movements = self.env["receivable.movement.report"]
        receipts = movements.search(row.action_view_receipts()["domain"])
        self.assertEqual(sorted(receipts.mapped("amount")), [38000.0, 47000.0])
        self.assertEqual(receipts.settling_move_id.mapped("move_type"), ["entry", "entry"])
        self.assertEqual(receipts[0].action_view_documents()["res_id"], receipts[0].settling_move_id.id)
        self.assertEqual(len(movements.search(row.action_view_movements()["domain"])), 5)
        [exported] = row.export_data(["partner_id", "receipts", "rate"])["datas"]
        self.assertEqual([*exported[:2], round(exported[2], 2)], ["Jade Dragon Ltd.", 85000.0, 87.63])

    def test_bad_periods(self):
        with self.assertRefused(ValidationError, "choose a later end"):
            self.env["collection.rate.wizard"].create({"date_from": "2026-02-02", "date_to": "2026-02-01"})
        with self.assertRefused(UserError, "choose a later end"):
            self._get_period(MARCH, JANUARY)
        with self.assertRefused(ValueError, "groupby must be"):
            self._get_period(JANUARY, MARCH, "colour")

    def test_salespeople_see_their_own(self):
        self._create_claim(1000, "2026-02-10")
        self._create_claim(300, "2026-02-10", user=self.user_s2)
        report = self.env["collection.rate.report"]
        for user, fell_due in ((self.user_s, 1000.0), (self.user_s2, 300.0), (self.user_accountant, 1300.0)):
            figures = report.with_user(user)._get_collection_figures(*FEBRUARY)
            self.assertEqual(figures[None]["fell_due"], fell_due, user.name)
        stranger = self._create_user("x", "base.group_user")
        with self.assertRaises(AccessError):
            report.with_user(stranger)._get_collection_figures(*FEBRUARY)

    def test_statements_do_not_grow_with_items(self):
        self._get_period(*FEBRUARY, "user_id")  # fills what is cached for every transaction
        counts = []
        for number in (1, 8):
            for _each in range(number):
                self._create_claim(100, "2026-02-10")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._get_period(*FEBRUARY, "user_id")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
