import json

from odoo import models
from odoo.tools import SQL

from odoo.addons.sales_control.tools.sql import draw_ids, insert_rows, update_rows

from ...tools.rates import DIGITS


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
        insert_rows(self.env, "dunning.notice", self._get_notice_rows(proposals))
        insert_rows(self.env, "dunning.notice.line", self._get_line_rows(proposals, {}))

    def _update_notices(self, proposals):
        """Write proposals that were computed again over their notices: their lines are made anew."""
        notices = self.env["dunning.notice"].browse([proposal.notice_id for proposal in proposals])
        states = {notice.id: notice.state for notice in notices}
        notices.line_ids._delete_rows()
        update_rows(self.env, "dunning.notice", self._get_amount_rows(proposals))
        insert_rows(self.env, "dunning.notice.line", self._get_line_rows(proposals, states))

    # === NOTICES === #

    def _get_notice_rows(self, proposals):
        """Yield the values of new notices."""
        partners = self._get_partner_data([proposal.partner_id for proposal in proposals])
        contacts = self._get_contact_ids(proposals)
        for proposal, amounts in zip(proposals, self._get_amount_rows(proposals), strict=True):
            contact_id = contacts[proposal.partner_id, proposal.level.id]
            partner = {**partners[proposal.partner_id], "contact_id": contact_id}
            yield {**amounts, **self._prepare_notice(proposal, partner)}

    def _prepare_notice(self, proposal, partner):
        """Return the values of a new notice, amounts aside.

        :param partner: dict of ``user_id``, ``collector_id`` and ``contact_id``
        """
        return {
            "run_id": self.id,
            "company_id": self.company_id.id,
            "date": self.date,
            "state": "draft",
            "partner_id": proposal.partner_id,
            "policy_id": proposal.policy.id,
            **partner,
        }

    def _get_amount_rows(self, proposals):
        """Yield the values that are computed again with every proposal, ``id`` among them, in the order of the proposals."""
        charges = self._get_previous_charges([proposal.partner_id for proposal in proposals])
        rates, fees = self._get_rates(), {}
        for proposal in proposals:
            currency_id = self._get_notice_currency(proposal)
            key = (proposal.charge_level.id, currency_id, proposal.position_id)
            if key not in fees:
                fees[key] = self._get_fee(proposal, currency_id, rates)
            yield self._prepare_amounts(proposal, currency_id, rates, fees[key], charges.get(proposal.partner_id, ()))

    def _prepare_amounts(self, proposal, currency_id, rates, fee, charges):
        """Return the amounts of a notice.

        :param currency_id: that its lines share, or else that of the company
        :param fee: in that currency
        :param charges: of earlier notices: list of (currency id, amount)
        """
        claims = proposal.claims
        interest = [(claim.item.currency_id, claim.interest) for claim in claims if claim.interest]
        parts = {
            "amount_principal": rates.get_sum(
                [(claim.item.currency_id, claim.amount) for claim in claims], currency_id
            ),
            "amount_credit": rates.get_sum([(item.currency_id, left) for item, left in proposal.credits], currency_id),
            "amount_interest": rates.get_sum(interest, currency_id),
            "amount_fee": fee,
            "amount_previous": rates.get_sum(charges, currency_id),
        }
        total = round(sum(parts.values()), DIGITS)
        return {
            "id": proposal.notice_id,
            "level_id": proposal.level.id,
            "charge_level_id": proposal.charge_level.id,
            "currency_id": currency_id,
            **parts,
            "amount_total": total,
            "amount_total_company": rates.convert(total, currency_id, self.company_id.currency_id.id),
            "amount_not_due": rates.get_sum(proposal.not_due.items(), currency_id),
            "amount_balance": rates.get_sum(proposal.balance.items(), currency_id),
            "previous_totals": json.dumps(dict(charges)) if charges else None,
        }

    def _get_notice_currency(self, proposal):
        """Return the id of the currency of the items, where they share one, else of that of the company."""
        ids = {claim.item.currency_id for claim in proposal.claims}
        return ids.pop() if len(ids) == 1 else self.company_id.currency_id.id

    def _get_fee(self, proposal, currency_id, rates):
        """Return the fee of a notice with its taxes, in a currency."""
        level = self.env["dunning.level"].browse(proposal.charge_level.id)
        source = proposal.policy.currency_id
        fee = rates.round(currency_id, rates.convert(proposal.charge_level.fee, source, currency_id))
        taxes = level._get_charge_taxes("fee", self.env["account.fiscal.position"].browse(proposal.position_id))
        return level._get_charge_total(fee, taxes, self.env["res.currency"].browse(currency_id))

    def _get_previous_charges(self, partner_ids):
        """Return what earlier notices charged and what is only claimed, so far unpaid.

        :return: ``{commercial partner id: [(currency id, amount)]}``
        """
        charges = {}
        query = """
            SELECT contact.commercial_partner_id, charge.currency_id, SUM(charge.amount)::float
              FROM dunning_charge charge
              JOIN res_partner contact ON contact.id = charge.partner_id
             WHERE charge.company_id = %s AND contact.commercial_partner_id = ANY(%s) AND %s
          GROUP BY 1, 2
        """
        claimed = self.env["dunning.charge"]._get_claimed_condition()
        for partner_id, *amount in self.env.execute_query(SQL(query, self.company_id.id, list(partner_ids), claimed)):
            charges.setdefault(partner_id, []).append(tuple(amount))
        return charges

    def _get_partner_data(self, partner_ids):
        """Return who answers for customers: ``{partner id: {"user_id": ..., "collector_id": ...}}``."""
        query = SQL(
            "SELECT commercial.id, commercial.user_id, %s AS collector_id FROM res_partner commercial WHERE commercial.id = ANY(%s)",
            self._get_partner_field_sql("collector_id"),
            list(partner_ids),
        )
        return {row.pop("id"): row for row in self.env.execute_query_dict(query)}

    def _get_contact_ids(self, proposals):
        """Return who gets `levels.Proposal`: ``{(partner id, level id): contact id}``; see `res.partner`."""
        levels = self.env["dunning.level"].browse({proposal.level.id for proposal in proposals})
        mailed = set(levels.filtered("channel_email").ids)
        contact_ids = {}
        for by_email in (True, False):
            chosen = [(p.partner_id, p.level.id) for p in proposals if (p.level.id in mailed) == by_email]
            partners = self.env["res.partner"].browse({partner for partner, _level in chosen})
            found = partners._get_dunning_contacts(self.company_id, by_email=by_email)
            contact_ids.update({(partner, level): found[partners.browse(partner)].id for partner, level in chosen})
        return contact_ids

    # === LINES === #

    def _get_line_rows(self, proposals, states):
        """Yield the values of lines.

        :param states: ``{notice id: state}`` of notices that are not new
        """
        for proposal in proposals:
            common = {"notice_id": proposal.notice_id, "state": states.get(proposal.notice_id, "draft")}
            for claim in proposal.claims:
                yield {**common, **self._prepare_claim_line(claim)}
            for item, amount in proposal.credits:
                yield {**common, **self._prepare_credit_line(item, amount)}

    def _prepare_claim_line(self, claim):
        """Return the values of the line of a `levels.Claim`."""
        item = claim.item
        return {
            **self._prepare_item_line(item, claim.amount),
            "kind": "claim",
            "level_id": claim.level_id,
            "is_new_level": claim.is_new,
            "amount_held": claim.held,
            "amount_interest": claim.interest,
            "interest_from": claim.interest_from,
            "interest_to": claim.interest_to,
            "previous_level_id": item.level_id,
            "previous_date": item.last_date,
            "previous_interest_date": item.interest_date,
            "previous_notice_id": item.last_notice_id,
        }

    def _prepare_credit_line(self, item, amount):
        """Return the values of the line of a credit, a `levels.OpenItem` of which an amount (negative) is deducted."""
        return {**self._prepare_item_line(item, amount), "kind": "credit", "is_new_level": False}

    def _prepare_item_line(self, item, amount):
        """Return what claims and credits have in common."""
        return {
            "move_line_id": item.id,
            "name": item.name,
            "currency_id": item.currency_id,
            "date_maturity": item.due,
            "days_overdue": max((self.date - item.due).days, 0),
            "amount": amount,
        }
