from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Types of approvers that follow from where an order, or who wrote it, belongs
FROM_PLACE = ("department_manager", "team_leader", "manager")


class SaleReviewRuleStep(models.Model):
    """Who decides at one step of a review, and until when."""

    _name = "sale.review.rule.step"
    _description = "Order Review Rule Step"
    _order = "sequence, id"

    rule_id = fields.Many2one("sale.review.rule", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    approver_type = fields.Selection(
        [
            ("user", "Person"),
            ("group", "Group"),
            ("department_manager", "Department manager"),
            ("team_leader", "Sales team leader"),
            ("manager", "Salesperson's manager"),
        ],
        required=True,
        default="department_manager",
    )
    user_id = fields.Many2one("res.users", "Person", domain=[("share", "=", False)], ondelete="restrict")
    group_id = fields.Many2one("res.groups", "Group", ondelete="restrict")
    min_measure = fields.Float(
        "From",
        digits=(16, 2),
        help="The step is required only if the figure reaches this value; amounts are in company currency. 0 means always.",
    )
    deadline_hours = fields.Integer(
        "Deadline (hours)",
        help="If no decision is made within this time, the request moves on to the next step. 0 means that it waits.",
    )

    _check_deadline_hours = models.Constraint(
        "CHECK(deadline_hours BETWEEN 0 AND 87600)",
        "Deadline of a review step: enter 0 (none) or a number of hours, up to 87,600 (ten years).",
    )
    _check_min_measure = models.Constraint(
        "CHECK(min_measure >= 0)", "“Threshold” of a review step: enter 0 (always) or a positive figure."
    )

    @api.constrains("approver_type", "user_id", "group_id")
    def _check_approver(self):
        for step in self:
            if step.approver_type == "user" and (not step.user_id or step.user_id.share):
                raise ValidationError(self.env._("Person of a review step: choose an internal user."))
            if step.approver_type == "group" and not step.group_id:
                raise ValidationError(self.env._("Group of a review step: choose the group whose members decide."))

    @api.depends("approver_type", "user_id", "group_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["approver_type"]._description_selection(self.env))
        for step in self:
            step.display_name = {"user": step.user_id.name, "group": step.group_id.full_name}.get(
                step.approver_type
            ) or labels.get(step.approver_type, "")

    # === BUSINESS METHODS === #

    def _is_needed(self, measure):
        """Tell whether a finding of ``measure`` needs this step; no step: what no rule claims needs its deciders always.

        Below zero, too, there is something to decide.
        """
        return self.min_measure <= max(measure, 0.0)

    def _get_candidate_groups(self, order):
        """Return whom this step asks for an order, one after the other.

        Where the decider follows from where an order belongs, those above its author and its requester are asked too: by
        another team or salesperson nobody chooses who decides.

        :param order: one `sale.order`
        :return: list of `res.users`, at least one, possibly empty
        """
        self.ensure_one()
        groups = [self._get_candidates(order)]
        if self.approver_type in FROM_PLACE:
            groups += [self._get_candidates(place) for place in order._get_decider_places()]
        return [group for number, group in enumerate(groups) if group and group not in groups[:number]] or groups[:1]

    # === HOOKS === #

    def _get_candidates(self, order):
        """Return the users whom this step names for an order: active, internal, of the order's company.

        :param order: one `sale.order`, or the `Place` of who wrote it
        :return: `res.users`, possibly none
        """
        self.ensure_one()
        users = getattr(self, f"_get_candidates_{self.approver_type}")(order)
        return users.filtered(lambda user: user.active and not user.share and order.company_id in user.company_ids)

    def _get_candidates_user(self, order):
        return self.user_id

    def _get_candidates_group(self, order):
        return self.group_id.all_user_ids

    def _get_candidates_department_manager(self, order):
        """The manager of the order's department; a department without one answers to the next above."""
        department = order.department_id
        while department and not department.manager_id:
            department = department.parent_id
        return department.manager_id.user_id

    def _get_candidates_team_leader(self, order):
        return order.team_id.user_id

    def _get_candidates_manager(self, order):
        employees = order.user_id.with_company(order.company_id).employee_id
        return employees.parent_id.user_id
