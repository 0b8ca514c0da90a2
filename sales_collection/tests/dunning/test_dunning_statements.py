from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningStatements(DunningCommon):
    """The number of statements does not grow with the number of customers."""

    def _make_customers(self, count):
        partners = self.env["res.partner"].create([{"name": f"Customer {index}"} for index in range(count)])
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": "2026-09-01",
                    "invoice_date_due": "2026-10-01",
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [(0, 0, {"name": "Goods", "price_unit": 1000, "tax_ids": False})],
                }
                for partner in partners
            ]
        )
        moves.action_post()
        return partners

    def _count(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _measure(self, day):
        """Return the statements of proposing, computing again, approving and what the dispatch does to amounts."""
        run = self._create_run(day)
        counts = [self._count(run.action_compute), self._count(run.action_compute), self._count(run.action_approve)]
        notices = run.notice_ids.sudo()
        counts.append(self._count(notices._refresh_amounts))
        counts.append(self._count(notices._write_memory))
        counts.append(self._count(notices._make_charges))
        counts.append(self._count(lambda: notices._set_state("sent")))
        return counts, len(notices)

    def test_statements(self):
        self._make_customers(5)
        self._measure("2026-10-04")
        few, count = self._measure("2026-10-18")
        self.assertEqual(count, 5)
        self._make_customers(60)
        self._measure("2026-11-10")
        many, count = self._measure("2026-12-01")
        self.assertEqual(count, 60)
        for less, more in zip(few, many, strict=True):
            self.assertLessEqual(more, less + 1)
        self.assertLessEqual(many[0], 50)

    def test_two_runs_at_one_moment(self):
        """The second one is refused: no item is asked for twice."""
        self._invoice(1000, "2026-10-01")
        self._propose("2026-10-05")
        run = self._create_run("2026-10-05")
        # what the other run does is not seen, as in a transaction of the same moment
        self.patch(type(run), "_get_held_ids", lambda *_args: set())
        with (
            self.assertRaisesRegex(UserError, "Another run is currently claiming the same items"),
            mute_logger("odoo.sql_db"),
        ):
            run.action_compute()
        self.assertFalse(run.notice_ids)
