from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningCharges(DunningCommon):
    """Fees and interest: claimed or booked, they outlive the principal, and are taken back with their notice."""

    def _reach_second(self, partner=None):
        """Return the item of a customer, and the notice of level 2 about it."""
        item = self._invoice(1000, "2026-10-01", partner)
        self._run("2026-10-04")
        return item, self._run("2026-10-18").filtered(lambda notice: notice.partner_id == item.partner_id)

    def test_claimed(self):
        _item, notice = self._reach_second()
        charges = notice.charge_ids.sorted("amount")
        self.assertEqual(charges.mapped("kind"), ["interest", "fee"])
        self.assertEqual(charges.mapped("state"), ["claimed", "claimed"])
        self.assertEqual(charges.mapped("amount_open"), [4.19, 5.0])
        self.assertFalse(charges.move_id)

    def test_made_once(self):
        _item, notice = self._reach_second()
        notice.sudo()._make_charges()
        notice.sudo()._write_memory()
        self.assertEqual(len(notice.charge_ids), 2)
        self.assertEqual(notice.line_ids.previous_level_id, self.l1)

    def test_survive_principal(self):
        """Paid principal leaves the charges: the next notice of the customer asks for them."""
        item, _notice = self._reach_second()
        self._receive(1000, "2026-10-20", item)
        self._invoice(200, "2026-10-25")
        notice = self._run("2026-10-30")
        self.assertEqual((notice.amount_previous, notice.amount_total), (9.19, 209.19))
        (totals,) = notice._get_currency_totals()
        self.assertEqual((totals["principal"], totals["previous"], totals["total"]), (200.0, 9.19, 209.19))
        self.env["dunning.charge"].search([("partner_id", "=", self.customer.id)]).action_waive()
        self.assertEqual(notice._get_currency_totals(), [totals], "what was sent does not change afterwards")

    def test_booked(self):
        """The invoice has the fee with its tax, interest without; it is due at once, and bears no interest itself."""
        tax = self.company_data["default_tax_sale"].copy({"name": "VAT 10", "amount": 10})
        self.l2.write({"charge_mode": "booked", "fee_tax_ids": [Command.set(tax.ids)]})
        _item, notice = self._reach_second()
        invoice = notice.charge_ids.move_id
        self.assertEqual((invoice.state, invoice.amount_untaxed, invoice.amount_total), ("posted", 9.19, 9.69))
        self.assertEqual(str(invoice.invoice_date_due), "2026-10-18")
        self.assertEqual(notice.amount_total, 1009.69)
        self.policy.level_ids.min_amount = 0
        later = self._run("2026-11-01")
        self.assertEqual((later.amount_principal, later.amount_previous, later.amount_interest), (1009.69, 0.0, 3.45))
        line = later.line_ids.filtered(lambda line: line.move_id == invoice)
        self.assertEqual((line.level_id.id, line.is_new_level, line.amount_interest), (False, False, 0.0))

    def test_taxed_interest(self):
        """Where interest is taxed (13 % of 4.19 are 0.54), the notice claims what its invoice says, now or later."""
        tax = self.company_data["default_tax_sale"].copy({"name": "VAT 13", "amount": 13})
        included = tax.copy({"name": "VAT 13 included", "price_include_override": "tax_included"})
        cases = ((tax, "claimed", 4.73), (tax, "booked", 4.73), (included, "booked", 4.19))
        for taxes, mode, interest in cases:
            with self.subTest(tax=taxes.name, mode=mode):
                self.interest.taxes_id = taxes
                self.policy.level_ids.charge_mode = mode
                _item, notice = self._reach_second(self.env["res.partner"].create({"name": "Debtor"}))
                self.assertEqual((notice.amount_interest, notice.amount_total), (interest, round(1005.0 + interest, 2)))
                notice.charge_ids.filtered(lambda charge: charge.state == "claimed").action_book()
                self.assertEqual(notice.charge_ids.move_id.amount_total, round(5.0 + interest, 2))
                self.assertEqual(sorted(notice.charge_ids.mapped("amount")), [interest, 5.0])

    def test_interest_of_a_lower_level(self):
        """The highest level of a notice charges a fee alone; interest of another item is booked all the same."""
        self.policy.level_ids = [
            Command.clear(),
            Command.create({"days": 3, "interest_rate": 9, "interest_product_id": self.interest.id}),
            Command.create({"days": 17, "fee_amount": 5, "fee_product_id": self.service.id}),
        ]
        self.policy.level_ids.charge_mode = "booked"
        self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        self._invoice(500, "2026-10-08")
        notice = self._run("2026-10-18")
        # 10 days on 500
        self.assertEqual((notice.amount_fee, notice.amount_interest), (5.0, 1.23))
        self.assertEqual(notice.charge_ids.move_id.amount_total, 6.23)

    def test_charges_bear_no_interest(self):
        self.l2.charge_mode = "booked"
        item, notice = self._reach_second()
        self._receive(1000, "2026-10-18", item)
        self.policy.level_ids.min_amount = 0
        self.assertFalse(self._run("2026-11-10"), "a charge alone makes no notice")
        self._invoice(100, "2026-11-05")
        later = self._run("2026-11-20")
        self.assertEqual((later.level_id, later.amount_principal, later.amount_interest), (self.l1, 109.19, 0.0))
        self.assertIn(notice.charge_ids.move_id, later.line_ids.move_id)
        self.assertFalse(self._get_item(self._get_receivable(notice.charge_ids.move_id)))

    def test_paid_costs_first(self):
        """Of a booked invoice that is partly paid, costs are paid first."""
        self.l2.charge_mode = "booked"
        _item, notice = self._reach_second()
        self._receive(6, "2026-10-20", self._get_receivable(notice.charge_ids.move_id))
        charges = notice.charge_ids.sorted("kind")
        self.assertEqual(charges.mapped("amount_open"), [0.0, 3.19])
        self.assertEqual(charges.mapped("is_paid"), [True, False])

    def test_book(self):
        _item, notice = self._reach_second()
        notice.charge_ids.action_book()
        self.assertEqual(notice.charge_ids.mapped("state"), ["booked", "booked"])
        self.assertEqual(notice.charge_ids.move_id.amount_total, 9.19)
        with self.assertRaisesRegex(UserError, "Only claimed charges can be booked"):
            notice.charge_ids.action_book()

    def test_deleted_invoice(self):
        """Whoever deletes the invoice of charges takes the booking back: they are claimed, asked for, and booked anew."""
        _item, notice = self._reach_second()
        charges = notice.charge_ids
        charges.action_book()
        invoice = charges.move_id
        invoice.button_draft()
        invoice.with_user(self._create_user("accountant", "account.group_account_manager")).unlink()
        self.assertEqual(charges.mapped("state"), ["claimed", "claimed"])
        self.assertFalse(charges.move_id)
        self.assertAlmostEqual(sum(charges.mapped("amount_open")), 9.19)
        self.assertIn("claimed again", notice.message_ids[:1].body)
        self.assertEqual(self._run("2026-11-01").amount_previous, 9.19)
        charges.action_book()
        self.assertEqual(charges.move_id.amount_total, 9.19)

    def test_cancelled_invoice(self):
        """Whoever cancels the invoice of charges takes the booking back, and books them when he brings it to life again."""
        _item, notice = self._reach_second()
        charges = notice.charge_ids.sorted("id")
        charges.action_book()
        invoice = charges.move_id
        accountant = self._create_user("accountant", "account.group_account_manager")
        invoice.with_user(accountant).button_cancel()
        self.assertEqual(charges.mapped("state"), ["claimed", "claimed"])
        self.assertEqual(charges.mapped("amount_open"), [5.0, 4.19])
        self.assertRegex(notice.message_ids[:1].body, "cancelled: .*9.19 claimed again")
        self.assertEqual(self._propose("2026-11-01").amount_previous, 9.19)
        invoice.with_user(accountant).button_draft()
        self.assertEqual(charges.mapped("state"), ["booked", "booked"])
        invoice.with_user(accountant).button_cancel()
        charges.action_book()
        self.assertNotEqual(charges.move_id, invoice)
        invoice.with_user(accountant).button_draft()
        self.assertEqual((charges.move_id.state, charges.move_id.amount_total), ("posted", 9.19))

    def test_cancelled_invoice_of_waived_charges(self):
        """What was given up stays so, whatever becomes of its invoice."""
        _item, notice = self._reach_second()
        charges = notice.charge_ids
        charges.action_book()
        invoice = charges.move_id
        invoice.button_draft()
        charges.action_waive()
        self.assertEqual((invoice.state, *charges.mapped("state")), ("cancel", "waived", "waived"))
        self.assertNotIn("claimed again", notice.message_ids[:1].body)
        invoice.button_draft()
        self.assertEqual(charges.mapped("state"), ["waived", "waived"])

    def test_deleted_invoice_of_cancelled_notice(self):
        """What was taken back with its notice stays so."""
        _item, notice = self._reach_second()
        charges = notice.charge_ids
        charges.action_book()
        invoice = charges.move_id
        invoice.button_draft()
        notice.action_cancel()
        invoice.unlink()
        self.assertEqual(charges.mapped("state"), ["cancelled", "cancelled"])

    def test_book_without_product(self):
        _item, notice = self._reach_second()
        self.policy.level_ids.interest_product_id = False
        with self.assertRaisesRegex(UserError, "set the fee product and the interest product of the level Second"):
            notice.charge_ids.action_book()
        with self.assertRaisesRegex(ValidationError, "Second books its interest: choose an interest product"):
            self.l2.charge_mode = "booked"

    def test_waive(self):
        _item, notice = self._reach_second()
        notice.charge_ids.action_waive()
        self.assertEqual(notice.charge_ids.mapped("amount_open"), [0.0, 0.0])
        later = self._run("2026-11-01")
        self.assertEqual(later.amount_previous, 0.0)
        with self.assertRaises(UserError):
            notice.charge_ids.action_waive()

    def test_waive_booked(self):
        self.l2.charge_mode = "booked"
        _item, notice = self._reach_second()
        invoice = notice.charge_ids.move_id
        with self.assertRaisesRegex(UserError, "has other charges"):
            notice.charge_ids[:1].action_waive()
        notice.charge_ids.action_waive()
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("reversed", 0.0))

    # Cancelling

    def test_cancel_restores(self):
        """The item gets level, date and day of interest back; charges are cancelled."""
        item, notice = self._reach_second()
        memory = self._get_item(item)
        self.assertEqual((memory.level_id, str(memory.interest_date)), (self.l2, "2026-10-18"))
        notice.action_cancel()
        self.assertEqual((memory.level_id, str(memory.date), memory.interest_date), (self.l1, "2026-10-04", False))
        self.assertEqual(notice.charge_ids.mapped("state"), ["cancelled", "cancelled"])
        self.assertEqual(notice.line_ids.mapped("state"), ["cancelled"])
        again = self._run("2026-10-18")
        self.assertEqual((again.level_id, again.amount_total), (self.l2, 1009.19))

    def test_cancel_first(self):
        item = self._invoice(1000, "2026-10-01")
        notice = self._run("2026-10-04")
        notice.action_cancel()
        self.assertFalse(self._get_item(item))
        self.assertIn("Cancelled by", notice.message_ids[:1].body)

    def test_cancel_in_order(self):
        item, second = self._reach_second()
        third = self._run("2026-11-01")
        with self.assertRaisesRegex(UserError, f"was dunned again by {third.name}: cancel that notice first"):
            second.action_cancel()
        third.action_cancel()
        second.action_cancel()
        self.assertEqual(self._get_item(item).level_id, self.l1)

    def test_cancel_booked(self):
        self.l2.charge_mode = "booked"
        _item, notice = self._reach_second()
        invoice = notice.charge_ids.move_id
        notice.action_cancel()
        self.assertEqual((invoice.payment_state, set(notice.charge_ids.mapped("state"))), ("reversed", {"cancelled"}))
        with self.assertRaisesRegex(UserError, "A notice can be cancelled only once"):
            notice.action_cancel()

    def test_cancel_run(self):
        self._invoice(1000, "2026-10-01")
        run = self._propose("2026-10-05").run_id
        run.action_approve()
        run.action_cancel()
        self.assertEqual((run.state, run.notice_ids.state), ("cancelled", "cancelled"))
        self.assertEqual(len(self._propose("2026-10-05")), 1, "the item is free again")

    # Receipts

    def test_allocate_charges_first(self):
        """Costs and interest are booked and paid first, then what is due longest."""
        self.policy.allocation = "charges_first"
        item, notice = self._reach_second()
        newer = self._invoice(300, "2026-10-20")
        self._receive(1100, "2026-10-25")
        notice.action_allocate_receipts()
        self.assertEqual(notice.charge_ids.mapped("is_paid"), [True, True])
        self.assertEqual((item.amount_residual, newer.amount_residual), (0.0, 209.19))

    def test_allocate_little(self):
        self.policy.allocation = "charges_first"
        item, notice = self._reach_second()
        self._receive(6, "2026-10-25")
        notice.action_allocate_receipts()
        self.assertEqual((item.amount_residual, sum(notice.charge_ids.mapped("amount_open"))), (1000.0, 3.19))

    def test_allocate_principal_first(self):
        item, notice = self._reach_second()
        self._receive(600, "2026-10-25")
        notice.action_allocate_receipts()
        self.assertEqual((item.amount_residual, set(notice.charge_ids.mapped("state"))), (400.0, {"claimed"}))
        self._receive(405, "2026-10-26")
        self.customer.with_company(self.company).action_allocate_receipts()
        self.assertEqual((item.amount_residual, sum(notice.charge_ids.mapped("amount_open"))), (0.0, 4.19))

    def test_allocate_nothing(self):
        self.policy.allocation = "charges_first"
        _item, notice = self._reach_second()
        notice.action_allocate_receipts()
        self.assertEqual(set(notice.charge_ids.mapped("state")), {"claimed"}, "nothing is booked without a receipt")

    def test_allocate_not_due(self):
        self.policy.allocation = "charges_first"
        _item, notice = self._reach_second()
        future = self._invoice(300, "2100-01-01")
        receipt = self._receive(1109.19, "2026-10-25")
        notice.action_allocate_receipts()
        self.assertEqual((future.amount_residual, receipt.amount_residual), (300.0, -100.0))
