from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.payment_behaviour import PERIOD_DAYS, PaymentBehaviour, Settlement, get_behaviour
from .res_partner import CREDIT_READERS


def figure(string, text, kind=fields.Float):
    """Return the field of a figure of payment behaviour, see `payment_behaviour`."""
    digits = {"digits": (16, 1)} if kind is fields.Float else {}
    return kind(string, compute="_compute_payment_behaviour", groups=CREDIT_READERS, help=text, **digits)


class ResPartner(models.Model):
    """How customers have paid the user's company in the last 12 months."""

    _inherit = "res.partner"

    payment_days_late = figure(
        "Days Late", "Last 12 months, weighted by amount; what is unpaid past its due date counts until today."
    )
    payment_worst_days = figure(
        "Worst Days Late", "Of any payment or due amount of the last 12 months.", fields.Integer
    )
    payment_share_late = figure("Share Late (%)", "Of the amounts paid or due in the last 12 months.")
    payment_dso = figure(
        "DSO",
        "Days sales outstanding: receivables / sales of the last 90 days x 90, taxes included; of the last 365 days "
        "where nothing was sold in 90.",
    )
    payment_trend = figure(
        "Payment Trend",
        "Days late of the last 6 months less those of the 6 before: positive where payment gets slower.",
    )

    @api.depends_context("company", "uid")
    def _compute_payment_behaviour(self):
        visible = self._filter_credit_visible()
        behaviours = visible.commercial_partner_id._get_payment_behaviours(self.env.company)
        for partner in self:
            behaviour = PaymentBehaviour()
            if partner in visible:
                behaviour = behaviours.get(partner.commercial_partner_id._origin, behaviour)
            partner.payment_days_late = behaviour.days_late
            partner.payment_worst_days = behaviour.worst_days
            partner.payment_share_late = behaviour.share_late
            partner.payment_dso = behaviour.dso
            partner.payment_trend = behaviour.trend

    def action_view_payment_behaviour(self):
        """Return the action that charts how this customer paid, month by month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_plan_credit.payment_behaviour_report_action")
        return action | {"domain": [("partner_id", "=", self.commercial_partner_id.id)], "context": {}}

    # === BUSINESS METHODS === #

    def _get_payment_behaviours(self, company):
        """Return how these customers have paid ``company`` in the last 12 months, in one statement.

        :param self: commercial partners
        :return: dict, partner -> `PaymentBehaviour`; customers without any document are left out
        """
        partners = self._origin
        return partners._read_payment_behaviours(company, partners) if partners else {}

    @api.model
    def _read_payment_behaviours(self, company, partners=None):
        """Return the same of ``partners``, of all customers where not given."""
        today = company._get_today()
        rows = defaultdict(lambda: defaultdict(list))
        for partner_id, kind, due, day, amount in self.env.execute_query(
            self._get_behaviour_query(company, partners, today - timedelta(days=PERIOD_DAYS))
        ):
            rows[partner_id][kind].append((due, day, amount))
        # Browsed together: what reads them later reads all of them at once.
        return {partner: self._prepare_payment_behaviour(rows[partner.id], today) for partner in self.browse(rows)}

    @api.model
    def _prepare_payment_behaviour(self, rows, today):
        """Return the `PaymentBehaviour` of a customer.

        :param rows: dict, kind -> list of due date, day, amount; see `_get_behaviour_query`
        """
        return get_behaviour(
            settlements=[Settlement(due, day, float(amount)) for due, day, amount in rows["settled"]],
            sales=[(day, float(amount)) for _due, day, amount in rows["sold"]],
            receivable=float(sum(amount for _due, _day, amount in rows["receivable"])),
            first=next((day for _due, day, _amount in rows["first"]), None),
            today=today,
        )

    @api.model
    def _get_behaviour_query(self, company, partners, since):
        """Return the query of what `get_behaviour` is fed with, summed per day.

        Columns: partner_id, kind (``settled``, ``sold``, ``receivable``, ``first``), due, day, amount.
        """
        chosen = SQL("AND move.commercial_partner_id IN %s", tuple(partners.ids)) if partners else SQL()
        exposure = self.env["credit.exposure.report"]
        exposure._flush_exposure()
        where = SQL("partner.commercial_partner_id IN %s", tuple(partners.ids)) if partners else SQL("TRUE")
        return SQL(
            """
            SELECT partner_id, 'settled', due, paid, SUM(amount) FROM (%(settled)s) AS row
            GROUP BY partner_id, due, paid
            UNION ALL
            SELECT partner_id, 'receivable', NULL, NULL, SUM(amount) FROM (%(receivable)s) AS row GROUP BY partner_id
            UNION ALL
            SELECT move.commercial_partner_id, 'sold', NULL, move.invoice_date, SUM(move.amount_total_signed)
            FROM account_move move WHERE %(sales)s AND move.invoice_date > %(since)s %(chosen)s
            GROUP BY move.commercial_partner_id, move.invoice_date
            UNION ALL
            SELECT move.commercial_partner_id, 'first', NULL, MIN(move.invoice_date), NULL
            FROM account_move move WHERE %(sales)s %(chosen)s GROUP BY move.commercial_partner_id
            """,
            settled=self.env["payment.behaviour.report"]._get_settlement_query(company, partners, since),
            receivable=exposure._get_receivable_query(company, where),
            sales=SQL(
                "move.company_id = %s AND move.state = 'posted' "
                "AND move.move_type IN ('out_invoice', 'out_refund', 'out_receipt')",
                company.id,
            ),
            since=since,
            chosen=chosen,
        )
