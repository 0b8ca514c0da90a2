from itertools import chain

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import formatLang

from odoo.addons.sales_control.tools.finding import Finding


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
        """Yield (order, finding) for each of these orders whose payer gets no supply.

        At confirmation and delivery: what was delivered is invoiced all the same.
        """
        if not self or stage not in ("confirm", "deliver") or not self.env["dunning.level"]._is_supply_stopped():
            return
        payers = self.partner_invoice_id.commercial_partner_id
        stopped = self.env["dunning.level"]._get_stopped_supply(self.company_id, payers._origin)
        for order in self if stopped else ():
            stop = stopped.get(order._get_supply_key())
            if stop:
                yield order, order._prepare_supply_finding(stop)

    def _get_supply_key(self):
        """Return who pays this order to whom: ids of the commercial partner and the company."""
        self.ensure_one()
        return self.partner_invoice_id.commercial_partner_id._origin.id, self.company_id.id

    def _prepare_supply_finding(self, stop):
        """Return the finding that supply is stopped.

        Its key names the payer: a release for one is none for another.

        :param stop: of `dunning.level._get_stopped_supply`
        """
        self.ensure_one()
        payer = self.partner_invoice_id.commercial_partner_id
        level = self.env["dunning.level"].browse(stop["level_id"])
        message = self.env._(
            "Supply to %(customer)s is stopped: %(amount)s open at dunning level %(level)s (%(items)s). Collect first, or ask for a release.",
            customer=payer.display_name,
            amount=formatLang(self.env, stop["amount"], currency_obj=self.company_id.currency_id),
            level=level.name,
            items=stop["items"],
        )
        facts = {"amount": stop["amount"], "level": level.name, "items": stop["items"]}
        key, stake = f"supply:{payer._origin.id}", self._get_review_amount("untaxed")
        return Finding("dunning", key, stop["amount"], "review", message, facts=facts, stake=stake)

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
        payers = [partner for partner, _company in stopped]
        undelivered = (
            Domain("state", "=", "sale")
            & Domain("delivery_status", "in", ("pending", "started", "partial"))
            & Domain("partner_invoice_id.commercial_partner_id", "in", payers)
        )
        orders = self.search(waiting | undelivered, order="date_order, id")
        return orders.filtered(lambda order: order._differs_in_supply(stopped.get(order._get_supply_key())))

    def _differs_in_supply(self, stop):
        """Tell whether the reviews of this order say something else than ``stop``.

        :param stop: of `dunning.level._get_stopped_supply`, None where supply goes on
        """
        self.ensure_one()
        reviews = self.order_review_ids.filtered(lambda review: review.kind == "dunning" and review.is_current)
        pending = reviews.filtered(lambda review: review.state == "pending")
        if not stop:
            return bool(pending)
        measures = (pending or reviews.filtered(lambda review: review.state in ("approved", "rejected"))).mapped(
            "measure"
        )
        compare = self.company_id.currency_id.compare_amounts
        grown = not measures or compare(max(measures), stop["amount"]) < 0
        return grown or bool(pending and compare(max(measures), stop["amount"]))
