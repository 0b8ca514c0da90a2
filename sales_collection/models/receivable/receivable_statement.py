import itertools
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.sales_control.tools.ageing import get_bucket, get_bucket_ranges, get_owed

from ...tools.groups import RECEIVABLE_READERS


class ReceivableStatement(models.AbstractModel):
    """The figures of statements of account: what customers owe a company, in every currency by itself.

    Open items show what is open at the end of a day; activity shows the balance before a period, every document in it and
    the balance after each. Both come from the receivable accounts, so the balance in company currency is that of the
    partner ledger.
    """

    _name = "receivable.statement"
    _description = "Figures of a Statement of Account"

    @api.model
    def _get_statements(self, partners, company, kind, date_to, date_from=None):
        """Return the statements of customers, in a few statements of SQL whatever their number.

        :param partners: customers or their contacts
        :param kind: ``open`` or ``activity``
        :param date_from: first day of the activity
        :return: ``{commercial partner: {"sections": [section], "balance": amount, ...}}``; each section holds ``currency``,
            ``opening``, ``lines``, ``debit``, ``credit``, ``closing``, ``ageing`` of what is not negative, and what
            `get_owed` tells. The statement holds that of all currencies, in company currency
        :raise AccessError: where the user may not see what a customer owes
        :raise UserError: for a period that ends before it begins
        """
        customers = partners.commercial_partner_id
        self._check_statement_access(customers, company)
        self._check_period(kind, date_from, date_to)
        ageing = self._get_open_rows(customers, company, date_to)
        rows = ageing if kind == "open" else self._get_activity_rows(customers, company, date_from, date_to)
        balances = self._get_balances(customers, company, date_to)
        statements = {}
        for customer in customers:
            currencies = {*rows.get(customer.id, {}), *ageing.get(customer.id, {})}
            sections = [
                self._prepare_section(
                    self.env["res.currency"].browse(currency_id),
                    rows.get(customer.id, {}).get(currency_id, []),
                    ageing.get(customer.id, {}).get(currency_id, []),
                    company,
                )
                for currency_id in sorted(currencies, key=lambda one: (one != company.currency_id.id, one))
            ]
            found = itertools.chain(*ageing.get(customer.id, {}).values())
            owed = self._get_owed([(row["company_amount"], row["days_overdue"]) for row in found], company.currency_id)
            statements[customer] = {"sections": sections, "balance": balances.get(customer.id, 0.0), **owed}
        return statements

    @api.model
    def _check_statement_access(self, customers, company):
        """Refuse what the user may not see: salespeople see their own customers, others need a group that sees all."""
        customers.check_access("read")
        user = self.env.user
        if company not in user.company_ids:
            raise AccessError(self.env._("Company of the statement: choose one of your own companies."))
        if self._sees_all():
            return
        if not user.has_group("sales_team.group_sale_salesman") or any(one.user_id != user for one in customers):
            raise AccessError(self.env._("Customers of the statement: choose your own customers."))

    @api.model
    def _sees_all(self):
        """Return whether the user sees what every customer owes: the same as the rules of `receivable.ageing` say."""
        return self.env.su or self.env.user.has_groups(RECEIVABLE_READERS)

    @api.model
    def _check_period(self, kind, date_from, date_to):
        if kind == "activity" and not date_from:
            raise UserError(self.env._("From: enter the first day of the activity."))
        if kind == "activity" and date_from > date_to:
            raise UserError(
                self.env._(
                    "From: %(first)s is after %(last)s. Enter a day no later than the last day of the statement.",
                    first=date_from,
                    last=date_to,
                )
            )

    @api.model
    def _prepare_section(self, currency, rows, open_rows, company):
        """Return the part of a statement in one currency.

        :param rows: dictionaries with ``amount``, the first the opening balance where ``document`` is None
        """
        opening = currency.round(sum(row["amount"] for row in rows if row["document"] is None))
        lines, balance = [], opening
        for row in rows:
            if row["document"] is None or currency.is_zero(row["amount"]):
                continue  # the opening balance; an exchange difference moves nothing in its currency
            balance = currency.round(balance + row["amount"])
            lines.append({**row, "balance": balance})
        return {
            "currency": currency,
            "opening": opening,
            "lines": lines,
            "debit": currency.round(sum(line["amount"] for line in lines if line["amount"] > 0)),
            "credit": currency.round(-sum(line["amount"] for line in lines if line["amount"] < 0)),
            "closing": balance,
            "ageing": self._get_ageing_summary(currency, open_rows, company),
            **self._get_owed([(row["amount"], row["days_overdue"]) for row in open_rows], currency),
        }

    @api.model
    def _get_owed(self, items, currency):
        return {name: currency.round(amount) for name, amount in get_owed(items).items()}

    @api.model
    def _get_ageing_summary(self, currency, open_rows, company):
        """Return ``[(first day, last day, amount)]`` of the company's buckets; with the credits they are the balance."""
        bounds = company._get_ageing_bounds()
        amounts = defaultdict(float)
        for row in open_rows:
            amounts[get_bucket(row["days_overdue"], bounds)] += max(0.0, row["amount"])
        return [(first, last, currency.round(amounts[key])) for key, first, last in get_bucket_ranges(bounds)]

    # === QUERIES === #

    @api.model
    def _get_open_rows(self, customers, company, date_to):
        """Return ``{customer id: {currency id: [row]}}`` of what is open at the end of a day, oldest due first."""
        ageing = self.env["receivable.ageing"].with_company(company).with_context(ageing_days=None, ageing_basis="due")
        query = SQL(
            """
            SELECT row.partner_id, row.currency_id, row.invoice_date AS date, row.document, row.reference,
                   row.date_maturity AS due, row.days_overdue, row.amount_currency::float AS amount,
                   row.amount::float AS company_amount,
                   row.amount_original_currency::float AS original
            FROM (%s) AS row ORDER BY row.date_maturity, row.id
            """,
            ageing._get_ageing_query(company, date_to, customers),
        )
        return self._group_rows(query)

    @api.model
    def _get_activity_rows(self, customers, company, date_from, date_to):
        """Return ``{customer id: {currency id: [row]}}``: the opening balance, then one row per document of a period."""
        query = SQL(
            """
            SELECT partner_id, currency_id, date, document, reference, due, SUM(amount)::float AS amount,
                   0 AS days_overdue
            FROM (
                SELECT contact.commercial_partner_id AS partner_id, item.currency_id,
                       CASE WHEN item.date >= %(first)s THEN item.date END AS date,
                       CASE WHEN item.date >= %(first)s THEN item.move_id END AS move_id,
                       CASE WHEN item.date >= %(first)s THEN item.move_name END AS document,
                       CASE WHEN item.date >= %(first)s THEN move.ref END AS reference,
                       CASE WHEN item.date >= %(first)s AND move.move_type IN ('out_invoice', 'out_receipt')
                            THEN move.invoice_date_due END AS due,
                       item.amount_currency AS amount
                %(items)s
            ) AS row
            GROUP BY partner_id, currency_id, date, move_id, document, reference, due
            ORDER BY date NULLS FIRST, move_id
            """,
            first=date_from,
            items=self._get_items_sql(customers, company, date_to),
        )
        return self._group_rows(query)

    @api.model
    def _get_balances(self, customers, company, date_to):
        """Return ``{customer id: balance of the partner ledger}`` at the end of a day, in company currency."""
        query = SQL(
            "SELECT contact.commercial_partner_id, SUM(item.balance)::float %s GROUP BY 1",
            self._get_items_sql(customers, company, date_to),
        )
        return {key: company.currency_id.round(balance) for key, balance in self.env.execute_query(query)}

    @api.model
    def _get_items_sql(self, customers, company, date_to):
        for model in ("account.move", "account.move.line", "account.account", "res.partner"):
            self.env[model].flush_model()
        return SQL(
            """
            FROM account_move_line item
            JOIN account_move move ON move.id = item.move_id
            JOIN account_account account ON account.id = item.account_id AND account.account_type = 'asset_receivable'
            JOIN res_partner contact ON contact.id = item.partner_id
            WHERE item.parent_state = 'posted' AND item.date <= %s AND item.company_id = %s
              AND contact.commercial_partner_id IN %s
            """,
            date_to,
            company.id,
            tuple(customers.ids),
        )

    @api.model
    def _group_rows(self, query):
        grouped = defaultdict(lambda: defaultdict(list))
        for row in self.env.execute_query_dict(query):
            grouped[row.pop("partner_id")][row.pop("currency_id")].append(row)
        return grouped

    # === OPTIONS === #

    @api.model
    def _clean_options(self, options):
        """Return the options of a report as arguments of `_get_statements`; they may come from an address.

        :raise UserError: where one of them makes no sense
        """
        try:
            kind = options.get("kind") or "open"
            company = self.env["res.company"].browse(int(options.get("company_id") or self.env.company.id))
            date_to = fields.Date.to_date(options.get("date_to")) or company._get_today()
            date_from = fields.Date.to_date(options.get("date_from")) or None
        except (AttributeError, TypeError, ValueError) as error:
            raise UserError(self.env._("Statement of account: enter days such as 2026-12-31.")) from error
        if kind not in ("open", "activity"):
            raise UserError(self.env._("Type of the statement: choose open items or activity."))
        return {"company": company, "kind": kind, "date_to": date_to, "date_from": date_from}
