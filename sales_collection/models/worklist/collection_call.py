from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from odoo.addons.sales_control.tools.protection import SYSTEM

from ...tools.groups import COLLECTOR


class CollectionCall(models.Model):
    """What came of asking a customer for money, by phone or otherwise; a record, nobody changes it."""

    _name = "collection.call"
    _inherit = "protected.fields.mixin"
    _description = "Collection Call"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company", "Company", required=True, default=lambda self: self.env.company, index=True
    )
    user_id = fields.Many2one(
        "res.users", "Called by", required=True, readonly=True, default=lambda self: self.env.user, index=True
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    result = fields.Selection(
        [
            ("reached", "Reached"),
            ("not_reached", "Not reached"),
            ("promised", "Promised to pay"),
            ("disputed", "Disputes"),
            ("call_back", "Call back"),
            ("wrong_number", "Wrong number"),
        ],
        required=True,
        default="reached",
    )
    note = fields.Text()
    next_date = fields.Date("Next Call")
    promise_id = fields.Many2one("payment.promise", "Promise", readonly=True, ondelete="set null")
    dispute_id = fields.Many2one("dunning.dispute", "Dispute", readonly=True, ondelete="set null")

    _last_idx = models.Index("(partner_id, company_id, date DESC, id DESC)")

    @api.constrains("next_date", "result")
    def _check_next_date(self):
        for call in self:
            if call.result == "call_back" and not call.next_date:
                raise ValidationError(self.env._("Next Call: enter the day on which to call back."))
            if call.next_date and call.next_date < call.company_id._get_today():
                day = format_date(self.env, call.next_date)
                raise ValidationError(self.env._("Next Call: %s has passed; enter today or later.", day))

    def _check_longest_next_date(self):
        """Raise where calls keep customers off the worklist for longer than who records them may let them."""
        if self.env.su or self.env.user.has_group(COLLECTOR):
            return
        for call in self.filtered("next_date"):
            last = call.company_id._get_longest_hold(call.company_id._get_today())
            if last and call.next_date > last:
                day = format_date(self.env, last)
                raise ValidationError(
                    self.env._("Next Call: enter a day up to %s; only collectors can set later ones.", day)
                )

    @api.model
    def _get_protections(self):
        """Calls are by the user, now; promises and disputes name their calls themselves."""
        names = ("user_id", "date", "promise_id", "dispute_id")
        return {**super()._get_protections(), **dict.fromkeys(names, SYSTEM)}

    @api.model_create_multi
    def create(self, vals_list):
        calls = super().create([self._prepare_call(vals) for vals in vals_list])
        # Constraints do not know the user.
        calls._check_longest_next_date()
        calls._log_on_customers()
        return calls

    def _prepare_call(self, vals):
        """Return the values of a new call: of the commercial partner."""
        # The customer may be given by the default of a dialog that only shows him.
        vals = self.default_get(["partner_id"]) | vals
        customer = self.env["res.partner"].browse(vals.get("partner_id"))
        return dict(vals, partner_id=customer.commercial_partner_id.id)

    @api.model
    def _log(self, vals_list):
        """Record calls as the user, who may record promises and disputes.

        :param vals_list: values of calls
        """
        # Superuser: whoever could record the promise or dispute may have it listed; the user is named.
        return self.sudo().create([{"user_id": self.env.uid, **vals} for vals in vals_list])

    def _log_on_customers(self):
        """Note calls on their customers, all of one caller in one batch; those of one customer in one note."""
        for author, calls in self.grouped(lambda call: call.user_id.partner_id).items():
            bodies = {
                customer.id: Markup("<br/>").join(call._get_note() for call in found)
                for customer, found in calls.grouped("partner_id").items()
            }
            # Superuser: collectors do not write customers.
            calls.partner_id.sudo()._message_log_batch(bodies, author_id=author.id)

    def _get_note(self):
        """Return this call as its customer's history tells it."""
        self.ensure_one()
        results = dict(self._fields["result"]._description_selection(self.env))
        parts = [results[self.result], self.note]
        if self.next_date:
            parts.append(self.env._("next call %s", format_date(self.env, self.next_date)))
        return self.env._("Collection call: %s", "; ".join(filter(None, parts)))

    @api.model
    def _get_next_working_day(self, company):
        """Return the first working day of a company after today, as its calendar says."""
        tomorrow = company._get_today() + timedelta(days=1)
        # Superuser: calendars are not everybody's.
        calendar = company.sudo().resource_calendar_id
        start = fields.Datetime.to_datetime(tomorrow)
        planned = calendar.plan_days(1, start, compute_leaves=True) if calendar else False
        return planned.date() if planned else tomorrow
