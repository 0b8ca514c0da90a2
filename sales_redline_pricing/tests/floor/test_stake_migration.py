from odoo.modules.module import load_script
from odoo.tests import tagged
from odoo.tools.misc import file_path

from odoo.addons.sales_control.tests.common import ReviewCommon


@tagged("post_install", "-at_install")
class TestStakeMigration(ReviewCommon):
    """Approvals of before the stake go on covering what they covered."""

    def _migrate(self, addon):
        path = file_path(f"{addon}/migrations/19.0.1.1.0/post-migrate.py")
        load_script(path, f"{addon}_post_migrate").migrate(self.env.cr, "19.0.1.0.0")

    def test_old_reviews(self):
        order = self._create_order(60000)
        order.action_request_review()
        review = order.sudo().order_review_ids
        price = review.copy(
            {"kind": "price", "key": "floor:7:product:12", "measure": 5, "facts": {"gap": 5, "gap_total": 50}}
        )
        missing = review.copy({"kind": "price", "key": "nocost:7:product:12", "measure": 0, "facts": {}})
        self.env.flush_all()
        self.env.cr.execute("UPDATE sale_order_review SET stake = NULL WHERE order_id = %s", (order.id,))
        self._migrate("sales_control")
        self._migrate("sales_redline_pricing")
        self.env.invalidate_all()
        self.assertEqual(review.stake, 60000)
        self.assertEqual((price.key, price.stake), ("product:12", 50))
        self.assertEqual((missing.key, missing.stake), ("nocost:product:12", 60000))
        self._migrate("sales_redline_pricing")
        self.assertEqual(price.key, "product:12")
