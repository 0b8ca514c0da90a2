from odoo import api, models
from odoo.fields import Command

REMOVALS = (Command.DELETE, Command.UNLINK, Command.CLEAR)


class AccountMoveLine(models.Model):
    """An invoice line remembers the order lines that it bills: without them it would be stopped by no review."""

    _name = "account.move.line"
    _inherit = "account.move.line"

    def write(self, vals):
        if "sale_line_ids" in vals:
            vals = dict(vals, sale_line_ids=self._get_lasting_links(vals["sale_line_ids"]))
        return super().write(vals)

    @api.model
    def _get_lasting_links(self, commands):
        """Return the commands on links between order lines and invoice lines less those that cut some, whoever writes
        them."""
        lasting = []
        if isinstance(commands, models.BaseModel):
            commands = [Command.set(commands.ids)]
        for command in commands or ():
            if not isinstance(command, list | tuple):
                lasting.append(Command.link(command))
            elif command[0] == Command.SET:
                lasting += [Command.link(record_id) for record_id in command[2]]
            elif command[0] not in REMOVALS:
                lasting.append(command)
        return lasting
