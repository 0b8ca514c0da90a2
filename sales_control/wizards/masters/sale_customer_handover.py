from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...tools.groups import SALES_MANAGERS


class SaleCustomerHandover(models.TransientModel):
    _name = "sale.customer.handover"
    _description = "Customer Handover"

    from_user_id = fields.Many2one(
        "res.users",
        string="From",
        domain=[("share", "=", False)],
        context={"active_test": False},
        help="Salesperson who hands over customers. Leave empty to hand over the selected customers, whoever is responsible for them.",
    )
    to_user_id = fields.Many2one(
        "res.users",
        string="To",
        required=True,
        domain="[('share', '=', False), ('id', '!=', from_user_id)]",
        help="Salesperson responsible for the customers from today on.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        string="Customers",
        default=lambda self: self._default_partner_ids(),
        help="Customers to hand over, including those of their contacts with the same salesperson. Leave empty to hand over all customers of the salesperson.",
    )
    reason = fields.Text(help="Noted on every customer that is handed over.")
    partner_count = fields.Integer(string="Number of Customers", compute="_compute_counts")
    quotation_count = fields.Integer(string="Open Quotations", compute="_compute_counts")
    activity_count = fields.Integer(string="Open Activities", compute="_compute_counts")

    @api.model
    def _default_partner_ids(self):
        if self.env.context.get("active_model") == "res.partner":
            return self.env.context.get("active_ids", [])
        return []

    @api.depends("from_user_id", "partner_ids")
    def _compute_counts(self):
        for wizard in self:
            partners, quotations, activities = wizard._get_records()
            wizard.partner_count = len(partners)
            wizard.quotation_count = len(quotations)
            wizard.activity_count = len(activities)

    def _get_records(self):
        """Return the customers that change hands, the open quotations and the activities that go with them.

        Quotations and activities go along if they belong to the salesperson who served the customer; what colleagues
        do for the same customer stays theirs. Only companies that are switched on are touched.
        """
        partners = self._get_partners()
        old_users = self.from_user_id or partners.user_id
        quotations = self.env["sale.order"].search(
            Domain("partner_id", "child_of", partners.ids)
            & Domain("user_id", "in", old_users.ids)
            & Domain("state", "in", ("draft", "sent"))
            & Domain("company_id", "in", self.env.companies.ids)
        )
        on_records = Domain("res_model", "=", "res.partner") & Domain("res_id", "in", partners.ids) | Domain(
            "res_model", "=", "sale.order"
        ) & Domain("res_id", "in", quotations.ids)
        # a colleague's activity is hidden from who may not read its record; these records were just searched as user
        activities = self.env["mail.activity"].sudo().search(on_records & Domain("user_id", "in", old_users.ids))
        return partners, quotations, activities

    def _get_partners(self):
        """Return the customers that change hands, among those that the user sees in the companies switched on."""
        domain = Domain("company_id", "in", [*self.env.companies.ids, False])
        chosen = self.partner_ids._origin or self.partner_ids
        if self.from_user_id:
            domain &= Domain("user_id", "=", self.from_user_id.id)
            if chosen:
                domain &= Domain("id", "child_of", chosen.ids)
        else:
            contacts = Domain("id", "child_of", chosen.ids) & Domain("user_id", "in", chosen.user_id.ids)
            domain &= Domain("id", "in", chosen.ids) | contacts
        return self.env["res.partner"].search(domain)

    def action_handover(self):
        """Hand the customers over to the new salesperson from today on.

        :return: a notification that says what has changed hands
        :raise AccessError: the user is neither sales manager nor Sales Control administrator
        :raise UserError: the new salesperson cannot serve the customers, or there is nothing to hand over
        """
        self.ensure_one()
        if not self.env.user.has_groups(SALES_MANAGERS):
            raise AccessError(
                self.env._(
                    "Only sales managers and Sales Control administrators can hand over customers. Ask one of them."
                )
            )
        partners, quotations, activities = self._get_records()
        self._check_receiver(partners, quotations)
        giver_names = {partner: partner.user_id.name for partner in partners}
        # An administrator of Sales Control need not be allowed to edit customers and quotations himself.
        silent = {"mail_auto_subscribe_no_notify": True, "mail_activity_quick_update": True}
        partners.sudo().with_context(**silent).write({"user_id": self.to_user_id.id})
        quotations.sudo().with_context(**silent).write({"user_id": self.to_user_id.id})
        activities.with_context(**silent).write({"user_id": self.to_user_id.id})
        self._note_handover(giver_names)
        return self._notify_handover(len(partners), len(quotations), len(activities))

    def _check_receiver(self, partners, quotations):
        receiver = self.to_user_id.sudo()
        if receiver == self.from_user_id:
            raise UserError(
                self.env._(
                    '%(user)s cannot hand customers over to themselves. Choose another salesperson in the field "To Salesperson".',
                    user=receiver.name,
                )
            )
        if not receiver.active or not receiver.has_group("sales_team.group_sale_salesman"):
            raise UserError(
                self.env._(
                    '%(user)s cannot take over customers: the user is archived or has no access to Sales. Choose another salesperson in the field "To Salesperson", or grant the user access first.',
                    user=receiver.name,
                )
            )
        if not partners:
            raise UserError(
                self.env._(
                    'There is nothing to hand over: no customer was selected, or this salesperson has none. Fill in "From Salesperson" or "Customers".'
                )
            )
        companies = (partners.sudo().company_id | quotations.company_id) - receiver.company_ids
        if companies:
            raise UserError(
                self.env._(
                    '%(user)s has no access to %(companies)s, where some of the customers or quotations belong. Choose another salesperson in the field "To Salesperson", or give the user access to that company.',
                    user=receiver.name,
                    companies=", ".join(companies.mapped("name")),
                )
            )

    def _note_handover(self, giver_names):
        """Leave a note with the reason on every customer: ``giver_names`` are the former salespeople's names."""
        notes = {
            partner.id: self.env._(
                "Handed over from %(giver)s to %(receiver)s. %(reason)s",
                giver=giver or self.env._("nobody"),
                receiver=self.to_user_id.name,
                reason=self.reason or "",
            )
            for partner, giver in giver_names.items()
        }
        self.env["res.partner"].browse(notes).sudo()._message_log_batch(
            bodies={partner_id: Markup("<p>%s</p>") % note for partner_id, note in notes.items()}
        )

    def _notify_handover(self, partner_count, quotation_count, activity_count):
        """Tell both the user and, in one message instead of one for each record, the new salesperson."""
        summary = self.env._(
            "%(partners)s customers, %(quotations)s open quotations and %(activities)s activities handed over to"
            " %(user)s.",
            partners=partner_count,
            quotations=quotation_count,
            activities=activity_count,
            user=self.to_user_id.name,
        )
        if self.to_user_id != self.env.user:
            self.env["mail.thread"].sudo().message_notify(
                partner_ids=self.to_user_id.partner_id.ids,
                subject=self.env._("Customers handed over to you"),
                body=Markup("<p>%s</p><p>%s</p>") % (summary, self.reason or ""),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": summary,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
