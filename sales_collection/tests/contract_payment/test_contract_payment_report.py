from odoo.tests import Form, tagged

from ..contract_common import DELIVERY, ContractDocumentsCommon


@tagged("post_install", "-at_install")
class TestContractPaymentReport(ContractDocumentsCommon):
    """Groups, filters, drill-down and screens of contract payments."""

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
