"""What our dunning asks for in the situations of tests/bench/dunning_situations.py."""

import pathlib
import sys

from odoo.tests import TransactionCase, tagged

sys.path.insert(0, str(pathlib.Path(__file__).parent / "bench"))
from credit_world import rolled_back
from dunning_situations import SITUATIONS
from dunning_systems import Ours
from dunning_world import DunningWorld


@tagged("post_install", "-at_install")
class TestDunningSituations(TransactionCase):
    def test_claims_of_all_situations(self):
        self.assertGreaterEqual(len(SITUATIONS), 35)
        self.assertEqual(len({situation.title for situation in SITUATIONS}), len(SITUATIONS))
        world = DunningWorld(self.env, Ours)
        for situation in SITUATIONS:
            with self.subTest(situation.title), rolled_back(self.env):
                self.assertEqual(world.build(situation), situation.expected)
