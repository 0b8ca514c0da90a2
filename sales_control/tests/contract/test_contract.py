import base64
from contextlib import suppress

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..masters_common import MastersCommon


@tagged("post_install", "-at_install")
class TestContract(MastersCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner, cls.other_partner = cls.make_partners(2)
        cls.contact = cls.env["res.partner"].create({"name": "Ms Li", "parent_id": cls.partner.id})
        cls.net30, cls.net60 = cls.env["account.payment.term"].create([{"name": "Net 30"}, {"name": "Net 60"}])
        cls.vat = cls.env["account.tax"].create({"name": "VAT 13", "amount": 13.0, "type_tax_use": "sale"})
        cls.order = cls.make_order(partner_id=cls.partner.id, quantity=10, price=10500.0, payment_term_id=cls.net30.id)
        cls.order.order_line.tax_ids = cls.vat  # 105,000.00 + 13 % = 118,650.00

    def mismatches(self, order=None):
        order = order or self.order
        return {key: measure for key, measure, _message, _facts in order._get_contract_mismatches()[order]}

    # --- comparing --------------------------------------------------------------------------------------------------

    def test_nothing_stated_nothing_compared(self):
        self.assertEqual(self.mismatches(), {})
        self.assertRecordValues(self.order, [{"contract_mismatch": False, "contract_mismatch_reason": False}])

    def test_amount_includes_taxes(self):
        self.order.contract_amount = 118650.0
        self.assertEqual(self.mismatches(), {})
        self.order.contract_amount = 105000.0
        self.assertEqual(self.mismatches(), {"amount": 13650.0})
        self.order.contract_amount = 120000.0
        [[key, measure, message, facts]] = self.order._get_contract_mismatches()[self.order]
        self.assertEqual((key, measure), ("amount", 1350.0))
        self.assertIn("120,000.00", message)
        self.assertIn("118,650.00", message)
        self.assertEqual(facts, {"contract": 120000.0, "order": 118650.0, "currency": self.order.currency_id.name})

    def test_amount_to_the_cent(self):
        self.order.contract_amount = 118650.004
        self.assertEqual(self.mismatches(), {})
        self.order.contract_amount = 118650.01
        self.assertEqual(self.mismatches(), {"amount": 0.01})

    def test_customer(self):
        self.order.contract_partner_id = self.contact
        self.assertEqual(self.mismatches(), {})
        self.order.contract_partner_id = self.other_partner
        self.assertEqual(self.mismatches(), {"customer": 1.0})

    def test_payment_terms(self):
        self.order.contract_payment_term_id = self.net30
        self.assertEqual(self.mismatches(), {})
        self.order.contract_payment_term_id = self.net60
        self.assertEqual(self.mismatches(), {"payment_term": 1.0})
        self.order.payment_term_id = False
        self.assertIn("none", self.order.contract_mismatch_reason)

    def test_quantity(self):
        line = self.order.order_line
        line.contract_qty = 10
        self.assertEqual(self.mismatches(), {})
        line.contract_qty = 12
        self.assertEqual(self.mismatches(), {f"quantity:{self.product.id}": 2.0})

    def test_quantity_in_other_units(self):
        line = self.order.order_line
        line.write({"product_uom_id": self.env.ref("uom.product_uom_dozen").id, "contract_qty": 10})
        self.assertEqual(self.mismatches(), {})
        line.contract_qty = 9
        self.assertEqual(self.mismatches(), {f"quantity:{self.product.id}": 12.0})

    def test_second_line_of_the_product_counts(self):
        self.order.order_line.contract_qty = 10
        self.order.order_line = [Command.create({"product_id": self.product.id, "product_uom_qty": 5})]
        self.assertEqual(self.mismatches(), {f"quantity:{self.product.id}": 5.0})
        other = self.product.copy()
        self.order.order_line[1].product_id = other
        self.assertEqual(self.mismatches(), {})

    def test_everything_at_once(self):
        self.order.write(
            {
                "contract_amount": 1.0,
                "contract_partner_id": self.other_partner.id,
                "contract_payment_term_id": self.net60.id,
            }
        )
        self.order.order_line.contract_qty = 1
        self.assertEqual(
            self.mismatches(),
            {"amount": 118649.0, "customer": 1.0, "payment_term": 1.0, f"quantity:{self.product.id}": 9.0},
        )
        self.assertEqual(len(self.order.contract_mismatch_reason.split("\n")), 4)

    def test_stored_and_searchable(self):
        orders = self.order | self.make_order()

        def found(value):
            return self.env["sale.order"].search([("id", "in", orders.ids), ("contract_mismatch", "=", value)])

        self.assertEqual(found(False), orders)
        self.order.contract_amount = 118000.0
        self.assertEqual((found(True), found(False)), (self.order, orders - self.order))
        self.order.order_line.price_unit = 118000.0 / 11.3
        self.assertEqual(found(True), self.env["sale.order"])
        self.order.write({"contract_amount": 0.0, "contract_payment_term_id": self.net30.id})
        self.order.payment_term_id = self.net60
        self.assertEqual(found(True), self.order)

    def test_every_order_is_answered(self):
        orders = self.order | self.make_order()
        self.order.contract_amount = 1.0
        found = orders._get_contract_mismatches()
        self.assertEqual([len(found[order]) for order in orders], [1, 0])

    def test_statements_do_not_grow(self):
        def compare(count):
            orders = self.env["sale.order"].concat(
                *(
                    self.make_order(contract_amount=1.0, contract_payment_term_id=self.net60.id)
                    for _number in range(count)
                )
            )
            orders.order_line.contract_qty = 5
            return self.count_queries(orders._get_contract_mismatches)

        compare(2)
        self.assertEqual(compare(3), compare(20))

    # --- contract data ----------------------------------------------------------------------------------------------

    def test_special_terms_need_a_reason(self):
        for reason in (False, "  "):
            with self.assertRaisesRegex(ValidationError, "Special Reason"), self.cr.savepoint():
                self.order.write({"contract_kind": "special", "special_reason": reason})
        self.order.write({"contract_kind": "special", "special_reason": "Paid after acceptance"})
        with self.assertRaises(ValidationError):
            self.order.special_reason = False
        with self.assertRaises(ValidationError):
            self.make_order(contract_kind="special")

    def test_copy_has_no_contract(self):
        self.order.write(
            {
                "contract_number": "C-1",
                "contract_date": "2025-01-01",
                "contract_amount": 1.0,
                "contract_partner_id": self.partner.id,
                "contract_payment_term_id": self.net60.id,
                "contract_kind": "special",
                "special_reason": "Paid after acceptance",
                "contract_attachment_ids": [Command.link(self.upload().id)],
            }
        )
        self.order.order_line.contract_qty = 4
        copy = self.order.copy()
        self.assertRecordValues(
            copy,
            [
                {
                    "contract_number": False,
                    "contract_date": False,
                    "contract_amount": 0.0,
                    "contract_partner_id": False,
                    "contract_payment_term_id": False,
                    "contract_attachment_ids": [],
                    "contract_mismatch": False,
                    "contract_kind": "special",
                    "special_reason": "Paid after acceptance",
                }
            ],
        )
        self.assertEqual(copy.order_line.contract_qty, 0.0)

    def test_company_of_signer_and_terms(self):
        foreign = self.make_partners(1, company_id=self.other_company.id)
        with self.assertRaises(UserError):
            self.order.contract_partner_id = foreign
        terms = self.env["account.payment.term"].create({"name": "F", "company_id": self.other_company.id})
        with self.assertRaises(UserError):
            self.order.contract_payment_term_id = terms

    def test_same_number_twice(self):
        self.order.contract_number = "C-2025-7"
        second = self.make_order(contract_number="C-2025-7")
        self.assertEqual(second.contract_duplicate_ids, self.order)
        self.assertEqual(self.order.contract_duplicate_ids, second)
        self.order._action_cancel()
        self.env.invalidate_all()
        self.assertFalse(second.contract_duplicate_ids)
        self.assertFalse(self.make_order().contract_duplicate_ids)

    def test_form_warns_of_the_same_number(self):
        self.order.contract_number = "C-2025-8"
        with Form(self.env["sale.order"].with_user(self.anna)) as form:
            form.partner_id = self.partner
            form.contract_number = "C-2025-8"
            self.assertEqual(form.contract_duplicate_ids.ids, self.order.ids)

    # --- scans ------------------------------------------------------------------------------------------------------

    def upload(self, user=None, **vals):
        user = user or self.env.user
        return (
            self.env["ir.attachment"]
            .with_user(user)
            .create({"name": "contract.pdf", "datas": base64.b64encode(b"signed"), "res_model": "sale.order", **vals})
        )

    def test_readers_of_the_order_read_the_scan(self):
        scan = self.upload(self.anna)
        with self.assertRaises(AccessError):
            scan.with_user(self.boris).read(["datas"])
        self.order.with_user(self.anna).contract_attachment_ids = [Command.link(scan.id)]
        self.assertEqual(base64.b64decode(scan.with_user(self.boris).datas), b"signed")
        self.assertEqual((scan.res_model, scan.res_id), ("sale.order", self.order.id))

    def test_scan_of_a_new_order(self):
        scan = self.upload(self.anna)
        order = (
            self.env["sale.order"]
            .with_user(self.anna)
            .create({"partner_id": self.partner.id, "contract_attachment_ids": [Command.link(scan.id)]})
        )
        self.assertEqual(scan.sudo().res_id, order.id)

    def test_strangers_read_no_scan(self):
        scan = self.upload()
        self.order.contract_attachment_ids = scan
        stranger = new_test_user(self.env, "sc_stranger", "base.group_user")
        with self.assertRaises(AccessError):
            scan.with_user(stranger).read(["datas"])

    def test_linking_a_foreign_file_gives_no_access(self):
        secret = self.upload(self.boris)
        private = self.upload(res_model="res.partner", res_id=self.other_partner.id)
        for file in (secret, private):
            owner = (file.sudo().res_model, file.sudo().res_id)
            # A stricter platform may refuse the link itself.
            with suppress(AccessError), self.cr.savepoint():
                self.order.with_user(self.anna).contract_attachment_ids = [Command.link(file.id)]
            self.assertEqual((file.sudo().res_model, file.sudo().res_id), owner)
        with self.assertRaises(AccessError):
            secret.with_user(self.anna).read(["datas"])
