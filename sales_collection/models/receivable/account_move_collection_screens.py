from collections import defaultdict

from odoo import fields, models


class AccountMove(models.Model):
    """The way from a customer invoice to its notices, promises and disputes."""

    _name = "account.move"
    _inherit = "account.move"

    notice_count = fields.Integer("Notices", compute="_compute_collection_counts")
    promise_count = fields.Integer("Promises", compute="_compute_collection_counts")
    dispute_count = fields.Integer("Disputes", compute="_compute_collection_counts")

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
