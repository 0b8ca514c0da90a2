from datetime import date

from odoo import fields
from odoo.fields import Command

from odoo.addons.sales_control.tests.company_common import CompanyCommon


class ReceivableCommon(CompanyCommon):
    """A company in USD, rates of the euro that change, customers, invoices without taxes of fixed days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 1 EUR is worth 1.25 USD, from June 2025 on 1.60 USD
        cls._create_rate("2025-06-01", 0.625)
        cls.user_s = cls._create_user("salesperson", "sales_team.group_sale_salesman")
        cls.user_collector = cls._create_user("collector", "sales_collection.sales_collection_group_user")
        cls.user_accountant = cls._create_user("accountant", "account.group_account_user")
        cls.customer = cls._create_customer("Jade Dragon Ltd.", user_id=cls.user_s.id)
        cls.other = cls._create_customer("Red Lantern Inc.")
        cls.revenue = cls.company_data["default_account_revenue"]

    @classmethod
    def get_default_groups(cls):
        # EXTENDS 'account'
        return super().get_default_groups() | cls.quick_ref("sales_control.sales_control_group_administrator")

    @classmethod
    def _create_customer(cls, name, **values):
        values = {"name": name, "is_company": True, "company_id": False, "email": "books@example.com", **values}
        return cls.env["res.partner"].create(values)

    @classmethod
    def _issue(cls, amount, day, due=None, partner=None, **values):
        """Post a customer invoice, a credit note where the amount is negative, dated and due on given days."""
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice" if amount > 0 else "out_refund",
                "partner_id": (partner or cls.customer).id,
                "company_id": cls.company.id,
                "journal_id": cls.company_data["default_journal_sale"].id,
                "invoice_date": day,
                "date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": due or day,
                "invoice_line_ids": [
                    Command.create(
                        {"name": "Goods", "quantity": 1, "price_unit": abs(amount), "tax_ids": [Command.clear()]}
                    )
                ],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    @classmethod
    def _book(cls, amount, day, due=None, partner=None, currency=None, amount_currency=None):
        """Post an entry on the receivable account: an opening balance or, negative, a receipt."""
        currency = currency or cls.usd
        amount_currency = amount if amount_currency is None else amount_currency
        lines = [
            {
                "account_id": cls.receivable.id,
                "partner_id": (cls.customer if partner is None else partner).id,
                "date_maturity": due or day,
            },
            {"account_id": cls.revenue.id},
        ]
        for line, sign in zip(lines, (1, -1), strict=True):
            line.update(balance=sign * amount, amount_currency=sign * amount_currency, currency_id=currency.id)
        move = cls.env["account.move"].create(
            {
                "journal_id": cls.company_data["default_journal_misc"].id,
                "date": day,
                "line_ids": [Command.create(line) for line in lines],
            }
        )
        move.action_post()
        return move

    @classmethod
    def _receive(cls, amount, day):
        """Post a receipt of money, allocated to nothing, in the bank journal."""
        journal = cls.company_data["default_journal_bank"]
        sides = ((journal.default_account_id, amount), (cls.receivable, -amount))
        lines = [
            {"account_id": account.id, "partner_id": cls.customer.id, "balance": balance} for account, balance in sides
        ]
        move = cls.env["account.move"].create(
            {"journal_id": journal.id, "date": day, "line_ids": [Command.create(line) for line in lines]}
        )
        move.action_post()
        return move

    def _ageing(self, day, user=None, **context):
        report = self.env["receivable.ageing"].with_user(user or self.env.user)
        return report.with_context(ageing_date=day, allowed_company_ids=self.company.ids, **context)

    def _get_open(self, day, partner=None, **context):
        """Return ``{document: open amount}`` of a customer at the end of a day."""
        rows = self._ageing(day, **context).search(
            [("partner_id", "=", (self.customer if partner is None else partner).id)]
        )
        return {row.document: row.amount for row in rows}

    def _get_buckets(self, day, **context):
        groups = self._ageing(day, **context)._read_group(
            [("partner_id", "=", self.customer.id)], ["bucket"], ["amount:sum"]
        )
        return {bucket: self.usd.round(amount) for bucket, amount in groups}

    def _assert_ledger(self, day):
        """The ageing sums to the balance of the receivable accounts, in all, per customer and per currency."""
        day = fields.Date.to_date(day)
        domain = [
            ("account_id.account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("company_id", "=", self.company.id),
            ("date", "<=", day),
        ]
        items = self.env["account.move.line"].search(domain)
        rows = self._ageing(day).search([])
        self.assertFalse(self.usd.compare_amounts(sum(rows.mapped("amount")), sum(items.mapped("balance"))))
        for partner in items.partner_id.commercial_partner_id | rows.partner_id:
            for currency in items.currency_id:
                owed = items.filtered(
                    lambda i, p=partner, c=currency: i.partner_id.commercial_partner_id == p and i.currency_id == c
                )
                shown = rows.filtered(lambda r, p=partner, c=currency: r.partner_id == p and r.currency_id == c)
                pairs = (("amount", "balance"), ("amount_currency", "amount_currency"))
                for name, field in pairs:
                    total = currency.round(sum(shown.mapped(name)))
                    self.assertEqual(total, currency.round(sum(owed.mapped(field))), f"{partner.name} {day} {name}")


DAY = date(2025, 3, 31)
