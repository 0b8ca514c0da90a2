from datetime import date, timedelta

from odoo.tests import tagged

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningScenarios(DunningCommon):
    """The worked examples, to the cent."""

    def _assert_notice(self, notice, level, **amounts):
        self.assertEqual(len(notice), 1)
        self.assertEqual(notice.level_id, level)
        self.assertEqual({name: round(notice[f"amount_{name}"], 2) for name in amounts}, amounts)

    def test_ladder(self):
        """D1: one item through all levels, with interest and fees."""
        item = self._invoice(1000, "2026-10-01")
        self.assertFalse(self._run("2026-09-27"))
        self._assert_notice(self._run("2026-09-28"), self.l0, total=1000.0, interest=0.0, fee=0.0)
        self.assertFalse(self._run("2026-10-03"))
        self._assert_notice(self._run("2026-10-04"), self.l1, total=1000.0)
        self.assertFalse(self._run("2026-10-17"))
        notice = self._run("2026-10-18")
        self._assert_notice(notice, self.l2, principal=1000.0, interest=4.19, fee=5.0, total=1009.19, previous=0.0)
        self.assertEqual(notice.line_ids.days_overdue, 17)
        self.assertEqual(self._get_item(item).level_id, self.l2)
        notice = self._run("2026-11-01")
        self._assert_notice(notice, self.l3, interest=3.45, fee=15.0, previous=9.19, total=1027.64)
        self.assertEqual(notice.line_ids.interest_from.isoformat(), "2026-10-18")
        self.assertEqual(sorted(self.customer_charges().mapped("amount")), [3.45, 4.19, 5.0, 15.0])
        self.assertFalse(self._run("2027-03-01"))

    def customer_charges(self):
        return self.env["dunning.charge"].search([("partner_id", "=", self.customer.id)])

    def test_booked_ladder(self):
        """D21: charges that are booked climb no ladder themselves, whenever it is run."""
        (self.l2 + self.l3).charge_mode = "booked"
        self._invoice(1000, "2026-10-01")
        day, last = date(2026, 9, 25), date(2027, 1, 31)
        while day <= last:
            self._run(str(day))
            if day.day in (1, 18):
                self.assertFalse(self._propose(str(day)), "a second run of the day adds nothing")
            day += timedelta(days=1)
        notices = self.env["dunning.notice"].search([("partner_id", "=", self.customer.id)], order="id")
        self.assertEqual(notices.level_id, self.policy.level_ids)
        self.assertEqual(len(notices), 4)
        self._assert_notice(notices[-1], self.l3, principal=1009.19, interest=3.45, fee=15.0, total=1027.64)
        owed = self.env["account.move.line"].search(
            [("partner_id", "=", self.customer.id), ("account_type", "=", "asset_receivable")]
        )
        self.assertEqual(round(sum(owed.mapped("amount_residual")), 2), 1027.64)

    def test_interest_on_what_was_not_received(self):
        """D22: a receipt on account lowers the principal from its day on, allocated or not."""
        for allocated in (False, True):
            with self.subTest(allocated=allocated):
                customer = self.customer.copy()
                item = self._invoice(1000, "2026-10-01", customer)
                self._run("2026-10-04")
                receipt = self._receive(600, "2026-10-05", partner=customer)
                if allocated:
                    (receipt + item).reconcile()
                self._assert_notice(self._run("2026-10-18"), self.l2, interest=2.27, total=407.27)

    def test_repeat(self):
        """D2: a second run of the day adds nothing, before and after sending; computing again neither."""
        self._invoice(1000, "2026-10-01")
        for day in ("2026-09-28", "2026-10-04", "2026-10-18", "2026-11-01"):
            notice = self._propose(day)
            self.assertEqual(len(notice), 1)
            self.assertFalse(self._propose(day))
            run = notice.run_id
            run.action_compute()
            self.assertEqual(len(run.notice_ids), 1)
            self._send(run.notice_ids)
            self.assertFalse(self._propose(day))

    def test_netting(self):
        """D4: credits are deducted; what is not due and the balance are told."""
        self._invoice(1000, "2026-10-01")
        self._invoice(500, "2026-10-02")
        self._invoice(300, "2026-10-03", move_type="out_refund")
        self._receive(250, "2026-10-03")
        self._invoice(700, "2026-12-01")
        notice = self._run("2026-10-05")
        self._assert_notice(
            notice, self.l1, principal=1500.0, credit=-550.0, total=950.0, not_due=700.0, balance=1650.0
        )
        self.assertEqual(len(notice.line_ids), 4)

    def test_part_payment(self):
        """D8: interest on what was open between the payments."""
        item = self._invoice(10000, "2026-09-01")
        self._run("2026-09-04")
        self._receive(4000, "2026-09-21", item)
        notice = self._run("2026-10-01")
        self._assert_notice(notice, self.l2, principal=6000.0, interest=64.11)

    def test_rate_step(self):
        """D11: a rate that changes on the way; rounded once."""
        table = self.env["dunning.interest.table"].create(
            {
                "name": "Base rate + 9",
                "company_id": self.company.id,
                "rate_ids": [
                    (0, 0, {"date_start": "2025-01-01", "rate": 11.27}),
                    (0, 0, {"date_start": "2025-07-01", "rate": 10.27}),
                ],
            }
        )
        self.l1.write({"interest_table_id": table.id, "interest_product_id": self.interest.id})
        self._invoice(11900, "2025-06-20", dated="2025-06-01")
        self._assert_notice(self._run("2025-07-10"), self.l1, interest=70.23, total=11970.23)

    def test_one_fee(self):
        """D17: three items at one level, one fee."""
        for _index in range(3):
            self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        self._assert_notice(self._run("2026-10-18"), self.l2, principal=3000.0, fee=5.0, interest=12.57)

    def test_instalments(self):
        """D18: of three instalments the one that is due."""
        term = self.env["account.payment.term"].create(
            {
                "name": "Three instalments",
                "line_ids": [
                    (0, 0, {"value": "percent", "value_amount": share, "nb_days": days})
                    for share, days in ((33.3333, 30), (33.3333, 61), (33.3334, 91))
                ],
            }
        )
        items = self._invoice(1200, "2026-10-01", invoice_payment_term_id=term.id, invoice_date_due=False)
        self.assertEqual(items.mapped("balance"), [400, 400, 400])
        self.assertEqual(
            [str(day) for day in items.mapped("date_maturity")], ["2026-10-01", "2026-11-01", "2026-12-01"]
        )
        self._assert_notice(self._run("2026-10-18"), self.l1, total=400.0, not_due=800.0, balance=1200.0)

    def test_minimum_in_other_currency(self):
        """D6: the minimum of 1 USD in yen, at 150 yen a dollar."""
        yen = self.env.ref("base.JPY")
        yen.active = True
        yen.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"name": "2020-01-01", "rate": 150, "currency_id": yen.id, "company_id": self.company.id}
        )
        self.policy.level_ids.min_amount = 1
        other = self.customer.copy({"name": "Small Debtor"})
        self._invoice(100, "2026-10-01", other, yen)
        self._invoice(200, "2026-10-01", currency=yen)
        notice = self._run("2026-10-05")
        self._assert_notice(notice, self.l1, total=200.0, total_company=1.33)
        self.assertEqual((notice.partner_id, notice.currency_id), (self.customer, yen))
