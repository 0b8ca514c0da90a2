from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.sales_control.tools.settlement import MONEY_JOURNALS

from ...tools.promises import Promised, Settlement, get_held, get_received

# Receipts are entered late: a promise is judged again while it is this young.
DAYS_JUDGED_AGAIN = 30
# Where nothing is left open, what bank charges or a cash discount took off a receipt breaks no promise.
ALL_BUT_CHARGES = 0.95
# Money of customers that is allocated to nothing yet
RECEIPTS_ON_ACCOUNT = Domain(
    [
        ("account_type", "=", "asset_receivable"),
        ("parent_state", "=", "posted"),
        ("reconciled", "=", False),
        ("amount_residual_currency", "<", 0),
        ("journal_id.type", "in", MONEY_JOURNALS),
    ]
)


class PaymentPromise(models.Model):
    """What promises hold back, and how receipts keep or break them."""

    _inherit = "payment.promise"

    @api.model
    def _get_held_amounts(self, items, date, companies=None):
        """Return what promises leave out of dunning on a day: up to the date promised, included.

        :param items: open receivable `account.move.line`
        :param companies: theirs, where the caller knows
        :return: ``{item id: amount in the item's currency}``, only of items with something held
        """
        holding = self._get_holding(items, date, companies)
        # Of thousands of items few are promised: only those are read.
        named = items.browse({item.id for promise, _left in holding for item in promise.move_line_ids}) & items
        residuals = {item: amount for item, (_amount, amount) in named._get_open_amounts().items()}
        held = defaultdict(float)
        for promise, left in holding:
            part = None if promise.holds == "item" else left
            for item, amount in get_held(promise._get_kernel().items, residuals, part).items():
                held[item] += amount
                residuals[item] -= amount
        return dict(held)

    @api.model
    def _get_holding(self, items, date, companies=None):
        """Return the promises that hold some of ``items`` on a day, each with what is missing of it."""
        # Superuser: what is held is the same, whoever computes a run or looks.
        companies = companies or self.env["res.company"].sudo().search([("active", "=", True)])
        promises = self.sudo().search(
            Domain("move_line_ids", "in", items.ids) & self._get_running_domain(companies, date, ("open", "kept"))
        )
        # Read, not taken from the cache: nothing tells a promise of a receipt on account.
        received = promises._get_received_amounts()
        return [(promise, max(0.0, promise.amount - received[promise.id])) for promise in promises]

    @api.model
    def _get_running_domain(self, companies, day=None, states=("open",)):
        """Return the domain of the promises that run on a day: confirmed, and not past.

        :param companies: whose promises
        :param day: where not given, today of each company
        :param states: ``open``; dunning leaves the items of ``kept`` ones out, too, up to the date promised
        """
        running = Domain("state", "in", states) & Domain("is_to_confirm", "=", False)
        return running & companies._get_from_domain("date", day)

    @api.model
    def _get_promised_query(self, companies):
        """Return the query of what is promised today: the promises that run, once for each of their items.

        Columns: promise_id, item_id, partner_id, company_id, currency_id, date and amount of the promise.

        :param companies: whose promises
        """
        self.flush_model()
        field = self._fields["move_line_ids"]
        return SQL(
            """
            SELECT promise.id AS promise_id, rel.%(item)s AS item_id, promise.partner_id, promise.company_id,
                   promise.currency_id, promise.date, promise.amount
            FROM payment_promise promise
            JOIN %(relation)s rel ON rel.%(promise)s = promise.id
            WHERE promise.id IN %(running)s
            """,
            relation=SQL.identifier(field.relation),
            promise=SQL.identifier(field.column1),
            item=SQL.identifier(field.column2),
            # Superuser: what is promised is the same, whoever looks.
            running=self.sudo()._search(self._get_running_domain(companies)).subselect(),
        )

    # === BUSINESS METHODS: JUDGING === #

    @api.model
    def _judge_due(self, company, date):
        """Judge the open promises of a company that were due before a day; for days after today, those due by now.

        :return: the promises judged
        """
        day = min(date, company._get_today())
        # Superuser: runs and crons judge for everybody.
        due = self.sudo().search([("company_id", "=", company.id), ("state", "=", "open"), ("date", "<", day)])
        due._judge(day)
        return due

    @api.model
    def _cron_judge_promises(self):
        """Judge open promises, and recent ones again: the bank statement of a day comes later."""
        for (company,) in self._read_group([("state", "!=", "cancelled")], ["company_id"]):
            since = company._get_today() - timedelta(days=DAYS_JUDGED_AGAIN)
            recent = Domain("state", "in", ("kept", "broken")) & Domain("date", ">=", since)
            domain = Domain("company_id", "=", company.id) & (Domain("state", "=", "open") | recent)
            self.search(domain)._judge()

    def _judge(self, date=None):
        """Compare what was promised with what was received; one that was cancelled stays so.

        :param date: the day on which they are judged; default, and at the latest, today
        """
        judged = self.filtered(lambda promise: promise.state != "cancelled")
        received = judged._get_received_amounts()
        paid_late = judged._get_paid_late()
        for promise in judged:
            today = promise.company_id._get_today()
            amount = received[promise.id]
            state = promise._get_verdict(amount, promise.id in paid_late, min(date or today, today))
            if state != promise.state:
                promise._close(state)

    def _get_verdict(self, received, is_paid_late, date):
        """Return the state of this promise on a day.

        :param received: in time, in its currency
        :param is_paid_late: a receipt came after the date promised
        """
        self.ensure_one()
        if self.currency_id.compare_amounts(received, self.amount) >= 0:
            return "kept"
        if not is_paid_late and not self._has_open_items():
            enough = self.currency_id.compare_amounts(received, ALL_BUT_CHARGES * self.amount) >= 0
            return "kept" if enough else "cancelled"
        return "broken" if self.date < date else "open"

    def _has_open_items(self):
        """Tell whether anything of the items is still open; those of a cancelled invoice are not."""
        self.ensure_one()
        return any(item.amount_open_currency > 0 for item in self.move_line_ids)

    def _close(self, state):
        """Write the state of these promises, say what was received, and call for action where one is broken."""
        self.activity_unlink(["mail.mail_activity_data_call", "mail.mail_activity_data_todo"])
        for promise in self:
            promise.state = state
            if state in ("kept", "broken"):
                promise._message_log(body=promise._get_verdict_text())
            elif state == "cancelled" and not promise._has_open_items():
                promise._message_log(
                    body=self.env._("The items were settled in another way, for example by a credit note.")
                )
            if state == "broken":
                promise._plan_call()

    def _get_verdict_text(self):
        """Return what was promised, received in time and is missing, in one sentence."""
        self.ensure_one()
        return self.env._(
            "%(received)s of %(amount)s received on time, %(missing)s missing.",
            received=self._format_amount(self.amount_received),
            amount=self._format_amount(self.amount),
            missing=self._format_amount(self.amount_missing),
        )

    def _plan_call(self):
        """Give the collector an activity: this promise is broken."""
        self.ensure_one()
        collector = self.partner_id._get_collector(self.company_id) or self.user_id
        promise = self.with_context(lang=collector.lang or self.env.lang)
        promise.activity_schedule(
            "mail.mail_activity_data_call",
            date_deadline=self.company_id._get_today(),
            summary=promise.env._("Broken promise: call %s", self.partner_id.display_name),
            note=promise._get_verdict_text(),
            user_id=collector.id,
        )

    # === BUSINESS METHODS: RECEIPTS === #

    def _get_peer_domain(self):
        """Return the domain of all promises of these customers that count; a receipt keeps one of them only."""
        return (
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "!=", "cancelled")
        )

    def _get_received_amounts(self):
        """Return what was received in time on these promises: ``{promise id: amount in its currency}``."""
        # Superuser: what was received counts, whoever reads the entries.
        promises = self._origin.sudo().filtered(lambda promise: promise.state != "cancelled")
        peers = promises | promises.search(promises._get_peer_domain())
        settlements = self.env["account.partial.reconcile"].sudo()._get_settlements(peers.move_line_ids)
        by_item = defaultdict(list)
        for settlement in settlements:
            by_item[settlement.item].append(settlement)
        on_account = peers._get_receipts_on_account()
        received = {}
        for key, group in peers.grouped(lambda p: (p.partner_id, p.company_id, p.currency_id)).items():
            found = [settlement for item in group.move_line_ids.ids for settlement in by_item[item]]
            found += on_account.get(key, [])
            received.update(get_received([promise._get_kernel() for promise in group.sorted()], found))
        return {promise.id: received.get(promise.id, 0.0) for promise in promises}

    def _get_receipts_on_account(self):
        """Return the receipts of these promises' customers that are not allocated yet: a bookkeeper who is late breaks no
        promise.

        :return: ``{(customer, company, currency): [Settlement]}``
        """
        domain = Domain("partner_id.commercial_partner_id", "in", self.partner_id.ids)
        domain &= Domain("company_id", "in", self.company_id.ids)
        found = defaultdict(list)
        for line in self.env["account.move.line"].search(domain & RECEIPTS_ON_ACCOUNT) if self else ():
            key = (line.partner_id.commercial_partner_id, line.company_id, line.currency_id)
            found[key].append(Settlement(line.id, None, line.date, -line.amount_residual_currency))
        return found

    def _get_paid_late(self):
        """Return the ids of those of these promises on whose items a receipt came after the date promised."""
        # Superuser: receipts count whose entries the user may not see.
        settlements = self.env["account.partial.reconcile"].sudo()._get_settlements(self.move_line_ids)
        receipts = [settlement for settlement in settlements if settlement.kind == "receipt"]
        return {
            promise.id
            for promise in self
            if any(r.item in promise.move_line_ids.ids and r.date > promise.date for r in receipts)
        }

    def _get_kernel(self):
        """Return this promise for the calculation."""
        self.ensure_one()
        items = self.move_line_ids.sorted(lambda item: (item.date_maturity or item.date, item.id))
        return Promised(self.id, tuple(items.ids), self.amount, self.date_recorded, self.date, self.settlement_mark)
