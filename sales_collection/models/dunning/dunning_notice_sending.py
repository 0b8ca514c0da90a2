from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL


class DunningNotice(models.Model):
    """What happens to a notice around its sending: amounts read again, levels remembered, and taken back."""

    _name = "dunning.notice"
    _inherit = "dunning.notice"

    def _refresh_amounts(self):
        """Read again what is open, promised, disputed and credited; lines that are settled go, amounts follow.

        Interest is that up to the day of the run. A notice with nothing left, or less than the minimum of its level, or
        whose customer is blocked meanwhile, becomes ``void``.

        :return: the notices that remain
        """
        # records of an x2many field lose their common prefetch when caches are emptied
        self = self.browse(self.ids)
        remaining = self.browse()
        for run, notices in self.grouped("run_id").items():
            remaining |= run.with_company(run.company_id)._refresh_notices(notices)
        settled = self - remaining
        settled._set_state("void")
        settled.run_id._update_state()
        return remaining

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
