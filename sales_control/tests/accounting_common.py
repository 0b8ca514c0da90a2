from odoo.fields import Command

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.sale.tests.common import TestSaleCommon


class PreparedCommon(BaseCommon):
    """Records that `setup/test` makes once, in its template database, and whose class makes them itself where there
    are none: with Odoo's own runner, on any database."""

    @classmethod
    def _load_prepared(cls, world):
        """Set the attributes that `_save_prepared` has kept of a world; return whether there are any."""
        prefix = f"{world}."
        data = cls.env["ir.model.data"].sudo().search([("module", "=", "__setup__"), ("name", "=like", f"{prefix}%")])
        for row in data:
            setattr(cls, row.name.removeprefix(prefix), cls.env[row.model].browse(row.res_id))
        return bool(data)

    @classmethod
    def _save_prepared(cls, world, *names):
        """Keep attributes for `_load_prepared`."""
        cls.env["ir.model.data"].sudo().create(
            [
                {"module": "__setup__", "name": f"{world}.{name}", "model": record._name, "res_id": record.id}
                for name, record in ((name, getattr(cls, name)) for name in names)
            ]
        )


class AccountingCommon(PreparedCommon, TestSaleCommon):
    """A company in USD with a chart of accounts, an accountant who acts, and what core's own tests call its data.

    The taxes, products, partners, terms and roundings that core's class makes beside cost more than most tests of ours,
    which look at none of them: they are left out.
    """

    accountant = accounting_company = second_company = None

    @classmethod
    def setUpClass(cls):
        super(AccountTestInvoicingCommon, cls).setUpClass()  # pylint: disable=bad-super-call
        cls.maxDiff = None
        cls.company_data = cls.collect_company_accounting_data(cls.company)
        cls._set_default_accounts(cls.company_data)
        cls.company_data["product_service_order"] = cls.env["product.product"].create(
            {"name": "Service on Order", "type": "service", "invoice_policy": "order", "taxes_id": False}
        )
        bank, chart = cls.company_data["default_journal_bank"], cls.env["account.chart.template"]
        for lines, account in (
            (bank.inbound_payment_method_line_ids, "account_journal_payment_debit_account_id"),
            (bank.outbound_payment_method_line_ids, "account_journal_payment_credit_account_id"),
        ):
            lines[:1].payment_account_id = chart.ref(account, raise_if_not_found=False)

    # === WHAT setup/test PREPARES === #

    @classmethod
    def prepare(cls, env):
        """Make the companies and the accountant in a database, for the classes to come."""
        cls.env = env(context=cls.default_env_context())
        cls.accountant = cls.setup_independent_user()
        cls.env = cls.env(user=cls.accountant)
        cls.accounting_company = cls.setup_independent_company()
        cls.accountant.write(
            {"company_id": cls.accounting_company.id, "company_ids": [Command.set(cls.accounting_company.ids)]}
        )
        cls.second_company = cls._create_company(name="company_2")
        cls.accountant.company_ids = cls.accounting_company
        cls._save_prepared("accounting", "accountant", "accounting_company", "second_company")

    @classmethod
    def setup_independent_user(cls):
        # OVERRIDE
        if not cls._load_prepared("accounting"):
            return super().setup_independent_user()
        cls.accountant.group_ids |= cls.get_default_groups()
        return cls.accountant

    @classmethod
    def setup_independent_company(cls, **kwargs):
        # OVERRIDE
        return cls.accounting_company or super().setup_independent_company(**kwargs)

    @classmethod
    def setup_other_company(cls, **kwargs):
        # OVERRIDE: the second company is there already, others are made
        company = cls.second_company and cls.second_company.with_env(cls.env)
        if not company or company in cls.env.user.company_ids or set(kwargs) - {"name"}:
            return super().setup_other_company(**kwargs)
        company.sudo().write(kwargs)
        cls.env.user.company_ids |= company
        data = cls.collect_company_accounting_data(company)
        cls._set_default_accounts(data)
        return data

    # === WHAT CORE'S CLASS COLLECTS === #

    @classmethod
    def collect_company_accounting_data(cls, company):
        # OVERRIDE: the accounts, taxes and journals that are there; no journals, users and products that core makes
        find_account = cls._get_finder("account.account", "account_type", company)
        find_journal = cls._get_finder("account.journal", "type", company)
        receivable = cls.env["res.partner"]._fields["property_account_receivable_id"]
        return {
            "company": company,
            "currency": company.currency_id,
            "default_account_receivable": receivable.get_company_dependent_fallback(
                cls.env["res.partner"].with_company(company)
            ),
            "default_account_payable": find_account("liability_payable"),
            "default_account_revenue": find_account(
                "income", company.account_journal_early_pay_discount_gain_account_id
            ),
            "default_account_expense": find_account(
                "expense", company.account_journal_early_pay_discount_loss_account_id
            ),
            "default_journal_misc": find_journal("general"),
            "default_journal_sale": find_journal("sale"),
            "default_journal_purchase": find_journal("purchase"),
            "default_journal_bank": find_journal("bank"),
            "default_tax_sale": company.account_sale_tax_id,
            "default_tax_purchase": company.account_purchase_tax_id,
        }

    @classmethod
    def _get_finder(cls, model, field, company):
        records = cls.env[model].with_company(company)
        domain = records._check_company_domain(company)

        def find(value, but=records):
            return records.search([*domain, (field, "=", value), ("id", "not in", but.ids)], limit=1)

        return find

    @classmethod
    def _set_default_accounts(cls, data):
        cls.product_category.with_company(data["company"]).write(
            {
                "property_account_income_categ_id": data["default_account_revenue"].id,
                "property_account_expense_categ_id": data["default_account_expense"].id,
            }
        )
