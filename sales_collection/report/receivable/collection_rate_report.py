from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

SETTLED = {"receipts": "receipt", "credit_notes": "credit_note", "discounts": "discount"}
FIGURES = ("overdue_start", "credits_start", "fell_due", "receipts", "credit_notes", "discounts", "base", "open_end")
MAX_YEARS = 10  # month by month
# What the figures can be told by -> the field that holds it
GROUPS = {
    "partner_id": "partner_id",
    "user_id": "user_id",
    "department_id": "department_id",
    "company_id": "company_id",
    "month": "period",
}


class CollectionRateReport(models.Model):
    """Which share of what customers had to pay in a period came in.

    Receipts on items due by the end of the period / (overdue at its start + fell due in it - credit notes - discounts).
    Overdue is what it is on every screen, see `tools/ageing.py` of sales_control: past due, less what a customer has in
    credit notes and receipts that are allocated to nothing; at the start as on the first day of the period. Of a customer with several salespeople or departments the
    oldest is reduced first.

    The period is that of the context: `collection_date_from`, `collection_date_to`, and `collection_by_month` for one
    period per month; without them the current month. Groups are sums divided by sums.
    """

    _name = "collection.rate.report"
    _inherit = "sale.weighted.average.mixin"
    _description = "Collection Rate"
    _auto = False
    _order = "period desc, partner_id"
    _rec_name = "partner_id"
    _weighted_averages = {"rate": ("receipts", "base", 100)}

    period = fields.Date("Period from", readonly=True)
    period_end = fields.Date("Period to", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, help="As recorded on the invoice.")
    department_id = fields.Many2one("hr.department", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    overdue_start = fields.Monetary("Overdue at Start", readonly=True)
    credits_start = fields.Monetary(
        "Credits at Start", readonly=True, help="Open credit notes and receipts that were deducted; negative."
    )
    fell_due = fields.Monetary("Fell Due", readonly=True)
    receipts = fields.Monetary(readonly=True, help="Receipts on items due by the end of the period.")
    credit_notes = fields.Monetary(readonly=True)
    discounts = fields.Monetary("Discounts and Write-Offs", readonly=True)
    base = fields.Monetary(
        "To Collect", readonly=True, help="Overdue at the start plus what fell due, less credit notes and discounts."
    )
    open_end = fields.Monetary("Overdue at End", readonly=True, help="Less the open credits of that day.")
    rate = fields.Float(
        "Rate (%)", digits=(16, 2), readonly=True, aggregator="avg", help="Receipts / amount to collect."
    )
    rate_text = fields.Char("Rate", compute="_compute_rate_text", help='"-" if there was nothing to collect.')

    @api.depends("rate", "base")
    def _compute_rate_text(self):
        for row in self:
            is_defined = row.currency_id.compare_amounts(row.base, 0) > 0
            row.rate_text = f"{row.rate:.2f} %" if is_defined else "-"

    @property
    def _table_query(self):
        base = SQL("row.overdue_start + row.fell_due - row.credit_notes - row.discounts")
        return SQL(
            """
            WITH period (number, start, stop) AS (VALUES %(periods)s), part AS (%(parts)s), credit AS (%(credits)s)
            SELECT row.*, %(base)s AS base, %(rate)s AS rate
            FROM (
                SELECT part.id, part.period, part.period_end, part.partner_id, part.user_id, part.department_id,
                       part.company_id, part.past_due - %(start)s AS overdue_start, -%(start)s AS credits_start,
                       part.fell_due, part.receipts, part.credit_notes, part.discounts,
                       part.past_due_end - %(stop)s AS open_end
                FROM part
                LEFT JOIN credit ON credit.number = part.number AND credit.partner_id = part.partner_id
                     AND credit.company_id = part.company_id
                WHERE part.past_due <> 0 OR part.fell_due <> 0 OR part.receipts <> 0 OR part.credit_notes <> 0
                   OR part.discounts <> 0
                WINDOW oldest AS (PARTITION BY part.number, part.partner_id, part.company_id
                                  ORDER BY part.first, part.id ROWS UNBOUNDED PRECEDING)
            ) AS row
            """,
            periods=SQL(", ").join(
                SQL("(%s, %s::date, %s::date)", number, *period) for number, period in enumerate(self._get_periods())
            ),
            parts=self._get_part_query(),
            credits=self._get_credit_query(),
            start=self._get_deducted(SQL("part.past_due"), SQL("credit.amount_start")),
            stop=self._get_deducted(SQL("part.past_due_end"), SQL("credit.amount_stop")),
            base=base,
            rate=self._get_average_sql("rate", SQL("row.receipts"), base),
        )

    @api.model
    def _get_part_query(self):
        """Return the query of what was past due, fell due and was settled, by customer and salesperson of the claims."""
        signed = SQL("CASE movement.kind WHEN 'due' THEN movement.amount ELSE -movement.amount END")
        return SQL(
            """
            SELECT MIN(movement.id) * 1000 + MIN(period.number) AS id, period.number, period.start AS period,
                   period.stop AS period_end, MIN(movement.date) AS first,
                   movement.partner_id, movement.user_id, movement.department_id, movement.company_id,
                   COALESCE(SUM(%(signed)s) FILTER (WHERE movement.date < period.start), 0) AS past_due,
                   SUM(%(signed)s) AS past_due_end, %(due)s AS fell_due, %(settled)s
            FROM (%(movements)s) AS movement
            JOIN period ON movement.date <= period.stop
            GROUP BY period.number, period.start, period.stop, movement.partner_id, movement.user_id,
                     movement.department_id, movement.company_id
            """,
            signed=signed,
            due=self._get_sum("due"),
            settled=SQL(", ").join(
                SQL("%s AS %s", self._get_sum(kind), SQL.identifier(name)) for name, kind in SETTLED.items()
            ),
            movements=self.env["account.move.line"]._get_movement_query(self.env.companies),
        )

    @api.model
    def _get_credit_query(self):
        """Return the query of what customers have in their favour at start and end of the periods: all that is open and
        no claim, less money that we have paid back and that is not allocated yet."""
        return SQL(
            """
            SELECT period.number, open.partner_id, open.company_id,
                   GREATEST(0, -SUM(open.amount)) AS amount_stop,
                   GREATEST(0, -SUM(open.amount) FILTER (WHERE open.date <= period.start)) AS amount_start
            FROM (%s) AS open
            JOIN account_move move ON move.id = open.move_id
            JOIN period ON open.date <= period.stop
            WHERE open.amount < 0 OR NOT %s
            GROUP BY period.number, open.partner_id, open.company_id
            """,
            self.env["account.move.line"]._get_open_query(self.env.companies),
            self.env["account.move.line"]._get_claim_condition(),
        )

    @api.model
    def _get_deducted(self, amount, credits):
        """Return what is deducted of an amount that is past due: what the older parts have left of the credits."""
        part = SQL("GREATEST(0, %s)", amount)
        before = SQL("SUM(%s) OVER oldest - %s", part, part)
        return SQL("LEAST(%s, GREATEST(0, COALESCE(%s, 0) - (%s)))", part, credits, before)

    @api.model
    def _get_sum(self, kind):
        """Return the sum of the movements of a kind in the period."""
        return SQL(
            "COALESCE(SUM(movement.amount) FILTER (WHERE movement.kind = %s AND movement.date >= period.start), 0)",
            kind,
        )

    # === PERIODS === #

    @api.model
    def _get_context_day(self, key):
        """Return a ``date`` of the context, or None.

        :raise UserError: where it is none that reports can count with
        """
        try:
            day = fields.Date.to_date(self.env.context.get(key) or None)
        except (TypeError, ValueError, KeyError, AttributeError):
            day = date.max
        if day and not 1900 <= day.year <= 9000:
            raise UserError(self.env._("Period: enter days such as 2026-12-31."))
        return day

    @api.model
    def _get_periods(self):
        """Return the periods that the context asks for: list of (first ``date``, last ``date``).

        :raise UserError: where the period ends before it starts
        """
        month = self.env.company._get_today() + relativedelta(day=1)
        start = self._get_context_day("collection_date_from") or month
        stop = self._get_context_day("collection_date_to") or start + relativedelta(day=31)
        if stop < start:
            raise UserError(self.env._("The period ends before it starts: choose a later end."))
        if not self.env.context.get("collection_by_month"):
            return [(start, stop)]
        if start + relativedelta(years=MAX_YEARS) < stop:
            raise UserError(
                self.env._(
                    "When grouped by month, the period may last at most %s years: choose a later start.", MAX_YEARS
                )
            )
        periods = []
        while start <= stop:
            periods.append((start, min(stop, start + relativedelta(day=31))))
            start += relativedelta(months=1, day=1)
        return periods

    @api.model
    def _get_collection_figures(self, date_from, date_to, groupby=None):
        """Return what was to be collected in a period and what came in, in company currency at the invoices' rates.

        Only what the user may see of the companies that he has chosen; for a whole company call it with `sudo`.

        :param date_from: first ``date`` of the period
        :param date_to: last ``date`` of the period
        :param groupby: None, ``partner_id``, ``user_id``, ``department_id``, ``company_id`` or ``month`` (each month is
            then a period of its own)
        :return: dict, group (record, or first ``date`` of the month; None without `groupby`) -> dict of
            ``overdue_start``, ``fell_due``, ``receipts``, ``credit_notes``, ``discounts``, ``base``, ``open_end`` and
            ``rate`` (per cent, None where `base` is not positive)
        :raise ValueError: for another `groupby`
        """
        if groupby and groupby not in GROUPS:
            raise ValueError(f"groupby must be one of {', '.join(GROUPS)}, not {groupby}")
        report = self.with_context(
            collection_date_from=date_from, collection_date_to=date_to, collection_by_month=groupby == "month"
        )
        # The same records in the cache mean another period now.
        report.invalidate_model()
        names = [f"{name}:sum" for name in FIGURES] + ["rate:avg"]
        groups = [f"{GROUPS[groupby]}:day" if groupby == "month" else GROUPS[groupby]] if groupby else []
        rows = report._read_group([], groups, names)
        return {
            (row[0] if groupby else None): dict(zip((*FIGURES, "rate"), row[len(groups) :], strict=True))
            for row in rows
        }

    # === ACTIONS === #

    @api.readonly
    def action_view_receipts(self):
        """Open the receipts behind these figures."""
        return self._action_view_movements(self.env._("Receipts"), ["receipt"])

    @api.readonly
    def action_view_movements(self):
        """Open everything that fell due or settled in the period."""
        return self._action_view_movements(self.env._("Movements"), ["due", "receipt", "credit_note", "discount"])

    def _action_view_movements(self, name, kinds):
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.receivable_movement_report_action")
        domain = [("kind", "in", kinds), ("date", ">=", self.period), ("date", "<=", self.period_end)]
        domain += [(group, "=", self[group].id) for group in ("partner_id", "user_id", "department_id", "company_id")]
        return dict(action, name=name, domain=domain, context={})
