"""The dunning of Sales Control and of OCA's account_credit_control behind one interface: for dunning.py and dunning_compare.py.

A system is set up with a ladder of levels, proposes for a day, and sends what it proposed, without mail.
"""

from collections import defaultdict
from dataclasses import dataclass

from odoo.fields import Command


@dataclass(frozen=True)
class Step:
    """A level, as both systems can be told; what only one knows is left out by the other."""

    name: str
    days: int
    interval: int = 0
    fee: float = 0.0
    interest: float = 0.0
    allow_jump: bool = False


MINIMUM = 10.0
SOON = Step("Soon due", -3)
LADDER = (SOON, Step("Reminder", 3), Step("Second", 17, 14), Step("Last", 31, 14))
CHARGING = (SOON, Step("Reminder", 3), Step("Second", 17, 14, 5, 9), Step("Last", 31, 14, 15, 9))


class Ours:
    """Sales Control."""

    label = "ours"
    run_model = "dunning.run"
    tables = ("dunning_notice", "dunning_notice_line", "dunning_item", "dunning_charge", "mail_mail")

    def __init__(self, env):
        self.env = env

    def set_up(self, company, ladder=LADDER):
        """Make a policy of a company, that of all its customers; return it."""
        policy = self.env["dunning.policy"].create(
            {
                "name": "Bench",
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "level_ids": [Command.create(self._prepare_level(step)) for step in ladder],
            }
        )
        company.dunning_policy_id = policy
        return policy

    def _prepare_level(self, step):
        return {
            "name": step.name,
            "days": step.days,
            "min_interval": step.interval,
            "min_amount": MINIMUM,
            "fee_amount": step.fee,
            "interest_rate": step.interest,
            "allow_jump": step.allow_jump,
        }

    def create_run(self, company, date):
        """Return a run, which has proposed nothing yet."""
        return self.env["dunning.run"].with_company(company).create({"date": date, "company_id": company.id})

    def get_run(self, run_id):
        """Return a run."""
        return self.env[self.run_model].browse(run_id)

    def compute(self, run):
        """Propose."""
        run.action_compute()

    def send(self, run):
        """Do what the dispatch does around its mails; return the notices that were sent."""
        if run.state == "proposed":
            run.action_approve()
        notices = run.notice_ids.filtered(lambda notice: notice.state == "approved")._refresh_amounts()
        notices._write_memory()
        notices._make_charges()
        notices._set_state("sent", sent_on=self.env.cr.now())
        run._update_state()
        return notices

    def get_claims(self, notices):
        """Return what customers are asked for: ``{(customer, name of a currency): amount}``."""
        asked = defaultdict(float)
        for notice in notices:
            for totals in notice._get_currency_totals():
                asked[notice.partner_id, totals["currency"].name] += totals["total"]
        return dict(asked)


class Oca:
    """OCA account_credit_control."""

    label = "OCA"
    run_model = "credit.control.run"
    tables = ("credit_control_line", "credit_control_communication")

    def __init__(self, env):
        self.env = env

    def set_up(self, company, ladder=LADDER):
        """Make a policy of a company, that of all its customers, without levels before the due date."""
        accounts = self.env["account.account"].with_context(allowed_company_ids=company.ids).with_company(company)
        receivable = accounts.search([("account_type", "=", "asset_receivable"), ("company_ids", "in", company.ids)])
        assert receivable, "OCA's policy needs the receivable accounts of the company"
        steps = [step for step in ladder if step.days >= 0]
        levels = [self._prepare_level(number, step) for number, step in enumerate(steps, 1)]
        policy = self.env["credit.control.policy"].create(
            {
                "name": "Bench",
                "company_id": company.id,
                "account_ids": [Command.set(receivable.ids)],
                "level_ids": [Command.create(values) for values in levels],
            }
        )
        company.write({"credit_policy_id": policy.id, "credit_control_tolerance": MINIMUM})
        return policy

    def _prepare_level(self, number, step):
        return {
            "name": step.name,
            "level": number,
            "computation_mode": "previous_date" if step.interval else "net_days",
            "delay_days": step.interval or step.days,
            "channel": "email",
            "email_template_id": self.env.ref("account_credit_control.email_template_credit_control_base").id,
            "custom_text": step.name,
            "custom_mail_text": step.name,
        }

    def create_run(self, company, date):
        """Return a run, which has proposed nothing yet."""
        policies = self.env["credit.control.policy"].search([("company_id", "=", company.id)])
        values = {"date": date, "company_id": company.id, "policy_ids": [Command.set(policies.ids)]}
        return self.env["credit.control.run"].with_company(company).create(values)

    def get_run(self, run_id):
        """Return a run."""
        return self.env[self.run_model].browse(run_id)

    def compute(self, run):
        """Propose."""
        run.generate_credit_lines()

    def send(self, run):
        """Make the communications and mark the lines as sent; return the communications."""
        run.set_to_ready_lines()
        lines = run.line_ids.filtered(lambda line: line.state == "to_be_sent")
        letters = self.env["credit.control.communication"]._generate_comm_from_credit_lines(lines)
        lines.write({"state": "sent"})
        return letters

    def get_claims(self, letters):
        """Return what customers are asked for, as `Ours.get_claims`."""
        asked = defaultdict(float)
        for letter in letters:
            asked[letter.partner_id.commercial_partner_id, letter.currency_id.name] += letter.total_due
        return dict(asked)
