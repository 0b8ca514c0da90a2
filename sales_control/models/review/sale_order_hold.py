from contextlib import contextmanager
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, retrying

from ...tools.judgement import Judgement


class SaleOrder(models.Model):
    """Requests of review, holds, and what follows from edits and decisions."""

    _name = "sale.order"
    _inherit = "sale.order"

    # === BUSINESS METHODS: WHAT HOLDS AN ORDER === #

    def _hold_for_review(self):
        """Open the reviews of those quotations that need one, confirmation asked for.

        :return: the orders that wait now and must not be confirmed
        """
        quotations = self.filtered(lambda order: order.state in ("draft", "sent"))
        uncovered = quotations._get_uncovered_findings("confirm")
        self._check_not_blocked(uncovered)
        held = self.browse().concat(*(order for order, findings in uncovered.items() if findings))
        (quotations - held)._end_needless_reviews()
        if held:
            held._check_may_request()
            for order in held:
                if message := order._confirmation_error_message():
                    raise UserError(message)
            found = {order: uncovered[order] for order in held}
            held._sync_reviews(request=True, confirm=True, uncovered=found)
            self._tell_what_waits(held)
        return held

    def _end_needless_reviews(self):
        """Void what waits for a decision about these quotations, in which nothing needs one any more."""
        # Superuser: a payment or a changed limit has settled it, whoever confirms.
        if waiting := self.sudo().filtered(lambda order: order.review_state == "pending"):
            waiting._sync_reviews(uncovered={order: [] for order in waiting})

    def _tell_what_waits(self, held):
        """Tell the user which of several orders confirm and which wait for a decision."""
        if len(self) > 1:
            message = self.env._(
                "%(confirmed)s of %(total)s confirmed. Under review: %(names)s",
                confirmed=len(self - held),
                total=len(self),
                names=", ".join(held.mapped("name")),
            )
            self.env.user._bus_send("simple_notification", {"type": "warning", "message": message})

    def _check_not_blocked(self, uncovered):
        """Raise one error with every figure when a finding blocks."""
        blocking = {order: [f for f in found if f.severity == "block"] for order, found in uncovered.items()}
        if any(blocking.values()):
            raise UserError(self._get_refusal_message(blocking))

    def _get_refusal_message(self, uncovered):
        """Return why orders are refused: each with its findings and figures, and what to do next.

        :param dict uncovered: order -> list of `Finding`
        """
        nameless = self.env._("New order")
        lines = [
            f"{order.name or nameless}: {finding.message}"
            for order, findings in uncovered.items()
            for finding in findings
        ]
        findings = [finding for found in uncovered.values() for finding in found]
        if any(finding.severity == "block" for finding in findings):
            lines.append(self.env._("This cannot be confirmed as it stands: change the order."))
        else:
            lines.append(
                self.env._(
                    "This needs approval first: click Confirm or Request Review on the quotation. If nothing needs review there, update its promotions and prices: confirming changes them."
                )
            )
        return "\n".join(lines)

    def _get_stopped(self, stage, advances=()):
        """Return those of these orders that may not ship or bill, as superuser.

        :param str stage: ``deliver`` or ``invoice``
        :param advances: quotations that are billed nothing but a down payment: what ends once they are paid does not
            stop that
        :return: dict, order -> list of reasons
        """
        reasons = {}
        # Superuser: warehouse and accounting are stopped by orders and approvals they may not read.
        orders = self.sudo()
        stages = {order: stage if order.state == "sale" else "confirm" for order in orders}
        for name in set(stages.values()):
            judged = orders.filtered(lambda order, name=name: stages[order] == name)
            for order, findings in judged._get_uncovered_findings(name).items():
                reasons[order] = [
                    finding.message
                    for finding in findings
                    if order not in advances or not order._is_settled_by_payment(finding)
                ]
        for order in orders.filtered("on_hold"):
            open_reviews = order.order_review_ids.filtered(
                lambda r: r.is_current and r.state in ("pending", "rejected")
            )
            reasons[order] += open_reviews.mapped("message") or [self.env._("on hold")]
        return {order: messages for order, messages in reasons.items() if messages}

    def _check_not_stopped(self, stage, advances=()):
        """Raise an error that says why unless all these orders may ship or bill.

        :param str stage: ``deliver`` or ``invoice``
        :param advances: see `_get_stopped`
        :raise UserError: with every order, its findings and whom it waits for
        """
        if stopped := self._get_stopped(stage, advances):
            lines = [
                self.env._(
                    "%(order)s is awaiting approval: %(reasons)s (%(deciders)s)",
                    order=order.name,
                    reasons="; ".join(messages),
                    deciders=order._get_deciders_label(),
                )
                for order, messages in stopped.items()
            ]
            raise UserError("\n".join(lines))

    def _get_deciders_label(self):
        """Return whom this order waits for, in words."""
        self.ensure_one()
        pending = self.sudo().order_review_ids.filtered(lambda review: review.state == "pending")
        names = dict.fromkeys(review.deciders for review in pending if review.deciders)
        return ", ".join(names) or self.env._("someone to request a review")

    # === BUSINESS METHODS: REQUESTS === #

    def _sync_reviews(self, request=False, confirm=False, uncovered=None, later=None):
        """Bring the reviews of these orders in line with what is found now.

        Pending reviews that nobody needs any more, or whose figures or terms got worse, become void; what is found
        and neither covered nor pending is asked for when ``request`` says so.

        :param bool request: open reviews for what is not covered
        :param bool confirm: the order shall confirm itself when all is approved
        :param dict uncovered: order -> findings, where the caller knows them: those of one call depend on each other
        :param dict later: order -> findings of deliveries and invoices to come that are asked for too; where not
            given, those that a review has been asked for
        """
        uncovered = uncovered or self._get_uncovered_findings("confirm")
        later = later or self._get_asked_later(uncovered)
        approvals = self._get_review_approvals(self, "confirm")
        vals_list, approved = [], False
        for order in self.sudo():
            found = uncovered[order] + later.get(order, [])
            kept, voided = order._sort_out_pending(found)
            kept._drop_needless_steps(found)
            kept.current_step_id._follow_absence()
            approved = approved or "approved" in kept.mapped("state")
            if request:
                wanted = [f for f in found if f.identity not in {(r.kind, r.key) for r in kept}]
                vals_list += order._prepare_requests(wanted, approvals[order], confirm, voided)
                kept.filtered(lambda review: not review.confirm_requested and confirm).confirm_requested = True
        reviews = self.env["sale.order.review"]._request(vals_list)
        reviews._start(reviews.order_id)
        reviews.order_id._log_requests(reviews)
        # Who was spared may have been the last to decide.
        self._refresh_review_state(None if approved else uncovered)

    def _get_asked_later(self, uncovered):
        """Return the later findings of those of these orders that have pending reviews of what is not ``uncovered``.

        :param dict uncovered: order -> findings at confirmation
        :return: dict, see `_get_later_findings`
        """

        def waits_beyond(order):
            known = {finding.identity for finding in uncovered[order]}
            pending = order.order_review_ids.filtered(lambda review: review.state == "pending")
            return any((review.kind, review.key) not in known for review in pending)

        confirmed = self.sudo().filtered(lambda order: order.state == "sale")
        return confirmed.filtered(waits_beyond)._get_later_findings(uncovered)

    def _sort_out_pending(self, findings):
        """Void the pending reviews of this order that no longer say what is found.

        :return: (those kept, those voided), both `sale.order.review`
        """
        self.ensure_one()
        found = {finding.identity: finding for finding in findings}
        terms = self._get_review_fingerprint()
        pending = self.order_review_ids.filtered(lambda review: review.state == "pending")
        kept = pending.filtered(
            lambda review: review.fingerprint == terms and review._still_says(found.get((review.kind, review.key)))
        )
        voided = pending - kept
        voided._void()
        return kept, voided

    def _prepare_requests(self, findings, approvals, confirm, voided):
        """Return the values of the reviews that ask for ``findings``.

        :param bool confirm: confirmation is asked for
        :param voided: reviews that these replace
        """
        self.ensure_one()
        identities = {finding.identity for finding in findings}
        # A new request of the same matter replaces the rejected one, which stays as history.
        rejected = self.order_review_ids.filtered(lambda r: r.state == "rejected" and (r.kind, r.key) in identities)
        rejected.is_current = False
        overrides = {"confirm_requested": confirm or any(voided.mapped("confirm_requested"))}
        if voided and self._get_review_requester() != self.env.user:
            # A customer or the system changed it: the request stays whose it was.
            overrides["requested_by"] = voided[0].requested_by.id
        prepare = self.env["sale.order.review"]._prepare_review_values
        return [dict(prepare(self, finding, approvals), **overrides) for finding in findings]

    def _log_requests(self, reviews):
        """Note in the chatter what is asked of whom."""
        for order in self:
            items = Markup().join(
                Markup("<li>%s<br/>→ %s</li>") % (review._get_open_sentence(), review.deciders)
                for review in reviews.filtered(lambda review, order=order: review.order_id == order)
            )
            order.message_post(
                body=Markup("<p>%s</p><ul>%s</ul>") % (self.env._("Review requested"), items),
                author_id=self.env.user.partner_id.id,
            )

    def _refresh_review_state(self, uncovered=None):
        """Store what the reviews of these orders come to, and hold or release confirmed ones."""
        uncovered = uncovered or self._get_uncovered_findings("confirm")
        for order in self.sudo():
            values = {
                "review_state": order._get_review_state(bool(uncovered[order])),
                "on_hold": order.state == "sale" and bool(uncovered[order]),
            }
            if any(order[name] != value for name, value in values.items()):
                order.write(values)

    def _get_review_state(self, is_uncovered):
        """Return the state that the reviews of the current round give this order."""
        self.ensure_one()
        states = set(self.order_review_ids.filtered("is_current").mapped("state"))
        for state in ("pending", "rejected"):
            if state in states:
                return state
        return "approved" if "approved" in states and not is_uncovered else "clear"

    def _close_review_round(self):
        """End the round of reviews of orders that are cancelled: history stays, approvals end."""
        reviews = self.sudo().order_review_ids.filtered("is_current")
        if reviews:
            reviews.filtered(lambda review: review.state == "pending")._void()
            reviews.is_current = False
            reviews.order_id.write({"review_state": "clear", "on_hold": False})

    # === BUSINESS METHODS: EDITS === #

    @api.model
    def _get_judgement(self):
        """Return what this transaction knows about the judging that goes on in it: `Judgement`."""
        return Judgement.of(self.env.cr)

    @contextmanager
    def _judge_edit(self):
        """Judge again what the enclosed edit does to these orders.

        A confirmed order that becomes worse than what is covered goes on hold with reviews opened; one that stays as
        good goes on. A quotation under review is asked for again where its figures got worse.
        """
        edited = self._get_judgement().edited
        orders = self.filtered(lambda order: order._origin and order.id not in edited)
        orders = orders.filtered(lambda order: order.state == "sale" or order.review_count)
        if not orders:
            yield
            return
        confirmed = orders.filtered(lambda order: order.state == "sale")
        before = confirmed._get_uncovered_findings("confirm")
        with confirmed._noting_edit():
            edited.update(orders.ids)
            try:
                yield
            finally:
                edited.difference_update(orders.ids)
            orders._follow_edit(before)

    def _follow_edit(self, before):
        """Draw the consequences of an edit of these orders.

        :param dict before: order -> what was uncovered before the edit, for orders that were confirmed then
        """
        # What this edit has just confirmed was judged by the guard.
        confirmed = self.filtered(lambda order: order.state == "sale" and order in before)
        after = confirmed._get_uncovered_findings("confirm")
        worse = {order: order._get_worse(before.get(order, []), found) for order, found in after.items()}
        if not (self.env.su or self._get_judgement().goods_leaving):
            self._check_not_blocked(worse)
        for order in self:
            if order in worse:
                request = bool(worse[order]) or (order.on_hold and order.review_state == "pending")
                if request or order.on_hold:
                    order._sync_reviews(request=request)
            elif order.state in ("draft", "sent"):
                order._sync_reviews(request=order.review_state == "pending")

    def _get_worse(self, before, after):
        """Return those findings of ``after`` that are not there, or smaller, in ``before``."""
        known = {finding.identity: (finding.measure, finding.stake) for finding in before}
        return [
            finding
            for finding in after
            if finding.identity not in known or not finding.is_within(*known[finding.identity])
        ]

    # === BUSINESS METHODS: DECISIONS AND RECHECKS === #

    def _follow_decisions(self):
        """Draw the consequences of decisions on these orders: confirm, release the hold, or ask again.

        Called as superuser by the reviews, on behalf of the reviewer.
        """
        uncovered = self._get_uncovered_findings("confirm")
        for order in self:
            current = order.order_review_ids.filtered("is_current")
            if "pending" in current.mapped("state") or "rejected" in current.mapped("state"):
                continue
            asked = any(current.mapped("confirm_requested"))
            if uncovered[order] and asked:
                order._sync_reviews(request=True, confirm=True)
            elif asked and order.state in ("draft", "sent") and order.company_id.review_auto_confirm:
                order._confirm_reviewed()
        # What became of one order may change what is found in the next.
        self._refresh_review_state(uncovered if len(self) == 1 else None)

    def _confirm_reviewed(self):
        """Confirm this order after its last approval; what prevents it is brought to the salesperson.

        The approval stands in any case.
        """
        self.ensure_one()
        # A customer who signed or paid is waiting for the confirmation by mail.
        send_email = bool(self.signature or self.transaction_ids)
        order = self._for_salesperson()
        try:
            with self.env.cr.savepoint(), order._telling_salesperson():
                order.with_context(send_email=send_email).action_confirm()
        except UserError as error:
            order._ask_salesperson(order.env._("Approved, but could not be confirmed"), error)

    def _recheck_by(self, cron, request=False, limit=None):
        """Judge these orders again, one transaction for each, for a cron: what they wait for may have changed.

        Orders that somebody works on are left to another run of ``cron`` in a minute: unlike requests, crons are not
        repeated by Odoo when transactions meet.

        :param bool request: see `_sync_reviews`
        :param int limit: how many orders in one call
        """
        self.env["ir.cron"]._commit_progress(remaining=len(self))
        for order in self[:limit]:
            if not order._try_recheck(request):
                cron._trigger(fields.Datetime.now() + timedelta(minutes=1))
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _try_recheck(self, request):
        """Return whether this order could be judged again: not while others work on it or on what it depends on."""

        def work():
            free = bool(self.try_lock_for_update())
            if free:
                self._recheck_reviews(request)
            return free

        self.ensure_one()
        try:
            return retrying(work, self.env)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            return False

    def _recheck_reviews(self, request=False):
        """Void what is no longer found, hold or release this order, and confirm what was asked for and fits now.

        :param bool request: see `_sync_reviews`
        """
        self.ensure_one()
        self._sync_reviews(request=request)
        self._follow_decisions()
