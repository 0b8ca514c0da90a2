from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, LazyTranslate
from odoo.tools.misc import format_date, formatLang

from ...tools.groups import COLLECTOR

_lt = LazyTranslate(__name__)
# What the owner of a dispute has to do.
RESOLVE, EXPIRED = _lt("Resolve the dispute"), _lt("The dispute has expired: the item is dunned again")

# What is disputed: frozen once it is decided.
FACTS = {"move_line_id", "partner_id", "company_id", "amount", "reason"}
# What only methods write, after they have checked the user.
PROTECTED = {"state", "settlement_mark", "is_reminded", "is_to_confirm"}


class DunningDispute(models.Model):
    """An item, or a part of it, that the customer does not accept: left out of dunning until it is resolved.

    An accepted dispute is left out until credit notes have settled it.
    """

    _name = "dunning.dispute"
    _description = "Dispute"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_until, id"
    _check_company_auto = True

    move_line_id = fields.Many2one(
        "account.move.line", "Journal Item", required=True, check_company=True, ondelete="cascade", index=True
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True)
    company_id = fields.Many2one(
        "res.company", "Company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="move_line_id.currency_id")
    amount = fields.Monetary(required=True, tracking=True, aggregator=None, help="The part that is disputed.")
    amount_open = fields.Monetary(related="move_line_id.amount_open_currency", string="Open Amount of the Item")
    reason = fields.Selection(
        [
            ("price", "Wrong price"),
            ("quantity", "Wrong quantity"),
            ("quality", "Defective goods"),
            ("delivery", "Late or missing delivery"),
            ("order", "Not ordered"),
            ("invoice", "Wrong invoice data"),
            ("paid", "Claims to have paid"),
            ("other", "Other"),
        ],
        required=True,
        tracking=True,
    )
    note = fields.Text("Details")
    user_id = fields.Many2one("res.users", "Responsible", default=lambda self: self.env.user, tracking=True, index=True)
    date_until = fields.Date(
        "Until",
        tracking=True,
        help="From the following day, the item is dunned again. Leave empty to wait until the dispute is resolved.",
    )
    state = fields.Selection(
        [("open", "Open"), ("accepted", "Accepted"), ("refused", "Refused"), ("settled", "Settled")],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        copy=False,
        index=True,
        tracking=True,
        help="Settled: the item was paid or credited before anybody decided.",
    )
    settlement_mark = fields.Integer(readonly=True, copy=False, export_string_translation=False)
    is_reminded = fields.Boolean(readonly=True, copy=False, export_string_translation=False)
    is_to_confirm = fields.Boolean(
        "To Confirm",
        readonly=True,
        copy=False,
        tracking=True,
        help="Follows an earlier dispute of the same item that was refused or has expired: nothing is excluded from dunning until a collector confirms it.",
    )

    _amount_positive = models.Constraint("CHECK(amount > 0)", "Amount of a dispute: enter more than 0.")

    @api.depends("move_line_id", "partner_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for dispute in self:
            # Superuser: a salesperson does not read every entry of his customers.
            item = dispute.move_line_id.sudo()
            names = (dispute.partner_id.display_name, item.move_name or item.display_name)
            dispute.display_name = ": ".join(name for name in names if name)

    @api.onchange("move_line_id")
    def _onchange_move_line_id(self):
        """Propose the customer and all that is open of the item."""
        if self.move_line_id:
            self.partner_id = self.move_line_id.partner_id.commercial_partner_id
            self.amount = self.amount or self.move_line_id.amount_open_currency

    # === CONSTRAINTS === #

    @api.constrains("date_until")
    def _check_date_until(self):
        for dispute in self:
            if dispute.date_until and dispute.date_until < dispute.company_id._get_today():
                day = format_date(self.env, dispute.date_until)
                raise ValidationError(self.env._("Until: %s has passed; enter today or later, or leave it empty.", day))

    @api.constrains("move_line_id", "partner_id", "amount")
    def _check_item(self):
        # Superuser: a salesperson does not read every entry of his customers.
        for dispute in self.sudo():
            item = dispute.move_line_id
            customers = item.partner_id.commercial_partner_id, dispute.partner_id.commercial_partner_id
            is_receivable = item.account_id.account_type == "asset_receivable" and item.parent_state == "posted"
            if not is_receivable or customers[0] != customers[1]:
                raise ValidationError(
                    self.env._("Journal Item: choose a posted receivable of %s.", customers[1].display_name)
                )
            dispute._check_amount()

    def _check_amount(self):
        """Raise when more of the item is disputed than is open."""
        self.ensure_one()
        disputes = self.search([("move_line_id", "=", self.move_line_id.id), ("state", "=", "open")])
        total = sum(disputes.mapped("amount"))
        if self.currency_id.compare_amounts(total, self.move_line_id.amount_open_currency) > 0:
            money = {
                name: formatLang(self.env, amount, currency_obj=self.currency_id)
                for name, amount in (("total", total), ("open", self.move_line_id.amount_open_currency))
            }
            raise ValidationError(
                self.env._(
                    "Amount: %(total)s of %(item)s would be disputed, but only %(open)s is open. Enter a smaller amount.",
                    item=self.move_line_id.move_name or self.move_line_id.display_name,
                    **money,
                )
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        mark = self.env["account.partial.reconcile"]._get_last_mark()
        disputes = super().create([self._prepare_dispute(vals, mark) for vals in vals_list])
        disputes._check_longest_until()
        disputes._ask_to_confirm()
        for dispute in disputes:
            dispute._plan_activity(RESOLVE)
        disputes._log_calls()
        return disputes

    def _prepare_dispute(self, vals, mark):
        """Return the values of a new dispute: open, of the item's customer and company where none is named."""
        given = {name: value for name, value in vals.items() if name not in PROTECTED or self.env.su}
        # Named, or the context could give other ones.
        vals = {"state": "open", "is_reminded": False, "is_to_confirm": False, **given}
        # Superuser: a salesperson does not read every entry of his customers; rules judge the record made.
        item = self.env["account.move.line"].sudo().browse(vals.get("move_line_id"))
        customer = self.env["res.partner"].browse(vals.get("partner_id")) or item.partner_id
        vals.update(
            settlement_mark=mark,
            partner_id=customer.commercial_partner_id.id,
            company_id=vals.get("company_id") or item.company_id.id or self.env.company.id,
        )
        if not self._may_hold_longer():
            vals["date_until"] = vals.get("date_until") or self._get_longest_until(vals["company_id"])
        return vals

    def write(self, vals):
        written = sorted(vals.keys() & PROTECTED)
        if written and not self.env.su:
            label = self._fields[written[0]]._description_string(self.env)
            raise AccessError(self.env._("%s of a dispute cannot be entered directly: use its buttons.", label))
        if vals.keys() & FACTS:
            self._check_open()
        if vals.get("date_until") and not self.env.su:
            # Superuser: a new date brings a new reminder.
            self.sudo().is_reminded = False
        result = super().write(vals)
        if "date_until" in vals:
            self._check_longest_until()
        if "move_line_id" in vals:
            self._ask_to_confirm()
        return result

    def _check_open(self):
        """Raise unless these disputes are open: what was decided stays a fact."""
        for dispute in self:
            if dispute.state != "open":
                raise UserError(
                    self.env._(
                        "%s: this dispute has been decided and can no longer be changed. Record a new one.",
                        dispute.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_if_open(self):
        self._check_open()

    # === ACTION METHODS === #

    def action_accept(self):
        """Give the customer right: the amount stays out of dunning until it is credited.

        :return: Odoo's wizard of credit notes for those who may use it, else True
        """
        self._resolve("accepted")
        # Superuser: the user may decide on the dispute; the wizard asks for rights on the invoice itself.
        moves = self.sudo().move_line_id.move_id.filtered(lambda move: move.move_type == "out_invoice")
        if not moves or not self.env["account.move.reversal"].has_access("create"):
            return True
        action = self.env["ir.actions.act_window"]._for_xml_id("account.action_view_account_move_reversal")
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        context = {"active_model": "account.move", "active_ids": moves.ids, "default_reason": reasons[self[0].reason]}
        return dict(action, context=context)

    def action_refuse(self):
        """Refuse these disputes: the items are dunned again."""
        self._resolve("refused")
        return True

    def action_confirm(self):
        """Let these disputes, which follow others, hold their items back. For collectors."""
        self.env["dunning.run"]._check_rights(COLLECTOR)
        self.check_access("write")
        self._check_open()
        # Superuser: only this button writes it; access was checked above.
        self.sudo().is_to_confirm = False
        return True

    def action_open_invoice(self):
        """Open the invoice or entry of the disputed item."""
        self.ensure_one()
        return self.move_line_id.move_id.get_formview_action()

    # === BUSINESS METHODS === #

    @api.model
    def _get_disputed_amounts(self, items, date, companies=None):
        """Return what is disputed on a day, never more than is open.

        :param items: open receivable `account.move.line`
        :param companies: theirs, where the caller knows
        :return: ``{item id: amount in the item's currency}``, only of items with something disputed
        """
        # Superuser: what is disputed is the same, whoever computes a run or looks. Of thousands of items few are disputed.
        companies = companies or self.env["res.company"].sudo().search([("active", "=", True)])
        query = self._get_disputed_query(companies, date)
        rows = self.env.execute_query(SQL("SELECT item_id, amount_currency::float FROM (%s) AS disputed", query))
        asked = set(items.ids)
        return {item: amount for item, amount in rows if item in asked}

    @api.model
    def _get_disputed_query(self, companies, day=None):
        """Return the query of what is disputed on a day and not credited yet, never more than is open.

        Each credit note settles the oldest dispute of its item first, and none that was recorded after it. One row per
        item: item_id, move_id, partner_id (the commercial one), company_id, amount (company currency) and amount_currency
        (the item's).

        :param companies: whose disputes
        :param day: where not given, today of each company
        """
        self.flush_model()
        # Superuser: what is disputed is the same, whoever looks.
        holding = self.sudo()._search(self._get_holding_domain(companies, day)).subselect()
        credited = self.env["account.partial.reconcile"]._get_settlement_query(
            SQL("partial.debit_move_id = dispute.move_line_id AND partial.id > dispute.settlement_mark")
        )
        return SQL(
            """
            SELECT open.id AS item_id, open.move_id, open.partner_id, open.company_id,
                   LEAST(disputed.amount, open.amount_currency) AS amount_currency,
                   ROUND(LEAST(disputed.amount, open.amount_currency) * open.amount / open.amount_currency,
                         currency.decimal_places) AS amount
            FROM (
                SELECT since.item_id, MAX(since.amount) AS amount
                FROM (
                    -- what was disputed from each dispute on, less what was credited from it on
                    SELECT dispute.move_line_id AS item_id,
                           SUM(dispute.amount) OVER (PARTITION BY dispute.move_line_id ORDER BY dispute.id DESC)
                           - COALESCE((SELECT SUM(amount_currency) FROM (%(credited)s) AS settlement
                                       WHERE kind = 'credit_note'), 0) AS amount
                    FROM dunning_dispute dispute WHERE dispute.id IN %(holding)s
                ) AS since
                GROUP BY since.item_id
            ) AS disputed
            JOIN (%(open)s) AS open ON open.id = disputed.item_id
            JOIN res_currency currency ON currency.id = open.company_currency_id
            WHERE disputed.amount > 0 AND open.amount_currency > 0
            """,
            credited=credited,
            holding=holding,
            open=self.env["account.move.line"]._get_open_query(
                companies,
                SQL("item.id IN (SELECT move_line_id FROM dunning_dispute WHERE state IN ('open', 'accepted'))"),
            ),
        )

    @api.model
    def _get_holding_domain(self, companies, day=None):
        """Return the domain of the disputes that leave something out of dunning on a day.

        :param companies: whose disputes
        :param day: where not given, today of each company
        """
        running = Domain("date_until", "=", False) | companies._get_from_domain("date_until", day)
        confirmed = Domain("state", "=", "open") & Domain("is_to_confirm", "=", False)
        holding = Domain("state", "=", "accepted") | (confirmed & running)
        return Domain("company_id", "in", companies.ids) & holding

    def _resolve(self, state):
        """Decide these disputes as the user: for collectors, since an accepted one is dunned no more."""
        self.env["dunning.run"]._check_rights(COLLECTOR)
        self.check_access("write")
        self._check_open()
        # Superuser: the state is not writable; access was checked above.
        self.sudo().state = state
        self.activity_feedback(["mail.mail_activity_data_todo"])

    @api.model
    def _cron_remind_disputes(self):
        """Close disputes whose items are settled, and remind the owners of those that have run out."""
        for (company,) in self._read_group([("state", "=", "open")], ["company_id"]):
            disputes = self.search([("company_id", "=", company.id), ("state", "=", "open")])
            settled = disputes.filtered(
                lambda dispute: dispute.move_line_id.reconciled or dispute.move_line_id.parent_state == "cancel"
            )
            settled.state = "settled"
            settled.activity_unlink(["mail.mail_activity_data_todo"])
            today = company._get_today()
            over = (disputes - settled).filtered(lambda d, day=today: d.date_until and d.date_until < day)
            over = over.filtered(lambda dispute: not dispute.is_reminded)
            over.is_reminded = True
            for dispute in over:
                dispute._plan_activity(EXPIRED)

    def _plan_activity(self, summary):
        """Give the owner something to do, by the day up to which the dispute runs, at least today.

        :param summary: lazily translated: said in his language
        """
        self.ensure_one()
        today = self.company_id._get_today()
        owner = self.user_id or self.env.user
        said = self.with_context(lang=owner.lang or self.env.lang).env._(summary)
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=max(self.date_until or today, today),
            summary=said,
            user_id=owner.id,
        )

    def _log_calls(self):
        """Keep with the customer's calls that he disputes something."""
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        self.env["collection.call"]._log(
            [
                {
                    "partner_id": dispute.partner_id.id,
                    "company_id": dispute.company_id.id,
                    "result": "disputed",
                    "note": f"{dispute.display_name}: {reasons[dispute.reason]}",
                    "dispute_id": dispute.id,
                }
                for dispute in self
            ]
        )
