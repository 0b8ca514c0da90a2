from itertools import chain

from odoo import api, models
from odoo.fields import Domain

from odoo.addons.sales_control.tools.finding import refer


class SaleOrder(models.Model):
    """Orders and deliveries wait while the payer has open items at a dunning level that stops supply."""

    _name = "sale.order"
    _inherit = "sale.order"

    # === FINDINGS === #

    def _get_review_findings(self, stage):
        """Add that supply is stopped, and that contract payments do not make the order's total."""
        findings = super()._get_review_findings(stage)
        # Superuser: whoever confirms is judged by receivables and payments that he may not read.
        orders = self.sudo()
        for order, finding in chain(orders._get_supply_findings(stage), orders._get_milestone_findings(stage)):
            findings[order].append(finding)
        return findings

    def _get_supply_findings(self, stage):
        """Yield (order, finding) for each of these orders whose customer or payer gets no supply.

        At confirmation and delivery: what was delivered is invoiced all the same.
        """
        if not self or stage not in ("confirm", "deliver") or not self.env["dunning.level"]._is_supply_stopped():
            return
        debtors = self.env["res.partner"].union(*(order._get_supply_debtors() for order in self))
        stopped = self.env["dunning.level"]._get_stopped_supply(self.company_id, debtors)
        for order in self if stopped else ():
            for debtor, stop in order._get_supply_stops(stopped).items():
                yield order, order._prepare_supply_finding(debtor, stop)

    def _get_supply_debtors(self):
        """Return whose debts stop this order: its payer's and its customer's, commercial partners."""
        self.ensure_one()
        return (self.partner_invoice_id | self.partner_id).commercial_partner_id._origin

    def _get_supply_stops(self, stopped):
        """Return what stops this order: dict, debtor -> value of ``stopped``.

        :param stopped: of `dunning.level._get_stopped_supply`
        """
        self.ensure_one()
        keys = {debtor: (debtor.id, self.company_id.id) for debtor in self._get_supply_debtors()}
        return {debtor: stopped[key] for debtor, key in keys.items() if key in stopped}

    def _prepare_supply_finding(self, debtor, stop):
        """Return the finding that supply is stopped.

        Its key names who owes: a release for one is none for another.

        :param stop: of `dunning.level._get_stopped_supply`
        """
        self.ensure_one()
        facts = {
            "amount": stop["amount"],
            "level": refer(self.env["dunning.level"].browse(stop["level_id"])),
            "items": stop["items"],
            "partner_id": refer(debtor),
            "company_currency_id": refer(self.company_id.currency_id),
        }
        key, stake = f"supply:{debtor.id}", self._get_review_amount("untaxed")
        return self._make_finding("dunning", key, stop["amount"], "review", facts, stake=stake)

    # === HOLDS === #

    @api.model
    def _recheck_dunning(self, partners=None):
        """Judge orders again soon: items that stop supply have been dunned, settled or opened again.

        :param partners: whose; the orders are found by what they owe, so this only saves a call where there are none
        """
        nobody = partners is not None and not partners
        if not nobody and self.env["dunning.level"]._is_supply_stopped():
            self._trigger_dunning_recheck()

    @api.model
    def _trigger_dunning_recheck(self):
        """Have the cron judge orders as soon as this transaction is through."""
        cron = self.env.ref("sales_collection.ir_cron_recheck_dunning", raise_if_not_found=False)
        if cron:
            # Superuser: whoever books a receipt may not read the cron.
            cron.sudo()._trigger()

    @api.model
    def _cron_recheck_dunning(self):
        """Release orders whose payers have settled, and hold open ones whose payers get no supply any more."""
        cron = self.env.ref("sales_collection.ir_cron_recheck_dunning")
        self._get_dunning_recheck()._recheck_by(cron, request=True)

    @api.model
    def _get_dunning_recheck(self):
        """Return the orders that say something else about supply than what is open now."""
        stopped = self.env["dunning.level"]._get_stopped_supply()
        waiting = Domain("order_review_ids", "any", [("kind", "=", "dunning"), ("state", "=", "pending")])
        waiting &= Domain("state", "in", ("draft", "sent", "sale"))
        debtors = [partner for partner, _company in stopped]
        names = ("partner_invoice_id", "partner_id")
        undelivered = (
            Domain("state", "=", "sale")
            & Domain("delivery_status", "in", ("pending", "started", "partial"))
            & Domain.OR([Domain(f"{name}.commercial_partner_id", "in", debtors) for name in names])
        )
        orders = self.search(waiting | undelivered, order="date_order, id")
        return orders.filtered(lambda order: order._differs_in_supply(order._get_supply_stops(stopped)))

    def _differs_in_supply(self, stops):
        """Tell whether the reviews of this order say something else than what stops it now.

        :param stops: see `_get_supply_stops`
        """
        self.ensure_one()
        reviews = self.order_review_ids.filtered(lambda review: review.kind == "dunning" and review.is_current)
        by_key = reviews.grouped("key")
        found = {f"supply:{debtor.id}": stop["amount"] for debtor, stop in stops.items()}
        return any(
            self._differs_in_stop(by_key.get(key, reviews.browse()), found.get(key)) for key in by_key.keys() | found
        )

    def _differs_in_stop(self, reviews, amount):
        """Tell whether the reviews of one debtor say something else than the amount that stops supply; None: nothing."""
        self.ensure_one()
        pending = reviews.filtered(lambda review: review.state == "pending")
        if amount is None:
            return bool(pending)
        decided = reviews.filtered(lambda review: review.state in ("approved", "rejected"))
        measures = (pending or decided).mapped("measure")
        compare = self.company_id.currency_id.compare_amounts
        grown = not measures or compare(max(measures), amount) < 0
        return grown or bool(pending and compare(max(measures), amount))
