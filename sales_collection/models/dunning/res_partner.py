from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, LazyTranslate

from odoo.addons.sales_control.tools.protection import Protection

from ...tools.groups import DUNNING_READERS, MANAGER
from ...tools.interest import match_receipts

_lt = LazyTranslate(__name__)
# How a customer is dunned: one decision per commercial partner and company, made by collection managers.
DECISIONS = dict.fromkeys(
    (
        "dunning_policy_id",
        "dunning_opt_out",
        "dunning_blocked_until",
        "dunning_block_reason",
        "dunning_contact_id",
        "collector_id",
    ),
    Protection(MANAGER, _lt("%(fields)s of a customer: only collection managers set this; ask one of them.")),
)


class ResPartner(models.Model):
    """How a customer is dunned, who is written to, and to what his open receipts and credit notes go.

    One decision per commercial partner and company; contacts have none of their own.
    """

    _name = "res.partner"
    _inherit = ["res.partner", "protected.fields.mixin"]

    dunning_policy_id = fields.Many2one(
        "dunning.policy",
        "Dunning Policy",
        company_dependent=True,
        ondelete="restrict",
        copy=False,
        check_company=True,
        tracking=True,
        groups=DUNNING_READERS,
        help="Leave empty for the policy of the company.",
    )
    dunning_opt_out = fields.Boolean(
        "Never Dun",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=DUNNING_READERS,
        help="This customer never receives dunning notices.",
    )
    dunning_blocked_until = fields.Date(
        "No Dunning Until",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=DUNNING_READERS,
        help="Nothing is dunned up to and including this day.",
    )
    dunning_block_reason = fields.Char(
        "Reason for Not Dunning", company_dependent=True, copy=False, tracking=True, groups=DUNNING_READERS
    )
    dunning_contact_id = fields.Many2one(
        "res.partner",
        "Dunning Contact",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=DUNNING_READERS,
        help="Who receives the notices. Leave empty for the invoice address.",
    )
    collector_id = fields.Many2one(
        "res.users",
        "Collector",
        company_dependent=True,
        copy=False,
        tracking=True,
        groups=DUNNING_READERS,
        help="Who collects what the customer owes. Leave empty for the salesperson.",
    )
    dunning_level_id = fields.Many2one(
        "dunning.level",
        "Dunning Level",
        compute="_compute_dunning_level_id",
        groups=DUNNING_READERS,
        help="The highest level among the items that are still open.",
    )

    @api.depends_context("company", "uid")
    def _compute_dunning_level_id(self):
        # The rules of dunned items tell whose the user sees.
        items = self.env["dunning.item"].search(
            [
                ("partner_id.commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
                ("level_id", "!=", False),
            ]
        )
        # Superuser: salespeople do not read every entry of their customers.
        still_open = items.sudo().move_line_id._get_open_amounts()
        is_open = items.sudo().filtered(lambda item: item.move_line_id.id in still_open)
        grouped = is_open.grouped(lambda item: item.partner_id.commercial_partner_id.id)
        for partner in self:
            levels = grouped.get(partner.commercial_partner_id._origin.id, items.browse()).level_id
            highest = levels.sorted(lambda level: (level.days, level.id))[-1:]
            partner.dunning_level_id = highest.sudo(False)

    # === CONSTRAINTS === #

    @api.constrains("dunning_contact_id")
    def _check_dunning_contact_id(self):
        # Superuser: whoever edits a contact does not read how it is dunned.
        for partner in self.sudo():
            contact = partner.dunning_contact_id
            if contact and contact.commercial_partner_id != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Dunning Contact: %(contact)s belongs to %(other)s; choose a contact of %(customer)s.",
                        contact=contact.display_name,
                        other=contact.commercial_partner_id.display_name,
                        customer=partner.display_name,
                    )
                )

    # === ACCESS === #

    @api.model
    def _get_protections(self):
        return {**super()._get_protections(), **DECISIONS}

    # === ACTION METHODS === #

    def action_allocate_receipts(self):
        """Allocate the open receipts of customers in the current company. For collection managers and accountants."""
        self.env["dunning.charge"].browse()._check_bookers()
        self.check_access("read")
        # superuser: collection managers need no accounting rights
        self.sudo()._allocate_receipts(self.env.company)

    # === WHO IS WRITTEN TO, WHO COLLECTS === #

    def _get_collector(self, company):
        """Return who chases what this customer owes a company: its collector, else its salesperson.

        :return: `res.users`, empty where it has neither
        """
        self.ensure_one()
        # Superuser: the figures of a customer are for those who collect; who does it is not secret.
        customer = self.commercial_partner_id.sudo().with_company(company)
        return (customer.collector_id or customer.user_id).sudo(False)

    def _get_dunning_contacts(self, company, by_email=True):
        """Return who gets what is written to these customers about what they owe.

        The dunning contact, where one is chosen for the company: with or without an address, for somebody meant him. Else
        the first invoice address, else the customer; by e-mail, who has no valid address gives way to who has one.

        For whoever may write to the customers: the rights of the user are not asked for.

        :param by_email: it goes by e-mail (and maybe by letter too)
        :return: ``{partner: contact}``; contacts get what their company gets
        """
        self.env["res.partner"].flush_model(self._get_dunning_contact_fields())
        query = SQL(
            """
            SELECT asked.id, COALESCE(%(chosen)s, candidate.id)
            FROM res_partner asked
            JOIN res_partner customer ON customer.id = asked.commercial_partner_id
            CROSS JOIN LATERAL (
                SELECT contact.id
                FROM (
                    SELECT customer.id, customer.email_normalized
                    UNION ALL
                    SELECT child.id, child.email_normalized FROM res_partner child
                    WHERE child.parent_id = customer.id AND child.type = 'invoice' AND child.active
                ) AS contact
                ORDER BY %(order)s LIMIT 1
            ) AS candidate
            WHERE asked.id = ANY(%(ids)s)
            """,
            # Superuser: only the expression of a column is asked for.
            chosen=self.sudo().with_company(company)._field_to_sql("customer", "dunning_contact_id"),
            order=self._get_dunning_contact_order(by_email),
            ids=self.ids,
        )
        found = dict(self.env.execute_query(query))
        # One list for all of them: thousands of lists of thousands take gigabytes.
        contact_ids = list(set(found.values()))
        return {self.browse(asked): self.browse(contact).with_prefetch(contact_ids) for asked, contact in found.items()}

    @api.model
    def _get_dunning_contact_fields(self):
        """Return the names of the fields that decide who is written to."""
        return ["active", "commercial_partner_id", "dunning_contact_id", "email_normalized", "parent_id", "type"]

    @api.model
    def _get_dunning_contact_order(self, by_email):
        """Return by what a ``contact`` comes before others, the ``customer`` himself among them."""
        order = SQL("contact.id = customer.id, contact.id")
        return SQL("COALESCE(contact.email_normalized, '') = '', %s", order) if by_email else order

    def _get_dunning_positions(self, company):
        """Return the fiscal positions by which these customers are charged, in a few statements whatever their number.

        :return: ``{partner id: account.fiscal.position}``
        """
        # Superuser: who dunns need not read fiscal positions.
        positions = self.env["account.fiscal.position"].sudo().with_company(company)
        partners = self.sudo().with_company(company)
        domain = [*positions._check_company_domain(company), ("auto_apply", "=", True)]
        automatic = positions.search(domain) if partners else positions
        return {
            partner.id: partner.property_account_position_id
            or (automatic._get_first_matching_fpos(partner) if automatic and partner.country_id else positions)
            for partner in partners
        }

    # === RECEIPTS === #

    def _allocate_receipts(self, company):
        """Reconcile open credits with charges and what is due, in the order that the customer's policy says: the oldest
        first, inside a currency and an account, parts of items too. Claimed charges are booked when it is their turn.
        """
        for partner in self.commercial_partner_id.with_company(company):
            policy = partner.dunning_policy_id or company.dunning_policy_id
            for kind in ("charge", "principal") if policy.allocation == "charges_first" else ("principal", "charge"):
                if kind == "charge" and partner._get_open_receipts(company):
                    partner._get_claimed_charges(company)._book()
                partner._match_receipts(company, kind)

    def _match_receipts(self, company, kind):
        """Reconcile the open credits with the debts of a kind: ``charge`` or ``principal``."""
        debts = self._get_open_debts(company, kind)
        for key, receipts in self._get_open_receipts(company).grouped(self._get_match_key).items():
            same = debts.filtered(lambda line, key=key: self._get_match_key(line) == key)
            pairs = match_receipts(
                [(line, -line.amount_residual_currency) for line in receipts],
                [(line, line.amount_residual_currency) for line in same],
            )
            for receipt, debt in pairs:
                (receipt + debt).reconcile()

    def _get_match_key(self, line):
        return (line.account_id, line.currency_id)

    def _get_open_receipts(self, company):
        """Return the open credits of a customer, the oldest first: receipts and credit notes."""
        self.ensure_one()
        lines = self.env["account.move.line"].search(self._get_open_domain(company), order="date, id")
        return lines.filtered(lambda line: line.amount_residual_currency < 0)

    def _get_open_debts(self, company, kind):
        """Return what a customer owes and is due, the oldest first: invoices for charges, or all others."""
        self.ensure_one()
        items = self.env["account.move.line"]
        waiting = SQL("(SELECT item.id FROM account_move_line item WHERE %s)", items._get_expected_sql())
        due = [("date_maturity", "<=", company._get_today()), ("id", "not in", waiting)]
        lines = items.search([*self._get_open_domain(company), *due], order="date_maturity, id")
        lines = lines.filtered(lambda line: line.amount_residual_currency > 0)
        invoices = self.env["dunning.charge"].search([("move_id", "in", lines.move_id.ids)]).move_id
        return lines.filtered(lambda line: (line.move_id in invoices) == (kind == "charge"))

    def _get_open_domain(self, company):
        return [
            ("company_id", "=", company.id),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("no_followup", "=", False),
            ("account_type", "=", "asset_receivable"),
            ("partner_id.commercial_partner_id", "=", self.id),
            ("date", "<=", company._get_today()),
        ]

    def _get_claimed_charges(self, company):
        """Return the charges of a customer that are claimed and not booked."""
        self.ensure_one()
        charges = self.env["dunning.charge"].search(
            [
                ("company_id", "=", company.id),
                ("partner_id.commercial_partner_id", "=", self.id),
                ("state", "=", "claimed"),
            ]
        )
        return charges._get_claimed()
