from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestStopSupply(CollectionCommon):
    """Level "Second" stops supply; the general manager releases. 1,000 have reached it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-10-15 08:00:00"))
        cls.rule.write({"kind": "dunning", "min_amount": 0, "step_ids": [Command.clear()]})
        cls.rule.step_ids = [Command.create({"approver_type": "user", "user_id": cls.user_g.id})]
        cls.level_2.stop_supply = True
        cls.goods = cls._create_product("Goods", type="consu")
        cls.invoice = cls._post_invoice(1000, "2026-09-20")

    def _order_goods(self, **values):
        return self._create_order(100, **values)

    def _confirmed_goods(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": self.user_s.id,
                "order_line": [Command.create({"product_id": self.goods.id, "price_unit": 100, "tax_ids": False})],
            }
        )
        order.action_confirm()
        self.assertEqual((order.state, order.on_hold), ("sale", False))
        return order

    def _recheck(self):
        with self.enter_registry_test_mode():
            self.env.ref("sales_collection.ir_cron_recheck_dunning").method_direct_trigger()

    def _findings(self, order, stage="confirm"):
        return [finding for finding in order._get_review_findings(stage)[order] if finding.kind == "dunning"]

    # === FINDINGS === #

    def test_finding(self):
        self._dun(self.invoice, self.level_2)
        finding = self._findings(self._order_goods())[0]
        self.assertEqual((finding.key, finding.measure), (f"supply:{self.customer.id}", 1000.0))
        self.assertEqual(finding.severity, "review")
        for text in ("Jade Dragon", "1,000.00", "Second", self.invoice.name, "Collect first"):
            self.assertIn(text, finding.message)

    def test_stages(self):
        self._dun(self.invoice, self.level_2)
        order = self._order_goods()
        self.assertTrue(self._findings(order, "deliver"))
        self.assertFalse(self._findings(order, "invoice"))

    def test_lower_level_stops_nothing(self):
        self._dun(self.invoice, self.level_1)
        self.assertFalse(self._findings(self._order_goods()))

    def test_paid_stops_nothing(self):
        self._dun(self.invoice, self.level_2)
        order = self._order_goods()
        self._receive(400, "2026-10-10", self.invoice)
        self.assertEqual(self._findings(order)[0].measure, 600.0)
        self._receive(600, "2026-10-11", self.invoice)
        self.assertFalse(self._findings(order))

    def test_receipt_in_draft(self):
        """A receipt that is set back to draft pays nothing: supply stops again."""
        self._dun(self.invoice, self.level_2)
        receipt = self._receive(1000, "2026-10-10", self.invoice)
        self.assertFalse(self._findings(self._order_goods()))
        receipt.button_draft()
        self.assertEqual(self._findings(self._order_goods())[0].measure, 1000.0)
        self.assertEqual(self.customer.with_company(self.company).dunning_level_id, self.level_2)

    def test_customer_and_payer_count(self):
        """Whose order it is and who pays it; one finding for each of them."""
        self._dun(self.invoice, self.level_2)
        contact = self.env["res.partner"].create({"name": "Li", "parent_id": self.customer.id, "type": "invoice"})
        other = self.env["res.partner"].create({"name": "Other"})
        self.assertEqual(len(self._findings(self._order_goods(partner_invoice_id=contact.id))), 1)
        for parties in (
            {"partner_invoice_id": other.id},
            {"partner_id": other.id, "partner_invoice_id": self.customer.id},
        ):
            [finding] = self._findings(self._order_goods(**parties))
            self.assertEqual((finding.key, finding.measure), (f"supply:{self.customer.id}", 1000.0))
        self.assertFalse(self._findings(self._order_goods(partner_id=other.id, partner_invoice_id=other.id)))

    def test_other_company_goes_on(self):
        self._dun(self.invoice, self.level_2)
        other = self.env["res.company"].create({"name": "Other"})
        stopped = self.env["dunning.level"]._get_stopped_supply(other, self.customer)
        self.assertEqual(stopped, {})

    def test_currency(self):
        invoice = self._post_invoice(14, "2026-09-20", currency_id=self.usd.id)
        self._dun(invoice, self.level_2)
        self.assertEqual(self._findings(self._order_goods())[0].measure, 100.0)

    def test_no_statement_without_such_levels(self):
        self.level_2.stop_supply = False
        order = self._order_goods()
        with freeze_time("2026-10-15 08:00:00"):
            self.env["dunning.level"]._is_supply_stopped()
            list(order._get_supply_findings("confirm"))
            with self.assertQueryCount(0):
                self.assertFalse(self.env["dunning.level"]._is_supply_stopped())
                self.assertEqual(self.env["dunning.level"]._get_stopped_supply(self.company), {})

    def test_statements_do_not_grow(self):
        self._dun(self.invoice, self.level_2)
        orders = self.env["sale.order"].union(*(self._order_goods() for _index in range(6)))
        levels = self.env["dunning.level"]
        levels._get_stopped_supply(orders.company_id, self.customer)
        self.env.invalidate_all()
        self.env.flush_all()
        orders.partner_invoice_id.commercial_partner_id.mapped("display_name")
        with self.assertQueryCount(10):
            self.assertEqual(len(list(orders.sudo()._get_supply_findings("confirm"))), 6)

    # === HOLDS === #

    def test_figures_have_names(self):
        self._dun(self.invoice, self.level_2)
        order = self._order_goods()
        order.action_confirm()
        # Superuser: other addons may close the raw facts.
        review = order.sudo().order_review_ids.filtered(lambda review: review.kind == "dunning")
        self.assertLessEqual(set(review.facts), set(review._get_fact_labels()))
        rows = dict(review._get_fact_rows())
        self.assertEqual(rows["Dunning level"], self.level_2.name)
        self.assertEqual(set(rows), {"Amount (company currency)", "Dunning level", "Open items"})

    def test_confirmation_waits_and_approval_covers(self):
        self._dun(self.invoice, self.level_2)
        order = self._order_goods()
        order.action_confirm()
        self.assertEqual((order.state, order.review_state), ("draft", "pending"))
        self.assertIn("is stopped", order.sudo().order_review_ids.message)
        self._approve_all(order)
        self.assertEqual(order.state, "sale")

    def test_release_of_a_small_order_covers_no_large_one(self):
        self._dun(self.invoice, self.level_2)
        order = self._create_order(480)
        order.action_confirm()
        review = order.sudo().order_review_ids
        self.assertEqual((review.measure, review.stake), (1000, 480))
        self._approve_all(order)
        self.assertEqual(order.state, "sale")
        order.order_line.price_unit = 48000
        self.assertEqual((order.on_hold, order.review_state), (True, "pending"))

    def test_no_road_around(self):
        self._dun(self.invoice, self.level_2)
        order = self._order_goods()
        with self.assertRaisesRegex(UserError, "is stopped"), self.cr.savepoint():
            order.sudo().write({"state": "sale"})

    def test_quotation_that_waits_confirms_when_paid(self):
        self._dun(self.invoice, self.level_2)
        order = self._order_goods()
        order.action_confirm()
        self._receive(1000, "2026-10-12", self.invoice)
        self._recheck()
        self.assertEqual((order.state, order.sudo().order_review_ids.state), ("sale", "void"))

    def test_notice_holds_and_receipt_releases(self):
        order = self._confirmed_goods()
        self._dun(self.invoice, self.level_2)
        self._recheck()
        self.assertTrue(order.on_hold)
        review = order.order_review_ids
        self.assertEqual((review.kind, review.state, review.measure), ("dunning", "pending", 1000.0))
        with self.assertRaisesRegex(UserError, "is stopped"), self.cr.savepoint():
            self._ship(order)
        self._receive(1000, "2026-10-12", self.invoice)
        self._recheck()
        self.assertEqual((order.on_hold, review.state), (False, "void"))
        self._ship(order)
        self.assertEqual(order.picking_ids.state, "done")

    def _ship(self, order):
        picking = order.picking_ids
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.button_validate()

    def test_released_stays_released(self):
        order = self._confirmed_goods()
        self._dun(self.invoice, self.level_2)
        self._recheck()
        self._approve_all(order)
        self.assertFalse(order.on_hold)
        self.assertFalse(self.env["sale.order"]._get_dunning_recheck())
        self._recheck()
        self.assertFalse(order.on_hold)

    def test_more_at_the_level_asks_again(self):
        order = self._confirmed_goods()
        self._dun(self.invoice, self.level_2)
        self._recheck()
        self._approve_all(order)
        self._dun(self._post_invoice(500, "2026-09-21"), self.level_2)
        self._recheck()
        self.assertTrue(order.on_hold)
        pending = order.order_review_ids.filtered(lambda review: review.state == "pending")
        self.assertEqual(pending.measure, 1500.0)

    def test_delivered_orders_are_left_alone(self):
        order = self._confirmed_goods()
        self._ship(order)
        self._dun(self.invoice, self.level_2)
        self.assertFalse(self.env["sale.order"]._get_dunning_recheck())

    def test_level_that_stops_no_more_releases(self):
        order = self._confirmed_goods()
        self._dun(self.invoice, self.level_2)
        self._recheck()
        self.level_2.stop_supply = False
        self._recheck()
        self.assertFalse(order.on_hold)

    def test_who_calls_the_cron(self):
        cron = self.env.ref("sales_collection.ir_cron_recheck_dunning")
        triggers = self.env["ir.cron.trigger"]

        def count():
            return triggers.search_count([("cron_id", "=", cron.id)])

        before = count()
        self.env["sale.order"]._recheck_dunning(self.env["res.partner"])
        self.assertEqual(count(), before, "nobody to judge")
        self.env["sale.order"]._recheck_dunning(self.customer)
        self.assertGreater(count(), before)
        before = count()
        self._receive(100, "2026-10-12", self.invoice)
        self.assertGreater(count(), before)
        self.level_2.stop_supply = False
        before = count()
        self._receive(100, "2026-10-12", self.invoice)
        self.assertEqual(count(), before)
