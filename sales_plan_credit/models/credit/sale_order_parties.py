from odoo import models

from odoo.addons.sales_control.tools.finding import refer


class SaleOrder(models.Model):
    """Who is judged beside the payer: the customer of the order, and who gets the goods."""

    _name = "sale.order"
    _inherit = "sale.order"

    # === BUSINESS METHODS: PARTIES === #

    def _get_payers(self):
        """Return the payers of these orders; see `_get_payer`."""
        return self.env["res.partner"].union(*(order._get_payer() for order in self))

    def _get_customer(self):
        """Return whose order this is: a commercial partner."""
        self.ensure_one()
        return self.partner_id.commercial_partner_id._origin

    def _get_receiver(self):
        """Return who gets the goods of this order: a commercial partner."""
        self.ensure_one()
        return (self.partner_shipping_id or self.partner_id).commercial_partner_id._origin

    def _get_credit_parties(self):
        """Return everybody whose credit these orders are judged by: payers, customers, receivers."""
        parties = (order._get_payer() | order._get_customer() | order._get_receiver() for order in self)
        return self.env["res.partner"].union(*parties)

    # === BUSINESS METHODS: JUDGEMENT === #

    def _judge_holds(self, stage, positions):
        """Yield the manual holds that stop this order: of who pays, whose order it is and who gets the goods.

        :param positions: dict, party -> `CreditPosition`
        """
        self.ensure_one()
        for party in self._get_credit_parties() if stage in ("confirm", "deliver") else ():
            if positions[party].on_hold:
                yield self._prepare_hold_finding(party)

    def _judge_customer(self, stage, positions, own):
        """Yield what the customer of this order has overdue, and that he does not pay himself, where he is checked.

        :param positions: dict, party -> `CreditPosition`
        :param own: what the order adds to the exposure of its payer at this stage
        """
        self.ensure_one()
        customer = self._get_customer()
        position = positions.get(customer)
        if customer == self._get_payer() or not (position and position.is_checked):
            return
        severity = position.policies.get(stage, "none")
        if severity == "none" or not self._adds_debt(stage, own):
            return
        if self.company_id.currency_id.compare_amounts(position.late, position.tolerance) > 0:
            yield self._prepare_overdue_finding("customer", customer, position, severity)
        if self._is_owed():
            yield self._prepare_payer_finding(severity)

    def _is_owed(self):
        """Tell whether anything of this order is not paid yet: what is paid in advance passes, whoever pays."""
        self.ensure_one()
        if self.company_id.currency_id.compare_amounts(self._get_credit_contribution(), 0) > 0:
            return True
        invoices = self.order_line.invoice_lines.move_id.filtered(lambda move: move.state == "posted")
        return any(amount > 0 for amount, _in_currency in invoices.line_ids._get_open_amounts().values())

    # === BUSINESS METHODS: FINDINGS === #

    def _prepare_hold_finding(self, party):
        """Return the finding that a party of this order is on hold; the hold is named: another one is another matter."""
        party = party.with_company(self.company_id)
        facts = {"reason": party.credit_hold_reason or "-", "partner_id": refer(party)}
        key = f"hold:{party.id}:{party.credit_hold_key}"
        if not party.credit_hold_key:  # a hold from before holds had names
            key = "hold" if party == self._get_payer() else f"hold:{party.id}"
        return self._make_finding("credit", key, 1.0, "review", facts, stake=self._get_review_amount("untaxed"))

    def _prepare_payer_finding(self, severity):
        """Return the finding that the customer of this order, whose credit is checked, does not pay himself."""
        facts = self._get_amount_facts("untaxed") | {
            "partner_id": refer(self._get_customer()),
            "payer_id": refer(self._get_payer()),
        }
        return self._make_finding("credit", "payer", facts["amount"], severity, facts)
