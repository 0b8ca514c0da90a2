from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.groups import COLLECTOR
from ...tools.levels import Claim


class UncheckedMany2one(fields.Many2one):
    """A Many2one that the database does not check row by row: two of them save a third of the time of inserting lines.

    For records that cannot be deleted as long as they are used: a level says so itself, and a currency that has journal
    items is kept by them.
    """

    def update_db_foreign_key(self, model, column):
        """Make no foreign key."""


class DunningNoticeLine(models.Model):
    """An item that a notice claims, or a credit that it deducts (negative)."""

    _name = "dunning.notice.line"
    _description = "Dunning Notice Line"
    _order = "notice_id, date_maturity, id"
    # Who and when is on the notice; 100,000 lines are written faster without.
    _log_access = False

    notice_id = fields.Many2one(
        "dunning.notice", "Notice", required=True, readonly=True, ondelete="cascade", index=True
    )
    state = fields.Selection(
        [
            ("draft", "Proposed"),
            ("approved", "Approved"),
            ("sent", "Sent"),
            ("void", "Settled"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        required=True,
        readonly=True,
        default="draft",
    )
    kind = fields.Selection(
        [("claim", "Claimed"), ("credit", "Deducted")], string="Type", required=True, readonly=True, default="claim"
    )
    move_line_id = fields.Many2one("account.move.line", "Journal Item", readonly=True, ondelete="set null", index=True)
    name = fields.Char("Number", readonly=True, help="Number of the document when the notice was proposed.")
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    currency_id = UncheckedMany2one("res.currency", "Currency", required=True, readonly=True)
    date_maturity = fields.Date("Due", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    level_id = UncheckedMany2one("dunning.level", "Level", readonly=True, ondelete="restrict")
    is_new_level = fields.Boolean(
        "New Level",
        readonly=True,
        help="The item reaches the level with this notice. Otherwise it is claimed again, without a new level or interest.",
    )
    amount = fields.Monetary(readonly=True, help="Open amount claimed, or the credit that is deducted (negative).")
    amount_held = fields.Monetary("Left Out", readonly=True, help="Promised or disputed.")
    amount_interest = fields.Monetary("Interest", readonly=True)
    interest_from = fields.Date("Interest Since", readonly=True, help="The last day for which no interest is charged.")
    interest_to = fields.Date("Interest up to", readonly=True, help="Empty if the line bears no interest.")
    previous_level_id = fields.Many2one("dunning.level", "Previous Level", readonly=True)
    previous_date = fields.Date("Previously Dunned On", readonly=True)
    previous_interest_date = fields.Date("Interest Previously Charged up to", readonly=True)
    previous_notice_id = fields.Many2one(
        "dunning.notice", "Previous Notice", readonly=True, ondelete="set null", index="btree_not_null"
    )

    # Of two runs at one moment only one may ask for an item.
    _open_item = models.UniqueIndex(
        "(move_line_id) WHERE kind = 'claim' AND state IN ('draft', 'approved')",
        "This item is already included in another open notice.",
    )

    def _delete_rows(self):
        """Delete by one statement: nothing hangs on lines."""
        self.env.flush_all()
        self.env.cr.execute(SQL("DELETE FROM dunning_notice_line WHERE id = ANY(%s)", self.ids))
        self.invalidate_model()
        self.env["dunning.notice"].invalidate_model(["line_ids"])

    def action_exclude(self):
        """Take single items out of proposed notices, whose amounts follow. For collectors.

        :raises UserError: where a notice is approved already
        """
        self.env["dunning.run"]._check_rights(COLLECTOR)
        self.check_access("read")
        # superuser: notices are history that nobody writes by hand
        lines = self.sudo()
        if lines.filtered(lambda line: line.state != "draft" or line.kind != "claim"):
            raise UserError(self.env._("Only items that a proposed notice claims can be left out."))
        notices = lines.notice_id
        lines._delete_rows()
        notices._refresh_amounts()

    # Business methods

    def _prepare_restored_item(self):
        """Return the values that the item had before this line."""
        self.ensure_one()
        return {
            "level_id": self.previous_level_id.id,
            "date": self.previous_date,
            "interest_date": self.previous_interest_date,
            "notice_id": self.previous_notice_id.id,
        }

    def _get_current_claim(self, items):
        """Return the line as `Claim` on what is open now, None where it is settled or another notice has dunned it since.

        :param items: ``{id: OpenItem}`` of the customer
        """
        item = items.get(self.move_line_id.id)
        if self.kind != "claim" or item is None or item.residual <= 0:
            return None
        # A run that read the ledger before another one sent its notices proposes what has been dunned meanwhile.
        if item.last_notice_id != (self.previous_notice_id.id or None):
            return None
        if not self.level_id:
            return Claim(item, None, None, False, item.residual)
        return Claim(item, self.level_id.id, self.level_id.days, self.is_new_level, item.residual)
