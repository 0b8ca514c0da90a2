from markupsafe import Markup

from odoo import SUPERUSER_ID, models

from ...tools.finding import Place
from ...tools.groups import SALES_MANAGERS


class SaleOrder(models.Model):
    """Where an order belongs, for rules and deciders: as it says itself, and as who wrote it belongs.

    Whoever may not choose a department could still choose the salesperson or the team that it follows from, and with
    them who decides.
    """

    _name = "sale.order"
    _inherit = "sale.order"

    def _get_review_places(self, scope):
        """Return to which departments and teams these orders belong, as far as the scope of a rule asks.

        :param scope: a `Scope`
        :return: dict, order -> two pairs (ids of the department and those above it, ids of teams): what the order says,
            and what its author brings along
        """
        departments = self._get_author_departments() if scope.department_ids else {}
        places = {}
        for order in self:
            department = departments.get(order) or order.department_id
            teams = order._get_author_teams() if scope.team_ids else order.team_id
            said, brought = (
                self._get_department_path(one) if scope.department_ids else set()
                for one in (order.department_id, department)
            )
            places[order] = (said, {order.team_id.id}), (brought, set(teams.ids))
        return places

    def _get_author_departments(self):
        """Return the departments of who wrote these orders, on the day that counts: dict, order -> `hr.department`."""
        authors = {order: (order._get_author().id, order.company_id.id, order._get_review_date()) for order in self}
        found = self.env["hr.employee"]._get_departments_at(set(authors.values()))
        return {order: found[author] for order, author in authors.items()}

    def _get_author_teams(self):
        """Return the teams of who wrote this order: that of the order where it is one of his, or he is in none."""
        self.ensure_one()
        teams = self._get_author().sudo().crm_team_ids
        return self.team_id if self.team_id in teams or not teams else teams

    def _get_author(self):
        """Return who wrote this order: the user while it is not saved."""
        self.ensure_one()
        return self.create_uid or self.env.user

    def _get_department_path(self, department):
        """Return the ids of a department and those above it."""
        return {int(node) for node in (department.parent_path or "").split("/") if node}

    def _get_decider_places(self):
        """Return where those belong who could have chosen who decides on this order: its author and who asks.

        The system, customers, and managers, who choose departments as they like, bring no place along.

        :return: list of `Place`
        """
        self.ensure_one()
        places = []
        for user in (self._get_author() | self._get_review_requester()).sudo():
            if user.id != SUPERUSER_ID and not user.share and not user.has_groups(SALES_MANAGERS):
                places.append(self._prepare_decider_place(user))
        return places

    def _prepare_decider_place(self, user):
        """Return where ``user`` belongs, as a `Place`; where he tells nothing, it is what this order says.

        Above the department that he leads himself: his own manager decides.
        """
        company = self.company_id
        key = (user.id, company.id, self._get_review_date())
        department = self.env["hr.employee"]._get_departments_at([key])[key].sudo()
        if department == self.department_id:
            department = self.department_id
        else:
            while department and department.manager_id.user_id == user:
                department = department.parent_id
        teams = user.crm_team_ids.filtered(lambda team: team.company_id in (company, company.browse()))
        team = self.team_id if not teams or self.team_id in teams else (user.sale_team_id & teams or teams[0])
        return Place(department_id=department, team_id=team, user_id=user, company_id=company)

    def _get_salesperson(self):
        """Return who sells this order, else who wrote it: a `res.users`."""
        self.ensure_one()
        return self.user_id or self.create_uid

    def _for_salesperson(self):
        """Return this order in the language of its salesperson, who reads what becomes of it."""
        self.ensure_one()
        return self.with_context(lang=self._get_salesperson().lang or self.env.lang)

    def _telling_salesperson(self):
        """Return the block in which what is found is said as the salesperson of this order may read it."""
        self.ensure_one()
        return self._get_judgement().during(reader=self._get_salesperson())

    def _ask_salesperson(self, summary, error):
        """Give the salesperson of this order something to do about an error that nobody else sees."""
        self.ensure_one()
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=self._get_salesperson().id,
            summary=summary,
            note=Markup("<p>%s</p>") % error,
        )
