from odoo.fields import Command
from odoo.tests import tagged

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningLadders(DunningCommon):
    """Which level is reached when, in runs one after the other: (day, level, interest, fee), or (day, None)."""

    def _assert_runs(self, runs):
        for day, level, *charges in runs:
            with self.subTest(day=day), self._on(day):
                notice = self._run(day)
                self.assertEqual(notice.level_id, level or self.env["dunning.level"])
                if charges:
                    self.assertEqual((notice.amount_interest, notice.amount_fee), tuple(charges))

    def test_first_level_late(self):
        """14 days pass between levels, however late the first one was: 23 days of interest."""
        self._invoice(1000, "2026-10-01")
        self._assert_runs(
            [
                ("2026-10-10", self.l1, 0.0, 0.0),
                ("2026-10-18", None),
                ("2026-10-23", None),
                ("2026-10-24", self.l2, 5.67, 5.0),
                ("2026-11-06", None),
                ("2026-11-07", self.l3, 3.45, 15.0),
            ]
        )

    def test_old_item(self):
        """40 days late at first: one level a run, without the reminder; 54 and 14 days of interest."""
        self._invoice(1000, "2026-09-01")
        self._assert_runs(
            [
                ("2026-10-11", self.l1),
                ("2026-10-11", None),
                ("2026-10-25", self.l2, 13.32, 5.0),
                ("2026-11-08", self.l3, 3.45, 15.0),
            ]
        )

    def test_jump(self):
        """The level that may be jumped to is reached at once, with the interest of all 40 days."""
        self.l3.allow_jump = True
        self._invoice(1000, "2026-09-01")
        self._assert_runs([("2026-10-11", self.l3, 9.86, 15.0), ("2026-12-01", None)])

    def test_end_of_february(self):
        self._invoice(1000, "2028-02-26")
        self._assert_runs(
            [("2028-02-28", None), ("2028-02-29", self.l1), ("2028-03-13", None), ("2028-03-14", self.l2, 4.19, 5.0)]
        )

    def test_due_date_put_off(self):
        """An invoice that is granted 30 days more is not dunned until they are over, and goes on where it was."""
        item = self._invoice(1000, "2026-10-01")
        self._assert_runs([("2026-10-04", self.l1)])
        item.date_maturity = "2026-10-31"
        self._assert_runs([("2026-10-18", None), ("2026-11-16", None), ("2026-11-17", self.l2, 4.19, 5.0)])

    def test_bounced_receipt(self):
        """Paid principal is not dunned, its charges stay; bounced, it goes on: 18 days since it was last charged."""
        item = self._invoice(1000, "2026-10-01")
        self._assert_runs([("2026-10-04", self.l1), ("2026-10-18", self.l2, 4.19, 5.0)])
        receipt = self._receive(1000, "2026-10-20", item)
        self._assert_runs([("2026-11-01", None)])
        receipt.move_id.button_draft()
        receipt.move_id.button_cancel()
        self._assert_runs([("2026-11-05", self.l3, 4.44, 15.0)])
        notice = self.env["dunning.notice"].search([("level_id", "=", self.l3.id)])
        self.assertEqual((notice.amount_previous, notice.amount_total), (9.19, 1028.63))

    def test_disputed_part(self):
        """300 of 1,000 are disputed: 17 days on 700, and once that is refused 14 days on all."""
        item = self._invoice(1000, "2026-10-01")
        self._assert_runs([("2026-10-04", self.l1)])
        dispute = self.env["dunning.dispute"].create({"move_line_id": item.id, "amount": 300, "reason": "price"})
        self._assert_runs([("2026-10-18", self.l2, 2.93, 5.0)])
        dispute.action_refuse()
        self._assert_runs([("2026-11-01", self.l3, 3.45, 15.0)])

    def test_another_policy(self):
        """A customer goes on at the first level that is meant for more days than the one he has reached."""
        policy = self._create_policy([{"days": days} for days in (3, 17, 20, 40)])
        self._invoice(1000, "2026-10-01")
        self._assert_runs([("2026-10-04", self.l1), ("2026-10-18", self.l2)])
        self.customer.dunning_policy_id = policy
        third, last = policy.level_ids[2:]
        self._assert_runs([("2026-10-20", None), ("2026-10-21", third), ("2026-11-09", None), ("2026-11-10", last)])

    def test_items_at_their_own_levels(self):
        """Items of one customer climb each by itself; the highest new level names the letter and its one fee."""
        for amount, due in ((1000, "2026-09-17"), (500, "2026-10-01"), (50, "2026-10-17")):
            self._invoice(amount, due)
        self._assert_runs([("2026-09-20", self.l1), ("2026-10-04", self.l2, 4.19, 5.0)])
        # 14 days on 1,000, 17 on 500
        self._assert_runs([("2026-10-18", self.l3, 5.55, 15.0)])
        notice = self._run("2026-11-01")
        lines = {line.amount: (line.level_id, line.is_new_level, line.amount_interest) for line in notice.line_ids}
        expected = {1000: (self.l3, False, 0.0), 500: (self.l3, True, 1.73), 50: (self.l1, True, 0.0)}
        self.assertEqual(lines, expected)
        self.assertEqual((notice.amount_fee, notice.amount_previous, notice.amount_total), (15.0, 29.74, 1596.47))

    def test_contract_terms_alone(self):
        """Days are all that a level needs: it is named by them, mails, and charges nothing."""
        self.policy.level_ids = [Command.clear(), *(Command.create({"days": days}) for days in (5, -2))]
        reminder, first = self.policy.level_ids.sorted("days")
        self.assertEqual((reminder.name, first.name), ("2 days before due", "5 days after due"))
        self._invoice(0.01, "2026-10-01")
        self._assert_runs([("2026-09-28", None), ("2026-09-29", reminder), ("2026-10-05", None)])
        notice = self._run("2026-10-06")
        self.assertEqual((notice.level_id, notice.amount_total), (first, 0.01))
        self.assertTrue(first.channel_email)
