import json

from odoo import models

from odoo.addons.sales_control.tools.sql import draw_ids, insert_rows, update_rows

from ...tools.rates import DIGITS

AMOUNT_FIELDS = [
    "level_id",
    "currency_id",
    "amount_principal",
    "amount_credit",
    "amount_interest",
    "amount_fee",
    "amount_previous",
    "amount_total",
    "amount_total_company",
    "amount_not_due",
    "amount_balance",
    "previous_totals",
]
NOTICE_FIELDS = ["run_id", "company_id", "date", "state", "partner_id", "policy_id"]
PARTNER_FIELDS = ["contact_id", "user_id", "collector_id"]
LINE_FIELDS = [
    "notice_id",
    "state",
    "kind",
    "move_line_id",
    "name",
    "currency_id",
    "date_maturity",
    "days_overdue",
    "amount",
    "level_id",
    "is_new_level",
    "amount_held",
    "amount_interest",
    "interest_from",
    "interest_to",
    "previous_level_id",
    "previous_date",
    "previous_interest_date",
    "previous_notice_id",
]


class DunningRun(models.Model):
    """From proposals to rows of notices and lines, written in bulk."""

    _name = "dunning.run"
    _inherit = "dunning.run"

    def _insert_notices(self, proposals):
        """Make draft notices of `levels.Proposal`."""
        if not proposals:
            return
        for proposal, notice_id in zip(proposals, draw_ids(self.env, "dunning_notice", len(proposals)), strict=True):
            proposal.notice_id = notice_id
        partners = self._get_partner_data([proposal.partner_id for proposal in proposals])
        contacts = self._get_contact_ids(proposals)
        common = (self.id, self.company_id.id, self.date, "draft")
        amounts = self._get_amount_rows(proposals)
        rows = (
            (
                row[0],
                *common,
                proposal.partner_id,
                proposal.policy.id,
                contacts[proposal.partner_id, proposal.level.id],
                *partners[proposal.partner_id],
                *row[1:],
            )
            for proposal, row in zip(proposals, amounts, strict=True)
        )
        insert_rows(self.env, "dunning.notice", ["id", *NOTICE_FIELDS, *PARTNER_FIELDS, *AMOUNT_FIELDS], rows)
        insert_rows(self.env, "dunning.notice.line", LINE_FIELDS, self._get_line_rows(proposals, {}))

    def _update_notices(self, proposals):
        """Write proposals that were computed again over their notices: their lines are made anew."""
        notices = self.env["dunning.notice"].browse([proposal.notice_id for proposal in proposals])
        states = {notice.id: notice.state for notice in notices}
        notices.line_ids._delete_rows()
        update_rows(self.env, "dunning.notice", ["id", *AMOUNT_FIELDS], self._get_amount_rows(proposals))
        insert_rows(self.env, "dunning.notice.line", LINE_FIELDS, self._get_line_rows(proposals, states))

    def _get_line_rows(self, proposals, states):
        """Yield the values of `LINE_FIELDS`.

        :param states: ``{notice id: state}`` of notices that are not new
        """
        day = self.date
        no_claim = self._get_no_claim()
        for proposal in proposals:
            common = (proposal.notice_id, states.get(proposal.notice_id, "draft"))
            for claim in proposal.claims:
                yield common + self._get_claim_row(claim, day)
            for item, amount in proposal.credits:
                yield common + self._get_item_row("credit", item, amount, day) + no_claim

    def _get_no_claim(self):
        """Return what a credit has in the columns of a claim."""
        return (None, False, *[None] * (len(LINE_FIELDS) - LINE_FIELDS.index("is_new_level") - 1))

    def _get_item_row(self, kind, item, amount, day):
        days = max((day - item.due).days, 0)
        return (kind, item.id, item.name, item.currency_id, item.due, days, amount)

    def _get_claim_row(self, claim, day):
        item = claim.item
        return self._get_item_row("claim", item, claim.amount, day) + (
            claim.level_id,
            claim.is_new,
            claim.held,
            claim.interest,
            claim.interest_from,
            claim.interest_to,
            item.level_id,
            item.last_date,
            item.interest_date,
            item.last_notice_id,
        )

    def _get_amount_rows(self, proposals):
        """Return the values of ``id`` and `AMOUNT_FIELDS`, in the order of the proposals."""
        charges = self._get_previous_charges([proposal.partner_id for proposal in proposals])
        rates, fees = self._get_rates(), {}
        for proposal in proposals:
            currency_id = self._get_notice_currency(proposal)
            key = (proposal.level.id, currency_id)
            if key not in fees:
                fees[key] = self._get_fee(proposal, currency_id, rates)
            yield self._get_amount_row(proposal, currency_id, rates, fees[key], charges.get(proposal.partner_id, ()))

    def _get_amount_row(self, proposal, currency_id, rates, fee, charges):
        """Return the amounts of a notice, in the currency that its lines share or else that of the company."""
        claims = proposal.claims
        interest = [(claim.item.currency_id, claim.interest) for claim in claims if claim.interest]
        parts = (
            rates.get_sum([(claim.item.currency_id, claim.amount) for claim in claims], currency_id),
            rates.get_sum([(item.currency_id, amount) for item, amount in proposal.credits], currency_id),
            rates.get_sum(interest, currency_id),
            fee,
            rates.get_sum(charges, currency_id),
        )
        total = round(sum(parts), DIGITS)
        company_total = rates.convert(total, currency_id, self.company_id.currency_id.id)
        position = [rates.get_sum(sums.items(), currency_id) for sums in (proposal.not_due, proposal.balance)]
        previous = json.dumps(dict(charges)) if charges else None
        return (proposal.notice_id, proposal.level.id, currency_id, *parts, total, company_total, *position, previous)

    def _get_notice_currency(self, proposal):
        """Return the id of the currency of the items, where they share one, else of that of the company."""
        ids = {claim.item.currency_id for claim in proposal.claims}
        return ids.pop() if len(ids) == 1 else self.company_id.currency_id.id

    def _get_fee(self, proposal, currency_id, rates):
        """Return the fee of a notice with its taxes, in a currency."""
        level = self.env["dunning.level"].browse(proposal.level.id)
        fee = rates.round(currency_id, rates.convert(proposal.level.fee, proposal.policy.currency_id, currency_id))
        return level._get_fee_total(fee, self.env["res.currency"].browse(currency_id))
