from odoo import SUPERUSER_ID, fields
from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.sale.tests.common import TestSaleCommon

MANAGER = "sales_collection.sales_collection_group_manager"


class DispatchCommon(TestSaleCommon):
    """A company in USD with a policy of three levels, and notices as a run proposes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The engine's part: nobody creates notices by hand.
        cls.env = cls.env(user=SUPERUSER_ID, context={**cls.env.context, "allowed_company_ids": cls.env.companies.ids})
        cls.company = cls.company_data["company"].with_env(cls.env)
        cls.company.write({"name": "Huaxin Trading", "email": "office@huaxin.example", "phone": "+1 555 0100"})
        cls.usd = cls.company.currency_id
        cls.collector = cls._create_user("collector", "sales_collection.sales_collection_group_user")
        cls.manager = cls._create_user("manager", MANAGER)
        cls.policy = cls._create_policy()
        cls.reminder, cls.demand, cls.final = cls.policy.level_ids.sorted("days")
        cls.dunning_run = cls._create_run()
        cls.customer = cls._create_customer("Jade Dragon Ltd.")

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

    @classmethod
    def _create_policy(cls, **values):
        levels = [("Payment Reminder", 3, {}), ("Demand", 17, {"fee_amount": 5}), ("Final Notice", 31, {})]
        return cls.env["dunning.policy"].create(
            {
                "name": "P",
                "company_id": cls.company.id,
                "currency_id": cls.usd.id,
                "level_ids": [
                    Command.create({"name": name, "days": days, "sequence": days, **extra})
                    for name, days, extra in levels
                ],
                **values,
            }
        )

    @classmethod
    def _create_run(cls, **values):
        return cls.env["dunning.run"].create({"date": "2026-10-18", "company_id": cls.company.id, **values})

    @classmethod
    def _create_customer(cls, name, **values):
        email = f"{name.split()[0].lower()}@customer.example"
        return cls.env["res.partner"].create(
            {"name": name, "is_company": True, "email": email, "company_id": False, **values}
        )

    @classmethod
    def _create_invoice(cls, amount=1000.0, partner=None, move_type="out_invoice", **values):
        """Return a posted invoice of one line without taxes, dated 2026-09-01 and due 2026-10-01."""
        line = {"name": "Goods", "quantity": 1, "price_unit": amount, "tax_ids": []}
        invoice = cls.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (partner or cls.customer).id,
                "invoice_date": "2026-09-01",
                "invoice_date_due": "2026-10-01",
                "invoice_payment_term_id": False,
                "company_id": cls.company.id,
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        invoice.action_post()
        return invoice

    @classmethod
    def _create_notice(cls, invoices=None, level=None, state="approved", credits=(), **values):
        """Return a notice that claims what is open of invoices, as a run would have proposed it."""
        invoices = cls._create_invoice() if invoices is None else invoices
        level = level or cls.reminder
        claims = [cls._prepare_line(invoice, level, state) for invoice in invoices]
        claims += [cls._prepare_line(credit, level, state, kind="credit") for credit in credits]
        lines = [Command.create(line) for line in claims]
        partner = (invoices.commercial_partner_id if invoices else cls.customer)[:1]
        principal = sum(line["amount"] for line in claims if line["kind"] == "claim")
        deducted = sum(line["amount"] for line in claims if line["kind"] == "credit")
        count = cls.env["dunning.notice"].search_count([])
        return cls.env["dunning.notice"].create(
            {
                "name": f"DUN/2026/{count + 1:05}",
                "run_id": cls.dunning_run.id,
                "company_id": cls.company.id,
                "partner_id": partner.id,
                "user_id": partner.user_id.id,
                "collector_id": cls.collector.id,
                "date": cls.dunning_run.date,
                "policy_id": level.policy_id.id,
                "level_id": level.id,
                "state": state,
                "currency_id": cls.usd.id,
                "line_ids": lines,
                "amount_principal": principal,
                "amount_credit": deducted,
                "amount_total": principal + deducted,
                "amount_total_company": principal + deducted,
                **values,
            }
        )

    @classmethod
    def _prepare_line(cls, invoice, level, state, kind="claim"):
        item = invoice.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        return {
            "state": state,
            "kind": kind,
            "name": invoice.name,
            "move_line_id": item.id,
            "currency_id": item.currency_id.id,
            "date_maturity": item.date_maturity,
            "days_overdue": (fields.Date.to_date(cls.dunning_run.date) - item.date_maturity).days,
            "level_id": level.id,
            "amount": item.amount_residual_currency,
        }

    def _create_notices(self, count, level=None):
        """Return notices of as many customers."""
        notices = self.env["dunning.notice"]
        for number in range(count):
            customer = self._create_customer(f"C{number:03} Ltd.", email=f"c{number:03}@customer.example")
            notices += self._create_notice(self._create_invoice(100 + number, customer), level)
        self.env.flush_all()
        return notices

    def _dispatch(self):
        """Run the scheduled dispatch."""
        with self.enter_registry_test_mode():
            self.env.ref("sales_collection.ir_cron_dispatch_notices").method_direct_trigger()
        self.env.invalidate_all()

    def _get_mails(self, notices):
        return self.env["mail.mail"].search(
            [("model", "=", "dunning.notice"), ("res_id", "in", notices.ids)], order="id"
        )

    def _get_notes(self, partner):
        """Return the notes of dispatches on a customer, as text."""
        messages = partner.message_ids.filtered(lambda message: "Dunning notice" in (message.body or ""))
        return [" ".join(text.split()) for text in messages.sorted("id").mapped("preview")]
