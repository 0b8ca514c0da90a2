"""A company whose customers are late, through the ORM: for dunning_situations.py. Days are counted back from today."""

from datetime import timedelta

from credit_world import World
from dunning_systems import LADDER

from odoo.fields import Command


class DunningWorld(World):
    """The company, its customers, and a system that duns them; see dunning_systems.py."""

    def __init__(self, env, system):
        super().__init__(env)
        self.system = system(env)
        self.claims = {}
        self.other_company = self.create_company("Second Ltd.")

    def build(self, situation):
        """Play a situation; return what the customer is asked for: ``{name of a currency: amount}``."""
        self.claims = {}
        self.set_ladder(LADDER)
        self.set_ladder(LADDER, self.other_company)
        customer = self.create_customer(email="customer@example.com")
        customer = situation.build(self, customer) or customer
        return {
            currency: round(amount, 2)
            for (partner, currency), amount in self.claims.items()
            if partner == customer and round(amount, 2)
        }

    def day(self, days):
        """Return the day so many days ago."""
        return self.today - timedelta(days=days)

    # ---------------------------------------------------------------- dunning

    def set_ladder(self, ladder, company=None):
        """Have a company dun by these levels."""
        self.system.set_up(company or self.company, ladder)

    def propose(self, days=0, company=None):
        """Return a run that has proposed."""
        self._start()
        run = self.system.create_run(company or self.company, self.day(days))
        self.system.compute(run)
        return run

    def send(self, run):
        """Send what a run proposed, as the letters of one round."""
        self._start()
        self.claims = self.system.get_claims(self.system.send(run))

    def dun(self, days=0, company=None):
        """Propose and send."""
        self.send(self.propose(days, company))

    def _start(self):
        """As a new request does."""
        self.env.flush_all()
        self.env.invalidate_all()

    # ---------------------------------------------------------------- documents

    def debt(self, customer, amount, days, move_type="out_invoice", company=None, **values):
        """Return a posted invoice (or credit note) without tax, due so many days ago, or by a payment term from there."""
        company = company or self.company
        day = self.day(days)
        values = {"invoice_date_due": day, **values} if "invoice_payment_term_id" not in values else values
        line = {"name": "Work", "quantity": 1, "price_unit": amount, "tax_ids": [Command.clear()]}
        move = self.of("account.move", company).create(
            {
                "move_type": move_type,
                "partner_id": customer.id,
                "invoice_date": min(day, self.today),
                "invoice_payment_term_id": False,
                "invoice_line_ids": [Command.create(line)],
                **values,
            }
        )
        move.action_post()
        return move

    def opening(self, customer, amount, days):
        """Return a posted entry of a general journal: what the customer owed before go-live, due so many days ago."""
        receivable = customer.with_company(self.company).property_account_receivable_id
        owed = {"account_id": receivable.id, "partner_id": customer.id, "debit": amount}
        owed["date_maturity"] = self.day(days)
        lines = [owed, {"account_id": self.get_account("income").id, "credit": amount}]
        entry = {"move_type": "entry", "date": self.day(days), "line_ids": [Command.create(line) for line in lines]}
        move = self.of("account.move").create(entry)
        move.action_post()
        return move

    def receivable(self, moves):
        """Return the receivable items of entries."""
        return moves.line_ids.filtered(lambda item: item.account_type == "asset_receivable")

    def contact(self, customer, **values):
        """Return a contact of a customer."""
        return self.create_customer("Contact", parent_id=customer.id, is_company=False, **values)

    def get_instalments(self, *days):
        """Return a payment term of equal parts, due so many days after the invoice."""
        shares = [round(100 / len(days), 6)] * len(days)
        shares[-1] = round(100 - sum(shares[:-1]), 6)
        lines = [
            {"value": "percent", "value_amount": share, "nb_days": number}
            for share, number in zip(shares, days, strict=True)
        ]
        values = {"name": "Instalments", "line_ids": [Command.create(line) for line in lines]}
        return self.of("account.payment.term").create(values)

    def get_yen(self):
        """Return JPY, 150 for one USD."""
        yen = self.env.ref("base.JPY")
        yen.active = True
        rate = {"currency_id": yen.id, "company_id": self.company.id, "name": "2000-01-01", "rate": 150}
        self.env["res.currency.rate"].create(rate)
        return yen

    def pay(self, move, amount=None, days=0, **values):
        """Pay an invoice with the payment wizard, so many days ago; wholly where no amount is given."""
        values |= {"payment_date": self.day(days), "journal_id": self.get_bank(move.company_id).id}
        values |= {"amount": amount} if amount else {}
        wizard = self.of("account.payment.register", move.company_id)
        wizard = wizard.with_context(active_model="account.move", active_ids=move.ids)
        return wizard.create(values)._create_payments()

    def merge(self, customer, into):
        """Merge one customer into another with Odoo's own wizard."""
        self._start()
        self.env["base.partner.merge.automatic.wizard"]._merge((customer | into).ids, into)

    # ---------------------------------------------------------------- what is left out, where a system knows it

    def promise(self, move, amount, days):
        """Record that the customer promises an amount for a day."""
        if "payment.promise" in self.env:
            values = {"partner_id": move.partner_id.id, "company_id": self.company.id, "amount": amount}
            values |= {"currency_id": move.currency_id.id, "date": self.day(days)}
            items = [Command.set(self.receivable(move).ids)]
            self.of("payment.promise").create({**values, "move_line_ids": items})

    def dispute(self, move, amount):
        """Record that the customer does not accept a part."""
        if "dunning.dispute" in self.env:
            values = {"partner_id": move.partner_id.id, "company_id": self.company.id, "amount": amount}
            self.of("dunning.dispute").create({**values, "move_line_id": self.receivable(move).id, "reason": "quality"})

    def block(self, customer, days):
        """Leave the customer alone until the day so many days ago."""
        if "dunning_blocked_until" in customer._fields:
            values = {"dunning_blocked_until": self.day(days), "dunning_block_reason": "Talks"}
            customer.with_company(self.company).write(values)
