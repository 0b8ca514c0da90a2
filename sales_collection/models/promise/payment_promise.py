from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL, LazyTranslate
from odoo.tools.misc import format_date, formatLang

from odoo.addons.sales_control.tools.protection import Protection

from ...tools.groups import COLLECTOR, MANAGER

_lt = LazyTranslate(__name__)
# What the customer promised: frozen once it is due or judged.
FACTS = {"partner_id", "company_id", "currency_id", "amount", "date", "move_line_ids"}
# What only methods write, after they have checked the user.
PROTECTED = dict.fromkeys(
    ("state", "user_id", "date_recorded", "settlement_mark", "is_to_confirm"),
    Protection(sentence=_lt("%(fields)s of a promise cannot be entered: receipts decide. Use its buttons.")),
)


class PaymentPromise(models.Model):
    """What a customer promised to pay, and by when; real receipts keep or break it."""

    _name = "payment.promise"
    _description = "Promise to Pay"
    _inherit = ["mail.thread", "mail.activity.mixin", "protected.fields.mixin"]
    _order = "date, id"
    _check_company_auto = True

    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", "Company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one("res.users", "Recorded by", default=lambda self: self.env.user, readonly=True)
    date_recorded = fields.Date(
        "Promised on", required=True, readonly=True, copy=False, default=lambda self: self.env.company._get_today()
    )
    move_line_ids = fields.Many2many(
        "account.move.line",
        string="Journal Items",
        check_company=True,
        copy=False,
        help="Leave empty for the open items of the customer in this currency, earliest due first, up to the amount.",
    )
    currency_id = fields.Many2one(
        "res.currency", "Currency", required=True, default=lambda self: self.env.company.currency_id
    )
    amount = fields.Monetary(required=True, tracking=True, aggregator=None)
    amount_received = fields.Monetary(
        "Received on Time", compute="_compute_amount_received", aggregator=None, help="Until the promised date."
    )
    amount_missing = fields.Monetary("Missing", compute="_compute_amount_received", aggregator=None)
    date = fields.Date("Promised for", required=True, tracking=True)
    holds = fields.Selection(
        [("item", "The whole items"), ("part", "The promised part")],
        "Excluded from Dunning",
        required=True,
        default=lambda self: "item" if self._may_hold_whole() else "part",
        tracking=True,
        help="What is excluded from dunning until the promised date. Only collectors exclude whole items.",
    )
    note = fields.Text()
    state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("broken", "Broken"), ("cancelled", "Cancelled")],
        string="Status",
        required=True,
        readonly=True,
        default="open",
        copy=False,
        index=True,
        tracking=True,
    )
    settlement_mark = fields.Integer(readonly=True, copy=False, export_string_translation=False)

    _amount_positive = models.Constraint("CHECK(amount > 0)", "Amount of a promise: enter more than 0.")
    is_to_confirm = fields.Boolean(
        "To Confirm",
        readonly=True,
        copy=False,
        tracking=True,
        help="Follows an earlier promise for the same items that was not kept: nothing is excluded from dunning until a collector confirms it.",
    )

    @api.depends("amount", "date", "state", "move_line_ids.amount_residual_currency")
    def _compute_amount_received(self):
        received = self._get_received_amounts()
        for promise in self:
            promise.amount_received = received.get(promise._origin.id, 0.0)
            promise.amount_missing = max(0.0, promise.amount - promise.amount_received)

    @api.depends("partner_id", "amount", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for promise in self:
            if not promise.partner_id:
                promise.display_name = False
                continue
            promise.display_name = self.env._(
                "%(customer)s: %(amount)s by %(date)s",
                customer=promise.partner_id.display_name,
                amount=promise._format_amount(promise.amount),
                date=format_date(self.env, promise.date),
            )

    @api.onchange("partner_id", "currency_id")
    def _onchange_partner_id(self):
        """Propose all that is open."""
        if self.partner_id and not self.amount:
            self.amount = sum(self._get_open_items().mapped("amount_open_currency"))

    # === CONSTRAINTS === #

    @api.constrains("date")
    def _check_date(self):
        for promise in self:
            if promise.date and promise.date < promise.company_id._get_today():
                raise ValidationError(
                    self.env._(
                        "Promised for: %s has passed; enter today or later.", format_date(self.env, promise.date)
                    )
                )

    @api.constrains("partner_id", "company_id", "currency_id", "move_line_ids", "amount")
    def _check_items(self):
        # Superuser: salespeople do not read every entry of their customers.
        for promise in self.sudo():
            wrong = promise.move_line_ids.filtered(lambda item, promise=promise: not promise._is_promisable(item))
            if wrong:
                raise ValidationError(
                    self.env._(
                        "Journal Items: %(item)s is not an open receivable of %(customer)s in %(currency)s; choose others, "
                        "or leave them empty.",
                        item=wrong[0].display_name,
                        customer=promise.partner_id.commercial_partner_id.display_name,
                        currency=promise.currency_id.name,
                    )
                )
            promise._check_amount()

    def _is_promisable(self, item):
        """Tell whether a journal item is an open receivable of this customer, company and currency."""
        self.ensure_one()
        return (
            item.account_id.account_type == "asset_receivable"
            and item.parent_state == "posted"
            and item.company_id == self.company_id
            and item.currency_id == self.currency_id
            and item.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id
            and self.currency_id.compare_amounts(item.amount_open_currency, 0) > 0
        )

    def _check_amount(self):
        """Raise when more is promised than is open, other open promises of the same items included."""
        self.ensure_one()
        others = self.search(self._get_peer_domain() & Domain("state", "=", "open") & Domain("id", "!=", self.id))
        others = others.filtered(lambda other: other.move_line_ids & self.move_line_ids)
        promised = sum(others.mapped("amount_missing"))
        open_amount = sum((self.move_line_ids | others.move_line_ids).mapped("amount_open_currency"))
        if self.currency_id.compare_amounts(self.amount + promised, open_amount) > 0:
            raise ValidationError(
                self.env._(
                    "Amount: %(amount)s is more than the open amount of %(open)s (already promised: %(promised)s). Enter a smaller amount, or cancel the earlier promise.",
                    amount=self._format_amount(self.amount),
                    open=self._format_amount(open_amount),
                    promised=self._format_amount(promised),
                )
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        mark = self.env["account.partial.reconcile"]._get_last_mark()
        self.check_access("create")
        for vals in vals_list:
            self._check_holds(vals)
        # Superuser: a salesperson does not read every item of his customers; rules judge the promises made.
        recorded = super(PaymentPromise, self.sudo()).create([self._prepare_promise(vals, mark) for vals in vals_list])
        promises = recorded.sudo(self.env.su)
        promises.check_access("create")
        promises._check_longest_date()
        promises._ask_to_confirm()
        promises._log_calls()
        return promises

    def _prepare_promise(self, vals, mark):
        """Return the values of a new promise: of the commercial partner, recorded now by the user, with its items."""
        recorded = self._get_recorded_fields()
        given = {name: value for name, value in vals.items() if name in recorded or self.env.su}
        promise = self.new(given)
        company = promise.company_id or self.env.company
        vals = {
            # Commands and defaults would edit other records as superuser: items are named, nothing else is.
            **{name: [] for name, field in self._fields.items() if field.type in ("one2many", "many2many")},
            "state": "open",
            "holds": "item" if self._may_hold_whole() else "part",
            "user_id": self.env.uid,
            "date_recorded": company._get_today(),
            **given,
            "partner_id": promise.partner_id.commercial_partner_id.id,
            "settlement_mark": mark,
            "is_to_confirm": False,
        }
        items = promise.move_line_ids._origin or promise._choose_items()
        return {**vals, "move_line_ids": [Command.set(items.ids)]}

    @api.model
    def _get_recorded_fields(self):
        """Return the names of the fields that whoever records a promise enters; all others are the server's."""
        return FACTS | {"holds", "note"}

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **PROTECTED}

    def write(self, vals):
        self._check_holds(vals)
        if vals.keys() & FACTS:
            self._check_changeable()
        result = super().write(vals)
        if "date" in vals:
            self._check_longest_date()
        if "move_line_ids" in vals:
            self._ask_to_confirm()
        return result

    def _may_hold_whole(self):
        """Tell whether a promise of the user may exclude more from dunning than what is promised."""
        return self.env.su or self.env.user.has_group(COLLECTOR)

    def _check_holds(self, vals):
        """Raise where the user excludes more from dunning than what is promised, or changes who did, and may not."""
        if "holds" not in vals and not vals.keys() & FACTS:
            return
        holds = [vals["holds"]] if "holds" in vals else self.mapped("holds")
        if "item" in holds and not self._may_hold_whole():
            raise AccessError(
                self.env._(
                    "Only collectors can exclude whole items from dunning: choose the promised part, or ask one of them."
                )
            )

    def _check_changeable(self):
        """Raise unless these promises are open and not due yet: what was promised stays a fact."""
        for promise in self:
            if promise.state != "open" or promise.date < promise.company_id._get_today():
                raise UserError(
                    self.env._(
                        "%s: already evaluated or due, it can no longer be changed. Record a new promise.",
                        promise.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_if_changeable(self):
        self._check_changeable()

    # === ACTION METHODS === #

    def action_confirm(self):
        """Let these promises, which follow others, hold the items back. For collectors."""
        self.env["dunning.run"]._check_rights(COLLECTOR)
        self.check_access("write")
        # Superuser: only this button writes it; access was checked above.
        self.sudo().is_to_confirm = False
        self.activity_feedback(["mail.mail_activity_data_todo"])
        return True

    def action_cancel(self):
        """Take back these promises, recorded by mistake or replaced.

        :raise UserError: when one is judged or due already, unless a collection manager asks
        """
        self.check_access("write")
        if not self.env.user.has_group(MANAGER):
            self._check_changeable()
        # Superuser: the state is not writable; access was checked above.
        self.sudo()._close("cancelled")
        return True

    def action_judge(self):
        """Compare these promises with what has been received up to today."""
        self.check_access("write")
        # Superuser: the state is not writable, and receipts are read whose entries the user may not see.
        self.sudo()._judge()
        return True

    # === BUSINESS METHODS === #

    def _get_open_items(self):
        """Return the open receivable items of this promise's customer in its currency, those due first."""
        self.ensure_one()
        # Superuser: salespeople do not read every entry of their customers.
        items = self.env["account.move.line"].sudo()
        customer = self.partner_id.commercial_partner_id._origin
        query = items._get_open_query(self.company_id, SQL("partner.commercial_partner_id = %s", customer.id or None))
        claims = "(SELECT id FROM (%s) AS open WHERE amount_currency > 0 AND currency_id = %s)"
        domain = Domain("id", "in", SQL(claims, query, self.currency_id.id or None))
        return items.search(domain, order="date_maturity, date, id")

    def _choose_items(self):
        """Return the open items that this promise is about where none were named: the first due up to its amount."""
        self.ensure_one()
        chosen, left = self.env["account.move.line"], self.amount
        for item in self._get_open_items():
            if self.currency_id.compare_amounts(left, 0) <= 0:
                break
            chosen |= item
            left -= item.amount_open_currency
        return chosen

    def _log_calls(self):
        """Keep with the customer's calls that he promised to pay."""
        self.env["collection.call"]._log(
            [
                {
                    "partner_id": promise.partner_id.id,
                    "company_id": promise.company_id.id,
                    "result": "promised",
                    "note": promise.display_name,
                    "promise_id": promise.id,
                }
                for promise in self
            ]
        )

    def _format_amount(self, amount):
        """Return an amount of this promise for people."""
        return formatLang(self.env, amount, currency_obj=self.currency_id)

    # === BUSINESS METHODS: HOW LONG === #

    def _check_longest_date(self):
        """Raise where a promise holds longer than the user may let it, counted from its recording."""
        if self.env.su or self.env.user.has_group(MANAGER):
            return
        for promise in self:
            last = promise.company_id._get_longest_hold(promise.date_recorded)
            if last and promise.date > last:
                raise ValidationError(
                    self.env._(
                        "Promised for: enter a day up to %(last)s, %(days)s days from recording. Only collection managers can record longer promises: ask one of them.",
                        last=format_date(self.env, last),
                        days=(last - promise.date_recorded).days,
                    )
                )

    def _ask_to_confirm(self):
        """Have promises that follow others wait for a collector, and tell both; those of collectors need nobody."""
        if self.env.su or self.env.user.has_group(COLLECTOR):
            return
        # Superuser: the field is not writable, and what others recorded counts too.
        following = self.sudo()._get_following().filtered(lambda promise: not promise.is_to_confirm)
        following.is_to_confirm = True
        for promise in following:
            promise._tell_to_confirm()

    def _get_following(self):
        """Return those of these promises that follow an earlier one of the same items which is not kept.

        What was recorded on the same day does not hold for longer: instalments, and mistakes put right.
        """
        earlier = self.search(Domain("move_line_ids", "in", self.move_line_ids.ids) & Domain("state", "!=", "kept"))
        return self.filtered(
            lambda promise: any(
                other.date_recorded < promise.date_recorded and other.move_line_ids & promise.move_line_ids
                for other in earlier
            )
        )

    def _tell_to_confirm(self):
        """Tell the user that this promise holds nothing yet, and give its collector an activity."""
        self.ensure_one()
        message = self._get_to_confirm_text()
        self._message_log(body=message)
        self.env.user._bus_send("simple_notification", {"type": "warning", "message": message})
        collector = self.partner_id._get_collector(self.company_id)
        if collector.has_group(COLLECTOR):
            promise = self.with_context(lang=collector.lang or self.env.lang)
            promise.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.company_id._get_today(),
                summary=promise.env._("Confirm the promise of %s", self.partner_id.display_name),
                note=Markup("<p>%s</p>") % promise._get_to_confirm_text(),
                user_id=collector.id,
            )

    def _get_to_confirm_text(self):
        self.ensure_one()
        return self.env._(
            "%s follows an earlier promise for the same items that was not kept. Dunning of the items continues until a collector confirms it.",
            self.display_name,
        )
