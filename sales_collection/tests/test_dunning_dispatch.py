import time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .dunning_dispatch_common import DispatchCommon


@tagged("post_install", "-at_install")
class TestDunningDispatch(DispatchCommon):
    def test_one_notice_is_one_mail_and_one_note(self):
        notice = self._create_notice()
        self._dispatch()
        self.assertEqual(notice.state, "sent")
        self.assertTrue(notice.sent_on)
        self.assertEqual(notice.line_ids.mapped("state"), ["sent"])
        mail = self._get_mails(notice)
        self.assertEqual((len(mail), mail.state, mail.recipient_ids), (1, "outgoing", self.customer))
        self.assertEqual(notice.mail_state, "outgoing")
        self.assertEqual(self._get_notes(self.customer), [f"Dunning notice {notice.name}, Payment Reminder: E-mail"])
        self.assertFalse(notice.activity_ids)
        self.assertFalse(notice.letter_id)
        print(mail.body_html)
