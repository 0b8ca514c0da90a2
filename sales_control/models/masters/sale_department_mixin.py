from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...tools.groups import SALES_MANAGERS


class SaleDepartmentMixin(models.AbstractModel):
    """Documents that keep the department which their salesperson belonged to on the document's day.

    The department is decided when the salesperson is set and does not follow the person's later moves. When the
    document gets another day (a quotation is confirmed weeks later), an automatic department is looked up again for
    the new day; one that a manager has chosen stays. Another salesperson always brings his own department.
    """

    _name = "sale.department.mixin"
    _description = "Document with Its Salesperson's Department"

    _department_date_field = None  # the field that dates the document
    _department_user_field = None
    _department_editors = SALES_MANAGERS

    department_id = fields.Many2one(
        "hr.department",
        string="Department",
        compute="_compute_department_id",
        store=True,
        readonly=False,
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        groups="base.group_user",
        help="The salesperson's department on the document's date. It does not change if the salesperson moves to another department later; sales managers can correct it.",
    )

    def _compute_department_id(self):
        """Set the automatic department; models declare what it depends on."""
        for document, department in self._get_automatic_departments().items():
            document.department_id = department

    def _get_automatic_departments(self):
        """Return ``{document: hr.department}``: whom the document belongs to if no manager says otherwise."""
        keys = {document: document._get_department_key() for document in self}
        departments = self.env["hr.employee"]._get_departments_at({key for key in keys.values() if key})
        nobody = self.env["hr.department"]
        return {document: departments.get(key, nobody) for document, key in keys.items()}

    def _get_department_key(self):
        """Return ``(user_id, company_id, date)`` to look the department up with, or False for none."""
        self.ensure_one()
        user = self[self._department_user_field]
        day = self._get_department_day(self[self._department_date_field])
        return bool(user) and (user.id, self.company_id.id, day)

    def _get_department_day(self, value):
        """Return the ``date`` meant by a value of the document's date field; today where it is empty."""
        return fields.Date.to_date(value) or (self.company_id or self.env.company)._get_today()

    def _department_follows_date(self):
        """Return whether a new date of this document may bring a new department: hook for documents that took it over
        from another one."""
        self.ensure_one()
        return True

    def _get_accepted_departments(self):
        """Return the departments that a user who is no manager may give to a new document."""
        self.ensure_one()
        return self._get_automatic_departments()[self]

    @api.model_create_multi
    def create(self, vals_list):
        documents = super().create(vals_list)
        if not self._may_edit_department():
            by_default = self.default_get(["department_id"])  # of the context or of the user's own defaults
            for document, vals in zip(documents, vals_list, strict=True):
                if "department_id" in vals or by_default:
                    document._check_given_department()
        return documents

    def _check_given_department(self):
        accepted = self._get_accepted_departments()
        if self.department_id not in accepted and (self.department_id or accepted):
            self._raise_department_error(self.department_id)

    def write(self, vals):
        if "department_id" in vals and not self._may_edit_department():
            department = self.env["hr.department"].browse(vals["department_id"] or [])
            for document in self:
                if document.department_id != department:
                    document._raise_department_error(department)
        # Marked before the write: its constraints (the order review) must already see the new day's department.
        self.env.add_to_compute(self._fields["department_id"], self._get_department_followers(vals))
        return super().write(vals)

    def _get_department_followers(self, vals):
        """Return the documents whose department is automatic and whose day these values change."""
        if self._department_date_field not in vals or "department_id" in vals:
            return self.browse()
        name = self._department_date_field
        moved = self.filtered(
            lambda document: document._get_department_day(document[name]) != document._get_department_day(vals[name])
            and document._department_follows_date()
        )
        automatic = moved.sudo()._get_automatic_departments()
        return moved.filtered(lambda document: document.department_id == automatic[document])

    def _may_edit_department(self):
        return self.env.su or self.env.user.has_groups(self._department_editors)

    def _raise_department_error(self, department):
        raise AccessError(
            self.env._(
                'The department of %(document)s cannot be set to "%(department)s": it is determined by the salesperson, and only a sales manager may choose another one. Leave the department as it is, or ask a sales manager.',
                document=self.display_name,
                department=department.display_name or self.env._("none"),
            )
        )
