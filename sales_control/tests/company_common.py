from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.sale.tests.common import TestSaleCommon

from .accounting_common import PreparedCompanies


class CompanyCommon(PreparedCompanies, TestSaleCommon):
    """A company in USD with accounts, 1 USD = 0.80 EUR."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.receivable = cls.company_data["default_account_receivable"]
        cls.usd = cls.company.currency_id
        cls.eur = cls.env.ref("base.EUR")
        cls.eur.active = True
        cls.eur.rate_ids.unlink()
        cls._create_rate("2020-01-01", 0.8)

    @classmethod
    def _create_rate(cls, day, rate):
        """Set how many EUR a USD is worth from a day on."""
        cls.env["res.currency.rate"].create(
            {"name": day, "rate": rate, "currency_id": cls.eur.id, "company_id": cls.company.id}
        )

    @classmethod
    def _create_vat(cls):
        """Return a sales tax of 13 %, not included in the price."""
        return cls.company_data["default_tax_sale"].copy({"name": "VAT 13", "amount": 13})

    @classmethod
    def _get_items(cls, moves):
        """Return the receivable items of documents."""
        return moves.line_ids.filtered(lambda line: line.account_id == cls.receivable)

    @classmethod
    def _reconcile(cls, *moves):
        """Reconcile the receivable items of documents."""
        items = cls.env["account.move.line"].union(*(cls._get_items(move) for move in moves))
        items.filtered(lambda item: not item.reconciled).reconcile()

    @classmethod
    def _create_user(cls, login, groups):
        return new_test_user(
            cls.env,
            f"sc_{login}",
            groups,
            name=login.title(),
            email=f"{login}@example.com",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
