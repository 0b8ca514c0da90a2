from contextlib import contextmanager
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.addons.sales_control.tests.accounting_common import PreparedCompanies

from ..tools.groups import COLLECTOR, MANAGER


class DunningCommon(PreparedCompanies, AccountTestInvoicingCommon):
    """A company in USD with the policy of the worked examples: L0 from 3 days before due, L1 at +3, L2 at +17 (fee 5.00,
    9 % a year), L3 at +31 (fee 15.00, 9 %); 14 days between levels; minimum 10.00; act/365; netting."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        # after all days of the examples, whenever they are run
        cls.classPatch(cls.registry["res.company"], "_get_today", lambda company: date(2026, 12, 31))
        cls.usd = cls.company.currency_id
        cls.service = cls.env["product.product"].create({"name": "Dunning Fee", "type": "service", "taxes_id": False})
        cls.interest = cls.env["product.product"].create({"name": "Interest", "type": "service", "taxes_id": False})
        cls.policy = cls._create_policy()
        cls.company.dunning_policy_id = cls.policy
        cls.l0, cls.l1, cls.l2, cls.l3 = cls.policy.level_ids
        cls.customer = cls.env["res.partner"].create({"name": "Jade Dragon Ltd.", "is_company": True})
        cls.user_collector = cls._create_user("collector", COLLECTOR)
        cls.user_manager = cls._create_user("collection_manager", MANAGER)

    @classmethod
    def get_default_groups(cls):
        # EXTENDS 'account'
        return super().get_default_groups() | cls.quick_ref(MANAGER)

    @classmethod
    def _create_user(cls, login, groups):
        return new_test_user(
            cls.env,
            f"sc_{login}",
            groups,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _create_policy(cls, levels=None, **values):
        common = {"min_amount": 10, "min_interval": 14, "fee_product_id": cls.service.id}
        charged = {**common, "interest_rate": 9, "interest_product_id": cls.interest.id}
        levels = levels or [
            {**common, "name": "Reminder", "days": -3},
            {**common, "name": "First", "days": 3},
            {**charged, "name": "Second", "days": 17, "fee_amount": 5},
            {**charged, "name": "Third", "days": 31, "fee_amount": 15},
        ]
        return cls.env["dunning.policy"].create(
            {
                "name": "P",
                "company_id": cls.company.id,
                "level_ids": [Command.create(level) for level in levels],
                **values,
            }
        )

    @classmethod
    def _invoice(cls, amount, due, partner=None, currency=None, move_type="out_invoice", dated=None, **values):
        """Return the receivable item of a posted invoice without taxes."""
        due = fields.Date.to_date(due)
        move = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (partner or cls.customer).id,
                "invoice_date": dated or min(due, date(2026, 9, 1)),
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "currency_id": (currency or cls.usd).id,
                "invoice_line_ids": [
                    Command.create({"name": "Goods", "quantity": 1, "price_unit": amount, "tax_ids": False})
                ],
                **values,
            }
        )
        move.action_post()
        return cls._get_receivable(move)

    @classmethod
    def _get_receivable(cls, move):
        return move.line_ids.filtered(lambda line: line.account_type == "asset_receivable")

    def _receive(self, amount, day, item=None, partner=None, currency=None):
        """Book a receipt in the bank; allocated to an item, or to none."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": (partner or (item and item.partner_id) or self.customer).id,
                "amount": amount,
                "date": day,
                "currency_id": (currency or (item and item.currency_id) or self.usd).id,
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        line = self._get_receivable(payment.move_id)
        if item:
            (line + item).reconcile()
        return line

    @contextmanager
    def _on(self, day):
        """Have it be a day."""
        today = date.fromisoformat(day)
        company = self.registry["res.company"]
        with freeze_time(f"{day} 08:00:00"), patch.object(company, "_get_today", lambda _company: today):
            yield

    @classmethod
    def _create_run(cls, day, **values):
        return cls.env["dunning.run"].create({"date": day, "company_id": cls.company.id, **values})

    def _propose(self, day, **values):
        """Return the notices that a new run of a day proposes."""
        run = self._create_run(day, **values)
        run.action_compute()
        return run.notice_ids

    def _send(self, notices):
        """Do what the dispatch does, but for mails and letters."""
        notices.filtered(lambda notice: notice.state == "draft").action_approve()
        notices = notices.sudo()._refresh_amounts()
        notices._write_memory()
        notices._make_charges()
        notices._set_state("sent", sent_on=fields.Datetime.now())
        notices.run_id._update_state()
        return notices

    def _run(self, day, **values):
        """Propose, approve and send; return what was sent."""
        return self._send(self._propose(day, **values))

    def _get_item(self, line):
        return self.env["dunning.item"].search([("move_line_id", "=", line.id)])
