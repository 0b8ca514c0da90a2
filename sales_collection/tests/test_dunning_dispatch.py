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

    def test_perf(self):
        for count in (20, 50, 100):
            notices = self._create_notices(count)
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            cpu = time.process_time()
            import collections
            log = collections.Counter()
            orig = type(self.env.cr).execute
            def ex(cr, q, params=None, **k):
                log[str(getattr(q,"code",q))[:150].replace("\n"," ")] += 1
                return orig(cr, q, params, **k)
            from unittest.mock import patch
            with patch.object(type(self.env.cr), "execute", ex):
                for part in notices._split_by_effort():
                    part._dispatch_safely()
                    self.env.flush_all()
                    self.env.invalidate_all()
            print(count, self.env.cr.sql_log_count - before, time.process_time() - cpu)
            if count >= 50:
              for k, v in log.most_common(100): print(v, k)
