from odoo import models


class HrDepartment(models.Model):
    _inherit = "hr.department"

    def _get_floor_path(self):
        """Return the ids of this department and those above it, for the resolution of red lines; empty for none."""
        return frozenset(int(node) for node in (self.parent_path or "").split("/") if node)
