import hashlib
from datetime import date

from odoo import models

from .dunning_kernel import Level, Policy
from .interest_kernel import InterestTerms


class DunningPolicy(models.Model):
    """What the calculation reads of policies: plain values, by a number of statements that does not grow."""

    _name = "dunning.policy"
    _inherit = "dunning.policy"

    def _get_terms(self):
        """Return what decides on notices and their amounts: ``{policy id: dunning_kernel.Policy}``."""
        return {
            policy.id: Policy(
                policy.id,
                policy.currency_id.id,
                policy.is_netting,
                tuple(level._get_terms() for level in policy.level_ids.sorted("days")),
            )
            for policy in self
        }

    def _get_fingerprint(self):
        """Return a text that changes when anything does that decides on notices and their amounts."""
        terms = self.sorted("id")._get_terms()
        return hashlib.sha256(repr(terms).encode()).hexdigest()


class DunningLevel(models.Model):
    _name = "dunning.level"
    _inherit = "dunning.level"

    def _get_terms(self):
        """Return the level as the calculation knows it: `dunning_kernel.Level`."""
        self.ensure_one()
        return Level(
            id=self.id,
            days=self.days,
            min_interval=self.min_interval,
            min_amount=self.min_amount,
            allow_jump=self.allow_jump,
            fee=self.fee_amount,
            fee_product_id=self.fee_product_id.id,
            fee_tax_ids=tuple(self._get_fee_taxes().ids),
            interest=self._get_interest_terms(),
            charge_mode=self.charge_mode,
        )

    def _get_fee_taxes(self):
        """Return the taxes of the fee: those of the level, else those of its product in the company."""
        self.ensure_one()
        product_taxes = self.fee_product_id.taxes_id.filtered_domain(
            self.env["account.tax"]._check_company_domain(self.company_id)
        )
        return self.fee_tax_ids or product_taxes

    def _get_interest_terms(self):
        """Return `interest_kernel.InterestTerms`, None where the level charges no interest."""
        self.ensure_one()
        rates = tuple((rate.date_start, rate.rate) for rate in self.interest_table_id.rate_ids.sorted("date_start"))
        if not self.interest_table_id and self.interest_rate:
            rates = ((date.min, self.interest_rate),)
        return InterestTerms(rates, self.day_count) if rates else None

    def _get_interest_taxes(self):
        """Return the taxes of the interest: those of its product in the company, mostly none."""
        self.ensure_one()
        company = self.env["account.tax"]._check_company_domain(self.company_id)
        return self.interest_product_id.taxes_id.filtered_domain(company)

    def _get_fee_total(self, fee, currency):
        """Return a fee with its taxes.

        :param fee: without taxes, in the currency
        """
        self.ensure_one()
        totals = self._get_fee_taxes().compute_all(fee, currency=currency, product=self.fee_product_id)
        return totals["total_included"]
