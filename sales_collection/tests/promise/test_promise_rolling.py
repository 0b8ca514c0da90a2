from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged

from ..collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestPromiseRolling(CollectionCommon):
    """1 of 1,000 is promised for 2026-10-25, 30 days at most, and then once more: the collector decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.dunning_hold_days = 30
        cls.customer.with_company(cls.company).collector_id = cls.user_k
        with freeze_time("2026-10-01"):
            cls.invoice = cls._post_invoice(1000, "2026-10-01")
        cls.item = cls._get_item(cls.invoice)
        with freeze_time("2026-10-15 08:00:00"):
            cls.first = cls._promise_small("2026-10-25")

    @classmethod
    def _promise_small(cls, day, user=None, **values):
        values.setdefault("move_line_ids", [Command.set(cls.item.ids)])
        return cls._promise(1, day, user=user or cls.user_s, **values)

    def _held(self, day):
        return self.env["payment.promise"]._get_held_amounts(self.item, date.fromisoformat(day)).get(self.item.id)

    def test_first_promise_holds(self):
        self.assertFalse(self.first.is_to_confirm)
        self.assertEqual(self._held("2026-10-20"), 1.0)

    @freeze_time("2026-10-15 09:00:00")
    def test_whole_items_are_for_collectors(self):
        """1 of 1,000 holds 1, unless a collector holds the whole item."""
        with self.assertRaisesRegex(AccessError, "Only collectors can exclude whole items"):
            self.first.with_user(self.user_s).holds = "item"
        with self.assertRaisesRegex(AccessError, "Only collectors can exclude whole items"):
            self._promise_small("2026-10-25", holds="item")
        self.first.with_user(self.user_k).holds = "item"
        self.assertEqual(self._held("2026-10-20"), 1000.0)

    @freeze_time("2026-10-26 08:00:00")
    def test_next_one_after_a_broken_one_holds_nothing_until_confirmed(self):
        self.env["payment.promise"]._cron_judge_promises()
        self.assertEqual(self.first.state, "broken")
        self.customer.name = "Jade <b>Dragon</b>"
        with patch.object(type(self.env["res.users"]), "_bus_send") as told:
            second = self._promise_small("2026-11-20")
        self.assertTrue(second.is_to_confirm)
        self.assertIsNone(self._held("2026-10-27"))
        messages = [call.args[1]["message"] for call in told.call_args_list if call.args[0] == "simple_notification"]
        self.assertEqual(len(messages), 1)
        self.assertRegex(
            messages[0], r"1\.00.* by 11/20/2026 follows an earlier promise .* until a collector confirms it"
        )
        self.assertIn("until a collector confirms it", "".join(second.message_ids.mapped("body")))
        self.assertEqual(second.activity_ids.user_id, self.user_k)
        self.assertNotIn("<b>", second.activity_ids.note)
        self.assertIn("&lt;b&gt;Dragon", second.activity_ids.note)
        second.with_user(self.user_k).action_confirm()
        self.assertFalse(second.is_to_confirm)
        self.assertFalse(second.activity_ids)
        self.assertEqual(self._held("2026-10-27"), 1.0)

    @freeze_time("2026-10-20 08:00:00")
    def test_next_one_while_the_first_is_open_holds_no_longer_than_that(self):
        self.assertTrue(self._promise_small("2026-11-15").is_to_confirm)
        self.assertEqual(self._held("2026-10-25"), 1.0)
        self.assertIsNone(self._held("2026-10-26"))

    @freeze_time("2026-10-20 08:00:00")
    def test_cancelling_the_first_does_not_help(self):
        self.first.with_user(self.user_s).action_cancel()
        self.assertTrue(self._promise_small("2026-11-15").is_to_confirm)
        self.assertIsNone(self._held("2026-10-21"))

    @freeze_time("2026-10-15 09:00:00")
    def test_same_day_is_no_rolling(self):
        """Instalments, and a promise entered once more, end within the limit anyway."""
        self.assertFalse(self._promise_small("2026-11-10").is_to_confirm)
        self.first.with_user(self.user_s).action_cancel()
        self.assertFalse(self._promise_small("2026-11-12").is_to_confirm)

    @freeze_time("2026-10-20 08:00:00")
    def test_next_one_after_a_kept_one_holds(self):
        self._receive(1, "2026-10-16", self.invoice)
        self.first.action_judge()
        self.assertEqual(self.first.state, "kept")
        self.assertFalse(self._promise_small("2026-11-15").is_to_confirm)

    @freeze_time("2026-10-20 08:00:00")
    def test_collectors_and_other_items_need_no_confirmation(self):
        other = self._get_item(self._post_invoice(500, "2026-10-18"))
        self.assertFalse(self._promise_small("2026-11-15", user=self.user_k).is_to_confirm)
        self.assertFalse(self._promise_small("2026-11-15", move_line_ids=[Command.set(other.ids)]).is_to_confirm)

    @freeze_time("2026-10-20 08:00:00")
    def test_items_added_later_count_too(self):
        other = self._get_item(self._post_invoice(500, "2026-10-18"))
        second = self._promise_small("2026-11-15", move_line_ids=[Command.set(other.ids)])
        second.with_user(self.user_k).write({"move_line_ids": [Command.link(self.item.id)]})
        self.assertFalse(second.is_to_confirm, "the collector has done it himself")
        second.with_user(self.user_s).write({"move_line_ids": [Command.set(self.item.ids)]})
        self.assertTrue(second.is_to_confirm)

    @freeze_time("2026-10-26 08:00:00")
    def test_salespeople_do_not_confirm(self):
        second = self._promise_small("2026-11-15", is_to_confirm=False)
        self.assertTrue(second.is_to_confirm)
        with self.assertRaises(AccessError):
            second.with_user(self.user_s).action_confirm()
        with self.assertRaises(AccessError):
            second.with_user(self.user_s).write({"is_to_confirm": False})
        forged = self.env["payment.promise"].with_context(default_is_to_confirm=False).with_user(self.user_s)
        values = {"partner_id": self.customer.id, "currency_id": self.cny.id, "amount": 1, "date": "2026-11-15"}
        self.assertTrue(forged.create({**values, "move_line_ids": self.item.ids}).is_to_confirm)

    @freeze_time("2026-10-26 08:00:00")
    def test_customer_stays_on_the_worklist(self):
        second = self._promise_small("2026-11-15")
        row = self.env["collection.worklist"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.is_to_call, row.promise_id.ids), (True, []))
        second.with_user(self.user_k).action_confirm()
        row.invalidate_recordset()
        self.assertEqual((row.is_to_call, row.promise_id), (False, second))
