from odoo import fields
from odoo.fields import Command

from odoo.addons.sales_control.tests.common import ReviewCommon

from ..tools.groups import COLLECTOR, MANAGER


class CollectionCommon(ReviewCommon):
    """The trading company in CNY with accounts; its customer is looked after by S, K collects, KM manages that.

    1 CNY = 0.14 USD, so 1 USD = 7.142857 CNY.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_accounts(cls.company)
        cls.usd.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            {"name": "2020-01-01", "rate": 0.14, "currency_id": cls.usd.id, "company_id": cls.company.id}
        )
        cls.customer.write({"user_id": cls.user_s.id, "is_company": True, "company_id": False})
        cls.user_k = cls._create_salesperson("k", "Kong Collector", COLLECTOR)
        cls.user_km = cls._create_salesperson("km", "Kang Manager", f"{MANAGER},base.group_partner_manager")
        cls.policy = cls.env["dunning.policy"].create({"name": "P", "company_id": cls.company.id})
        cls.level_1, cls.level_2 = cls.env["dunning.level"].create(
            [
                {"name": "Reminder", "policy_id": cls.policy.id, "days": 3},
                {"name": "Second", "policy_id": cls.policy.id, "days": 17},
            ]
        )

    @classmethod
    def _create_accounts(cls, company):
        """Give a company what invoices and receipts need: accounts and journals."""
        values = {"company_ids": [Command.set(company.ids)]}
        accounts = (
            cls.env["account.account"]
            .with_company(company)
            .create(
                [
                    {
                        "name": "Receivable",
                        "code": "1122",
                        "account_type": "asset_receivable",
                        "reconcile": True,
                        **values,
                    },
                    {"name": "Sales", "code": "6001", "account_type": "income", **values},
                    {"name": "Bank", "code": "1002", "account_type": "asset_cash", **values},
                    {"name": "Exchange Differences", "code": "6061", "account_type": "income_other", **values},
                ]
            )
        )
        journals = [("Sales", "SALE", "sale", 1), ("Bank", "BNK", "bank", 2), ("Misc", "MISC", "general", 1)]
        cls.env["account.journal"].create(
            [
                {
                    "name": name,
                    "code": code,
                    "type": kind,
                    "company_id": company.id,
                    "default_account_id": accounts[account].id,
                }
                for name, code, kind, account in journals
            ]
        )
        cls.env["ir.default"].set(
            "res.partner", "property_account_receivable_id", accounts[0].id, company_id=company.id
        )
        company.write(
            {
                "currency_exchange_journal_id": cls._find("account.journal", company, code="MISC").id,
                "income_currency_exchange_account_id": accounts[3].id,
                "expense_currency_exchange_account_id": accounts[3].id,
            }
        )
        return accounts

    @classmethod
    def _find(cls, model, company, **values):
        """Return the account or journal of a company that has these values."""
        owner = "company_ids" if model == "account.account" else "company_id"
        domain = [(owner, "in", company.ids), *((name, "=", value) for name, value in values.items())]
        return cls.env[model].with_company(company).search(domain, limit=1)

    @classmethod
    def _post_invoice(cls, amount, due, partner=None, move_type="out_invoice", **values):
        """Return a posted invoice without taxes; dated on the day it is due.

        :param due: day, as text
        """
        partner = partner or cls.customer
        company = cls.env["res.company"].browse(values.get("company_id", cls.company.id))
        income = cls._find("account.account", company, code="6001")
        line = {"name": "Goods", "price_unit": amount, "tax_ids": [Command.clear()], "account_id": income.id}
        invoice = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": partner.id,
                    "invoice_date": due,
                    "invoice_date_due": due,
                    "invoice_payment_term_id": False,
                    "invoice_line_ids": [Command.create(line)],
                    "company_id": company.id,
                    **values,
                }
            )
        )
        invoice.action_post()
        return invoice

    @classmethod
    def _get_item(cls, move):
        return move.line_ids.filtered(lambda line: line.account_type == "asset_receivable")

    @classmethod
    def _receive(cls, amount, date, invoices=None, journal="bank", partner=None, rate=1.0, currency=None):
        """Return a posted receipt, reconciled with the invoices where given.

        :param amount: in the currency
        :param rate: company currency for one of the currency
        """
        currency = currency or cls.cny
        company = invoices.company_id if invoices else cls.company
        bank, receivable = (cls._find("account.account", company, code=code) for code in ("1002", "1122"))
        balance = company.currency_id.round(amount * rate)
        sides = ((bank, 1), (receivable, -1))
        move = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "date": date,
                    "journal_id": cls._find("account.journal", company, type=journal).id,
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": account.id,
                                "partner_id": (partner or cls.customer).id,
                                "currency_id": currency.id,
                                "amount_currency": amount * sign,
                                "balance": balance * sign,
                            }
                        )
                        for account, sign in sides
                    ],
                }
            )
        )
        move.action_post()
        if invoices:
            cls._reconcile(move, invoices)
        return move

    @classmethod
    def _reconcile(cls, move, invoices):
        (cls._get_item(move) | cls._get_item(invoices)).reconcile()

    @classmethod
    def _promise(cls, amount, date, user=None, **values):
        values = {"partner_id": cls.customer.id, "company_id": cls.company.id, "currency_id": cls.cny.id, **values}
        promises = cls.env["payment.promise"].with_user(user or cls.user_k)
        return promises.create({"amount": amount, "date": date, **values})

    @classmethod
    def _dispute(cls, invoice, amount, user=None, **values):
        item = cls._get_item(invoice)
        disputes = cls.env["dunning.dispute"].with_user(user or cls.user_k)
        return disputes.create({"move_line_id": item.id, "amount": amount, "reason": "price", **values})

    @classmethod
    def _dun(cls, invoices, level, date="2026-10-10"):
        """Write the memory of dunning, as the dispatch of notices does."""
        return cls.env["dunning.item"].create(
            [
                {
                    "move_line_id": item.id,
                    "partner_id": item.partner_id.commercial_partner_id.id,
                    "company_id": item.company_id.id,
                    "level_id": level.id,
                    "date": fields.Date.to_date(date),
                }
                for item in cls._get_item(invoices)
            ]
        )
