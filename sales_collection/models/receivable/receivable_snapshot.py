from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, date_utils, ormcache

from odoo.addons.sales_control.tools.ageing import format_range, get_bucket_ranges

from ...tools.groups import MANAGER


class ReceivableSnapshot(models.Model):
    """What was open at the end of a month as it was known when the snapshot was taken.

    Aged receivables of a past day change with documents that are booked or reconciled later with an earlier date; a
    snapshot does not. One row per customer, salesperson, department and bucket; one row of nothing where nothing was open.
    Buckets are written as they were, in figures: they may be set otherwise later.
    """

    _name = "receivable.snapshot"
    _description = "Receivable Snapshot"
    _order = "date desc, company_id, partner_id, bucket_number, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    date = fields.Date("As of", required=True, readonly=True)
    company_id = fields.Many2one("res.company", "Company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index=True, ondelete="restrict")
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, ondelete="restrict")
    department_id = fields.Many2one("hr.department", "Department", readonly=True, ondelete="restrict")
    bucket_number = fields.Integer(readonly=True, aggregator=None, export_string_translation=False)
    bucket = fields.Selection("_get_bucket_selection", "Age (Days)", readonly=True, help="Days since the due date.")
    amount = fields.Monetary("Open", readonly=True)
    amount_overdue = fields.Monetary("Overdue", readonly=True)
    item_count = fields.Integer("Items", readonly=True)

    # Of two runs at one moment only one may record a day; also finds the days of a company.
    _row_unique = models.UniqueIndex(
        "(company_id, date, COALESCE(partner_id, 0), COALESCE(user_id, 0), COALESCE(department_id, 0), "
        "COALESCE(bucket_number, -1))",
        "The receivables of this company on this day have already been recorded.",
    )

    @api.model
    def _get_bucket_selection(self):
        """Return every bucket that was ever written, named as in aged receivables."""
        not_due = format_range(None, 0)
        return [
            (bucket, self.env.company._get_bucket_label(None, 0) if bucket == not_due else bucket)
            for bucket in self._get_bucket_values()
        ]

    @api.model
    @ormcache()
    def _get_bucket_values(self):
        """Return the buckets of all rows, youngest first. They change when a snapshot is taken, once a month."""
        self.env.cr.execute(
            SQL(
                """
                SELECT bucket FROM receivable_snapshot WHERE bucket IS NOT NULL
                GROUP BY bucket ORDER BY MIN(bucket_number), bucket
                """
            )
        )
        return tuple(bucket for (bucket,) in self.env.cr.fetchall())

    # === ACTIONS === #

    @api.model
    def action_take(self, company_ids=None, day=None):
        """Record the receivables of companies at the end of a day, for good.

        :param company_ids: ids; the companies ticked in the switcher by default
        :param day: a day up to today; today of the company by default
        :return: the `receivable.snapshot` rows
        :raise AccessError: for users who do not manage collection
        :raise UserError: for a day to come, and where the day is recorded already
        """
        if not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Snapshots: only collection managers can take them."))
        companies = self.env["res.company"].browse(company_ids) if company_ids else self.env.companies
        if companies - self.env.companies:
            raise AccessError(self.env._("Snapshots: choose among your own companies."))
        try:
            day = fields.Date.to_date(day)
        except (TypeError, ValueError, AttributeError) as error:
            raise UserError(self.env._("Date of the snapshot: enter a day, for example 2026-12-31.")) from error
        for company in companies:
            company_day = day or company._get_today()
            self._check_takeable(company, company_day)
            self._take(company, company_day)
        return self.search([("company_id", "in", companies.ids), ("date", "=", day or self.env.company._get_today())])

    @api.model
    def _check_takeable(self, company, day):
        if day > company._get_today():
            raise UserError(self.env._("Date of the snapshot: %s is in the future. Choose a day up to today.", day))
        # Superuser: a record of this day counts, whoever may read it.
        if self.sudo().search_count([("company_id", "=", company.id), ("date", "=", day)], limit=1):
            raise UserError(
                self.env._(
                    "Date of the snapshot: the receivables of %(company)s on %(date)s have already been recorded.",
                    company=company.name,
                    date=day,
                )
            )

    # === BUSINESS METHODS === #

    @api.model
    def _cron_take(self):
        """Record the month ends that passed since the last snapshot, company by company."""
        companies = self.env["res.company"].search([("active", "=", True)])
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            self._take_missing(company)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _take_missing(self, company):
        for month_end in self._get_missing_month_ends(company):
            self._take(company, month_end)

    @api.model
    def _get_missing_month_ends(self, company):
        """Return the ends of months between the last month end recorded and today, oldest first.

        :return: dates; the last month end alone where none is recorded yet
        """
        last_end = date_utils.start_of(company._get_today(), "month") - timedelta(days=1)
        days = [day for (day,) in self._read_group([("company_id", "=", company.id)], ["date:day"])]
        recorded = [day for day in days if day == date_utils.end_of(day, "month")]
        if not recorded:
            return [last_end]
        missing, end = [], self._get_next_month_end(max(recorded))
        while end <= last_end:
            missing.append(end)
            end = self._get_next_month_end(end)
        return missing

    @api.model
    def _get_next_month_end(self, day):
        return date_utils.end_of(day + timedelta(days=1), "month")

    @api.model
    def _take(self, company, day):
        """Write the rows of a company and a day, in one statement."""
        ageing = self.env["receivable.ageing"].with_company(company)
        ageing = ageing.with_context(ageing_date=None, ageing_days=None, ageing_basis="due")
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO receivable_snapshot (
                    date, company_id, partner_id, user_id, department_id, bucket_number, bucket,
                    amount, amount_overdue, item_count, create_uid, create_date, write_uid, write_date)
                SELECT %(day)s, %(company)s, row.partner_id, row.user_id, row.department_id, label.number, label.name,
                       COALESCE(SUM(row.amount), 0), COALESCE(SUM(row.amount_overdue), 0), COUNT(row.id),
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                FROM (SELECT) AS always
                LEFT JOIN (%(rows)s) AS row ON TRUE
                LEFT JOIN (VALUES %(labels)s) AS label(number, name) ON label.number::text = row.bucket
                GROUP BY row.partner_id, row.user_id, row.department_id, label.number, label.name
                """,
                day=day,
                company=company.id,
                uid=self.env.uid,
                now=fields.Datetime.now(),
                rows=ageing._get_ageing_query(company, day),
                labels=SQL(", ").join(
                    SQL("(%s, %s)", int(key), format_range(first, last))
                    for key, first, last in get_bucket_ranges(company._get_ageing_bounds())
                ),
            )
        )
        self.invalidate_model(flush=False)
        self.env.registry.clear_cache()
