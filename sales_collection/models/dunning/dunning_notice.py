import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.sales_control.tools.sql import insert_rows, update_rows

from ...tools.groups import COLLECTOR, MANAGER

TOTALS = ("principal", "credit", "interest", "fee", "previous")


class DunningNotice(models.Model):
    """What one customer is asked to pay by one dunning run: one letter, whatever the currencies.

    Amounts are in ``currency_id``: that of the lines where they share one, else the company's, at the rate of the run's
    date. Interest and fees of earlier notices that are still open are claimed again (``amount_previous``).
    """

    _name = "dunning.notice"
    _description = "Dunning Notice"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _mail_post_access = "read"

    name = fields.Char("Number", readonly=True, copy=False, index="trigram")
    run_id = fields.Many2one(
        "dunning.run", "Dunning Run", required=True, readonly=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one("res.company", "Company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one("res.partner", "Customer", required=True, readonly=True, index=True)
    contact_id = fields.Many2one("res.partner", "Sent To", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, index=True)
    collector_id = fields.Many2one("res.users", "Collector", readonly=True, index=True)
    date = fields.Date(required=True, readonly=True)
    policy_id = fields.Many2one("dunning.policy", "Policy", required=True, readonly=True, ondelete="restrict")
    level_id = fields.Many2one(
        "dunning.level",
        "Level",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
        help="The highest level among the lines determines the title of the letter.",
    )
    charge_level_id = fields.Many2one(
        "dunning.level",
        "Charges by",
        readonly=True,
        ondelete="restrict",
        help="The highest level that an item reaches by this notice: it charges fee and interest.",
    )
    state = fields.Selection(
        [
            ("draft", "Proposed"),
            ("approved", "Approved"),
            ("sent", "Sent"),
            ("void", "Settled before Sending"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
        index=True,
    )
    approved_user_id = fields.Many2one("res.users", "Approved By", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)
    currency_id = fields.Many2one("res.currency", "Currency", required=True, readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    line_ids = fields.One2many("dunning.notice.line", "notice_id", "Lines", readonly=True)
    amount_principal = fields.Monetary("Open Items", readonly=True, help="Principal of the claimed items.")
    amount_credit = fields.Monetary("Open Credits", readonly=True, help="Deducted, negative.")
    amount_interest = fields.Monetary("Interest", readonly=True)
    amount_fee = fields.Monetary("Fee", readonly=True, help="Taxes included.")
    amount_previous = fields.Monetary("Earlier Charges", readonly=True)
    previous_totals = fields.Json(readonly=True, help="Earlier charges by currency, as claimed again by the notice.")
    amount_total = fields.Monetary("Claim", readonly=True)
    amount_total_company = fields.Monetary(
        "Claim (Company Currency)", readonly=True, currency_field="company_currency_id", aggregator="sum"
    )
    amount_not_due = fields.Monetary("Not Yet Due", readonly=True)
    amount_balance = fields.Monetary("Balance", readonly=True, help="Overdue and not yet due, less open credits.")
    sent_on = fields.Datetime(readonly=True, copy=False)
    charge_ids = fields.One2many("dunning.charge", "notice_id", "Charges", readonly=True)

    @api.depends("name", "partner_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for notice in self:
            notice.display_name = notice.name or self.env._("Proposal for %s", notice.partner_id.name or "")

    # === ACTION METHODS === #

    def action_approve(self):
        """Approve proposed notices: they get their numbers and wait for the dispatch. For managers.

        :raises UserError: where one is not proposed, the policy changed after the proposal, or the day of the run is to
            come
        """
        self._check_action(MANAGER, ("draft",), self.env._("Only proposed notices can be approved."))
        # superuser from here: notices are history that nobody writes by hand
        notices = self.sudo()
        notices.run_id._check_terms()
        notices.run_id._check_day()
        for company, records in notices.grouped("company_id").items():
            names = records._draw_numbers(company)
            rows = ({"id": record.id, "name": name} for record, name in zip(records, names, strict=True))
            update_rows(self.env, self._name, rows)
        notices._set_state("approved", approved_user_id=self.env.uid, approved_on=fields.Datetime.now())
        notices.run_id._update_state()

    def action_exclude(self):
        """Take proposed notices out of a run: their customers get none this time. For collectors."""
        self._check_action(
            COLLECTOR, ("draft",), self.env._("Only proposed notices can be left out: cancel the others.")
        )
        # superuser: notices are history that nobody writes by hand
        self.sudo()._set_state("cancelled")

    def action_cancel(self):
        """Cancel notices: what they changed is taken back. For managers.

        The items of a notice that was sent get the level and date back that they had, claimed charges are cancelled
        and booked ones reversed.

        :raises UserError: where a later notice went on from there
        """
        self._check_action(MANAGER, ("draft", "approved", "sent"), self.env._("A notice can be cancelled only once."))
        # superuser: notices are history that nobody writes by hand
        notices = self.sudo()
        sent = notices.filtered(lambda notice: notice.state == "sent")
        sent._restore_memory()
        sent.charge_ids._cancel()
        notices._set_state("cancelled")
        notices.run_id._update_state()
        body = self.env._("Cancelled by %s.", self.env.user.name)
        notices._message_log_batch(bodies=dict.fromkeys(notices.ids, body))

    def action_allocate_receipts(self):
        """Allocate the open receipts of the customers of notices. See `res.partner._allocate_receipts`."""
        self.env["dunning.charge"].browse()._check_bookers()
        self.check_access("read")
        for company, notices in self.grouped("company_id").items():
            # superuser: collection managers need no accounting rights
            notices.sudo().partner_id._allocate_receipts(company)

    def _check_action(self, group, states, message):
        """Raise where the user may not act on the notices, or their state does not allow it."""
        self.env["dunning.run"]._check_rights(group)
        self.check_access("read")
        # superuser: users have no right to write notices
        self.env["dunning.run"]._lock(self.sudo())
        self.invalidate_recordset(["state"])
        wrong = self.filtered(lambda notice: notice.state not in states)
        if wrong:
            names = ", ".join(wrong[:5].mapped("display_name"))
            raise UserError(self.env._("%(message)s Affected: %(names)s.", message=message, names=names))

    # === STATES AND NUMBERS === #

    def _set_state(self, state, **values):
        """Set the state of notices and their lines, by two statements whatever their number.

        :param values: further values of the notices, of stored fields of plain types
        """
        self.env.flush_all()
        if self:
            # records of an x2many field lose their common prefetch when caches are emptied
            runs = self.browse(self.ids).run_id
            update_rows(self.env, self._name, ({"id": notice_id, "state": state, **values} for notice_id in self.ids))
            self._set_line_states(state)
            runs.invalidate_recordset()
        self._dispatch_by_state(state)

    def _set_line_states(self, state):
        query = "UPDATE dunning_notice_line SET state = %s WHERE notice_id = ANY(%s)"
        self.env.cr.execute(SQL(query, state, self.ids))
        self.env["dunning.notice.line"].invalidate_model(["state"])

    def _draw_numbers(self, company):
        """Return as many new numbers as there are notices, of the company's sequence."""
        sequence = self._get_sequence(company)
        if sequence.implementation == "standard" and not sequence.use_date_range:
            return sequence._draw_numbers(len(self))
        return [sequence.next_by_id(notice.date) for notice in self]

    def _get_sequence(self, company):
        """Return the `ir.sequence` of the company, made when it is first used."""
        # Superuser: who approves neither reads nor makes sequences.
        sequences = self.env["ir.sequence"].sudo()
        domain = [("code", "=", self._name), ("company_id", "=", company.id)]
        if found := sequences.search(domain, limit=1):
            return found
        # Of two first approvals at one moment, the second fails here, is tried again and finds the sequence of the first.
        self.env.cr.execute(SQL("UPDATE res_company SET write_date = write_date WHERE id = %s", company.id))
        return sequences.create(self._prepare_sequence(company))

    def _prepare_sequence(self, company):
        """Return the values of a company's sequence of notices."""
        return {
            "name": self.env._("Dunning Notices"),
            "code": self._name,
            "company_id": company.id,
            "prefix": "DN/%(year)s/",
            "padding": 5,
        }

    # === MEMORY OF LEVELS === #

    def _write_memory(self):
        """Remember the levels that items reach by these notices; once per notice, however often it is called."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO dunning_item (move_line_id, partner_id, company_id, level_id, date, interest_date, notice_id,
                                          create_uid, write_uid, create_date, write_date)
                SELECT line.move_line_id, notice.partner_id, notice.company_id, line.level_id, notice.date,
                       line.interest_to, notice.id, %s, %s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM dunning_notice_line line
                  JOIN dunning_notice notice ON notice.id = line.notice_id
                 WHERE notice.id = ANY(%s) AND line.is_new_level AND line.move_line_id IS NOT NULL
                ON CONFLICT (move_line_id) DO UPDATE
                   SET partner_id = EXCLUDED.partner_id, level_id = EXCLUDED.level_id, date = EXCLUDED.date,
                       interest_date = COALESCE(EXCLUDED.interest_date, dunning_item.interest_date),
                       notice_id = EXCLUDED.notice_id, write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
                 WHERE dunning_item.notice_id IS DISTINCT FROM EXCLUDED.notice_id
                """,
                self.env.uid,
                self.env.uid,
                self.ids,
            )
        )
        self.env["dunning.item"].invalidate_model()
        self.env["sale.order"]._recheck_dunning()

    def _restore_memory(self):
        """Give the items of sent notices back what they had before: level, date, day of interest.

        :raises UserError: where a later notice went on from there
        """
        lines = self.line_ids.filtered("is_new_level")
        items = self.env["dunning.item"].search([("move_line_id", "in", lines.move_line_id.ids)])
        by_line = items.grouped("move_line_id")
        restored = [(by_line[line.move_line_id], line) for line in lines if line.move_line_id in by_line]
        self._check_no_later(restored)
        for item, line in restored:
            item.write(line._prepare_restored_item())
        items.filtered(lambda item: not item.level_id and not item.interest_date).unlink()
        self.env["sale.order"]._recheck_dunning()

    def _check_no_later(self, pairs):
        for item, line in pairs:
            if item.notice_id and item.notice_id != line.notice_id:
                raise UserError(
                    self.env._(
                        "%(item)s was dunned again by %(later)s: cancel that notice first, then %(notice)s.",
                        item=line.name,
                        later=item.notice_id.display_name,
                        notice=line.notice_id.display_name,
                    )
                )

    # === CHARGES === #

    def _make_charges(self):
        """Make the charges of notices, those that their level books as posted invoices; once, however often called.

        :return: the new `dunning.charge`
        """
        charged = self.env["dunning.charge"].search([("notice_id", "in", self.ids)]).notice_id
        notices = self - charged
        taxes = notices._get_charge_taxes()
        rows = [charge for notice in notices for charge in notice._prepare_charges(taxes)]
        if not rows:
            return self.env["dunning.charge"]
        insert_rows(self.env, "dunning.charge", rows)
        notices.invalidate_recordset(["charge_ids"])
        charges = self.env["dunning.charge"].search([("notice_id", "in", notices.ids)], order="id")
        charges.filtered(lambda charge: charge.notice_id._get_charge_level().charge_mode == "booked")._book()
        return charges

    def _get_charge_level(self):
        """Return the level that says what the notice charges; of older notices the one that names the letter."""
        return self.charge_level_id or self.level_id

    def _get_charge_taxes(self):
        """Return the taxes that the notices show: ``{(notice, kind): account.tax}``."""
        positions = {}
        for company, notices in self.grouped("company_id").items():
            taxed = notices.filtered(lambda n: n._get_charge_level()._is_taxed())
            found = taxed.partner_id._get_dunning_positions(company)
            positions |= {notice: found[notice.partner_id.id] for notice in taxed}
        none = self.env["account.fiscal.position"]
        return {
            (notice, kind): notice._get_charge_level()._get_charge_taxes(kind, positions.get(notice, none))
            for notice in self
            for kind in ("fee", "interest")
        }

    def _prepare_charges(self, taxes):
        """Return the values of the charges of a notice: the fee, and the interest of each item in its currency.

        :param taxes: see `_get_charge_taxes`
        """
        self.ensure_one()
        charges = [self._prepare_interest(line) for line in self.line_ids if line.amount_interest > 0]
        charges = [self._prepare_fee(), *charges] if self.amount_fee > 0 else charges
        return [{**charge, "taxes": json.dumps({"ids": taxes[self, charge["kind"]].ids})} for charge in charges]

    def _prepare_fee(self):
        """Return the values of the charge of the fee."""
        return {"kind": "fee", "currency_id": self.currency_id.id, "amount": self.amount_fee, **self._prepare_charge()}

    def _prepare_interest(self, line):
        """Return the values of the charge of the interest of a line."""
        return {
            "kind": "interest",
            "move_line_id": line.move_line_id.id or None,
            "name": line.name or None,
            "currency_id": line.currency_id.id,
            "amount": line.amount_interest,
            **self._prepare_charge(),
        }

    def _prepare_charge(self):
        """Return what all charges of a notice have in common."""
        return {
            "notice_id": self.id,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "date": self.date,
            "state": "claimed",
        }

    # === DELETION OF PROPOSALS === #

    def _delete_proposal(self):
        """Delete the notices that were never approved, with what was noted on them."""
        notices = self.filtered(lambda notice: notice.state in ("draft", "cancelled") and not notice.name)
        for model, field in (
            ("mail.message", "model"),
            ("mail.activity", "res_model"),
            ("mail.followers", "res_model"),
        ):
            self.env[model].search([(field, "=", self._name), ("res_id", "in", notices.ids)]).unlink()
        notices._delete_rows()

    def _delete_rows(self):
        """Delete by one statement: nothing hangs on proposals but their lines, which go along."""
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM dunning_notice WHERE id = ANY(%s)", self.ids))
        self.env["dunning.notice.line"].invalidate_model()
        self.env["dunning.run"].invalidate_model()
        self.invalidate_model()

    # === TOTALS === #

    def _get_currency_totals(self):
        """Return what a notice asks for, per currency: for the letter.

        :return: list of dicts of ``currency``, ``principal``, ``credit`` (negative), ``interest``, ``fee``, ``previous``
            (charges of earlier notices that were claimed and open at sending) and ``total``; the fee is in the currency of the notice
        """
        self.ensure_one()
        totals = {}
        for line in self.line_ids:
            row = totals.setdefault(line.currency_id, dict.fromkeys(TOTALS, 0.0))
            row["credit" if line.kind == "credit" else "principal"] += line.amount
            row["interest"] += line.amount_interest
        for currency_id, amount in (self.previous_totals or {}).items():
            currency = self.env["res.currency"].browse(int(currency_id))
            totals.setdefault(currency, dict.fromkeys(TOTALS, 0.0))["previous"] += amount
        totals.setdefault(self.currency_id, dict.fromkeys(TOTALS, 0.0))["fee"] += self.amount_fee
        return [self._round_totals(currency, row) for currency, row in totals.items() if any(row.values())]

    def _round_totals(self, currency, row):
        amounts = {key: currency.round(amount) for key, amount in row.items()}
        return {"currency": currency, **amounts, "total": currency.round(sum(amounts.values()))}
