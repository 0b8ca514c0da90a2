import psycopg2
from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError
from odoo.fields import Domain
from odoo.tools.misc import format_date

from odoo.addons.sales_control.tools.protection import SYSTEM

from ...tools.groups import COLLECTOR, MANAGER

OPEN_STATES = ("draft", "approved")
# What only actions write.
GUARDED = dict.fromkeys(("state", "computed_on", "terms"), SYSTEM)


class DunningRun(models.Model):
    """A dunning run: proposes notices for a day, a person reviews and approves them, the dispatch sends them."""

    _name = "dunning.run"
    _description = "Dunning Run"
    _inherit = ["mail.thread", "protected.fields.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        compute="_compute_name",
        inverse="_inverse_name",
        search="_search_name",
        help="Yours, or else made from the date in the language of the reader.",
    )
    given_name = fields.Char(readonly=True)
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._get_today(),
        tracking=True,
        help="What is due or late, and which interest and exchange rates apply, is determined as of this day.",
    )
    company_id = fields.Many2one(
        "res.company", "Company", required=True, default=lambda self: self.env.company, index=True
    )
    policy_ids = fields.Many2many(
        "dunning.policy",
        string="Policies",
        check_company=True,
        ondelete="restrict",
        help="Leave empty for all policies of the company.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("proposed", "Proposed"),
            ("approved", "Approved"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    computed_on = fields.Datetime("Proposed on", readonly=True, copy=False)
    terms = fields.Char(readonly=True, copy=False, help="Terms of the policies when the notices were proposed.")
    notice_ids = fields.One2many("dunning.notice", "run_id", "Notices", readonly=True)
    notice_count = fields.Integer("Number of Notices", compute="_compute_notices")
    open_notice_count = fields.Integer("Open Notices", compute="_compute_notices")
    progress = fields.Float(
        compute="_compute_notices", help="Percentage of the approved notices that have been processed."
    )
    amount_total = fields.Monetary("Claims", compute="_compute_notices", currency_field="company_currency_id")
    summary = fields.Html("By Level", compute="_compute_summary")
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")

    @api.depends("date", "given_name")
    @api.depends_context("lang")
    def _compute_name(self):
        for run in self:
            run.name = run.given_name or run._get_automatic_name()

    def _inverse_name(self):
        for run in self:
            # A form sends the automatic name along: it stays in everybody's own language.
            run.given_name = run.name if run.name != run._get_automatic_name() else False

    @api.model
    def _search_name(self, operator, value):
        """Search in what the user reads; there is one run a day or so."""
        runs = self.search([])  # pylint: disable=no-search-all
        return Domain("id", "in", runs.filtered_domain(Domain("name", operator, value)).ids)

    def _get_automatic_name(self):
        self.ensure_one()
        return self.env._("Dunning of %s", format_date(self.env, self.date) or "…")

    @api.depends("notice_ids.state", "notice_ids.amount_total_company")
    def _compute_notices(self):
        groups = self.env["dunning.notice"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count", "amount_total_company:sum"]
        )
        for run in self:
            rows = [row[1:] for row in groups if row[0] == run]
            run.notice_count = sum(count for _state, count, _total in rows)
            run.open_notice_count = sum(count for state, count, _total in rows if state in OPEN_STATES)
            finished = sum(count for state, count, _total in rows if state in ("sent", "void"))
            waiting = sum(count for state, count, _total in rows if state == "approved")
            run.progress = 100 * finished / (finished + waiting) if finished else 0.0
            run.amount_total = sum(total for state, _count, total in rows if state in (*OPEN_STATES, "sent"))

    @api.depends("notice_ids.state", "notice_ids.amount_total_company")
    @api.depends_context("lang")
    def _compute_summary(self):
        """Notices and claims per level, in company currency; those left out and cancelled do not count."""
        groups = self.env["dunning.notice"]._read_group(
            [("run_id", "in", self.ids), ("state", "in", (*OPEN_STATES, "sent"))],
            ["run_id", "level_id"],
            ["__count", "amount_total_company:sum"],
        )
        for run in self:
            rows = [
                (level.display_name, count, run.company_currency_id.format(total))
                for group, level, count, total in groups
                if group == run
            ]
            run.summary = self._format_summary(rows)

    def _format_summary(self, rows):
        cells = Markup("<tr><td>%s</td><td class='text-end'>%s</td><td class='text-end'>%s</td></tr>")
        head = (self.env._("Level"), self.env._("Notices"), self.env._("Claims"))
        table = Markup("<table class='table table-sm'>%s</table>")
        return table % Markup().join(cells % row for row in [head, *rows]) if rows else False

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **GUARDED}

    def write(self, vals):
        """Day, company and policies do not change once notices are approved; the company not once there are notices."""
        if not self.env.su and {"date", "company_id", "policy_ids"} & vals.keys():
            self._check_editable()
        if not self.env.su and "company_id" in vals:
            self._check_company_stays(vals["company_id"])
        return super().write(vals)

    def _check_editable(self):
        for run in self:
            if run.state not in ("draft", "proposed"):
                raise UserError(
                    self.env._(
                        "%(run)s is %(state)s: its date and policies can no longer be changed. Create a new run.",
                        **run._get_labels(),
                    )
                )

    def _check_company_stays(self, company_id):
        """Raise where a run would leave its company: notices, numbers and rules are that company's."""
        # superuser: notices of customers that the user may not see count too
        if self.sudo().filtered(lambda run: run.notice_ids and run.company_id.id != company_id):
            raise UserError(self.env._("The run has notices: it keeps its company. Make a new run there."))

    def _check_day(self):
        """Raise before the day of a run: interest up to it is not earned yet, and receipts may still come."""
        for run in self:
            if run.date > run.company_id._get_today():
                day = format_date(self.env, run.date)
                raise UserError(
                    self.env._("The run is of %s: approve and send its notices on that day, or later.", day)
                )

    def _check_approvable(self):
        for run in self:
            if run.state not in ("draft", "proposed"):
                raise UserError(
                    self.env._("%(run)s is already %(state)s: there is nothing to approve.", **run._get_labels())
                )

    def _get_labels(self):
        state = dict(self._fields["state"]._description_selection(self.env))[self.state]
        return {"run": self.display_name, "state": state.lower()}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        # Superuser: whoever may delete the run takes proposals along, which nobody may delete by himself.
        if self.sudo().notice_ids.filtered("name"):
            raise UserError(
                self.env._("Notices of the run have been approved and are kept on record. Cancel the run instead.")
            )
        self.sudo().notice_ids._delete_proposal()

    # Actions

    def action_compute(self):
        """Propose notices, in place of the earlier proposal of the run. For collectors and managers.

        :raises UserError: where the run is approved already, or another run asks for the same items at this moment
        """
        self._check_rights(COLLECTOR)
        self.check_access("write")
        self._check_editable()
        for run in self.sudo():
            # superuser from here: notices are history that nobody writes by hand
            run._compute_proposal()

    def action_approve(self):
        """Approve the proposed notices: they get their numbers and wait for the dispatch. For managers.

        :raises UserError: where the run is approved, done or cancelled already, or somebody else approves at this moment
        """
        self._check_rights(MANAGER)
        self.check_access("write")
        self._check_approvable()
        self._check_day()
        for run in self:
            run.notice_ids.filtered(lambda notice: notice.state == "draft").action_approve()
            # superuser: the state is guarded
            run.sudo().state = "approved" if run.open_notice_count else "done"

    def action_cancel(self):
        """Cancel the notices that are not sent yet, and the run. For managers; a collector drops his proposal."""
        self.check_access("write")
        for run in self:
            notices = run.notice_ids.filtered(lambda notice: notice.state in OPEN_STATES)
            approved = notices.filtered(lambda notice: notice.state == "approved")
            run._check_rights(MANAGER if approved else COLLECTOR)
            approved.action_cancel()
            (notices - approved).action_exclude()
            # superuser: the state is guarded
            run.sudo().state = "done" if "sent" in run.notice_ids.mapped("state") else "cancelled"

    def action_view_notices(self):
        """Open the notices of the run."""
        action = self.env["ir.actions.act_window"]._for_xml_id("sales_collection.dunning_notice_action")
        return {**action, "domain": [("run_id", "in", self.ids)], "context": {}}

    # Business methods

    def _check_rights(self, group):
        """Raise where the user may not do what only a group may; the superuser may."""
        if not self.env.su and not self.env.user.has_group(group):
            raise AccessError(
                self.env._("Only members of the group %s can do this.", self.env.ref(group).sudo().full_name)
            )

    @api.model
    def _lock(self, records):
        """Hold runs or notices up to the end of the transaction; never wait for who holds them.

        :raises LockError: where somebody else does
        """
        try:
            records.lock_for_update()
        except LockError as error:
            raise LockError(
                self.env._(
                    "Someone else is currently working on these notices. Wait until they are done, then check again."
                )
            ) from error

    def _get_policies(self):
        """Return the policies that the run covers: active ones of its company."""
        self.ensure_one()
        chosen = self.with_context(active_test=False).policy_ids
        domain = [("company_id", "=", self.company_id.id)]
        return chosen.filtered("active") if chosen else self.env["dunning.policy"].search(domain)

    def _compute_proposal(self):
        """Replace the proposed notices. Of two runs at one moment the second one fails: no item is asked for twice."""
        self.ensure_one()
        # Promises that are due are judged before the run asks again.
        self.env["payment.promise"]._judge_due(self.company_id, self.date)
        self = self.with_company(self.company_id)
        self._lock(self)
        self.notice_ids._delete_proposal()
        policies = self._get_policies()
        try:
            with self.env.cr.savepoint():
                items = self._get_open_items(self.date, policies=policies)
                self._insert_notices(self._get_proposals(items, policies))
        except psycopg2.errors.UniqueViolation as error:
            raise UserError(
                self.env._("Another run is currently claiming the same items. Propose again when it is done.")
            ) from error
        terms = self._get_fingerprint(policies)
        self.write({"state": "proposed", "computed_on": fields.Datetime.now(), "terms": terms})
        self.invalidate_recordset(["notice_ids"])

    def _get_fingerprint(self, policies=None):
        """Return a text that changes with everything that the user can change after the proposal: the day, the
        policies, their levels and rates.

        :param policies: of the run, where the caller has them
        """
        policies = self._get_policies() if policies is None else policies
        return f"{self.date} {policies._get_fingerprint()}"

    def _check_terms(self):
        """Raise where policies changed after the proposal: what was reviewed is not what they say now."""
        # Superuser: interest tables and rates that the user may not read count too.
        for run in self.sudo():
            if run.terms != run._get_fingerprint():
                raise UserError(
                    self.env._(
                        "%s: the date of the run, the policy, a level or an interest rate has changed since the proposal. Propose again, then approve.",
                        run.display_name,
                    )
                )

    def _update_state(self):
        """Have runs follow their notices: approved when none is left to review, done when none is left to send."""
        groups = self.env["dunning.notice"]._read_group([("run_id", "in", self.ids)], ["run_id"], ["state:array_agg"])
        for run, states in groups:
            if run.state in ("proposed", "approved") and "draft" not in states:
                state = run.state
                if "approved" in states:
                    state = "approved"
                elif {"sent", "void"} & set(states) or state == "approved":
                    state = "done"
                if run.state != state:
                    run.state = state

    @api.model
    def _finish_sent(self):
        """Have approved runs follow their notices: two dispatches at one moment do not see what the other one sends."""
        self.search([("state", "=", "approved")])._update_state()
