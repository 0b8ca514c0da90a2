from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL


class HrEmployee(models.Model):
    _name = "hr.employee"
    _inherit = "hr.employee"

    @api.model
    def _get_departments_at(self, keys):
        """Return the department that users belonged to on given days, one statement for any number of them.

        :param keys: iterable of ``(user_id, company_id, date)`` (ids and a ``date``); a falsy company stands for the
            user's own default company
        :return: ``{key: hr.department}``; empty where the user has no employee in that company. Before the first
            version of an employee the first one counts, as in ``hr.employee._get_version``
        """
        keys = list(keys)
        history = self._get_department_history({user_id for user_id, _company_id, _date in keys if user_id})
        Department = self.env["hr.department"]
        departments = {}
        for key in keys:
            user_id, company_id, day = key
            versions = history.get((user_id, company_id or False), [])
            valid = [department_id for start, department_id in versions if start <= day]
            department_id = valid[-1] if valid else versions[0][1] if versions else False
            departments[key] = Department.browse(department_id or [])
        return departments

    @api.model
    def _get_department_history(self, user_ids):
        """Return every department change of the employees of users.

        Salespeople may not read ``hr.version``: SQL reads start and department of a version and nothing else of it.

        :return: ``{(user_id, company_id): [(date, department_id), ...]}``, oldest first; the employee in the user's
            default company is listed under the company ``False`` too
        """
        history = defaultdict(list)
        if not user_ids:
            return history
        self.env["hr.version"].flush_model(["employee_id", "date_version", "department_id", "active"])
        self.flush_model(["user_id", "company_id"])
        self.env["res.users"].flush_model(["company_id"])
        for user_id, company_id, is_default, start, department_id in self.env.execute_query(
            SQL(
                """ SELECT e.user_id, e.company_id, e.company_id = u.company_id, v.date_version, v.department_id
                  FROM hr_version v
                  JOIN hr_employee e ON e.id = v.employee_id
                  JOIN res_users u ON u.id = e.user_id
                 WHERE e.user_id IN %s AND v.active
              ORDER BY v.date_version, v.id """,
                tuple(user_ids),
            )
        ):
            history[user_id, company_id].append((start, department_id))
            if is_default:
                history[user_id, False].append((start, department_id))
        return history
