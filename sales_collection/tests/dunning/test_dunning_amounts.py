from datetime import date
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningAmounts(DunningCommon):
    """Every customer is asked for the right amount, whatever happened between the proposal and the sending."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.eur = cls._set_rate("EUR", 0.8)

    @classmethod
    def _set_rate(cls, name, rate):
        currency = cls.env.ref(f"base.{name}")
        currency.active = True
        currency.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            {"name": "2020-01-01", "rate": rate, "currency_id": currency.id, "company_id": cls.company.id}
        )
        return currency

    def _promise(self, item, amount):
        """Have the customer promise a part of an item for the end of the month."""
        with self._on("2026-10-02"):
            self.env["payment.promise"].create(
                {
                    "partner_id": item.partner_id.id,
                    "company_id": self.company.id,
                    "currency_id": item.currency_id.id,
                    "move_line_ids": [Command.set(item.ids)],
                    "amount": amount,
                    "date": "2026-10-31",
                    "holds": "part",
                }
            )

    def _dispute(self, item, amount):
        """Have the customer dispute a part of an item, until that is resolved."""
        with self._on("2026-10-02"):
            self.env["dunning.dispute"].create(
                {
                    "move_line_id": item.id,
                    "partner_id": item.partner_id.id,
                    "company_id": self.company.id,
                    "amount": amount,
                    "reason": "quality",
                }
            )

    # Between the proposal and the sending

    def test_paid_after_proposal(self):
        item = self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        self._receive(1000, "2026-10-06", item)
        self.assertFalse(self._send(notice))
        self.assertEqual(notice.state, "void")
        self.assertFalse(self._get_item(item))
        self.assertEqual(notice.run_id.state, "done")

    def test_partly_paid_after_proposal(self):
        item = self._invoice(1000, "2026-10-01")
        self._invoice(500, "2026-10-01")
        notice = self._propose("2026-10-05")
        self._receive(400, "2026-10-06", item)
        self._send(notice)
        self.assertEqual((notice.state, notice.amount_total), ("sent", 1100.0))
        self.assertEqual(sorted(notice.line_ids.mapped("amount")), [500.0, 600.0])

    def test_received_but_not_allocated_after_proposal(self):
        self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        self._receive(995, "2026-10-06")
        self.assertFalse(self._send(notice), "5.00 are below the minimum of 10.00")
        self.assertEqual(notice.state, "void")

    def test_credit_note_after_proposal(self):
        self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        self._invoice(300, "2026-10-06", move_type="out_refund", dated="2026-10-06")
        self._send(notice)
        self.assertEqual((notice.amount_principal, notice.amount_credit, notice.amount_total), (1000.0, -300.0, 700.0))

    def test_interest_of_late_payment(self):
        """Interest stays that up to the run, on what was open then."""
        item = self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        notice = self._propose("2026-10-18")
        self._receive(400, "2026-10-20", item)
        self._send(notice)
        self.assertEqual((notice.amount_principal, notice.amount_interest), (600.0, 4.19))

    def test_reset_to_draft(self):
        item = self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        notice = self._propose("2026-10-18")
        item.move_id.button_draft()
        self.assertFalse(self._send(notice))
        item.move_id.action_post()
        self.assertEqual(self._get_item(item).level_id, self.l1, "the memory survives")
        self.assertEqual(self._propose("2026-10-19").level_id, self.l2)

    def test_deleted(self):
        item = self._invoice(1000, "2026-10-01")
        notice = self._run("2026-10-04")
        name = item.move_id.name
        item.move_id.button_draft()
        item.move_id.with_context(force_delete=True).unlink()
        self.assertEqual(notice.line_ids.mapped("name"), [name], "what was asked for remains on record")
        self.assertFalse(notice.line_ids.move_line_id)

    def test_reversed(self):
        item = self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        item.move_id._reverse_moves([{"invoice_date": "2026-10-06", "date": "2026-10-06"}], cancel=True)
        self.assertFalse(self._send(notice))
        self.assertEqual(notice.state, "void")

    def test_payment_taken_back(self):
        """An invoice that is open again goes on from its level."""
        item = self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        self._receive(1000, "2026-10-10", item)
        self.assertFalse(self._propose("2026-10-18"))
        item.remove_move_reconcile()
        payment = self.env["account.payment"].search([("partner_id", "=", self.customer.id)])
        payment.move_id.button_draft()
        payment.move_id.button_cancel()
        self.assertEqual(self._propose("2026-10-18").level_id, self.l2)

    def test_blocked_after_proposal(self):
        self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        self._block(self.customer.with_company(self.company), "2099-12-31")
        self.assertFalse(self._send(notice))

    def _block(self, customer, until):
        customer.write({"dunning_blocked_until": until, "dunning_block_reason": "In talks"})

    # Credits

    def test_credits_cover_all(self):
        self._invoice(1000, "2026-10-01")
        self._receive(1000, "2026-10-03")
        self.assertFalse(self._propose("2026-10-05"))

    def test_later_credit(self):
        """A receipt of tomorrow is not deducted in a run of today."""
        self._invoice(1000, "2026-10-01")
        self._receive(600, "2026-10-06")
        self.assertEqual(self._propose("2026-10-05").amount_total, 1000.0)

    def test_no_netting(self):
        self.policy.is_netting = False
        self._invoice(1000, "2026-10-01")
        self._receive(600, "2026-10-03")
        notice = self._propose("2026-10-05")
        self.assertEqual((notice.amount_total, notice.amount_balance), (1000.0, 400.0))

    def test_credit_of_other_currency(self):
        """Credits are deducted inside their currency; a currency that they cover is not asked for."""
        self._invoice(1000, "2026-10-01")
        self._invoice(400, "2026-10-01", currency=self.eur)
        self._receive(900, "2026-10-03", currency=self.eur)
        notice = self._propose("2026-10-05")
        self.assertEqual((notice.currency_id, notice.amount_total), (self.usd, 1000.0))
        self.assertEqual(notice.line_ids.mapped("kind"), ["claim"])

    def test_minimum(self):
        self._invoice(1000, "2026-10-01")
        self._receive(990, "2026-10-03")
        self.assertEqual(self._propose("2026-10-05").amount_total, 10.0)
        self._receive(0.01, "2026-10-03")
        self.assertFalse(self._propose("2026-10-06"))

    # Currencies

    def test_two_currencies(self):
        """One letter, totals per currency; the header in the company's currency."""
        self._invoice(1000, "2026-10-01")
        self._invoice(400, "2026-10-01", currency=self.eur)
        self._run("2026-10-04")
        notice = self._run("2026-10-18")
        self.assertEqual(notice.currency_id, self.usd)
        # 400 EUR = 500 USD; interest 4.19 USD + 1.68 EUR = 2.10 USD; fee 5.00
        self.assertEqual((notice.amount_principal, notice.amount_interest), (1500.0, 6.29))
        self.assertEqual((notice.amount_fee, notice.amount_total), (5.0, 1511.29))
        totals = {row["currency"]: row for row in notice._get_currency_totals()}
        self.assertEqual(totals[self.usd]["total"], 1009.19)
        self.assertEqual((totals[self.eur]["principal"], totals[self.eur]["total"]), (400.0, 401.68))
        charges = {(charge.currency_id, charge.amount) for charge in notice.charge_ids}
        self.assertEqual(charges, {(self.usd, 5.0), (self.usd, 4.19), (self.eur, 1.68)})

    def test_fee_in_other_currency(self):
        """The fee is set in the policy's currency and shown with its tax in that of the notice."""
        tax = self.company_data["default_tax_sale"].copy({"name": "VAT 10", "amount": 10})
        self.l1.write({"fee_amount": 10, "fee_tax_ids": [Command.set(tax.ids)]})
        self._invoice(400, "2026-10-01", currency=self.eur)
        notice = self._run("2026-10-05")
        self.assertEqual((notice.currency_id, notice.amount_fee), (self.eur, 8.8))
        self.assertEqual(notice.amount_total_company, 511.0)

    # What is left out

    def test_promised(self):
        item = self._invoice(1000, "2026-10-01")
        self._promise(item, 600)
        notice = self._propose("2026-10-05")
        self.assertEqual((notice.amount_total, notice.line_ids.amount_held), (400.0, 600.0))

    def test_promised_after_proposal(self):
        item = self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        self._promise(item, 1000)
        self.assertFalse(self._send(notice))

    def test_disputed(self):
        """What is disputed is not asked for and bears no interest; what is promised bears it."""
        item = self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        self._dispute(item, 500)
        self._promise(item, 100)
        notice = self._propose("2026-10-18")
        self.assertEqual((notice.amount_principal, notice.amount_interest), (400.0, 2.1))

    def test_all_disputed(self):
        item = self._invoice(1000, "2026-10-01")
        self._dispute(item, 1000)
        self.assertFalse(self._propose("2026-10-05"))

    def test_exempt_items_and_customers(self):
        item = self._invoice(1000, "2026-10-01")
        customer = self.customer.with_company(self.company)
        with patch.object(self.registry["res.company"], "_get_today", lambda company: date(2026, 10, 5)):
            self._block(customer, "2026-10-05")
        self.assertFalse(self._propose("2026-10-05"))
        self.assertEqual(len(self._propose("2026-10-06")), 1)
        customer.dunning_opt_out = True
        self.assertFalse(self._propose("2026-10-06"))
        customer.dunning_opt_out = False
        item.no_followup = True
        self.assertFalse(self._propose("2026-10-07"))

    def test_no_policy(self):
        """Nothing is dunned as long as nobody says how; a customer's own policy goes before the company's."""
        self.company.dunning_policy_id = False
        self._invoice(1000, "2026-10-01")
        self.assertFalse(self._propose("2026-10-05"))
        own = self._create_policy([{"name": "Own", "days": 1}])
        self.customer.with_company(self.company).dunning_policy_id = own
        self.assertFalse(self._propose("2026-10-05", policy_ids=[Command.set(self.policy.ids)]))
        self.assertEqual(self._propose("2026-10-05", policy_ids=[Command.set(own.ids)]).level_id.name, "Own")

    def test_opening_balance(self):
        """Opening entries are exempt by default; the accountant includes them in one step."""
        move = self.env["account.move"].create(
            {
                "journal_id": self.company_data["default_journal_misc"].id,
                "date": "2026-09-01",
                "line_ids": [
                    Command.create(
                        {
                            "account_id": self.company_data["default_account_receivable"].id,
                            "partner_id": self.customer.id,
                            "date_maturity": "2026-10-01",
                            "balance": 800,
                        }
                    ),
                    Command.create({"account_id": self.company_data["default_account_revenue"].id, "balance": -800}),
                ],
            }
        )
        move.action_post()
        self.assertFalse(self._propose("2026-10-05"))
        move.action_include_in_dunning()
        self.assertEqual(self._propose("2026-10-05").amount_total, 800.0)
        self._get_receivable(move).action_exclude_from_dunning()
        self.assertFalse(self._propose("2026-10-06"))

    # Who

    def test_sub_contacts(self):
        """The items of contacts are the customer's: one notice, to the invoice address."""
        contact = self.env["res.partner"].create({"name": "Branch", "parent_id": self.customer.id, "type": "invoice"})
        self._invoice(1000, "2026-10-01")
        self._invoice(500, "2026-10-01", contact)
        notice = self._run("2026-10-05")
        self.assertEqual((notice.partner_id, notice.contact_id, notice.amount_total), (self.customer, contact, 1500.0))
        other = self.env["res.partner"].create({"name": "Treasurer", "parent_id": self.customer.id})
        self.customer.with_company(self.company).dunning_contact_id = other
        self.assertEqual(self._propose("2026-10-20").contact_id, other)

    def test_merged_customers(self):
        """Memory, notices and charges follow the customer that remains."""
        duplicate = self.customer.copy({"name": "Jade Dragon", "email": "a@example.com"})
        item = self._invoice(1000, "2026-10-01", duplicate)
        self._run("2026-10-04")
        notice = self._run("2026-10-18")
        self.env["base.partner.merge.automatic.wizard"]._merge([duplicate.id, self.customer.id], self.customer)
        records = (self._get_item(item), notice, *notice.charge_ids)
        self.assertEqual([record.partner_id for record in records], [self.customer] * 4)
        self.assertEqual(self._run("2026-11-01").amount_total, 1027.64)

    def test_changed_policy(self):
        """A customer whose policy changes goes on from where he was, by days."""
        self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        other = self._create_policy(
            [{"name": name, "days": days} for name, days in (("A", 2), ("B", 10), ("C", 20))], name="Other"
        )
        self.customer.with_company(self.company).dunning_policy_id = other
        self.assertEqual(self._propose("2026-10-20").level_id.name, "B")

    def test_two_companies(self):
        """One customer, two companies: each asks by its own policy, on its own day, for its own items."""
        data = self.setup_other_company()
        second = data["company"]
        mine = self._invoice(1000, "2026-10-01")
        theirs = self._invoice(700, "2026-10-01", journal_id=data["default_journal_sale"].id)
        self.assertEqual(theirs.company_id, second)
        runs = self.env["dunning.run"].with_company(second)
        run = runs.create({"date": "2026-10-06", "company_id": second.id})
        run.action_compute()
        self.assertFalse(run.notice_ids, "it has no policy")
        second.dunning_policy_id = self.env["dunning.policy"].create(
            {"name": "Strict", "company_id": second.id, "level_ids": [Command.create({"name": "Now", "days": 1})]}
        )
        first = self._run("2026-10-04")
        run.action_compute()
        other = self._send(run.notice_ids)
        self.assertEqual((first.line_ids.move_line_id, other.line_ids.move_line_id), (mine, theirs))
        self.assertEqual((str(first.date), str(other.date)), ("2026-10-04", "2026-10-06"))
        self.assertEqual((other.company_id, other.amount_total, other.level_id.name), (second, 700.0, "Now"))
        self.customer.with_company(second).dunning_opt_out = True
        self.assertEqual(self._run("2026-10-18").amount_total, 1009.19, "exempt in one company only")

    # What else is asked for

    def test_asked_for_again(self):
        """An item that stays at its level is asked for with one that moves on, without a new level or interest."""
        first = self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        self._run("2026-10-18")
        second = self._invoice(500, "2026-10-15")
        notice = self._run("2026-10-20")
        self.assertEqual((notice.level_id, notice.charge_level_id), (self.l2, self.l1), "the fee is not charged twice")
        self.assertEqual((notice.amount_principal, notice.amount_interest, notice.amount_fee), (1500.0, 0.0, 0.0))
        self.assertEqual(notice.amount_total, 1509.19)
        self.assertEqual(self._get_item(first).date.isoformat(), "2026-10-18")
        self.assertEqual(self._get_item(second).notice_id, notice)

    def test_highest_level_names_the_letter(self):
        self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        self._invoice(500, "2026-10-10")
        notice = self._run("2026-10-18")
        self.assertEqual(notice.level_id, self.l2)
        self.assertEqual(notice.line_ids.sorted("amount").level_id, self.l1 + self.l2)

    def test_open_notice_holds_its_items_only(self):
        """Another invoice of the customer is dunned although a notice waits."""
        self._invoice(1000, "2026-10-01")
        first = self._propose("2026-10-05")
        self._invoice(500, "2026-10-04")
        second = self._propose("2026-10-08")
        self.assertEqual((first.amount_total, second.amount_total), (1000.0, 500.0))

    def test_leave_out(self):
        small, _large = self._invoice(100, "2026-10-01"), self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        notice.line_ids.filtered(lambda line: line.move_line_id == small).action_exclude()
        self.assertEqual((notice.state, notice.amount_total), ("draft", 1000.0))
        notice.action_exclude()
        self.assertEqual(notice.state, "cancelled")
        run = notice.run_id
        run.action_compute()
        self.assertEqual(run.notice_ids.amount_total, 1100.0)
