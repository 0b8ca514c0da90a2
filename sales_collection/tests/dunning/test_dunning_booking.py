from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningBooking(DunningCommon):
    """Charges are booked as they were claimed; what was never owed bears none."""

    def _get_tax(self, amount, **values):
        return self.company_data["default_tax_sale"].copy({"name": f"VAT {amount}", "amount": amount, **values})

    def _reach_second(self, **values):
        """Return an item of a new customer, and the notice of level 2 about it."""
        customer = self.env["res.partner"].create({"name": "Debtor", "is_company": True, **values})
        item = self._invoice(1000, "2026-10-01", customer)
        self._run("2026-10-04")
        return item, self._run("2026-10-18").filtered(lambda notice: notice.partner_id == customer)

    # Booked as claimed

    def test_terms_changed_after_the_letter(self):
        """5.00 and 4.19 were claimed, whatever level and products say when they are booked."""
        tax = self._get_tax(13)
        changes = (
            {"fee_amount": 8},
            {"fee_tax_ids": [Command.set(tax.ids)]},
            {"interest_rate": 12},
        )
        for change in changes:
            with self.subTest(change=change):
                _item, notice = self._reach_second()
                self.l2.write(change)
                notice.charge_ids.action_book()
                self.assertEqual(notice.charge_ids.move_id.amount_total, 9.19)
                self.assertEqual(notice.charge_ids.sorted("id").mapped("amount"), [5.0, 4.19])
                self.l2.write({"fee_amount": 5, "fee_tax_ids": [Command.clear()], "interest_rate": 9})
        _item, notice = self._reach_second()
        (self.service + self.interest).taxes_id = tax
        notice.charge_ids.action_book()
        self.assertEqual(notice.charge_ids.move_id.amount_total, 9.19)

    def test_tax_changed_after_the_letter(self):
        """Claimed with its tax: what the tax is later does not change what is booked."""
        tax = self._get_tax(13)
        self.l2.fee_tax_ids = tax
        _item, notice = self._reach_second()
        self.assertEqual(notice.amount_fee, 5.65)
        self.l2.fee_tax_ids = False
        notice.charge_ids.action_book()
        invoice = notice.charge_ids.move_id
        self.assertEqual((invoice.amount_total, invoice.invoice_line_ids.tax_ids), (9.84, tax))
        _item, notice = self._reach_second()
        self.assertEqual(notice.amount_fee, 5.0)

    def test_rounded_globally(self):
        """The invoice is what the letter claims to the cent, however the company rounds its taxes."""
        self.company.tax_calculation_rounding_method = "round_globally"
        tax = self._get_tax(13)
        self.interest.taxes_id = tax
        self.l2.write({"fee_amount": 0, "charge_mode": "booked"})
        customer = self.env["res.partner"].create({"name": "Debtor", "is_company": True})
        for _index in range(7):
            self._invoice(105, "2026-10-01", customer)
        self._run("2026-10-04")
        notice = self._run("2026-10-18").filtered(lambda one: one.partner_id == customer)
        invoice = notice.charge_ids.move_id
        self.assertEqual(notice.amount_interest, 3.5)  # seven times 0.44 and 0.06
        self.assertEqual((invoice.state, invoice.amount_total), ("posted", 3.5))
        self.assertEqual(sum(notice.charge_ids.mapped("amount_open")), 3.5)

    def test_fiscal_position(self):
        """Fee and interest of an export customer have his taxes, on the letter and on the invoice."""
        tax = self._get_tax(13)
        self.l2.write({"fee_amount": 100, "fee_tax_ids": [Command.set(tax.ids)]})
        self.interest.taxes_id = tax
        none = self._get_tax(0)
        export = self.env["account.fiscal.position"].create({"name": "Export", "company_id": self.company.id})
        none.write({"fiscal_position_ids": [Command.link(export.id)], "original_tax_ids": [Command.set(tax.ids)]})
        germany = self.env.ref("base.de")
        automatic = export.copy({"name": "Germany", "auto_apply": True, "country_id": germany.id})
        none.fiscal_position_ids += automatic
        cases = (({}, 113.0, 4.73), ({"property_account_position_id": export.id}, 100.0, 4.19),
                 ({"country_id": germany.id}, 100.0, 4.19))  # fmt: skip
        for values, fee, interest in cases:
            for mode in ("claimed", "booked"):
                with self.subTest(values=values, mode=mode):
                    self.l2.charge_mode = mode
                    _item, notice = self._reach_second(**values)
                    self.assertEqual((notice.amount_fee, notice.amount_interest), (fee, interest))
                    notice.charge_ids.filtered(lambda charge: charge.state == "claimed").action_book()
                    self.assertEqual(notice.charge_ids.move_id.amount_total, round(fee + interest, 2))

    # What was never owed

    def _accept(self, item, amount):
        dispute = self.env["dunning.dispute"].create({"move_line_id": item.id, "amount": amount, "reason": "quality"})
        dispute.action_accept()

    def _credit(self, item, amount, day):
        credit = self._invoice(amount, day, item.partner_id, move_type="out_refund", dated=day)
        (credit + item).reconcile()

    def test_granted_part(self):
        """An accepted part never bears interest, credited or not; another credit note counts from its day."""
        cases = (((200, None), 3.35), ((200, 200), 3.35), ((200, 100), 3.35), ((None, 200), 3.8), ((100, 200), 3.58))
        for (granted, credited), interest in cases:
            with self.subTest(granted=granted, credited=credited):
                customer = self.env["res.partner"].create({"name": "Debtor"})
                item = self._invoice(1000, "2026-10-01", customer)
                self._run("2026-10-04")
                if granted:
                    self._accept(item, granted)
                if credited:
                    self._credit(item, credited, "2026-10-10")
                notice = self._run("2026-10-18").filtered(lambda one, who=customer: one.partner_id == who)
                self.assertEqual(notice.amount_interest, interest)

    def test_reversed(self):
        """Of an invoice that is taken back as a whole nothing is claimed any more."""
        item, notice = self._reach_second()
        self._invoice(500, "2026-10-20", item.partner_id)
        reverse = {"date": "2026-10-25", "invoice_date": "2026-10-25"}
        item.move_id._reverse_moves([reverse], cancel=True)
        self.assertEqual(item.move_id.payment_state, "reversed")
        self.assertEqual(notice.charge_ids.mapped("amount_open"), [0.0, 0.0])
        later = self._run("2026-10-27")
        self.assertEqual((later.amount_previous, later.amount_total), (0.0, 500.0))

    def test_our_refund(self):
        """What we paid back is not asked for, bears no interest, and uses up the credit that it pays back."""
        self._invoice(200, "2026-10-01", move_type="out_refund", dated="2026-10-01")
        refund = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": 200,
                "date": "2026-10-02",
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        refund.action_post()
        for day in ("2026-10-05", "2026-10-19", "2026-11-02"):
            self.assertFalse(self._run(day))
        self._invoice(1000, "2026-10-20")
        notice = self._run("2026-11-03")
        self.assertEqual((notice.amount_principal, notice.amount_credit, notice.amount_total), (1000.0, 0.0, 1000.0))
        self.assertEqual((notice.amount_not_due, notice.amount_balance), (0.0, 1000.0))

    # The day of a run

    def test_not_before_its_day(self):
        self._invoice(1000, "2026-10-01")
        with self._on("2026-10-01"):
            notice = self._propose("2026-10-18")
            for record in (notice, notice.run_id):
                with self.assertRaisesRegex(UserError, "on that day, or later"):
                    record.action_approve()
            self.assertEqual(notice.state, "draft")
        with self._on("2026-10-18"):
            notice.action_approve()
        with self._on("2026-10-17"), self.assertRaisesRegex(UserError, "on that day, or later"):
            notice.action_send()

    def test_run_keeps_its_company(self):
        self._invoice(1000, "2026-10-01")
        run = self._propose("2026-10-05").run_id
        other = self.env["res.company"].create({"name": "Other Company"})
        self.user_collector.company_ids += other
        with self.assertRaisesRegex(UserError, "keeps its company"):
            run.with_user(self.user_collector).with_context(
                allowed_company_ids=self.user_collector.company_ids.ids
            ).write({"company_id": other.id})

    def test_letter_goes_to_whom_it_was_approved_for(self):
        """An invoice address that somebody adds afterwards redirects nothing."""
        self.customer.email = "accounts@example.com"
        self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        notice.action_approve()
        values = {"name": "Me", "type": "invoice", "parent_id": self.customer.id, "email": "me@example.com"}
        added = self.env["res.partner"].create(values)
        notice.sudo()._set_contacts()
        self.assertEqual(notice.contact_id, self.customer)
        self.customer.with_company(self.company).dunning_contact_id = added
        notice.sudo()._set_contacts()
        self.assertEqual(notice.contact_id, added, "a manager chose him")
