from odoo.modules.module import load_script
from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path

NAMES = """
    SELECT relname FROM pg_class WHERE relname LIKE %(prefix)s
    UNION ALL SELECT conname FROM pg_constraint WHERE conname LIKE %(prefix)s
    UNION ALL SELECT name FROM ir_model_data WHERE module = 'sales_plan_credit' AND name LIKE %(infix)s
    UNION ALL SELECT name FROM ir_model_constraint WHERE name LIKE %(prefix)s
    UNION ALL SELECT model FROM ir_model_fields WHERE model LIKE %(prefix)s
    UNION ALL SELECT model FROM ir_model WHERE model LIKE %(prefix)s
    ORDER BY 1
"""


@tagged("post_install", "-at_install")
class TestClaimMigration(TransactionCase):
    """The rename of the claims, back and forth: no name and no row is left behind."""

    def _get_names(self, table):
        """Return every name that the database has of a table and of its model."""
        self.env.cr.execute(NAMES, {"prefix": f"{table}%", "infix": f"%{table}%"})
        return [name for (name,) in self.env.cr.fetchall()]

    def _migrate(self, **names):
        path = file_path("sales_plan_credit/migrations/19.0.1.1.0/pre-migrate.py")
        script = load_script(path, "pre-migrate")
        for name, value in names.items():
            setattr(script, name, value)
        script.migrate(self.env.cr, "19.0.1.0.0")

    def test_rename(self):
        partner = self.env["res.partner"].create({"name": "Jade Dragon Ltd."})
        claim = self.env["credit.claim"].create({"partner_id": partner.id, "company_id": self.env.company.id})
        self.env.flush_all()
        names = self._get_names("credit_claim")
        self.assertGreater(len(names), 20)
        self._migrate(
            OLD_MODEL="credit.claim", NEW_MODEL="credit.account", OLD_TABLE="credit_claim", NEW_TABLE="credit_account"
        )
        self.assertFalse(self._get_names("credit_claim"))
        self.assertEqual(len(self._get_names("credit_account")), len(names))
        self._migrate()
        self.assertEqual(self._get_names("credit_claim"), names)
        self.assertFalse(self._get_names("credit_account"))
        self.env.cr.execute("SELECT partner_id FROM credit_claim WHERE id = %s", [claim.id])
        self.assertEqual(self.env.cr.fetchone(), (partner.id,))
        # Once more: nothing to do.
        self._migrate()
        self.assertEqual(self._get_names("credit_claim"), names)
