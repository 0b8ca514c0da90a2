from odoo import api, fields, models
from odoo.tools.misc import formatLang


class SaleOrderReview(models.Model):
    """The figures behind a review, for people."""

    _inherit = "sale.order.review"

    facts_table = fields.Html("Figures Compared", compute="_compute_facts_table", sanitize=False)

    @api.depends("facts")
    @api.depends_context("lang")
    def _compute_facts_table(self):
        for review in self:
            rows = review._get_fact_rows()
            review.facts_table = rows and self.env["ir.qweb"]._render("sales_control.review_facts", {"rows": rows})

    def _get_fact_rows(self):
        """Return the figures compared, as (label, text), in the order of the labels."""
        self.ensure_one()
        facts = self.facts or {}
        labels = self._get_fact_labels()
        names = [name for name in labels if name in facts] + [name for name in facts if name not in labels]
        return [
            (labels.get(name, name.replace("_", " ")), self._format_fact(facts[name]))
            for name in names
            if not name.endswith("_id") and facts[name] not in (None, "")
        ]

    @api.model
    def _get_fact_labels(self):
        """Return what the facts of findings are called; other addons add the names of theirs.

        :return: dict, name of a fact -> label
        """
        return {
            "basis": self.env._("Compared"),
            "amount": self.env._("Amount (company currency)"),
            "amount_in_currency": self.env._("Amount (order currency)"),
            "currency": self.env._("Order currency"),
            "date": self.env._("Rate of"),
            "min_amount": self.env._("Decided from"),
            "contract": self.env._("Contract"),
            "order": self.env._("Order"),
            "unit": self.env._("Unit"),
        }

    @api.model
    def _format_fact(self, value):
        """Return one fact as text in the user's language."""
        bases = dict(self.env["sale.review.rule"]._fields["amount_basis"]._description_selection(self.env))
        if isinstance(value, float | int) and not isinstance(value, bool):
            return formatLang(self.env, value)
        return bases.get(value, str(value))
