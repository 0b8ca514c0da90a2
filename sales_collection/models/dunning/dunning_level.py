from datetime import date

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...tools.interest import InterestTerms
from ...tools.levels import Level

DAY_COUNTS = [("act/365", "Actual / 365"), ("act/360", "Actual / 360"), ("30E/360", "30E / 360")]


class DunningLevel(models.Model):
    """One step of a dunning policy: when it is reached, by which channels it asks, and what it charges."""

    _name = "dunning.level"
    _description = "Dunning Level"
    _inherit = ["sale.rule.mixin"]
    _order = "policy_id, days, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    policy_id = fields.Many2one("dunning.policy", "Policy", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="policy_id.currency_id")
    days = fields.Integer(
        "Days after Due", required=True, help="If negative, a reminder is sent that many days before the due date."
    )
    min_interval = fields.Integer(
        "Days since Last Level",
        help="Days that must pass since the previous level. Reminders before the due date do not count.",
    )
    min_amount = fields.Monetary(
        "Minimum Amount", help="In the policy's currency. No notice is created for a smaller claim."
    )
    allow_jump = fields.Boolean(
        string="Allow Skipping Levels",
        help="Items that are old enough move straight to this level, whatever levels they have skipped.",
    )
    channel_email = fields.Boolean("Email", default=True)
    channel_letter = fields.Boolean("Letter")
    channel_activity = fields.Boolean(
        "Call", help="An activity for the collector or, if there is none, the salesperson."
    )
    mail_template_id = fields.Many2one(
        "mail.template", "Email Template", domain=[("model", "=", "dunning.notice")], ondelete="restrict"
    )
    attach_invoices = fields.Boolean(help="The claimed invoices are attached to the email.")
    letter_text = fields.Html("Letter Text", translate=True)
    script = fields.Text("Call Script", translate=True)
    fee_amount = fields.Monetary("Fee", help="Once per notice, in the policy's currency, excluding taxes.")
    fee_product_id = fields.Many2one(
        "product.product", "Fee Product", check_company=True, domain=[("type", "=", "service")], ondelete="restrict"
    )
    fee_tax_ids = fields.Many2many(
        "account.tax",
        string="Fee Taxes",
        check_company=True,
        ondelete="restrict",
        domain=[("type_tax_use", "=", "sale")],
        help="Leave empty for the taxes of the fee product.",
    )
    interest_rate = fields.Float("Interest (% per Year)", digits=(16, 4))
    interest_table_id = fields.Many2one(
        "dunning.interest.table",
        "Interest Table",
        check_company=True,
        help="Rates by date, instead of one rate.",
        ondelete="restrict",
    )
    interest_product_id = fields.Many2one(
        "product.product",
        "Interest Product",
        check_company=True,
        domain=[("type", "=", "service")],
        ondelete="restrict",
    )
    day_count = fields.Selection(DAY_COUNTS, required=True, default="act/365")
    charge_mode = fields.Selection(
        [("claimed", "Claimed only"), ("booked", "Booked as an invoice")], "Charges", required=True, default="claimed"
    )
    stop_supply = fields.Boolean(help="Orders and deliveries of the customer are blocked until the item is settled.")
    is_legal = fields.Boolean(
        "Legal", help="The customer is handed over to legal and appears in the list of legal cases."
    )

    _days_unique = models.Constraint(
        "UNIQUE(policy_id, days)", "Two levels of a policy cannot be reached on the same day: change the days of one."
    )
    _min_interval_positive = models.Constraint(
        "CHECK(min_interval >= 0)", "Days since the last level cannot be negative: enter 0 or more."
    )
    _min_amount_positive = models.Constraint(
        "CHECK(min_amount >= 0)", "A minimum amount cannot be negative: enter 0 or more."
    )
    _fee_positive = models.Constraint("CHECK(fee_amount >= 0)", "A fee cannot be negative: enter 0 or more.")
    _interest_positive = models.Constraint(
        "CHECK(interest_rate >= 0)", "An interest rate cannot be negative: enter 0 or more."
    )

    @api.constrains(
        "charge_mode", "fee_amount", "fee_product_id", "interest_rate", "interest_table_id", "interest_product_id"
    )
    def _check_products(self):
        """What is booked needs the products that say on which accounts."""
        for level in self.filtered(lambda level: level.charge_mode == "booked"):
            if level.fee_amount and not level.fee_product_id:
                raise ValidationError(self.env._("%s books its fee: choose a fee product.", level.display_name))
            if (level.interest_rate or level.interest_table_id) and not level.interest_product_id:
                raise ValidationError(
                    self.env._("%s books its interest: choose an interest product.", level.display_name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        """A level that nobody names is called by its days."""
        return super().create(
            [{**vals, "name": vals.get("name") or self._get_default_name(vals)} for vals in vals_list]
        )

    @api.model
    def _get_default_name(self, vals):
        """Return what a new level without a name is called.

        :param vals: values of the level
        """
        days = vals.get("days") or 0
        if days < 0:
            return self.env._("%s days before due", -days)
        return self.env._("%s days after due", days)

    def write(self, vals):
        """Levels do not change while approved notices wait to be sent: what was approved is what goes out."""
        if self._get_term_fields() & vals.keys():
            self.policy_id._check_not_waiting()
        return super().write(vals)

    @api.model
    def _get_term_fields(self):
        """Return the names of the fields that decide on notices and their amounts."""
        return {
            "policy_id", "days", "min_interval", "min_amount", "allow_jump", "fee_amount", "fee_product_id",
            "fee_tax_ids", "interest_rate", "interest_table_id", "interest_product_id", "day_count", "charge_mode",
        }  # fmt: skip

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # superuser: of all companies and customers
        used = {
            "dunning.item": "level_id",
            "dunning.notice": "level_id",
            "dunning.notice.line": "level_id",
        }
        for model, field in used.items():
            found = self.env[model].sudo().search([(field, "in", self.ids)], limit=1)
            if found:
                raise UserError(
                    self.env._(
                        "%s has been used in notices and is kept for their history. Archive its policy instead.",
                        found[field].display_name,
                    )
                )

    def _get_terms(self):
        """Return the level as the calculation knows it: `levels.Level`."""
        self.ensure_one()
        return Level(
            id=self.id,
            days=self.days,
            min_interval=self.min_interval,
            min_amount=self.min_amount,
            allow_jump=self.allow_jump,
            fee=self.fee_amount,
            fee_product_id=self.fee_product_id.id,
            fee_tax_ids=tuple(self._get_fee_taxes().ids),
            interest=self._get_interest_terms(),
            interest_tax_ids=tuple(self._get_interest_taxes().ids),
            charge_mode=self.charge_mode,
        )

    def _get_fee_taxes(self):
        """Return the taxes of the fee: those of the level, else those of its product in the company."""
        self.ensure_one()
        product_taxes = self.fee_product_id.taxes_id.filtered_domain(
            self.env["account.tax"]._check_company_domain(self.company_id)
        )
        return self.fee_tax_ids or product_taxes

    def _get_interest_terms(self):
        """Return `interest.InterestTerms`, None where the level charges no interest."""
        self.ensure_one()
        rates = tuple((rate.date_start, rate.rate) for rate in self.interest_table_id.rate_ids.sorted("date_start"))
        if not self.interest_table_id and self.interest_rate:
            rates = ((date.min, self.interest_rate),)
        return InterestTerms(rates, self.day_count) if rates else None

    def _get_interest_product(self):
        """Return the product that interest is booked with: that of the level, else that of another level of the policy,
        for items that reach a lower level charge interest on the same notice.
        """
        self.ensure_one()
        return self.interest_product_id or self.policy_id.level_ids.interest_product_id[:1]

    def _get_interest_taxes(self):
        """Return the taxes of the interest: those of its product in the company, mostly none."""
        self.ensure_one()
        company = self.env["account.tax"]._check_company_domain(self.company_id)
        return self._get_interest_product().taxes_id.filtered_domain(company)

    def _is_taxed(self):
        """Return whether a charge of this level may have taxes."""
        return bool(self._get_fee_taxes() or self._get_interest_taxes())

    def _get_charge_product(self, kind):
        """Return the product that a charge, ``fee`` or ``interest``, is booked with."""
        self.ensure_one()
        return self.fee_product_id if kind == "fee" else self._get_interest_product()

    def _get_charge_taxes(self, kind, position):
        """Return the taxes of a charge for a customer.

        :param position: his fiscal position
        """
        return position.map_tax(self._get_fee_taxes() if kind == "fee" else self._get_interest_taxes())

    @api.model
    def _get_charge_total(self, amount, taxes, currency):
        """Return a fee or interest with its taxes.

        :param amount: without taxes, in the currency
        """
        return taxes.compute_all(amount, currency=currency)["total_included"]

    @api.model
    def _get_charge_base(self, total, taxes, currency):
        """Return what an invoice line has to say for a fee or interest to come to an amount with its taxes."""
        if all(tax.price_include for tax in taxes):
            return total
        rounding = currency.rounding
        details = taxes._get_tax_details(total, 1, precision_rounding=rounding, special_mode="total_included")
        return currency.round(details["total_excluded"])

    # === STOP OF SUPPLY === #

    @api.model
    def _follow_change(self):
        self.env["sale.order"]._trigger_dunning_recheck()
        return super()._follow_change()

    @api.model
    @tools.ormcache()
    def _is_supply_stopped(self):
        """Tell whether any level stops supply; kept in the cache, checks of orders ask for it all the time."""
        # Superuser: whoever confirms an order may not read levels.
        return bool(self.sudo().search_count([("stop_supply", "=", True)], limit=1))

    @api.model
    def _get_stopped_supply(self, companies=None, payers=None):
        """Return the open items at levels that stop supply, by customer, in one statement.

        :param companies: whose customers; default all
        :param payers: commercial partners; default all
        :return: dict, (commercial partner id, company id) -> dict with ``amount`` (company currency), ``level_id`` (the
            highest), ``items`` (names) and ``count``
        """
        if not self._is_supply_stopped():
            return {}
        self.env["dunning.item"].flush_model()
        self.flush_model(["stop_supply", "days"])
        # Superuser: all companies, whoever looks.
        companies = companies or self.env["res.company"].sudo().search([("active", "=", True)])
        rows = self.env.execute_query_dict(self._get_stopped_query(companies, payers))
        return {(row.pop("partner_id"), row.pop("company_id")): row for row in rows}

    @api.model
    def _get_stopped_query(self, companies, payers):
        """Return the query of what stops supply."""
        dunned = SQL(
            "item.id IN (SELECT memory.move_line_id FROM dunning_item memory"
            " JOIN dunning_level level ON level.id = memory.level_id AND level.stop_supply)"
        )
        if payers:
            dunned = SQL("%s AND partner.commercial_partner_id IN %s", dunned, tuple(payers.ids))
        return SQL(
            """
            SELECT open.partner_id, open.company_id, SUM(open.amount)::float AS amount, COUNT(*) AS count,
                   (ARRAY_AGG(level.id ORDER BY level.days DESC, level.id DESC))[1] AS level_id,
                   STRING_AGG(open.document, ', ' ORDER BY open.date_due, open.id) AS items
            FROM (%s) AS open
            JOIN dunning_item memory ON memory.move_line_id = open.id
            JOIN dunning_level level ON level.id = memory.level_id AND level.stop_supply
            WHERE open.amount > 0 AND open.partner_id IS NOT NULL
            GROUP BY 1, 2
            """,
            self.env["account.move.line"]._get_open_query(companies, dunned),
        )
