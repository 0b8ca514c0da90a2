from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date
from odoo.tools.misc import formatLang


class CollectionWorklist(models.Model):
    """What the collector reads and does in the worklist."""

    _name = "collection.worklist"
    _inherit = "collection.worklist"

    why = fields.Char(string="Reason to Call", compute="_compute_why")
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")
    activity_date_deadline = fields.Date(related="partner_id.activity_date_deadline", string="Next Activity")
    activity_summary = fields.Char(related="partner_id.activity_summary", string="Activity")
    item_ids = fields.Many2many("account.move.line", string="Open Items", compute="_compute_history")
    notice_ids = fields.Many2many("dunning.notice", string="Notices", compute="_compute_history")
    call_ids = fields.Many2many("collection.call", string="Calls", compute="_compute_history")
    promise_ids = fields.Many2many("payment.promise", string="Promises", compute="_compute_history")
    dispute_ids = fields.Many2many("dunning.dispute", string="Disputes", compute="_compute_history")

    @api.depends_context("lang")
    def _compute_why(self):
        for row in self:
            row.why = " · ".join(row._get_reasons())

    def _get_reasons(self):
        """Return why this customer is to be called, and what to know before: short texts."""
        self.ensure_one()
        money = {
            name: formatLang(self.env, self[name], currency_obj=self.company_currency_id)
            for name in ("amount_promised", "amount_disputed")
        }
        reasons = {
            self.env._("oldest %s days", self.days_oldest): True,
            self.env._("%s broken promises", self.broken_count): self.broken_count,
            self.env._(
                "%(amount)s promised for %(date)s",
                amount=money["amount_promised"],
                date=format_date(self.env, self.promise_date),
            ): self.promise_id,
            self.env._("%s disputed", money["amount_disputed"]): self.amount_disputed,
            self.env._("never called"): not self.last_call,
            self.env._("not dunned"): self.is_blocked,
        }
        return [text for text, applies in reasons.items() if applies]

    def _compute_history(self):
        sources = {
            "item_ids": ("account.move.line", self._get_open_domain(), "date_maturity, id"),
            "notice_ids": ("dunning.notice", Domain("state", "=", "sent"), None),
            "call_ids": ("collection.call", Domain.TRUE, None),
            "promise_ids": ("payment.promise", Domain.TRUE, "date desc, id desc"),
            "dispute_ids": ("dunning.dispute", Domain.TRUE, "id desc"),
        }
        for name, (model, domain, order) in sources.items():
            found = self._get_history(model, domain, order)
            for row in self:
                row[name] = found.get((row.partner_id, row.company_id), self.env[model])

    def _get_open_domain(self, condition=None):
        """Return the domain of the open items of these customers; see `account.move.line._get_open_query`.

        :param condition: `SQL` on the row ``open`` of that query
        """
        customers = SQL("partner.commercial_partner_id IN %s", tuple(self.partner_id.ids) or (None,))
        query = self.env["account.move.line"]._get_open_query(self.company_id, customers)
        return Domain("id", "in", SQL("(SELECT open.id FROM (%s) AS open WHERE %s)", query, condition or SQL("TRUE")))

    def _get_history(self, model, domain, order):
        """Return the records of a model by customer and company: those that the user may read."""
        domain &= Domain("partner_id.commercial_partner_id", "in", self.partner_id.ids)
        domain &= Domain("company_id", "in", self.company_id.ids)
        if not self.env[model].has_access("read"):
            return {}
        records = self.env[model].search(domain, order=order)
        return records.grouped(lambda record: (record.partner_id.commercial_partner_id, record.company_id))

    # === ACTION METHODS === #

    def action_not_reached(self):
        """Record that these customers were not reached; they are called again on the next working day."""
        return self._record_calls("not_reached", self.env["collection.call"]._get_next_working_day)

    def action_reached(self):
        """Record that these customers were reached, with nothing agreed."""
        return self._record_calls("reached")

    def action_wrong_number(self):
        """Record that the number of these customers is wrong."""
        return self._record_calls("wrong_number")

    def _record_calls(self, result, get_next_date=None):
        """Record the same result for each of these customers, as the user.

        :param get_next_date: company -> day of the next call
        """
        self.check_access("read")
        next_dates = {company: get_next_date(company) for company in self.company_id} if get_next_date else {}
        self.env["collection.call"].create(
            [
                {
                    "partner_id": row.partner_id.id,
                    "company_id": row.company_id.id,
                    "result": result,
                    "next_date": next_dates.get(row.company_id),
                }
                for row in self
            ]
        )
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_log_call(self):
        """Ask for the result of a call, with a note and the day of the next one."""
        return self._open_dialog("collection.call", self.env._("Call"))

    def action_call_back(self):
        """Ask for the day on which to call back."""
        return self._open_dialog("collection.call", self.env._("Call Back"), default_result="call_back")

    def action_promise(self):
        """Ask for what the customer has promised."""
        return self._open_dialog("payment.promise", self.env._("Promise to Pay"), **self._get_promise_defaults())

    def action_dispute(self):
        """Ask for what the customer disputes."""
        return self._open_dialog("dunning.dispute", self.env._("Dispute"), **self._get_dispute_defaults())

    def action_plan_activity(self):
        """Plan an activity on the customer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Schedule Activity"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": {"active_model": "res.partner", "active_ids": self.partner_id.ids},
        }

    def _get_promise_defaults(self):
        """Return what is proposed for a promise: all that is overdue, in the currency that most of it is in."""
        items = self._get_claims(SQL("open.age > 0"))
        by_currency = items.grouped("currency_id")
        if not by_currency:
            return {}
        currency, items = max(by_currency.items(), key=lambda pair: sum(pair[1].mapped("amount_open")))
        return {
            "default_currency_id": currency.id,
            "default_amount": currency.round(sum(items.mapped("amount_open_currency"))),
        }

    def _get_dispute_defaults(self):
        """Return what is proposed for a dispute: the item, where the customer has one open item only."""
        item = self._get_claims()
        if len(item) != 1:
            return {}
        return {"default_move_line_id": item.id, "default_amount": item.amount_open_currency}

    def _get_claims(self, condition=None):
        """Return the open receivables of the customer, without credits.

        :param condition: `SQL` on the row ``open`` of them
        """
        self.ensure_one()
        self.check_access("read")
        # Superuser: a salesperson does not read every entry of his customers, whom he may read here.
        claims = SQL("open.amount > 0 AND %s", condition or SQL("TRUE"))
        found = self.sudo()._get_history("account.move.line", self._get_open_domain(claims), None)
        return found.get((self.partner_id.sudo(), self.company_id.sudo()), self.env["account.move.line"])

    def _open_dialog(self, model, name, **context):
        """Return the action of a small form about this customer."""
        self.ensure_one()
        self.check_access("read")
        view = self.env.ref(f"sales_collection.{model.replace('.', '_')}_view_form_dialog")
        defaults = {"default_partner_id": self.partner_id.id, "default_company_id": self.company_id.id}
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(view.id, "form")],
            "target": "new",
            "context": defaults | context,
        }
