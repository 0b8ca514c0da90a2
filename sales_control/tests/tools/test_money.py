from odoo.tests import BaseCase, tagged

from ...tools.money import apportion


@tagged("post_install", "-at_install")
class TestApportion(BaseCase):
    """Parts of an amount sum to it, to the smallest unit, and none is a unit away from its share."""

    def test_largest_remainder(self):
        """10,600 by 500 : 300 : 240 are 5,096.1538..., 3,057.6923... and 2,446.1538...: the first tie gets the cent."""
        self.assertEqual(apportion(10600, [500, 300, 240]), [5096.16, 3057.69, 2446.15])
        self.assertEqual(apportion(650000, [2, 1]), [433333.33, 216666.67])

    def test_ties_go_to_the_first(self):
        self.assertEqual(apportion(0.02, [1, 1, 1]), [0.01, 0.01, 0.0])
        self.assertEqual(apportion(100.0, [1.0] * 6), [16.67, 16.67, 16.67, 16.67, 16.66, 16.66])

    def test_noise_of_floats_makes_no_difference(self):
        self.assertEqual(apportion(0.1 + 0.2, [0.1 + 0.2, 0.3]), [0.15, 0.15])
        self.assertEqual(apportion(0.01, [0.3, 0.1 + 0.2]), [0.01, 0.0])

    def test_negative_total(self):
        self.assertEqual(apportion(-0.01, [50, 50], whole=100), [-0.01, 0.0])
        self.assertEqual(apportion(-1000, [1, 1, 1]), [-333.34, -333.33, -333.33])

    def test_negative_weights(self):
        """A discount among the lines takes its part, whatever the sign of all."""
        self.assertEqual(apportion(100, [600, 500, -100]), [60.0, 50.0, -10.0])
        self.assertEqual(apportion(100, [-600, -500, 100]), [60.0, 50.0, -10.0])

    def test_no_weight_at_all(self):
        self.assertEqual(apportion(100, [0, 0, 0]), [33.34, 33.33, 33.33])
        self.assertEqual(apportion(100, [0, 0], whole=100), [0.0, 0.0])
        self.assertEqual(apportion(100, []), [])

    def test_weights_that_cancel_out(self):
        with self.assertRaisesRegex(ValueError, "cancel each other out: 5, -5"):
            apportion(100, [5, -5])

    def test_parts_of_a_whole(self):
        """Percentages that do not make 100 leave the rest; what they make is rounded once."""
        self.assertEqual(apportion(100, [33.3333, 33.3333, 33.3334], whole=100), [33.33, 33.33, 33.34])
        self.assertEqual(apportion(0.05, [30, 30], whole=100), [0.02, 0.01])
        for total in (0.01, 0.02, 1.0, 99.99, 1130.01, 123456.78, -77.77):
            for shares in ([30, 60, 10], [33.33, 33.33, 33.34], [12.5] * 8, [0.01, 99.99]):
                parts = apportion(total, shares, whole=100)
                self.assertAlmostEqual(sum(parts), total, places=6, msg=f"{total} {shares}")

    def test_units(self):
        self.assertEqual(apportion(1000, [2, 1], unit=1), [667.0, 333.0])
        self.assertEqual(apportion(1, [1, 1, 1], unit=0.05), [0.35, 0.35, 0.3])
        self.assertEqual(apportion(1, [1, 1, 1], unit=0.001), [0.334, 0.333, 0.333])
        self.assertEqual(apportion(1.05, [50, 50], 0.05, whole=100), [0.55, 0.5])
        self.assertEqual(apportion(1.001, [50, 50], 0.001, whole=100), [0.501, 0.5])

    def test_total_is_rounded_first(self):
        self.assertEqual(apportion(99.995, [1, 1]), [50.0, 50.0])
        self.assertEqual(apportion(1130.0099999999998, [1, 0]), [1130.01, 0.0])

    def test_many(self):
        for total in range(-1500, 1500, 7):
            weights = [(total * 37 + index * 101) % 997 for index in range(11)]
            parts = apportion(total / 100, weights)
            self.assertEqual(sum(round(part * 100) for part in parts), total)
            for part, weight in zip(parts, weights, strict=True):
                self.assertLess(abs(part * 100 - total * weight / sum(weights)), 1.0)
