from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from ..collection_common import COLLECTOR, CollectionCommon


@tagged("post_install", "-at_install")
class TestCollectionTour(CollectionCommon, HttpCase):
    """A collector works his list in the browser."""

    def test_worklist(self):
        # Menus of sales show to salespeople; a collector often is one.
        user = self._create_salesperson("kt", "Kai Collector", f"sales_team.group_sale_salesman_all_leads,{COLLECTOR}")
        overdue = fields.Date.to_string(fields.Date.today() - timedelta(days=20))
        invoice = self._post_invoice(300, overdue)
        self.start_tour("/odoo/collection-worklist", "sales_collection_worklist", login=user.login, timeout=180)
        calls = self.env["collection.call"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(calls.mapped("result"), ["call_back", "reached", "promised", "not_reached"])
        promise = self.env["payment.promise"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((promise.amount, promise.user_id, promise.note), (200.0, user, "By bank transfer"))
        self.assertEqual(promise.move_line_ids, self._get_item(invoice))
