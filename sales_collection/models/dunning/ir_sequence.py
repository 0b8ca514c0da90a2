from odoo import models
from odoo.tools import SQL


class IrSequence(models.Model):
    _name = "ir.sequence"
    _inherit = "ir.sequence"

    def _draw_numbers(self, count):
        """Return so many next numbers by one statement; only of a standard sequence without periods."""
        self.ensure_one()
        query = SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"ir_sequence_{self.id:03d}", count)
        return [self.get_next_char(number) for (number,) in self.env.execute_query(query)]
