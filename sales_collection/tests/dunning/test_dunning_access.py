from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..dunning_common import DunningCommon


@tagged("post_install", "-at_install")
class TestDunningAccess(DunningCommon):
    """Who may do what; history is nobody's to write."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_sales = cls._create_user("salesperson", "sales_team.group_sale_salesman")
        cls.user_invoice = cls._create_user("accountant", "account.group_account_invoice")

    def _as(self, user, records):
        return records.with_user(user).with_context(allowed_company_ids=self.company.ids)

    def test_collector(self):
        """A collector proposes and leaves out; he approves nothing and takes nothing back."""
        self._invoice(1000, "2026-10-01")
        run = self._as(self.user_collector, self.env["dunning.run"]).create({"date": "2026-10-05"})
        run.action_compute()
        notice = run.notice_ids
        for action in (run.action_approve, notice.action_approve, notice.action_cancel):
            with self.assertRaises(AccessError):
                action()
        notice.action_exclude()
        self.assertEqual(notice.state, "cancelled")
        run.action_compute()
        self._as(self.user_manager, run).action_approve()
        self.assertEqual(run.state, "approved")
        with self.assertRaises(AccessError):
            run.action_cancel()

    def test_manager(self):
        self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        run = self._as(self.user_manager, self.env["dunning.run"]).create({"date": "2026-10-18"})
        run.action_compute()
        run.action_approve()
        notice = self._send(run.notice_ids)
        self._as(self.user_manager, notice.charge_ids).action_book()
        self.assertEqual(notice.charge_ids.move_id.state, "posted")
        self._as(self.user_manager, notice).action_cancel()
        self.assertEqual(notice.state, "cancelled")

    def test_state_of_run(self):
        """No request can forge the state of a run."""
        runs = self._as(self.user_collector, self.env["dunning.run"])
        run = runs.create({"date": "2026-10-05", "state": "approved", "terms": "x"})
        self.assertEqual((run.state, run.terms), ("draft", False))
        run.write({"state": "done", "name": "Ours"})
        self.assertEqual((run.state, run.name), ("draft", "Ours"))

    def test_history(self):
        """Notices, lines, charges and memory: not even a manager writes them by hand."""
        item = self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        notice = self._run("2026-10-18")
        for user in (self.user_sales, self.user_collector, self.user_manager, self.user_invoice):
            for record in (notice, notice.line_ids, notice.charge_ids[:1], self._get_item(item)):
                mine = self._as(user, record)
                for attack in (lambda r=mine: r.write({"partner_id": False}), mine.unlink, mine.copy):
                    with self.assertRaises(AccessError):
                        attack()

    def test_salesperson(self):
        """A salesperson sees the notices of his own customers and has no button."""
        self.customer.user_id = self.user_sales
        self._invoice(1000, "2026-10-01")
        self._invoice(1000, "2026-10-01", self.customer.copy({"name": "Other", "user_id": False}))
        notices = self._propose("2026-10-05")
        seen = self._as(self.user_sales, self.env["dunning.notice"]).search([])
        self.assertEqual(seen.partner_id, self.customer)
        for action in (seen.action_approve, seen.action_exclude, seen.action_cancel, seen.action_allocate_receipts):
            with self.assertRaises(AccessError):
                action()
        with self.assertRaises(AccessError):
            self._as(self.user_sales, seen.line_ids).action_exclude()
        with self.assertRaises(AccessError):
            self._as(self.user_sales, notices.run_id).read(["name"])

    def test_accountant(self):
        """An accountant books charges, allocates receipts and includes opening items; he proposes nothing."""
        self._invoice(1000, "2026-10-01")
        self._run("2026-10-04")
        notice = self._run("2026-10-18")
        self._as(self.user_invoice, notice).action_allocate_receipts()
        self._as(self.user_invoice, notice.charge_ids).action_book()
        for action in (notice.charge_ids.action_waive, notice.action_cancel, notice.run_id.action_compute):
            with self.assertRaises(AccessError):
                self._as(self.user_invoice, action.__self__).__getattribute__(action.__name__)()

    def test_portal(self):
        """A customer who logs in reads nothing of how he and others are chased."""
        portal = new_test_user(self.env, "sc_portal", "base.group_portal")
        names = (
            "collection.call", "collection.rate.report", "collection.worklist", "contract.payment.report",
            "dunning.charge", "dunning.dispute", "dunning.item", "dunning.level", "dunning.notice", "dunning.policy",
            "dunning.run", "payment.promise", "receivable.ageing", "receivable.movement.report", "receivable.snapshot",
            "sale.payment.milestone",
        )  # fmt: skip
        for name in names:
            with self.subTest(name), self.assertRaises(AccessError):
                self.env[name].with_user(portal).search([])
        with self.assertRaises(AccessError):
            portal.partner_id.with_user(portal).read(["dunning_blocked_until"])

    def test_include_in_dunning(self):
        item = self._invoice(1000, "2026-10-01")
        self._as(self.user_invoice, item).action_exclude_from_dunning()
        self.assertTrue(item.no_followup)
        with self.assertRaises(AccessError):
            self._as(self.user_collector, item).action_include_in_dunning()
        revenue = item.move_id.line_ids - item
        with self.assertRaisesRegex(UserError, "no receivable journal item in the selection"):
            revenue.action_include_in_dunning()

    def test_other_company(self):
        second = self.setup_other_company()["company"]
        stranger = new_test_user(
            self.env,
            "sc_stranger",
            "sales_collection.sales_collection_group_manager",
            company_id=second.id,
            company_ids=[Command.set(second.ids)],
        )
        item = self._invoice(1000, "2026-10-01")
        notice = self._run("2026-10-05")
        for record in (notice, notice.line_ids, notice.run_id, self._get_item(item), self.policy, self.l1):
            with self.assertRaises(AccessError):
                record.with_user(stranger).with_context(allowed_company_ids=second.ids).read(["display_name"])
        with self.assertRaises(AccessError):
            notice.with_user(stranger).with_context(allowed_company_ids=second.ids).action_cancel()
