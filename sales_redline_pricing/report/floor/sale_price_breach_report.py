from odoo import api, fields, models
from odoo.tools import SQL


class SalePriceBreachReport(models.Model):
    """Lines of quotations and orders below their red line: who gave away how much, to whom, and who let it pass."""

    _name = "sale.price.breach.report"
    _description = "Red Line Breaches"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "order_id"
    _depends = {
        "sale.order": ["company_id", "date_order", "department_id", "partner_id", "state", "team_id", "user_id"],
        "sale.order.line": [
            "floor_gap",
            "floor_state",
            "given_away",
            "net_price",
            "order_id",
            "price_floor_rule_id",
            "product_id",
            "product_uom_id",
            "product_uom_qty",
            "qty_delivered",
        ],
        "sale.order.review": ["key", "kind", "order_id", "state"],
        "sale.order.review.step": ["decided_by", "on_behalf_of", "review_id", "sequence", "state"],
        "sale.price.floor": ["enforcement"],
        "res.partner": ["commercial_partner_id", "customer_class_id"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id", "uom_id"],
    }

    order_id = fields.Many2one("sale.order", readonly=True)
    date = fields.Datetime("Order Date", readonly=True)
    state = fields.Selection(
        string="Status",
        selection=lambda self: self.env["sale.order"]._fields["state"]._description_selection(self.env),
        readonly=True,
    )
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    department_id = fields.Many2one("hr.department", "Department", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    customer_class_id = fields.Many2one("sale.customer.class", "Customer Class", readonly=True)
    product_id = fields.Many2one("product.product", "Product Variant", readonly=True)
    product_tmpl_id = fields.Many2one("product.template", "Product", readonly=True)
    categ_id = fields.Many2one("product.category", "Product Category", readonly=True)
    rule_id = fields.Many2one("sale.price.floor", "Red Line Rule", readonly=True)
    enforcement = fields.Selection(
        selection=lambda self: self.env["sale.price.floor"]._fields["enforcement"]._description_selection(self.env),
        readonly=True,
    )
    approver_id = fields.Many2one(
        "res.users", "Approved By", readonly=True, help="The user who made the last decision."
    )
    on_behalf_of_id = fields.Many2one("res.users", "On Behalf Of", readonly=True)
    quantity = fields.Float(digits="Product Unit", readonly=True, help="In the unit of the product.")
    net_price = fields.Monetary(
        "Net Price",
        readonly=True,
        aggregator="avg",
        help="Excluding taxes, after all discounts, per unit of the product.",
    )
    price_floor = fields.Monetary("Red Line", readonly=True, aggregator="avg", help="Per unit of the product.")
    floor_gap = fields.Monetary("Shortfall", readonly=True, aggregator="avg", help="Per unit of the product.")
    given_away = fields.Monetary(readonly=True, help="Shortfall times quantity.")

    @property
    def _table_query(self):
        return SQL("%s %s %s", self._select(), self._from(), self._where())

    @api.model
    def _select(self):
        """Return the SELECT clause: figures in the currency of the current company, at today's rate."""
        return SQL(
            """
            SELECT l.id,
                   l.order_id,
                   o.date_order AS date,
                   o.state,
                   o.user_id,
                   o.team_id,
                   o.department_id,
                   o.company_id,
                   %(currency_id)s AS currency_id,
                   partner.commercial_partner_id AS partner_id,
                   customer.customer_class_id,
                   l.product_id,
                   product.product_tmpl_id,
                   template.categ_id,
                   l.price_floor_rule_id AS rule_id,
                   floor.enforcement,
                   approval.decided_by AS approver_id,
                   approval.on_behalf_of AS on_behalf_of_id,
                   GREATEST(l.product_uom_qty, l.qty_delivered) * unit.factor / product_unit.factor AS quantity,
                   l.net_price * account_currency_table.rate AS net_price,
                   (l.net_price + l.floor_gap) * account_currency_table.rate AS price_floor,
                   l.floor_gap * account_currency_table.rate AS floor_gap,
                   l.given_away * account_currency_table.rate AS given_away
            """,
            currency_id=self.env.company.currency_id.id,
        )

    @api.model
    def _from(self):
        """Return the FROM clause; the approver is who decided last on the price of the line's product."""
        return SQL(
            """
            FROM sale_order_line l
            JOIN sale_order o ON o.id = l.order_id
            JOIN res_partner partner ON partner.id = o.partner_id
            JOIN res_partner customer ON customer.id = partner.commercial_partner_id
            JOIN product_product product ON product.id = l.product_id
            JOIN product_template template ON template.id = product.product_tmpl_id
            JOIN uom_uom unit ON unit.id = l.product_uom_id
            JOIN uom_uom product_unit ON product_unit.id = template.uom_id
            JOIN %(currency_table)s ON account_currency_table.company_id = o.company_id
            LEFT JOIN sale_price_floor floor ON floor.id = l.price_floor_rule_id
            LEFT JOIN LATERAL (
                SELECT step.decided_by, step.on_behalf_of
                  FROM sale_order_review review
                  JOIN sale_order_review_step step ON step.review_id = review.id
                 WHERE review.order_id = l.order_id
                   AND review.kind = 'price'
                   AND review.key = 'product:' || l.product_id
                   AND review.state = 'approved'
                   AND step.state = 'approved'
              ORDER BY review.id DESC, step.sequence DESC, step.id DESC
                 LIMIT 1
            ) approval ON TRUE
            """,
            currency_table=self.env["res.currency"]._get_simple_currency_table(self.env.companies),
        )

    @api.model
    def _where(self):
        """Return the WHERE clause: what is below its red line and not cancelled."""
        return SQL("WHERE l.floor_state = 'below' AND o.state != 'cancel'")

    # === ACTION METHODS === #

    def action_open_order(self):
        """Open the order of this row.

        :return: a window action
        """
        self.ensure_one()
        return self.order_id._get_records_action()
