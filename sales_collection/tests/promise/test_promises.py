from datetime import date

from odoo.tests import BaseCase, tagged

from ...tools.promises import Promised, Settlement, get_held, get_received


@tagged("post_install", "-at_install")
class TestPromises(BaseCase):
    """Which receipts keep which promises."""

    def _promise(self, key, amount, day, items=(1,), mark=0):
        return Promised(key, items, amount, date(2026, 10, 10), date(2026, 10, day), mark)

    def _receipt(self, key, amount, day, item=1, kind="receipt"):
        return Settlement(key, item, date(2026, 10, day), amount, kind)

    def test_days(self):
        promise = self._promise(1, 600, 25)
        for day, expected in ((9, 0), (10, 600), (25, 600), (26, 0)):
            with self.subTest(day=day):
                self.assertEqual(get_received([promise], [self._receipt(1, 600, day)]), {1: expected})

    def test_never_more_than_promised(self):
        receipts = [self._receipt(1, 400, 12), self._receipt(2, 400, 13)]
        self.assertEqual(get_received([self._promise(1, 600, 25)], receipts), {1: 600})

    def test_mark(self):
        receipts = [self._receipt(5, 100, 10), self._receipt(6, 30, 10)]
        self.assertEqual(get_received([self._promise(1, 600, 25, mark=5)], receipts), {1: 30})

    def test_other_items(self):
        receipts = [self._receipt(1, 100, 12, item=2), self._receipt(2, 50, 12, item=1)]
        promises = [self._promise(1, 600, 25), self._promise(2, 600, 28, items=(1, 2))]
        self.assertEqual(get_received(promises, receipts), {1: 50, 2: 100})

    def test_second_takes_what_first_missed(self):
        promises = [self._promise(1, 600, 15), self._promise(2, 400, 28)]
        self.assertEqual(get_received(promises, [self._receipt(1, 500, 20)]), {1: 0, 2: 400})

    def test_kinds(self):
        receipts = [self._receipt(1, 100, 12, kind="credit_note"), self._receipt(2, 70, 12, kind="discount")]
        self.assertEqual(get_received([self._promise(1, 600, 25)], receipts), {1: 0})

    def test_held(self):
        residuals = {1: 300.0, 2: 700.0, 3: 0.0}
        cases = ((0.0, {}), (100.0, {1: 100.0}), (300.0, {1: 300.0}), (5000.0, {1: 300.0, 2: 700.0}))
        for amount, expected in cases:
            with self.subTest(amount=amount):
                self.assertEqual(get_held((1, 2, 3), residuals, amount), expected)
