from contextlib import contextmanager

from odoo.tests import tagged

from .credit_common import CreditCheckCommon


@tagged("post_install", "-at_install")
class TestCreditRecheck(CreditCheckCommon):
    """Orders that wait are judged again when what they wait for changes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Users do not read or empty it.
        cls.queue = cls.env["credit.recheck"].sudo()

    def test_hold_clears_itself_when_a_receipt_arrives(self):
        self._book_receivable(800, self.customer)
        older = self._create_quotation(500)
        newer = self._create_quotation(500)
        (older | newer).action_confirm()
        self.assertEqual((older | newer).mapped("state"), ["draft", "draft"])
        self._receive(400)
        with self.enter_registry_test_mode():
            self.env.ref("sales_plan_credit.ir_cron_recheck_credit").method_direct_trigger()
        self.assertEqual((older | newer).mapped("state"), ["sale", "draft"])
        self.assertEqual(self._get_review(older).state, "void")

    def test_hold_is_judged_again_when_the_grade_changes(self):
        order = self._create_quotation(1500)
        order.action_confirm()
        with self._assert_judged_again(order):
            self.grade.credit_limit = 2000

    def test_hold_is_judged_again_when_the_default_grade_changes(self):
        self.customer.credit_grade_id = False
        self.company.credit_default_grade_id = self.grade
        better = self._create_grade(code="TA", credit_limit=2000)
        order = self._create_quotation(1500)
        order.action_confirm()
        with self._assert_judged_again(order):
            self.company.credit_default_grade_id = better

    def test_hold_is_judged_again_when_other_components_count(self):
        self._confirm_unchecked(self._create_quotation(500))
        order = self._create_quotation(700)
        order.action_confirm()
        with self._assert_judged_again(order):
            settings = self.env["res.config.settings"].with_company(self.company)
            settings.create({"credit_components": "real"}).execute()

    def test_hold_is_judged_again_when_drafts_no_longer_count(self):
        self.company.credit_count_draft_invoices = True
        self.init_invoice("out_invoice", self.customer, amounts=[800])
        order = self._create_quotation(500)
        order.action_confirm()
        with self._assert_judged_again(order):
            self.company.credit_count_draft_invoices = False

    @contextmanager
    def _assert_judged_again(self, order):
        """Expect that what is done inside has the cron judge again, and confirm, an order that waits."""
        self.assertEqual(order.state, "draft")
        cron = self.env.ref("sales_plan_credit.ir_cron_recheck_credit")
        domain = [("cron_id", "=", cron.id)]
        before = self.env["ir.cron.trigger"].search_count(domain)
        yield
        self.assertGreater(self.env["ir.cron.trigger"].search_count(domain), before)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(order.state, "sale")

    # === QUEUE === #

    def _get_queued(self):
        rows = self.queue.search([])
        return rows.partner_id, rows.order_id

    def test_payers_concerned_are_queued(self):
        other = self._create_customer("Other Ltd.")
        self.queue.search([]).unlink()
        self._receive(400)
        self.assertEqual(self._get_queued()[0], self.customer)
        other.with_user(self.user_manager).credit_on_hold = True
        self.assertEqual(self._get_queued()[0], self.customer | other)

    def _run_cron(self, limit):
        """Call the cron once, for some orders at most; return how many it leaves for later calls."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            self.env(cr=cr, su=True)["sale.order"]._cron_recheck_credit(limit=limit)
        self.env.invalidate_all()
        return len(self._get_queued()[1])

    def test_more_orders_than_one_call_takes(self):
        """Those of a customer for whom nothing changed are left alone; the others all have their turn."""
        waiting = self.env["sale.order"].concat(*(self._create_quotation(1100) for _number in range(3)))
        other = self._create_customer("Other Ltd.")
        newest = self._create_quotation(400, partner_id=other.id)
        self._book_receivable(900, other)
        (waiting | newest).action_confirm()
        self.queue.search([]).unlink()
        self._receive(500, other)
        self.assertEqual(self._run_cron(limit=2), 0)
        self.assertEqual(newest.state, "sale")
        self.env["sale.order"]._queue_credit_recheck()
        self.assertEqual(self._run_cron(limit=2), 1)
        self.assertEqual(self._get_queued()[1], waiting[2:])
        self.assertEqual(self._run_cron(limit=2), 0)
        self.assertEqual(set(waiting.mapped("state")), {"draft"})

    def test_all_are_judged_again_once_a_day(self):
        self.grade.credit_limit = 2000
        order = self._create_quotation(1500)
        self.grade.credit_limit = 1000
        order.action_confirm()
        self.env.cr.execute("UPDATE credit_grade SET credit_limit = 2000 WHERE id = %s", self.grade.ids)
        self.grade.invalidate_recordset()
        self.queue.search([]).unlink()
        self.queue._queue(self._create_customer("Other Ltd."))
        self._run_cron(limit=100)
        self.assertEqual(order.state, "draft")
        with self.enter_registry_test_mode():
            self.env.ref("sales_plan_credit.ir_cron_queue_credit_recheck").method_direct_trigger()
        self._run_cron(limit=100)
        self.assertEqual(order.state, "sale")
