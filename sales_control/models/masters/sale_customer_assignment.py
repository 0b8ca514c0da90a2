from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.days import subtract_days


class SaleCustomerAssignment(models.Model):
    """Which salesperson served a customer from when to when: the history of ``res.partner.user_id``.

    Both dates are days where the customer's company is, and belong to the assignment. A day belongs to one
    salesperson, the last of the day: who is replaced on the day he was assigned leaves no assignment (the customer's
    chatter still shows the change), and who gets a customer back the day after losing him goes on with the old one.
    """

    _name = "sale.customer.assignment"
    _description = "Customer Assignment"
    _order = "date_start desc, id desc"

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", string="Salesperson", required=True, index=True, ondelete="restrict")
    department_id = fields.Many2one(
        "hr.department",
        string="Department",
        index="btree_not_null",
        ondelete="restrict",
        help="The salesperson's department on the first day of the assignment.",
    )
    company_id = fields.Many2one(
        "res.company", string="Company", related="partner_id.company_id", store=True, index="btree_not_null"
    )
    date_start = fields.Date(
        string="From",
        required=True,
        default=lambda self: self.env.company._get_today(),
        help="First day on which the salesperson was responsible for the customer.",
    )
    date_end = fields.Date(
        string="To",
        index="btree_not_null",
        help="Last day on which the salesperson was responsible for the customer. Empty for the current salesperson.",
    )
    is_current = fields.Boolean(string="Current", compute="_compute_is_current", search="_search_is_current")

    _dates_in_order = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        'An assignment cannot end before it starts. Correct the "From" or the "To" date.',
    )
    _one_open_per_partner = models.UniqueIndex(
        "(partner_id) WHERE date_end IS NULL",
        'A customer can have only one current salesperson. Set the "To" date of the other open assignment first.',
    )

    @api.depends("date_end")
    def _compute_is_current(self):
        for assignment in self:
            assignment.is_current = not assignment.date_end

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain("date_end", "=", False) if True in value else Domain("date_end", "!=", False)

    @api.depends("partner_id", "user_id")
    def _compute_display_name(self):
        for assignment in self:
            assignment.display_name = f"{assignment.partner_id.display_name}: {assignment.user_id.display_name}"

    @api.constrains("partner_id", "user_id", "date_end")
    def _check_open_is_current(self):
        for assignment in self.filtered("is_current"):
            current = assignment.partner_id.sudo().user_id
            if assignment.user_id != current:
                raise ValidationError(
                    self.env._(
                        '%(user)s is not the salesperson of %(customer)s today (%(current)s is). Set the "To" date of this assignment, or change the salesperson on the customer.',
                        user=assignment.user_id.name,
                        customer=assignment.partner_id.display_name,
                        current=current.name or self.env._("nobody"),
                    )
                )

    @api.constrains("partner_id", "date_start", "date_end")
    def _check_overlap(self):
        everything = self.sudo().search(Domain("partner_id", "in", self.partner_id.ids)).grouped("partner_id")
        # What is missing is what the database refuses, with its label.
        for assignment in self.filtered(lambda one: one.partner_id and one.date_start):
            for other in everything[assignment.partner_id] - assignment:
                if assignment._overlaps(other):
                    raise ValidationError(
                        self.env._(
                            'The assignment of %(customer)s to %(user)s from %(start)s to %(end)s overlaps with the one to %(other)s from %(other_start)s to %(other_end)s. Correct the "From" and "To" dates: each assignment must start after the last day of the previous one.',
                            customer=assignment.partner_id.display_name,
                            user=assignment.user_id.name,
                            start=assignment.date_start,
                            end=assignment.date_end or self.env._("today"),
                            other=other.user_id.name,
                            other_start=other.date_start,
                            other_end=other.date_end or self.env._("today"),
                        )
                    )

    def _overlaps(self, other):
        """Return whether the two assignments share a day; whose customers they are does not matter."""
        self.ensure_one()
        forever = fields.Date.to_date("9999-12-31")
        return self.date_start <= (other.date_end or forever) and other.date_start <= (self.date_end or forever)

    @api.model
    def _get_assignments_at(self, partners, date):
        """Return who served customers on a day. A contact without an assignment of its own has its company's.

        :param partners: ``res.partner`` records
        :param date: a ``date``
        :return: ``{partner: sale.customer.assignment}``, empty where nobody did; one statement for any number
        """
        valid = self.search(
            Domain("partner_id", "in", (partners | partners.commercial_partner_id).ids)
            & Domain("date_start", "<=", date)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", date))
        )
        found = valid.grouped("partner_id")
        nobody = self.browse()
        return {
            partner: found.get(partner) or found.get(partner.commercial_partner_id) or nobody for partner in partners
        }

    @api.model
    def _follow_salespeople(self, partners):
        """Bring the history in line with the salespeople that ``partners`` have now, from today on.

        The number of statements does not grow with the number of partners. Superuser rights reach no further than the
        assignments: whoever may change a customer's salesperson writes history by it, and in no other way.
        """
        shared = self.env.company
        for today, group in partners.grouped(lambda partner: (partner.company_id or shared)._get_today()).items():
            self.sudo()._follow_salespeople_at(group, today)

    @api.model
    def _follow_salespeople_at(self, partners, today):
        """Bring the history in line from ``today`` on, as superuser; see `_follow_salespeople`."""
        yesterday = today - timedelta(days=1)
        removed, ended, resumed, opened = self._get_history_changes(partners.sudo(), today, yesterday)
        removed.unlink()
        ended.write({"date_end": yesterday})
        # the index allows one open assignment per customer: the end of the old one must be in the database first
        self.flush_model(["date_end"])
        resumed.write({"date_end": False})
        self.create(self._prepare_assignments(opened, today))

    def _get_history_changes(self, partners, today, yesterday):
        """Compare salespeople with the assignments that are valid today or later, or ended yesterday.

        :return: assignments to remove, to end yesterday, and to resume; partners that need a new one
        """
        recent = self.search(
            Domain("partner_id", "in", partners.ids)
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", yesterday))
        ).grouped("partner_id")
        removed, ended, resumed, opened = [], [], [], []
        for partner in partners:
            assignments = recent.get(partner, self.browse())
            if assignments.filtered("is_current").user_id == partner.user_id:
                continue
            live = assignments.filtered(lambda a: not a.date_end or a.date_end >= today)
            started = live.filtered(lambda a: a.date_start < today)
            removed += (live - started).ids
            kept = (assignments - live + started).filtered(lambda a: a.date_end and a.user_id == partner.user_id)[:1]
            ended += (started - kept).ids
            resumed += kept.ids
            if partner.user_id and not kept:
                opened.append(partner.id)
        return self.browse(removed), self.browse(ended), self.browse(resumed), partners.browse(opened)

    def _prepare_assignments(self, partners, date):
        """Return the values of assignments that start on ``date``, one per partner."""
        # a customer shared by all companies: the department in the salesperson's own company
        keys = {partner: (partner.user_id.id, partner.company_id.id, date) for partner in partners}
        departments = self.env["hr.employee"]._get_departments_at(set(keys.values()))
        return [
            {
                "partner_id": partner.id,
                "user_id": partner.user_id.id,
                "department_id": departments[key].id,
                "date_start": date,
            }
            for partner, key in keys.items()
        ]

    @api.model
    def _open_missing(self):
        """Open an assignment from today for every customer that has a salesperson and no open assignment.

        Run at installation, in one statement for any number of customers; nobody knows since when they were served.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """ INSERT INTO sale_customer_assignment (partner_id, user_id, company_id, department_id, date_start,
                                                      create_uid, create_date, write_uid, write_date)
                SELECT p.id, p.user_id, p.company_id, d.department_id, %(today)s,
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM res_partner p
                  JOIN res_users u ON u.id = p.user_id
             LEFT JOIN LATERAL (
                        SELECT v.department_id
                          FROM hr_employee e
                          JOIN hr_version v ON v.employee_id = e.id AND v.active
                         WHERE e.user_id = u.id AND e.company_id = COALESCE(p.company_id, u.company_id)
                      -- the latest version until today, else the first one ever
                      ORDER BY v.date_version <= %(today)s DESC, abs(v.date_version - %(today)s::date)
                         LIMIT 1) d ON TRUE
                 WHERE NOT EXISTS (SELECT FROM sale_customer_assignment a
                                    WHERE a.partner_id = p.id AND a.date_end IS NULL) """,
                today=self.env.company._get_today(),
                uid=self.env.uid,
            )
        )
        self.env.invalidate_all()

    @api.model
    def _merge_histories(self, sources, destination):
        """Stitch the histories of duplicates that are merged into ``destination`` to its own.

        A customer has one salesperson a day: the destination's assignments win, then those of the oldest duplicates; of
        the others stays what lies before, between and after.
        """
        assignments = self.sudo().search(Domain("partner_id", "in", (sources | destination).ids), order="id")
        own = assignments.filtered(lambda assignment: assignment.partner_id == destination)
        taken = [assignment._get_days() for assignment in own]
        for assignment in assignments - own:
            parts = subtract_days(assignment._get_days(), taken)
            taken += parts
            assignment._keep_parts(parts)

    def _get_days(self):
        """Return the first and the last day of this assignment, None while it goes on."""
        self.ensure_one()
        return self.date_start, self.date_end or None

    def _keep_parts(self, parts):
        """Keep of this assignment no more than some of its days.

        :param parts: pairs of first and last day
        """
        self.ensure_one()
        if not parts:
            self.unlink()
            return
        (start, end), *others = parts
        self.write({"date_start": start, "date_end": end})
        for start, end in others:
            self.copy({"date_start": start, "date_end": end})
