from odoo.tests import tagged

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestPromiseRuns(DunningCommon):
    """D14: 600 of 1,000, due 2026-10-01 and dunned once, are promised on 10-15 for 10-25."""

    def setUp(self):
        super().setUp()
        self.item = self._invoice(1000, "2026-10-01")
        with self._on("2026-10-04"):
            notice = self._run("2026-10-04")
            self.assertEqual((notice.level_id, notice.amount_total), (self.l1, 1000.0))
        with self._on("2026-10-15"):
            self.promise = self.env["payment.promise"].create(
                {
                    "partner_id": self.customer.id,
                    "company_id": self.company.id,
                    "currency_id": self.usd.id,
                    "amount": 600,
                    "date": "2026-10-25",
                }
            )

    def _run_on(self, day):
        with self._on(day):
            return self._propose(day)

    def test_d14_held(self):
        self.assertFalse(self._run_on("2026-10-18"))
        self.assertEqual(self.promise.state, "open")

    def test_d14_promised_part_held(self):
        self.promise.holds = "part"
        notice = self._run_on("2026-10-18")
        self.assertEqual((notice.level_id, notice.amount_principal), (self.l2, 400.0))

    def test_d14_kept(self):
        self._receive(600, "2026-10-24", self.item)
        notice = self._run_on("2026-10-26")
        self.assertEqual(self.promise.state, "kept")
        self.assertEqual((notice.level_id, notice.amount_principal), (self.l2, 400.0))

    def test_d14_kept_by_receipt_on_account(self):
        self._receive(600, "2026-10-24")
        notice = self._run_on("2026-10-26")
        self.assertEqual(self.promise.state, "kept")
        self.assertEqual((notice.amount_principal, notice.amount_credit), (1000.0, -600.0))

    def test_broken_twice(self):
        item = self._get_item(self.item)
        with self._on("2026-10-26"):
            self._run("2026-10-26")
            second = self.promise.create(
                {"partner_id": self.customer.id, "currency_id": self.usd.id, "amount": 1000, "date": "2026-11-05"}
            )
        self.assertFalse(self._run_on("2026-11-05"), "held through its day")
        self._receive(300, "2026-11-03", self.item)
        with self._on("2026-11-09"):
            notice = self._run("2026-11-09")
        self.assertEqual((self.promise.state, second.state, second.amount_missing), ("broken", "broken", 700.0))
        self.assertEqual((item.level_id, notice.amount_principal), (self.l3, 700.0))
        # 8 days on 1,000 up to the payment, 6 on 700, at 9 %; 5.00 and 25 days' 6.16 of the level before
        self.assertEqual((notice.amount_interest, notice.amount_fee, notice.amount_total), (3.01, 15.0, 729.17))

    def test_d14_broken(self):
        self.customer.with_company(self.company).collector_id = self.user_collector
        notice = self._run_on("2026-10-26")
        self.assertEqual((notice.level_id, notice.amount_principal), (self.l2, 1000.0))
        self.assertEqual(self.promise.state, "broken")
        self.assertEqual(self.promise.activity_ids.user_id, self.user_collector)

    def test_disputed_part_waits(self):
        with self._on("2026-10-15"):
            self.promise.action_cancel()
            dispute = self.env["dunning.dispute"].create(
                {"move_line_id": self.item.id, "amount": 300, "reason": "quality"}
            )
        self.assertEqual(self._run_on("2026-10-18").amount_principal, 700.0)
        dispute.action_refuse()
        run = self.env["dunning.run"].search([], order="id desc", limit=1)
        run.action_compute()
        self.assertEqual(run.notice_ids.amount_principal, 1000.0)

    def test_notice_at_stopping_level_calls_the_recheck(self):
        self.promise.action_cancel()
        self.l2.stop_supply = True
        notice = self._propose("2026-10-18")
        cron = self.env.ref("sales_collection.ir_cron_recheck_dunning")
        domain = [("cron_id", "=", cron.id)]
        before = self.env["ir.cron.trigger"].search_count(domain)
        self._send(notice)
        self.assertGreater(self.env["ir.cron.trigger"].search_count(domain), before)
        stopped = self.env["dunning.level"]._get_stopped_supply(self.company, self.customer)
        self.assertEqual(stopped[self.customer.id, self.company.id]["amount"], 1000.0)
