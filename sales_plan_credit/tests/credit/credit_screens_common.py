from datetime import timedelta

from lxml import html

from odoo import fields
from odoo.fields import Command
from odoo.tools.safe_eval import safe_eval

from odoo.addons.sales_control.tests.common import ReviewCommon

from ...tools.groups import MANAGER, READER


class CreditScreensCommon(ReviewCommon):
    """The trading company with a credit grade of 1,000; its customer is looked after by S and owes 252.25."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule.write({"kind": "credit", "min_amount": 0, "step_ids": [Command.clear()]})
        cls.rule.step_ids = [Command.create({"approver_type": "user", "user_id": cls.user_g.id})]
        cls._create_accounts()
        cls.grade = cls.env["credit.grade"].create(
            {"name": "Known", "code": "K", "company_id": cls.company.id, "credit_limit": 1000.0, "grace_days": 30}
        )
        cls.customer.write({"user_id": cls.user_s.id, "credit_grade_id": cls.grade.id})
        cls.user_c = cls._create_salesperson("c", "Cui Credit", f"sales_team.group_sale_salesman_all_leads,{MANAGER}")
        cls.user_r = cls._create_salesperson("r", "Ru Reader", READER)
        cls.user_a = cls._create_salesperson("a", "An Accountant", "account.group_account_invoice")
        cls._post_invoice(252.25, days=-10)

    @classmethod
    def _create_accounts(cls):
        """Give the company what an invoice needs: accounts and a sales journal."""
        account = cls.env["account.account"]
        company = {"company_ids": [Command.set(cls.company.ids)]}
        cls.receivable = account.create(
            {"name": "Receivable", "code": "1122", "account_type": "asset_receivable", "reconcile": True, **company}
        )
        income = account.create({"name": "Sales", "code": "6001", "account_type": "income", **company})
        cls.env["account.journal"].create(
            {
                "name": "Sales",
                "code": "SALE",
                "type": "sale",
                "company_id": cls.company.id,
                "default_account_id": income.id,
            }
        )
        cls.env["ir.default"].set(
            "res.partner", "property_account_receivable_id", cls.receivable.id, company_id=cls.company.id
        )
        cls.product.property_account_income_id = income

    @classmethod
    def _draft_invoice(cls, amount, partner=None, days=30, **values):
        """Return a draft invoice without an order; due in ``days``."""
        today = fields.Date.today()
        line = {"product_id": cls.product.id, "price_unit": amount, "tax_ids": [Command.clear()]}
        return cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or cls.customer).id,
                "invoice_date": today + timedelta(days=min(days, 0)),
                "invoice_date_due": today + timedelta(days=days),
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )

    @classmethod
    def _post_invoice(cls, amount, partner=None, days=30):
        invoice = cls._draft_invoice(amount, partner, days)
        invoice.action_post()
        return invoice

    def _confirm(self, price, **values):
        """Return a confirmed order of S."""
        order = self._create_order(price, **values)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        return order

    def _text(self, value):
        """Return the text of a rendered field, as it reads."""
        text = html.fromstring(value).text_content() if value else ""
        return " ".join(text.replace("\xa0", " ").split())

    def _panel(self, order, user=None):
        return self._text(order.with_user(user or self.user_s).credit_panel)

    def _filter_domain(self, model, view, name, user=None):
        """Return the domain of a filter of a search view, as the web client reads it."""
        arch = self.env[model].with_user(user or self.env.user).get_view(self.env.ref(view).id, "search")["arch"]
        (node,) = html.fromstring(arch).xpath(f"//filter[@name='{name}']")
        return safe_eval(node.get("domain"), {"uid": (user or self.env.user).id})
