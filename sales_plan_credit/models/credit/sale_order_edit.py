from contextlib import contextmanager

from odoo import models

from ...tools.credit import CreditPosition

# In `Judgement.before_edit`: what an order added to the debt of whom.
NOTE = "credit"


class SaleOrder(models.Model):
    """What edits of confirmed orders add to whose debt, and what their deliveries are compared with.

    ``credit_confirmation`` keeps what was judged last: ``limit``, ``value`` in ``currency``, ``payer``. While an order
    is on hold because an edit added debt, ``accepted`` says what it had added to the debt of whom before: as long as it
    adds no more than that, it passes.
    """

    _name = "sale.order"
    _inherit = "sale.order"

    # === HOOKS === #

    @contextmanager
    def _noting_edit(self):
        """Note what these orders add to the debt of whom before they are edited."""
        noted = self._get_judgement().before_edit
        orders = {
            (NOTE, order.id): order._get_credit_debt()
            for _company, group in self._group_for_credit()
            for order in group
        }
        noted.update(orders)
        try:
            with super()._noting_edit():
                yield
        finally:
            for key in orders:
                noted.pop(key, None)

    def _refresh_review_state(self, uncovered=None):
        """Once an order is released, what it adds is accepted."""
        result = super()._refresh_review_state(uncovered)
        # Superuser: reviewers release orders of payers whose credit they do not read.
        for order in self.sudo():
            if order.state == "sale" and not order.on_hold and order._has_unaccepted_edit():
                order._freeze_credit()
        return result

    # === BUSINESS METHODS === #

    def _get_credit_debt(self):
        """Return what this order adds to the debt of whom: [id of the payer, amount in company currency]."""
        self.ensure_one()
        return [self._get_payer().id, self._get_credit_contribution()]

    def _get_accepted_debt(self):
        """Return what this confirmed order added to the debt of whom before it was edited; None where it was not.

        See `_get_credit_debt`.
        """
        self.ensure_one()
        stored = self._origin
        accepted = (stored.credit_confirmation or {}).get("accepted")
        noted = self._get_judgement().before_edit.get((NOTE, stored.id))
        if accepted and noted and accepted[0] == noted[0]:
            # What the order has given up while it waited may be used up by others.
            accepted = min(accepted, noted)
        accepted = accepted or noted
        if not accepted and stored and stored != self:
            # On a form that is being edited.
            accepted = stored._get_credit_debt()
        return accepted

    def _has_unaccepted_edit(self):
        """Tell whether this order waits because an edit added debt."""
        self.ensure_one()
        return bool((self.credit_confirmation or {}).get("accepted"))

    def _get_credit_growth(self, own):
        """Return by how much this confirmed order adds more to the debt of its payer than before it was edited.

        :param own: what it adds now; both in company currency
        """
        self.ensure_one()
        accepted = self._get_accepted_debt()
        if not accepted:
            return 0.0
        payer_id, amount = accepted
        return own - (amount if payer_id == self._get_payer().id else 0.0)

    def _keep_credit_edit(self):
        """Keep of the edit of these orders, after its judgement, what their next judgements compare with."""
        noted = self._get_judgement().before_edit
        # Superuser: whoever edits may not read what the payer owes.
        for order in self.sudo().filtered(lambda order: (NOTE, order.id) in noted and order.state == "sale"):
            growth = order._get_credit_growth(order._get_credit_contribution())
            grown = order.company_id.currency_id.compare_amounts(growth, 0)
            if order.on_hold and grown > 0:
                payer_id, amount = order._get_accepted_debt()
                # The room of who was to pay before is free for others: back to him is an edit like any.
                accepted = [order._get_payer().id, amount if payer_id == order._get_payer().id else 0.0]
                order.credit_confirmation = (order.credit_confirmation or {}) | {"accepted": accepted}
            elif grown > 0 or order._has_unaccepted_edit():
                order._freeze_credit()

    def _freeze_credit(self):
        """Keep what this order is worth and what its payer may owe as what was judged last."""
        self.credit_confirmation = self._prepare_credit_confirmation()

    def _prepare_credit_confirmation(self):
        """Return what the check of later deliveries compares with: the limit of today and the value of the order."""
        self.ensure_one()
        payer, company = self._get_payer(), self.company_id
        limits = self._get_judgement().limits
        limit = None
        if (payer.id, company.id) in limits:
            limit = limits[payer.id, company.id]
        elif self.env["credit.grade"]._is_credit_used():
            limit = payer._get_credit_positions(company).get(payer, CreditPosition()).limit
        value = self._get_credit_value()
        return {"limit": limit, "value": value, "currency": self.currency_id.id, "payer": payer.id}

    def _get_credit_increase(self):
        """Return by how much this order is worth more to its payer than when it was judged last, in company currency."""
        self.ensure_one()
        frozen = self._origin.credit_confirmation or {}
        if frozen.get("value") is None:
            return 0.0
        value = self._to_company_currency(self._get_credit_value())
        payer = self._get_payer()
        if frozen.get("payer", payer.id) != payer.id:
            return value
        currency = self.env["res.currency"].browse(frozen.get("currency", self.currency_id.id))
        return value - self._to_company_currency(frozen["value"], currency)
