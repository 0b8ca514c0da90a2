import base64

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from .statement_sheet import get_statement_sheet

SENDERS = "sales_team.group_sale_salesman,sales_collection.sales_collection_group_user,account.group_account_invoice"
MAX_PRINTED = 200  # a minute or two of printing


class ReceivableStatementWizard(models.TransientModel):
    """Makes the statements of account of one or many customers: printed, as a sheet, or by mail."""

    _name = "receivable.statement.wizard"
    _description = "Statement of Account"

    partner_ids = fields.Many2many(
        "res.partner",
        "receivable_statement_partner_rel",
        string="Customers",
        default=lambda self: self._default_partner_ids(),
    )
    company_id = fields.Many2one("res.company", "Company", required=True, default=lambda self: self.env.company)
    kind = fields.Selection(
        [("open", "Open items"), ("activity", "Activity with balances")], string="Type", required=True, default="open"
    )
    date_from = fields.Date("From", default=lambda self: self.env.company._get_today().replace(month=1, day=1))
    date_to = fields.Date("As of", required=True, default=lambda self: self.env.company._get_today())
    with_confirmation = fields.Boolean(
        "Request Balance Confirmation", help="Adds a slip for the customer to sign or stamp and return."
    )
    skip_empty = fields.Boolean(
        "Skip Empty Statements",
        default=True,
        help="Customers with no open items and no activity do not receive a statement.",
    )
    file = fields.Binary(readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)

    @api.model
    def _default_partner_ids(self):
        if self.env.context.get("active_model") != "res.partner":
            return False
        partners = self.env["res.partner"].browse(self.env.context.get("active_ids") or [])
        return partners.commercial_partner_id

    # === ACTIONS === #

    def action_print(self):
        """Print the statements into one PDF file, each in the language of its customer.

        :return: an action that downloads the file
        """
        statements = self._get_statements()
        self._check_number(statements)
        return self._download(self._get_pdf(self.partner_ids.browse(customer.id for customer in statements)), "pdf")

    def action_export(self):
        """Write the statements into one XLSX file.

        :return: an action that downloads the file
        """
        statements = self._get_statements()
        return self._download(get_statement_sheet(self.env, statements, self.kind == "activity"), "xlsx")

    def action_send(self):
        """Queue a mail with the statement to each customer, in his language, and log it on him.

        :return: a notification with the customers that have no address
        :raise AccessError: for who only looks, such as auditors
        """
        self._check_may_send()
        statements = self._get_statements()
        self._check_number(statements)
        customers = self.env["res.partner"].union(*statements)
        contacts = customers._get_dunning_contacts(self.company_id)
        reached = [customer for customer in customers if contacts[customer].email_normalized]
        if not reached:
            raise UserError(self.env._("Customers: none of them has an email address. Enter one on the contact."))
        for customer in reached:
            self._send(customer, contacts[customer])
        return self._notify(len(reached), [one.name for one in statements if one not in reached])

    # === BUSINESS METHODS === #

    def _check_may_send(self):
        """Raise where the user only looks: whoever mails customers deals with them."""
        if not (self.env.su or self.env.user.has_groups(SENDERS)):
            raise AccessError(
                self.env._("Only salespeople, collectors and accountants can send statements: ask one of them.")
            )

    def _get_statements(self):
        """Return the statements to make; see `receivable.statement`.

        :raise UserError: without customers, and where all statements are empty
        """
        self.ensure_one()
        if not self.partner_ids:
            raise UserError(self.env._("Customers: choose at least one."))
        options = self.env["receivable.statement"]._clean_options(self._prepare_options())
        statements = self.env["receivable.statement"]._get_statements(self.partner_ids, **options)
        if self.skip_empty:
            statements = {one: values for one, values in statements.items() if self._has_content(values)}
        if not statements:
            raise UserError(self.env._("Customers: none of them has open items or activity."))
        return statements

    @api.model
    def _get_printed_limit(self):
        """Return how many statements are printed in one go, for a file or for mails."""
        return MAX_PRINTED

    @api.model
    def _check_number(self, statements):
        limit = self._get_printed_limit()
        if len(statements) > limit:
            raise UserError(
                self.env._(
                    "Customers: %(count)s are too many to print at once. Choose up to %(limit)s.",
                    count=len(statements),
                    limit=limit,
                )
            )

    @api.model
    def _has_content(self, statement):
        return any(section["lines"] or section["closing"] for section in statement["sections"])

    def _prepare_options(self):
        """Return the options as the report takes them; see `receivable.statement._clean_options`."""
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "kind": self.kind,
            "date_to": fields.Date.to_string(self.date_to),
            "date_from": self.kind == "activity" and fields.Date.to_string(self.date_from),
            "with_confirmation": self.with_confirmation,
        }

    def _get_pdf(self, customers):
        """Return the printed statements of customers, in one file.

        :return: bytes
        """
        report = self.env["ir.actions.report"].with_company(self.company_id)
        content, _kind = report._render_qweb_pdf(
            "sales_collection.action_report_statement_of_account", customers.ids, data=self._prepare_options()
        )
        return content

    def _send(self, customer, contact):
        """Queue one mail; its message is what the customer's chatter shows."""
        template = self.env.ref("sales_collection.mail_template_statement_of_account")
        name = f"{self._get_title(customer)}.pdf"
        # Superuser: collectors do not write customers; whose statement the user may see was checked with its figures.
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create({"name": name, "raw": self._get_pdf(customer), "res_model": "res.partner", "res_id": customer.id})
        )
        values = {"recipient_ids": [Command.set(contact.ids)], "attachment_ids": [Command.set(attachment.ids)]}
        template = template.sudo().with_context(statement_company=self.company_id.sudo(), statement_date=self.date_to)
        template.send_mail(customer.id, force_send=False, email_values=values)

    def _get_title(self, customer):
        title = self.env(context={**self.env.context, "lang": customer.lang})._("Statement of Account")
        return f"{title} {fields.Date.to_string(self.date_to)} {customer.name}".replace("/", "-")

    def _notify(self, count, missing):
        message = self.env._("%s statements are queued.", count)
        if missing:
            message += " " + self.env._("No email address: %s.", ", ".join(missing))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "warning" if missing else "success",
                "sticky": bool(missing),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _download(self, content, extension):
        name = self.partner_ids.name if len(self.partner_ids) == 1 else self.company_id.name
        title = f"{self.env._('Statement of Account')} {fields.Date.to_string(self.date_to)} {name}"
        self.write({"file": base64.b64encode(content), "file_name": f"{title}.{extension}".replace("/", "-")})
        address = f"/web/content?model={self._name}&id={self.id}&field=file&filename_field=file_name&download=true"
        return {"type": "ir.actions.act_url", "url": address, "target": "download"}
