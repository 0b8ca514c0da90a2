import operator as comparison
from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, Query

COMPARISONS = {">": comparison.gt, ">=": comparison.ge, "<": comparison.lt, "<=": comparison.le}


class AccountMove(models.Model):
    """What accountants and collectors want to know of a customer invoice: how far it is dunned, due, promised, disputed.

    None of it is stored: it comes from the items of the invoice and what collection remembers of them, one query per
    figure for a whole list. Queries of `receivable.figures`: rows of ``move_id`` and ``value``.
    """

    _name = "account.move"
    _inherit = "account.move"

    dunning_level_id = fields.Many2one(
        "dunning.level",
        "Dunning Level",
        compute="_compute_dunning_level",
        search="_search_dunning_level",
        help="The highest level that an installment of the invoice has reached.",
        groups="base.group_user",
    )
    dunning_date = fields.Date(
        "Dunned On", compute="_compute_dunning_level", search="_search_dunning_date", groups="base.group_user"
    )
    next_due_date = fields.Date(
        "Next Due",
        compute="_compute_due",
        search="_search_next_due_date",
        help="Due date of the oldest open installment.",
    )
    next_due_amount = fields.Monetary(
        "Next Installment", compute="_compute_due", aggregator=None, help="Open amount of the oldest open installment."
    )
    days_overdue = fields.Integer(
        compute="_compute_due", search="_search_days_overdue", help="Days since the oldest open installment was due."
    )
    amount_overdue = fields.Monetary("Overdue Amount", compute="_compute_due", aggregator=None)
    promise_date = fields.Date(
        "Promised for", compute="_compute_promise", search="_search_promise_date", groups="base.group_user"
    )
    promise_amount = fields.Monetary(
        "Promised",
        compute="_compute_promise",
        aggregator=None,
        help="Amount of the next open promise, up to the open amount.",
        groups="base.group_user",
    )
    amount_disputed = fields.Monetary(
        "Disputed",
        compute="_compute_amount_disputed",
        search="_search_amount_disputed",
        aggregator=None,
        groups="base.group_user",
    )
    order_names = fields.Char("Sales Orders", compute="_compute_orders", search="_search_order_names")
    contract_number = fields.Char(compute="_compute_orders", search="_search_contract_number")
    days_to_pay = fields.Float(
        string="Days to Pay",
        compute="_compute_days_to_pay",
        search="_search_days_to_pay",
        digits=(16, 1),
        aggregator="avg",
        help="For paid invoices: days from the invoice date to its payments, weighted by amount.",
        groups="base.group_user",
    )
    notice_count = fields.Integer("Notices", compute="_compute_collection_counts", groups="base.group_user")
    promise_count = fields.Integer("Promises", compute="_compute_collection_counts", groups="base.group_user")
    dispute_count = fields.Integer("Disputes", compute="_compute_collection_counts", groups="base.group_user")

    # === COMPUTES === #

    @api.depends("line_ids.amount_residual")
    def _compute_dunning_level(self):
        figures = self._get_figures("_get_dunned_query")
        for move in self:
            level_id, move.dunning_date = figures.get(move._origin.id, (False, False))
            move.dunning_level_id = level_id

    @api.depends("line_ids.amount_residual_currency", "line_ids.date_maturity", "line_ids.account_id", "state")
    def _compute_due(self):
        instalments = self._get_figures("_get_instalment_query")
        for move in self:
            today = move.company_id._get_today() if instalments.get(move._origin.id) else None
            rows = dict(zip(*instalments.get(move._origin.id, ((), ())), strict=True))
            move.next_due_date = first = min(rows, default=False)
            move.next_due_amount = rows.get(first, 0.0)
            move.days_overdue = max(0, (today - first).days) if first else 0
            move.amount_overdue = sum(amount for due, amount in rows.items() if due < today)

    @api.depends("line_ids.amount_residual")
    def _compute_promise(self):
        figures = self._get_figures("_get_promise_query")
        for move in self:
            move.promise_date, move.promise_amount = figures.get(move._origin.id, (False, 0.0))

    @api.depends("line_ids.amount_residual")
    def _compute_amount_disputed(self):
        figures = self._get_figures("_get_dispute_query")
        for move in self:
            move.amount_disputed = figures.get(move._origin.id, (0.0,))[0]

    @api.depends("invoice_line_ids.sale_line_ids")
    def _compute_orders(self):
        figures = self._get_figures("_get_order_query")
        for move in self:
            move.order_names, move.contract_number = figures.get(move._origin.id, (False, False))

    @api.depends("payment_state", "line_ids.matched_credit_ids", "invoice_date")
    def _compute_days_to_pay(self):
        figures = self._get_figures("_get_days_to_pay_query")
        for move in self:
            move.days_to_pay = figures.get(move._origin.id, (0.0,))[0]

    def _get_figures(self, query_name):
        """Return ``{move id: other columns}`` of one of the queries below, in one statement.

        The figures tell of invoices that the user may see; he need not read the promises or orders behind them.
        """
        if not self._origin.ids:
            return {}
        query = getattr(self, query_name)()
        rows = self.env.execute_query(
            SQL("SELECT figure.* FROM (%s) AS figure WHERE figure.move_id IN %s", query, tuple(self._origin.ids))
        )
        return {move_id: tuple(columns) for move_id, *columns in rows}

    def _get_figure_companies(self):
        """Return the companies whose items are read: those of the user, and of these moves."""
        # Superuser: the user may see the figures, not the moves.
        return self.env.companies | self.sudo().company_id.sudo(self.env.su)

    # === SEARCH AND GROUPS === #

    def _search_dunning_level(self, operator, value):
        if operator in ("any", "any!"):
            domain = Domain(value) if not isinstance(value, Query) else Domain("id", "in", value)
            # With the rights of the user, or his domain could ask for whatever a level leads to.
            levels = self.env["dunning.level"].sudo(self.env.su or operator == "any!")
            operator, value = "in", levels.search(domain).ids or [0]
        return self._search_figure(self._get_dunned_query(), operator, value)

    def _search_dunning_date(self, operator, value):
        query = SQL("SELECT d.move_id, d.dunned_on AS value FROM (%s) AS d", self._get_dunned_query())
        return self._search_figure(query, operator, value)

    def _search_next_due_date(self, operator, value):
        return self._search_figure(self._get_next_due_query(), operator, value)

    def _search_days_overdue(self, operator, value):
        return self._search_figure(self._get_days_overdue_query(), operator, value, empty=0)

    def _search_promise_date(self, operator, value):
        return self._search_figure(self._get_promise_query(), operator, value)

    def _search_amount_disputed(self, operator, value):
        return self._search_figure(self._get_dispute_query(), operator, value, empty=0)

    def _search_days_to_pay(self, operator, value):
        return self._search_figure(self._get_days_to_pay_query(), operator, value, empty=0)

    def _search_order_names(self, operator, value):
        return self._search_order("name", operator, value)

    def _search_contract_number(self, operator, value):
        return self._search_order("contract_number", operator, value)

    def _search_order(self, name, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        # Superuser: accountants look for invoices of orders that they may not read.
        orders = self.env["sale.order"].sudo()._search([(name, operator, value)])
        return Domain("invoice_line_ids.sale_line_ids.order_id", "in", orders)

    @api.model
    def _search_figure(self, query, operator, value, empty=None):
        """Return the domain of the moves whose figure meets a condition.

        :param query: of ``move_id`` and ``value``, of the moves that have the figure
        :param empty: what the figure is of the others
        """
        if operator == "in":
            wanted = [one for one in value if one is not False and one != empty]
            condition = SQL("f.value IN %s", tuple(wanted)) if wanted else SQL("FALSE")
            with_others = len(wanted) < len(value)
        elif operator in COMPARISONS and not isinstance(value, Query):
            condition = SQL("f.value %s %s", SQL(operator), value)
            with_others = empty is not None and COMPARISONS[operator](empty, value)
        else:
            return NotImplemented
        found = SQL("(SELECT f.move_id FROM (%s) AS f WHERE %s)", query, condition)
        if not with_others:
            return Domain("id", "in", found)
        return Domain("id", "not in", SQL("(SELECT f.move_id FROM (%s) AS f WHERE NOT %s)", query, condition))

    @api.model
    def _get_figure_queries(self):
        """Return ``{field: method}`` for sorting and grouping lists: methods of queries of ``move_id`` and ``value``."""
        return {"dunning_level_id": "_get_dunned_query", "days_overdue": "_get_days_overdue_query"}

    def _field_to_sql(self, alias, field_expr, query=None):
        method = self._get_figure_queries().get(field_expr)
        if not method:
            return super()._field_to_sql(alias, field_expr, query)
        figures = getattr(self, method)()
        return SQL("(SELECT f.value FROM (%s) AS f WHERE f.move_id = %s)", figures, SQL.identifier(alias, "id"))

    # === QUERIES === #

    @api.model
    def _get_dunned_query(self):
        """Return the query of the highest level that items of a move have reached: move, level (value), date."""
        self.env["dunning.item"].flush_model(["move_line_id", "level_id", "date"])
        self.env["dunning.level"].flush_model(["days"])
        return SQL(
            """
            SELECT DISTINCT ON (item.move_id) item.move_id, dunned.level_id AS value, dunned.date AS dunned_on
            FROM dunning_item dunned
            JOIN dunning_level level ON level.id = dunned.level_id
            JOIN account_move_line item ON item.id = dunned.move_line_id
            ORDER BY item.move_id, level.days DESC, dunned.date DESC
            """
        )

    @api.model
    def _get_open_items_query(self):
        """Return the query of open instalments of customer invoices: move, due date, days since it, open in its currency."""
        return SQL(
            """
            SELECT open.move_id, open.date_due AS due, MAX(open.age) AS age, SUM(open.amount_currency) AS amount
            FROM (%s) AS open
            WHERE open.amount_currency > 0
            GROUP BY open.move_id, open.date_due
            """,
            self.env["account.move.line"]._get_open_query(self._get_figure_companies()),
        )

    @api.model
    def _get_instalment_query(self):
        """Return the query of the due dates and open amounts of a move: move, dates, amounts."""
        return SQL(
            "SELECT open.move_id, array_agg(open.due), array_agg(open.amount)::float[] FROM (%s) AS open GROUP BY 1",
            self._get_open_items_query(),
        )

    @api.model
    def _get_next_due_query(self):
        """Return the query of the oldest open due date: move, date (value)."""
        return SQL(
            "SELECT open.move_id, MIN(open.due) AS value FROM (%s) AS open GROUP BY 1", self._get_open_items_query()
        )

    @api.model
    def _get_days_overdue_query(self):
        """Return the query of the moves that are overdue where their company is: move, days (value)."""
        return SQL(
            "SELECT open.move_id, MAX(open.age) AS value FROM (%s) AS open WHERE open.age > 0 GROUP BY 1",
            self._get_open_items_query(),
        )

    @api.model
    def _get_promise_query(self):
        """Return the query of the next promise that runs: move, date (value), amount, up to what is open."""
        return SQL(
            """
            SELECT DISTINCT ON (item.move_id) item.move_id, promised.date AS value,
                   COALESCE(LEAST(promised.amount, owed.amount), 0)::float
            FROM (%s) AS promised
            JOIN account_move_line item ON item.id = promised.item_id
            CROSS JOIN LATERAL (
                SELECT SUM(open.amount) AS amount FROM (%s) AS open WHERE open.move_id = item.move_id
            ) AS owed
            ORDER BY item.move_id, promised.date, promised.promise_id
            """,
            self.env["payment.promise"]._get_promised_query(self._get_figure_companies()),
            self._get_open_items_query(),
        )

    @api.model
    def _get_dispute_query(self):
        """Return the query of what is disputed: move, amount in its currency (value)."""
        return SQL(
            "SELECT move_id, SUM(amount_currency)::float AS value FROM (%s) AS disputed GROUP BY move_id",
            self.env["dunning.dispute"]._get_disputed_query(self._get_figure_companies()),
        )

    @api.model
    def _get_order_query(self):
        """Return the query of the orders that a move bills: move, names, contract numbers."""
        self.env["sale.order"].flush_model(["name", "contract_number"])
        self.env["account.move.line"].flush_model(["move_id", "sale_line_ids"])
        return SQL(
            """
            SELECT billed.move_id, string_agg(DISTINCT sale.name, ', '),
                   string_agg(DISTINCT NULLIF(sale.contract_number, ''), ', ')
            FROM sale_order_line_invoice_rel rel
            JOIN account_move_line billed ON billed.id = rel.invoice_line_id
            JOIN sale_order_line sold ON sold.id = rel.order_line_id
            JOIN sale_order sale ON sale.id = sold.order_id
            GROUP BY 1
            """
        )

    def _get_days_to_pay_query(self):
        """Return the query of how long these paid invoices took, all of them where none are given: move, days (value).

        Receipts count, see `account.partial.reconcile._get_settlement_query`; one before the invoice took 0 days.
        """
        self.env["account.move"].flush_model(["payment_state", "invoice_date", "move_type"])
        claims = SQL(
            """
            partial.debit_move_id IN (
                SELECT line.id FROM account_move_line line JOIN account_account account ON account.id = line.account_id
                WHERE account.account_type = 'asset_receivable' %s
            )
            """,
            SQL("AND line.move_id IN %s", tuple(self._origin.ids)) if self._origin.ids else SQL(),
        )
        return SQL(
            """
            SELECT item.move_id,
                   (SUM(settled.amount * GREATEST(0, settled.date - COALESCE(move.invoice_date, move.date)))
                    / SUM(settled.amount))::float AS value
            FROM (%s) AS settled
            JOIN account_move_line item ON item.id = settled.item_id
            JOIN account_move move ON move.id = item.move_id
            WHERE move.move_type IN ('out_invoice', 'out_receipt') AND move.payment_state IN ('paid', 'in_payment', 'reversed')
              AND settled.kind = 'receipt' AND settled.amount > 0
            GROUP BY 1
            """,
            self.env["account.partial.reconcile"]._get_settlement_query(claims),
        )

    # === NOTICES, PROMISES, DISPUTES === #

    def _compute_collection_counts(self):
        """Count what the user may see, one statement per figure."""
        counts = {name: self._get_item_counts(*source) for name, source in self._get_count_sources().items()}
        for move in self:
            for name, values in counts.items():
                move[name] = values.get(move._origin.id, 0)

    def _get_count_sources(self):
        """Return ``{field: (model, field of the journal item, aggregate of what is counted)}``."""
        return {
            "notice_count": ("dunning.notice.line", "move_line_id", "notice_id:recordset"),
            "promise_count": ("payment.promise", "move_line_ids", "id:recordset"),
            "dispute_count": ("dunning.dispute", "move_line_id", "id:recordset"),
        }

    def _get_item_counts(self, model, field, aggregate):
        """Return ``{move id: count}``; nothing for users who may not read the model."""
        records = self.env[model]
        if not self._origin.ids or not records.has_access("read"):
            return {}
        found = records._search([(f"{field}.move_id", "in", self._origin.ids)])
        # Superuser: what is counted is what the user's own rules found; he need not read the items between.
        groups = records.sudo()._read_group([("id", "in", found)], [field], [aggregate])
        counted = defaultdict(set)
        for item, sources in groups:
            counted[item.move_id.id].update(sources.ids)
        return {move_id: len(ids) for move_id, ids in counted.items()}

    def action_open_notices(self):
        """Open the dunning notices that ask for this invoice.

        :return: an action
        """
        return self._open_of_items("dunning.notice", "line_ids.move_line_id", self.env._("Dunning Notices"))

    def action_open_promises(self):
        """Open the promises to pay this invoice.

        :return: an action
        """
        return self._open_of_items("payment.promise", "move_line_ids", self.env._("Promises to Pay"))

    def action_open_disputes(self):
        """Open the disputes about this invoice.

        :return: an action
        """
        return self._open_of_items("dunning.dispute", "move_line_id", self.env._("Disputes"))

    def _open_of_items(self, model, field, name):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": [(f"{field}.move_id", "=", self.id)],
        }
