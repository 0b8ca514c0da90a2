from odoo.fields import Command

from .company_common import CompanyCommon


class SettlementCommon(CompanyCommon):
    """Invoices of a company in USD, settled in all the ways that accounting knows; 1 USD = 0.80 EUR."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.env["res.partner"].create({"name": "Jade Dragon Ltd.", "property_payment_term_id": False})
        cls.payable = cls.company_data["default_account_payable"]
        cls.expense = cls.company_data["default_account_expense"]
        cls.provision = cls.expense.copy({"account_type": "asset_current", "name": "Allowance for Bad Debts"})
        cls.bank = cls.company_data["default_journal_bank"]
        cls.cash_account = cls.bank.default_account_id
        cls.outstanding = cls.cash_account.copy({"account_type": "asset_current", "reconcile": True})
        cls.bank.inbound_payment_method_line_ids.payment_account_id = cls.outstanding

    @classmethod
    def _issue(cls, amount, day="2026-10-01", taxes=None, **values):
        """Post a customer invoice, a credit note where the amount is negative."""
        line = {"name": "Goods", "price_unit": abs(amount), "tax_ids": [Command.set(taxes.ids if taxes else [])]}
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice" if amount > 0 else "out_refund",
                "partner_id": cls.customer.id,
                "invoice_date": day,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        move.action_post()
        return move

    @classmethod
    def _register(cls, invoices, amount=None, day="2026-10-20", written_off=None, **values):
        """Pay invoices with the wizard of payments; what is missing goes to an account where given; return the payment."""
        values = {"payment_date": day, "journal_id": cls.bank.id, "group_payment": True, **values}
        if amount is not None:
            values["amount"] = amount
        if written_off:
            values.update(payment_difference_handling="reconcile", writeoff_account_id=written_off.id)
        wizard = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoices.ids)
        return wizard.create(values)._create_payments()

    @classmethod
    def _enter(cls, *sides, day="2026-10-20", journal=None):
        """Post an entry of (account, debit or negative credit) by hand, in the miscellaneous journal unless told."""
        move = cls.env["account.move"].create(
            {
                "journal_id": (journal or cls.company_data["default_journal_misc"]).id,
                "date": day,
                "line_ids": [Command.create(vals) for vals in cls._prepare_sides(sides)],
            }
        )
        move.action_post()
        return move

    @classmethod
    def _prepare_sides(cls, sides):
        return [
            {"account_id": account.id, "partner_id": cls.customer.id, "balance": balance, "name": "Settled"}
            for account, balance in sides
        ]

    @classmethod
    def _state(cls, amount, *sides, day="2026-10-20"):
        """Return the entry of a line of the bank statement, assigned directly to accounts."""
        line = cls.env["account.bank.statement.line"].create(
            {
                "journal_id": cls.bank.id,
                "date": day,
                "payment_ref": "Transfer",
                "amount": amount,
                "partner_id": cls.customer.id,
            }
        )
        values = cls._prepare_sides([(cls.cash_account, amount), *sides])
        line.with_context(
            force_delete=True, skip_account_move_synchronization=True, skip_readonly_check=True
        ).move_id.write({"line_ids": [Command.clear(), *(Command.create(vals) for vals in values)]})
        return line.move_id
