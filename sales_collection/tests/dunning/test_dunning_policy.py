from markupsafe import Markup
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningPolicy(DunningCommon):
    """Policies: what they may say, and what happens when they change on the way."""

    def _assert_refused(self, name, **values):
        with self.assertRaises(IntegrityError) as caught, self.cr.savepoint(), mute_logger("odoo.sql_db"):
            self.l1.write(values)
            self.l1.flush_recordset()
        self.assertIn(name, str(caught.exception))

    def test_two_levels_on_a_day(self):
        self._assert_refused("days_unique", days=17)

    def test_negative(self):
        self._assert_refused("min_amount_positive", min_amount=-1)
        self._assert_refused("min_interval_positive", min_interval=-1)
        self._assert_refused("fee_positive", fee_amount=-1)
        self._assert_refused("interest_positive", interest_rate=-1)

    def test_order(self):
        """Levels are in the order of their days, however they are entered."""
        policy = self._create_policy([{"name": name, "days": days} for name, days in (("B", 20), ("A", 5))])
        policy.invalidate_recordset(["level_ids"])
        self.assertEqual(policy.level_ids.mapped("name"), ["A", "B"])

    def test_form(self):
        form = Form(self.env["dunning.policy"])
        form.name = "By hand"
        with form.level_ids.new() as level:
            level.name = "First"
            level.days = 7
        self.assertEqual(form.save().level_ids.day_count, "act/365")

    def test_jump(self):
        self.l3.allow_jump = True
        self._invoice(1000, "2026-08-01", dated="2026-07-01")
        self.assertEqual(self._propose("2026-10-05").level_id, self.l3)

    def test_one_step(self):
        """However old an item is, it begins with the first level, without the reminder."""
        self._invoice(1000, "2026-01-01", dated="2025-12-01")
        self.assertEqual(self._run("2026-10-05").level_id, self.l1)
        self.assertFalse(self._run("2026-10-18"))
        self.assertEqual(self._run("2026-10-19").level_id, self.l2)

    def test_change_after_proposal(self):
        """What was reviewed is not what the policy says now: compute again."""
        self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        run = notice.run_id
        for record, values in (
            (self.l1, {"fee_amount": 3}),
            (self.l2, {"days": 18}),
            (self.policy, {"is_netting": False}),
            (run, {"date": "2026-10-06"}),
        ):
            before = record.read(list(values), load=None)[0]
            record.write(values)
            with self.assertRaisesRegex(UserError, "changed since the proposal"):
                notice.run_id.action_approve()
            with self.assertRaisesRegex(UserError, "changed since the proposal"):
                notice.action_approve()
            record.write({name: before[name] for name in values})
        self.l1.fee_amount = 3
        run.action_compute()
        run.action_approve()
        self.assertEqual(run.notice_ids.amount_fee, 3.0)

    def test_change_of_rate_after_proposal(self):
        table = self.env["dunning.interest.table"].create(
            {"name": "T", "rate_ids": [(0, 0, {"date_start": "2025-01-01", "rate": 5})]}
        )
        self.l1.write({"interest_table_id": table.id})
        self._invoice(1000, "2026-10-01")
        run = self._propose("2026-10-05").run_id
        table.rate_ids.rate = 6
        with self.assertRaisesRegex(UserError, "interest rate has changed since the proposal"):
            run.action_approve()

    def test_change_of_text_after_proposal(self):
        self._invoice(1000, "2026-10-01")
        run = self._propose("2026-10-05").run_id
        self.l1.write({"letter_text": "<p>Please pay.</p>", "name": "First reminder"})
        run.action_approve()
        self.assertEqual(run.state, "approved")

    def test_change_while_approved(self):
        """What was approved is what goes out."""
        self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        notice.run_id.action_approve()
        for record, values in ((self.l1, {"fee_amount": 3}), (self.policy, {"is_netting": False})):
            with self.assertRaisesRegex(
                UserError, f"approved notices that have not been sent yet, such as {notice.name}"
            ):
                record.write(values)
        self._send(notice)
        self.l1.fee_amount = 3

    def test_delete_used(self):
        self._invoice(1000, "2026-10-01")
        self._run("2026-10-05")
        with self.assertRaisesRegex(UserError, "First has been used in notices.*Archive its policy instead"):
            self.l1.unlink()
        with self.assertRaisesRegex(UserError, "Archive it instead"):
            self.policy.unlink()
        self.policy.active = False
        self.l3.unlink()
        self.assertFalse(self._propose("2026-11-05"), "an archived policy is not dunned by")

    def test_delete_unused(self):
        self.company.dunning_policy_id = False
        self.policy.unlink()
        self.assertFalse(self.l1.exists())

    def test_move_to_other_company(self):
        self._invoice(1000, "2026-10-01")
        self._run("2026-10-05")
        other = self.setup_other_company()["company"]
        with self.assertRaisesRegex(UserError, "its company cannot be changed"):
            self.policy.company_id = other

    def test_run_keeps_approved(self):
        self._invoice(1000, "2026-10-01")
        run = self._propose("2026-10-05").run_id
        run.action_approve()
        self.assertEqual((run.notice_ids.name[:3], run.notice_ids.approved_user_id), ("DN/", self.env.user))
        for action in (run.action_compute, lambda: run.write({"date": "2026-10-06"})):
            with self.assertRaisesRegex(UserError, "its date and policies can no longer be changed. Create a new run"):
                action()
        with self.assertRaisesRegex(UserError, "there is nothing to approve"):
            run.action_approve()
        with self.assertRaisesRegex(UserError, "Cancel the run instead"):
            run.unlink()

    def test_numbers(self):
        """Numbers follow one another, in each company."""
        for index in range(3):
            self._invoice(1000, "2026-10-01", self.customer.copy({"name": f"Customer {index}"}))
        notices = self._propose("2026-10-05")
        notices.action_approve()
        numbers = sorted(int(name.split("/")[-1]) for name in notices.mapped("name"))
        self.assertEqual(numbers, [numbers[0], numbers[0] + 1, numbers[0] + 2])
        self.assertEqual(len(set(notices.mapped("name"))), 3)

    def test_delete_proposal(self):
        self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-05")
        message = notice.message_post(body=Markup("To be looked at"))
        notice.run_id.unlink()
        self.assertFalse(notice.exists() or message.exists())

    def test_summary(self):
        self._invoice(1000, "2026-10-01")
        run = self._propose("2026-10-05").run_id
        self.assertEqual((run.notice_count, run.open_notice_count, run.amount_total), (1, 1, 1000.0))
        self.assertIn("First", run.summary)
        self.assertEqual(run.action_view_notices()["domain"], [("run_id", "in", run.ids)])
