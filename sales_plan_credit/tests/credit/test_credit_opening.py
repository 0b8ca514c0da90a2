from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .opening_common import OpeningCommon


@tagged("post_install", "-at_install")
class TestCreditOpening(OpeningCommon):
    """Goods delivered before go-live count as delivered and not invoiced until ordinary invoices bill them."""

    def test_counts_with_taxes(self):
        opening = self._create_opening()
        self.assertEqual(opening.amount_total, 5650)
        self.assertEqual(opening.tax_ids, self.vat)
        self.assertEqual(opening.state, "open")
        self._assert_debt(0, 5650)

    def test_of_a_contact_counts_for_its_company(self):
        self._create_opening(partner_id=self.contact.id)
        self._assert_debt(0, 5650)
        self._assert_debt(0, 5650, partner=self.contact)

    def test_price_includes_taxes(self):
        self.vat.price_include_override = "tax_included"
        opening = self._create_opening(price_unit=113.0)
        self.assertEqual(opening.amount_total, 5650)

    def test_partly_invoiced(self):
        opening = self._create_opening()
        invoice = self._bill(opening, 20, post=False)
        self._assert_debt(0, 5650)
        self.assertEqual(opening.state, "open")
        invoice.action_post()
        self.assertEqual(invoice.amount_total, 2260)
        self.assertEqual((opening.state, opening.qty_invoiced, opening.qty_uninvoiced), ("partial", 20, 30))
        self._assert_debt(2260, 3390)

    def test_rest_is_invoiced(self):
        opening = self._create_opening()
        self._bill(opening, 20)
        rest = self._bill(opening)
        self.assertEqual(rest.invoice_line_ids.quantity, 30)
        self.assertEqual(opening.state, "done")
        self._assert_debt(5650, 0)
        with self.assertRaisesRegex(UserError, "Nothing is left to invoice"):
            opening.action_create_invoices()

    def test_invoiced_beyond(self):
        opening = self._create_opening()
        self._bill(opening, 52)
        self.assertEqual((opening.state, opening.qty_uninvoiced), ("done", 0))
        self._assert_debt(5876, 0)

    def test_invoiced_beyond_frees_nothing_else(self):
        first, second = self._create_opening(), self._create_opening("OB-2", quantity=10)
        self._bill(first, 70)
        self.assertEqual((first.amount_uninvoiced, second.amount_uninvoiced), (0, 1130))
        self._assert_debt(7910, 1130)

    def test_credit_note_brings_it_back(self):
        opening = self._create_opening()
        invoice = self._bill(opening, 20)
        note = self._reverse_invoice(invoice)
        self.assertEqual(note.invoice_line_ids.credit_opening_delivery_id, opening)
        self._assert_debt(2260, 3390)
        note.action_post()
        self._assert_debt(0, 5650)
        self.assertEqual(opening.state, "open")

    def test_corrected_invoice_bills_again(self):
        opening = self._create_opening()
        invoice = self._bill(opening, 20)
        corrected = self._reverse_invoice(invoice, is_modify=True)
        self._assert_debt(0, 5650)
        self.assertEqual(corrected.invoice_line_ids.credit_opening_delivery_id, opening)
        corrected.action_post()
        self._assert_debt(2260, 3390)

    def test_copied_invoice_bills_nothing(self):
        opening = self._create_opening()
        copied = self._bill(opening, 20).copy({"invoice_date": self.today})
        copied.action_post()
        self.assertFalse(copied.invoice_line_ids.credit_opening_delivery_id)
        self._assert_debt(4520, 3390)

    def test_cancelled_invoice(self):
        opening = self._create_opening()
        invoice = self._bill(opening, 20)
        invoice.button_draft()
        self._assert_debt(0, 5650)
        invoice.button_cancel()
        self._assert_debt(0, 5650)
        self._bill(opening, 10)
        self._assert_debt(1130, 4520)

    def test_deleted_invoice(self):
        opening = self._create_opening()
        invoice = self._bill(opening, 20)
        invoice.button_draft()
        invoice.name = False
        invoice.unlink()
        self.assertFalse(opening.invoice_line_ids)
        self.assertEqual(opening.state, "open")
        self._assert_debt(0, 5650)

    def test_deleted_line_of_a_draft(self):
        opening = self._create_opening()
        invoice = self._bill(opening, post=False)
        with self.assertRaisesRegex(UserError, "already on a draft invoice"):
            opening.action_create_invoices()
        invoice.invoice_line_ids.unlink()
        self._bill(opening)
        self._assert_debt(5650, 0)

    def test_other_unit_on_the_invoice(self):
        opening = self._create_opening()
        invoice = self._bill(opening, post=False)
        invoice.invoice_line_ids.write({"product_uom_id": self.env.ref("uom.product_uom_dozen").id, "quantity": 2})
        invoice.invoice_line_ids.price_unit = 1200
        invoice.action_post()
        self.assertEqual(opening.qty_invoiced, 24)
        self._assert_debt(2712, 2938)

    def test_amounts_to_the_cent(self):
        opening = self._create_opening(quantity=3, price_unit=33.33)
        self.assertEqual(opening.amount_total, 112.99)
        self._bill(opening, 1)
        self.assertEqual(opening.amount_uninvoiced, 75.33)

    def test_foreign_currency(self):
        opening = self._create_opening(currency_id=self.eur.id, quantity=8)
        self.assertEqual(opening.amount_total, 904)
        self._assert_debt(0, 1130)
        invoice = self._bill(opening, 4)
        self.assertEqual((invoice.currency_id, invoice.amount_total), (self.eur, 452))
        self._assert_debt(565, 565)

    def test_other_currency_counts_at_once(self):
        opening = self._create_opening()
        self.env.flush_all()
        self.assertEqual(self.customer.credit_uninvoiced, 5650)
        # Written, and read before anything brings it to the database: the amount is the same number.
        opening.currency_id = self.eur
        self.customer.invalidate_recordset(["credit_uninvoiced"])
        self.assertEqual(self.customer.credit_uninvoiced, 7062.5)

    def test_rate_of_today(self):
        self._create_opening(currency_id=self.eur.id, quantity=8)
        rate = {"name": self.today, "rate": 0.5, "currency_id": self.eur.id, "company_id": self.company.id}
        self.env["res.currency.rate"].create(rate)
        self._assert_debt(0, 1808)

    def test_two_companies(self):
        other = self.setup_other_company(name="Other Trading")["company"]
        other.currency_id = self.usd
        self.env.user.company_ids |= other
        self.env = self.env(context=dict(self.env.context, allowed_company_ids=(self.company | other).ids))
        self._create_opening(quantity=10)
        # The same reference in another company is another delivery.
        opening = self._create_opening(quantity=3, company_id=other.id, tax_ids=[Command.clear()])
        self._assert_debt(0, 1130)
        self._assert_debt(0, 300, company=other)
        # Billed with the first company active.
        invoice = self._bill(opening.with_env(self.env), 2)
        self.assertEqual((invoice.company_id, invoice.journal_id.company_id), (other, other))
        self._assert_debt(0, 1130)
        self._assert_debt(200, 100, company=other)

    def test_no_picking_no_sale(self):
        pickings, orders = self.env["stock.picking"].search_count([]), self.env["sale.order"].search_count([])
        sales = self.env["sale.report"].search_count([])
        opening = self._create_opening()
        opening.write({"quantity": 60, "date": "2026-02-01", "price_unit": 90})
        self._assert_debt(0, 6102)
        self._bill(opening, 20)
        self.assertEqual(self.env["stock.picking"].search_count([]), pickings)
        self.assertEqual(self.env["sale.order"].search_count([]), orders)
        self.assertEqual(self.env["sale.report"].search_count([]), sales)

    # === INVOICES === #

    def test_invoices_by_customer_and_currency(self):
        other = self.env["res.partner"].create({"name": "Harbour Works"})
        openings = self._create_opening() | self._create_opening("OB-2", partner_id=self.contact.id, quantity=1)
        openings |= self._create_opening("OB-3", currency_id=self.eur.id)
        openings |= self._create_opening("OB-4", partner_id=other.id)
        action = openings.action_create_invoices()
        invoices = self.env["account.move"].search(action["domain"])
        self.assertEqual(set(invoices.mapped("state")), {"draft"})
        found = {(move.partner_id, move.currency_id): move.invoice_origin for move in invoices}
        expected = {(self.customer, self.usd): "OB-1, OB-2", (self.customer, self.eur): "OB-3"}
        self.assertEqual(found, expected | {(other, self.usd): "OB-4"})
        self.assertEqual(sum(invoices.mapped("amount_untaxed")), 5000 + 100 + 5000 + 5000)

    def test_invoice_address(self):
        accounts = self.env["res.partner"].create(
            {"name": "Accounts", "type": "invoice", "parent_id": self.customer.id}
        )
        invoice = self._bill(self._create_opening(partner_id=self.contact.id))
        self.assertEqual(invoice.partner_id, accounts)
        self._assert_debt(5650, 0)

    def test_smart_button(self):
        opening = self._create_opening()
        invoice = self._bill(opening, 20)
        note = self._reverse_invoice(invoice)
        opening.invalidate_recordset()
        self.assertEqual(opening.invoice_count, 2)
        self.assertEqual(self.env["account.move"].search(opening.action_view_invoices()["domain"]), invoice | note)

    def test_statements_do_not_grow(self):
        openings = self.env["credit.opening.delivery"]
        for number in range(30):
            openings |= self._create_opening(f"OB-{number}")
        self._bill(openings, post=False).action_post()
        self.env.flush_all()
        counts = []
        # The first round fills caches.
        for some in (openings, openings[:3], openings):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            some._compute_uninvoiced()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])

    # === WRONG INPUT === #

    def test_day_is_not_emptied(self):
        opening = self._create_opening()
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            opening.date = False
            self.env.flush_all()

    def test_reference_twice(self):
        self._create_opening()
        for reference in ("OB-1", " OB-1 ", "ob-1", "OB -\u30001"):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._create_opening(reference)

    def test_wrong_figures(self):
        for values in ({"quantity": 0}, {"quantity": -5}, {"price_unit": -1}):
            with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
                self._create_opening(**values)

    def test_future_date(self):
        with self.assertRaisesRegex(ValidationError, "OB-1.*is in the future"), self.cr.savepoint():
            self._create_opening(date=fields.Date.add(self.today, days=1))
        self.assertTrue(self._create_opening(date=self.today))

    def test_currency_without_rate(self):
        sek = self.env.ref("base.SEK")
        with self.assertRaisesRegex(ValidationError, "OB-1.*SEK is not active"), self.cr.savepoint():
            sek.active = False
            self._create_opening(currency_id=sek.id)
        sek.active = True
        sek.rate_ids.unlink()
        with self.assertRaisesRegex(ValidationError, "OB-1.*SEK has no exchange rate"), self.cr.savepoint():
            self._create_opening(currency_id=sek.id)
        self.env["res.currency.rate"].create({"name": "2025-01-01", "rate": 10, "currency_id": sek.id})
        self.assertTrue(self._create_opening(currency_id=sek.id))

    def test_foreign_company(self):
        other = self.setup_other_company(name="Other Trading")["company"]
        customer = self.env["res.partner"].create({"name": "Of the other", "company_id": other.id})
        product = self.env["product.product"].create(
            {"name": "Of the other", "company_id": other.id, "taxes_id": False}
        )
        for values in ({"partner_id": customer.id}, {"product_id": product.id}):
            with self.assertRaisesRegex(UserError, "belongs to another company"), self.cr.savepoint():
                self._create_opening(**values)

    def test_invoiced_stays(self):
        opening = self._create_opening()
        other = self.env["res.partner"].create({"name": "Harbour Works"})
        product = self.goods.copy()
        for post in (False, True):
            invoice = self._bill(opening, 20, post)
            for values in ({"partner_id": other.id}, {"product_id": product.id}):
                with self.assertRaisesRegex(ValidationError, "must be the same"), self.cr.savepoint():
                    opening.write(values)
            with self.assertRaisesRegex(UserError, "delete the invoice first"):
                opening.unlink()
            if not post:
                invoice.unlink()
        # A contact of the customer, and the values that it has, are no change.
        opening.write({"partner_id": self.contact.id, "product_id": self.goods.id})

    def test_quantity_below_the_invoiced_one(self):
        opening = self._create_opening()
        self._bill(opening, 20)
        with self.assertRaisesRegex(ValidationError, r"OB-1: quantity 19\.00 is less than the 20\.00"):
            opening.quantity = 19
        opening.quantity = 20
        self.assertEqual(opening.state, "done")

    def test_invoice_of_another_customer(self):
        opening = self._create_opening()
        invoice = self._bill(opening, post=False)
        other = self.env["res.partner"].create({"name": "Harbour Works"})
        with self.assertRaisesRegex(ValidationError, "bills the opening delivery OB-1"), self.cr.savepoint():
            invoice.partner_id = other
        with self.assertRaisesRegex(ValidationError, "bills the opening delivery OB-1"), self.cr.savepoint():
            invoice.invoice_line_ids.product_id = self.goods.copy()
        foreign = self._issue(partner=other)
        with self.assertRaisesRegex(ValidationError, "bills the opening delivery OB-1"), self.cr.savepoint():
            foreign.invoice_line_ids.credit_opening_delivery_id = opening
        self._assert_debt(0, 5650)

    # === ACCESS === #

    def test_credit_manager_without_accounting(self):
        manager = self._create_user("manager", "sales_plan_credit.sales_plan_credit_group_manager")
        opening = self._create_opening()
        self._bill(opening, 20)
        self.env.invalidate_all()
        mine = opening.with_user(manager)
        mine.quantity = 40
        self.assertEqual((mine.amount_uninvoiced, mine.invoice_count, mine.state), (2260, 1, "partial"))
        with self.assertRaises(ValidationError), self.cr.savepoint():
            mine.quantity = 10
        with self.assertRaisesRegex(UserError, "delete the invoice first"):
            mine.unlink()
        with self.assertRaises(AccessError):
            mine.action_create_invoices()
        form = Form(self.env["credit.opening.delivery"].with_user(manager))
        form.reference, form.partner_id, form.product_id = "OB-9", self.customer, self.goods
        form.quantity, form.price_unit, form.date = 2, 100, "2026-01-15"
        self.assertEqual(form.save().amount_total, 226)

    def test_salesperson_reads_own(self):
        user = self._create_user("salesperson", "sales_team.group_sale_salesman")
        opening = self._create_opening()
        search = self.env["credit.opening.delivery"].with_user(user).search
        self.assertFalse(search([]))
        self.customer.user_id = user
        self.env.flush_all()
        self.assertEqual(search([]), opening)
        with self.assertRaises(AccessError):
            opening.with_user(user).quantity = 1
