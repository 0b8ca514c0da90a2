import logging
import time
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .dunning_dispatch_common import DispatchCommon

_logger = logging.getLogger(__name__)


@tagged("post_install", "-at_install")
@freeze_time("2026-10-04")
class TestDunningDispatch(DispatchCommon):
    """What a dispatch does: mails, notes, calls, memory and charges, once."""

    def test_one_notice_is_one_mail_one_note_and_one_level(self):
        item = self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        self.assertEqual(notice.state, "sent")
        self.assertTrue(notice.sent_on)
        self.assertEqual(notice.line_ids.mapped("state"), ["sent"])
        self.assertEqual(notice.run_id.state, "done")
        self.assertEqual(self._get_item(item).level_id, self.l1)
        mail = self._get_mails(notice)
        self.assertEqual((len(mail), mail.state, mail.recipient_ids), (1, "outgoing", self.customer))
        self.assertEqual(notice.mail_state, "outgoing")
        self.assertEqual(self._get_notes(self.customer), [f"Dunning notice {notice.name}, First: Email"])
        self.assertFalse(notice.activity_ids)
        self.assertFalse(notice.letter_id)

    def test_dispatch_again_sends_nothing_again(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        self._dispatch()
        self.assertEqual(len(self._get_mails(notice)), 1)
        self.assertEqual(len(self._get_notes(self.customer)), 1)

    def test_proposed_notices_stay(self):
        self._invoice(1000, "2026-10-01")
        notice = self._propose("2026-10-04")
        self._dispatch()
        self.assertEqual(notice.state, "draft")
        self.assertFalse(self._get_mails(notice))

    def test_approval_triggers_the_dispatch(self):
        self._invoice(1000, "2026-10-01")
        cron = self.env.ref("sales_collection.ir_cron_dispatch_notices")
        triggers = self.env["ir.cron.trigger"].sudo()
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self._approve()
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_paid_meanwhile_is_a_smaller_letter_or_none(self):
        first = self._invoice(1000, "2026-10-01")
        other = self._create_customers(1)
        notices = self._approve()
        self._receive(400, "2026-10-04", first)
        self._receive(
            100, "2026-10-04", self._get_receivable(self.env["account.move"].search([("partner_id", "=", other.id)]))
        )
        self._dispatch()
        states = {notice.partner_id: notice.state for notice in notices}
        self.assertEqual(states, {self.customer: "sent", other: "void"})
        mine = notices.filtered(lambda notice: notice.partner_id == self.customer)
        self.assertEqual(mine.amount_total, 600)
        self.assertIn("600.00", self._get_mails(mine).body_html)
        self.assertFalse(self._get_mails(notices - mine))
        self.assertFalse(self._get_notes(other))

    def test_progress_of_a_run(self):
        """Of four notices one is cancelled, one is settled meanwhile, one goes out now and one later."""
        partners = self._create_customers(4)
        notices = self._approve()
        run = notices.run_id
        self.assertEqual(run.progress, 0.0)
        cancelled, settled, now, later = (notices.filtered(lambda n, p=p: n.partner_id == p) for p in partners)
        cancelled.action_cancel()
        self._receive(settled.amount_total, "2026-10-04", settled.line_ids.move_line_id)
        (settled | now).action_send()
        self.assertEqual((settled.state, now.state, later.state), ("void", "sent", "approved"))
        self.assertAlmostEqual(run.progress, 66.67, 2)
        later.action_send()
        self.assertEqual((run.progress, run.state), (100.0, "done"))

    def test_fee_and_interest_are_charged_once(self):
        self._invoice(1000, "2026-09-17")
        self._run("2026-09-20")
        notice = self._approve()
        self._dispatch()
        self._dispatch()
        self.assertEqual(notice.level_id, self.l2)
        charges = notice.charge_ids.sorted("kind")
        self.assertEqual(
            charges.mapped(lambda charge: (charge.kind, charge.amount)), [("fee", 5.0), ("interest", 4.19)]
        )
        body = self._get_mails(notice).body_html
        for figure in ("1,000.00", "5.00", "4.19", "1,009.19"):
            self.assertIn(figure, body)

    # === TO WHOM === #

    def test_dunning_contact_comes_first(self):
        contact = self.env["res.partner"].create(
            {"name": "Wu Accountant", "email": "wu@customer.example", "parent_id": self.customer.id}
        )
        self._add_invoice_address("bills@customer.example")
        self.customer.dunning_contact_id = contact
        self.assertEqual(self._get_recipients(), contact)

    def test_invoice_address_comes_before_the_customer(self):
        address = self._add_invoice_address("bills@customer.example")
        self.assertEqual(self._get_recipients(), address)

    def test_invoice_address_without_mail_gives_way(self):
        self._add_invoice_address(False)
        self.assertEqual(self._get_recipients(), self.customer)

    def _add_invoice_address(self, email):
        return self.env["res.partner"].create(
            {"name": "Bills", "type": "invoice", "email": email, "parent_id": self.customer.id}
        )

    def _get_recipients(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        self.assertEqual(notice.contact_id, self._get_mails(notice).recipient_ids)
        return notice.contact_id

    # === FAILURES === #

    def test_a_missing_address_stops_only_its_own_notice(self):
        self._invoice(1000, "2026-10-01")
        others = self._create_customers(3)
        self.customer.email = False
        notices = self._approve()
        self._dispatch()
        failed = notices.filtered(lambda notice: notice.partner_id == self.customer)
        self.assertEqual(failed.state, "approved")
        self.assertIn("Jade Dragon Ltd.: no valid email address", failed.error)
        self.assertFalse(failed.charge_ids)
        self.assertFalse(self._get_notes(self.customer))
        self.assertEqual(set((notices - failed).mapped("state")), {"sent"})
        self.assertEqual([len(self._get_notes(other)) for other in others], [1, 1, 1])
        self.assertEqual(failed.run_id.state, "approved")
        return failed

    def test_retry_after_the_cause_is_mended(self):
        failed = self.test_a_missing_address_stops_only_its_own_notice()
        self._dispatch()
        self.assertEqual(failed.state, "approved", "it waits until somebody has mended the cause")
        self.customer.email = "jade@customer.example"
        failed.with_user(self.user_manager).action_retry()
        self.assertFalse(failed.error)
        self._dispatch()
        self.assertEqual((failed.state, failed.error), ("sent", False))
        self.assertEqual(len(self._get_mails(failed)), 1)
        self.assertEqual(failed.run_id.state, "done")

    def test_a_template_that_cannot_be_rendered(self):
        self.l1.mail_template_id = (
            self.env["mail.template"]
            .sudo()
            .create(
                {
                    "name": "Broken",
                    "model_id": self.env["ir.model"]._get_id("dunning.notice"),
                    "use_default_to": True,
                    "body_html": '<t t-out="1 / 0"/>',
                }
            )
        )
        item = self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        self.assertEqual(notice.state, "approved")
        self.assertIn("Fix the cause", notice.error)
        self.assertFalse(self._get_item(item))
        self.assertFalse(self._get_mails(notice))

    def test_without_address_the_letter_does_alone(self):
        self.l1.channel_letter = True
        self.customer.email = False
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        self.assertEqual(notice.state, "sent")
        self.assertFalse(self._get_mails(notice))
        self.assertTrue(notice.letter_id)
        self.assertEqual(self._get_notes(self.customer), [f"Dunning notice {notice.name}, First: Letter"])

    # === SEND NOW, AGAIN, NOT AT ALL === #

    def test_send_now(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        action = notice.with_user(self.user_manager).action_send()
        self.assertEqual(notice.state, "sent")
        self.assertEqual(len(self._get_mails(notice)), 1)
        self.assertEqual(
            action["params"]["message"], "1 sent, 0 settled in the meantime, 0 failed, 0 will follow automatically."
        )
        with self.assertRaisesRegex(UserError, "approve them first"):
            notice.with_user(self.user_manager).action_send()

    def test_send_now_leaves_the_rest_to_the_dispatch(self):
        self._create_customers(3)
        notices = self._approve()
        with patch("odoo.addons.sales_collection.models.dunning.dunning_notice_dispatch.SEND_NOW_LIMIT", 2):
            action = notices.with_user(self.user_manager).action_send()
        self.assertEqual(notices.mapped("state").count("sent"), 2)
        self.assertIn("2 sent, 0 settled in the meantime, 0 failed, 1 will follow", action["params"]["message"])

    def test_send_now_reports_what_failed(self):
        self.customer.email = False
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        action = notice.with_user(self.user_manager).action_send()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual(notice.state, "approved")
        self.assertTrue(notice.error)

    def test_collectors_do_not_send(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve().with_user(self.user_collector)
        for method in ("action_send", "action_retry", "action_resend", "action_retry_mails"):
            with self.assertRaises(AccessError):
                getattr(notice, method)()

    def test_resend_repeats_the_mail_and_nothing_else(self):
        item = self._invoice(1000, "2026-09-17")
        self._run("2026-09-20")
        notice = self._approve()
        self._dispatch()
        charges, memory = notice.charge_ids, self._get_item(item)
        self.customer.email = "new@customer.example"
        self._receive(300, "2026-10-04", item)
        notice.with_user(self.user_manager).action_resend()
        first, second = self._get_mails(notice)
        self.assertEqual((second.state, second.subject, second.body_html), ("outgoing", first.subject, first.body_html))
        self.assertEqual(second.recipient_ids, self.customer)
        self.assertNotEqual(first.message_id, second.message_id)
        self.assertEqual(notice.charge_ids, charges)
        self.assertEqual((memory.level_id, memory.date), (self.l2, fields.Date.to_date("2026-10-04")))
        self.assertEqual(self._get_notes(self.customer)[-1], f"Dunning notice {notice.name}, Second: Email, sent again")

    def test_resend_of_what_was_not_sent(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        with self.assertRaisesRegex(UserError, "nothing to repeat: " + notice.name):
            notice.with_user(self.user_manager).action_resend()

    def test_cancelling_stops_the_mail_and_the_call(self):
        self.l1.channel_activity = True
        item = self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        self.assertEqual(len(notice.activity_ids), 1)
        notice.with_user(self.user_manager).action_cancel()
        self.assertEqual(self._get_mails(notice).state, "cancel")
        self.assertEqual(notice.mail_state, "cancel")
        self.assertFalse(notice.activity_ids)
        self.assertFalse(self._get_item(item))

    def test_mail_that_has_gone_stays_gone(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        self._get_mails(notice).state = "sent"
        notice.with_user(self.user_manager).action_cancel()
        self.assertEqual(notice.mail_state, "sent")

    def test_failed_mails_are_found_and_queued_again(self):
        self._invoice(1000, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        self._get_mails(notice).write({"state": "exception", "failure_reason": "Mailbox full"})
        notice.invalidate_recordset()
        found = self.env["dunning.notice"].with_user(self.user_collector).search([("mail_state", "=", "exception")])
        self.assertEqual((found, found.mail_failure), (notice, "Mailbox full"))
        notice.with_user(self.user_manager).action_retry_mails()
        self.assertEqual(self._get_mails(notice).state, "outgoing")

    # === CALLS === #

    def test_call_with_script_and_history(self):
        self.l1.write({"channel_activity": True, "channel_email": False, "script": "Ask for the date of payment."})
        self._invoice(1000, "2026-09-28")
        earlier = self._run("2026-10-01")
        self.env["payment.promise"].create(
            {"partner_id": self.customer.id, "company_id": self.company.id, "amount": 50, "date": "2026-12-31"}
        )
        self._invoice(700, "2026-10-01")
        notice = self._approve()
        self._dispatch()
        call = notice.activity_ids
        self.assertEqual(call.activity_type_id, self.env.ref("sales_collection.mail_activity_type_dunning_call"))
        self.assertEqual(call.user_id, self.user_collector)
        self.assertIn("Jade Dragon Ltd.: First, $", call.summary)
        for text in ("Ask for the date of payment.", f"{earlier.name}, First, $", "12/31/2026: $"):
            self.assertIn(text, call.note.replace("\N{NO-BREAK SPACE}", " "))
        self.assertEqual(self._get_notes(self.customer)[-1], f"Dunning notice {notice.name}, First: Call")
        self.assertFalse(self._get_mails(notice))

    def test_salesperson_calls_where_there_is_no_collector(self):
        self.l1.channel_activity = True
        self.customer.write({"collector_id": False, "user_id": self.user_manager.id})
        other = self._create_customers(1)
        other.collector_id = False
        self._invoice(1000, "2026-10-01")
        notices = self._approve()
        self._dispatch()
        callers = {notice.partner_id: notice.activity_ids.user_id for notice in notices}
        self.assertEqual(callers, {self.customer: self.user_manager, other: self.env.user})

    # === COMPANIES === #

    def test_two_companies_write_in_their_own_names(self):
        branch = self.setup_other_company(name="Huaxin Europe")["company"]
        branch.email = "office@europe.example"
        self._invoice(1000, "2026-10-01")
        here = self._approve()
        self.env["dunning.policy"].sudo().create(
            {
                "name": "E",
                "company_id": branch.id,
                "level_ids": [Command.create({"name": "Erste", "days": 3, "min_amount": 0})],
            }
        )
        there = here.sudo().copy(
            {"company_id": branch.id, "name": "E/1", "state": "approved", "line_ids": False, "contact_id": False}
        )
        self.assertEqual(here._get_sender(), '"Huaxin Trading" <office@huaxin.example>')
        self.assertEqual(there._get_sender(), '"Huaxin Europe" <office@europe.example>')
        note = {here.sudo(): ["Email"], there: ["Email"]}
        here.sudo()._log_channels(note)
        self.assertEqual(len(self._get_notes(self.customer)), 2, "two notices of one customer are two notes")


@tagged("post_install", "-at_install")
@freeze_time("2026-10-04")
class TestDunningDispatchStatements(DispatchCommon):
    """The dispatch works on sets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.approved = {count: cls._approve_many(count) for count in (20, 100)}

    @classmethod
    def _approve_many(cls, count):
        """Return approved notices to so many customers."""
        cls._create_customers(count, prefix=f"N{count}x")
        notices = cls.env["dunning.notice"].sudo().browse(cls._approve().ids)
        notices._set_contacts()
        return notices

    def test_statements_of_a_dispatch_do_not_grow(self):
        few, many = self._measure(20, "_try_dispatch"), self._measure(100, "_try_dispatch")
        self.assertLessEqual(many[0], few[0] + 9, "Odoo makes mails by 50")
        self.assertLessEqual(many[0], 80)

    def test_statements_of_100_mails(self):
        few, many = self._measure(20, "_queue_mails"), self._measure(100, "_queue_mails")
        self.assertLessEqual(many[0], few[0] + 9, "Odoo makes mails by 50")
        self.assertLessEqual(many[0], 60)
        self.assertLess(many[1], 2)

    def _measure(self, count, method):
        """Return statements and seconds of CPU that a method takes for approved notices to so many customers."""
        notices = self.approved[count]
        self.assertEqual(len(notices), count)
        self.env.flush_all()
        self.env.invalidate_all()
        statements, start = self.env.cr.sql_log_count, time.process_time()
        self.assertFalse(getattr(notices, method)())
        self.env.flush_all()
        used = self.env.cr.sql_log_count - statements, time.process_time() - start
        self.assertEqual(len(self._get_mails(notices)), count)
        _logger.info("%s of %s notices: %s statements, %.2f s of CPU", method, count, *used)
        return used
