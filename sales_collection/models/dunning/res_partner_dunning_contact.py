from odoo import api, models
from odoo.tools import SQL


class ResPartner(models.Model):
    """Who gets the letters, mails and statements about what a customer owes."""

    _name = "res.partner"
    _inherit = "res.partner"

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
        contacts = self.browse(found.values())
        return {
            self.browse(asked): contacts.browse(contact).with_prefetch(contacts.ids) for asked, contact in found.items()
        }

    @api.model
    def _get_dunning_contact_fields(self):
        """Return the names of the fields that decide who is written to."""
        return ["active", "commercial_partner_id", "dunning_contact_id", "email_normalized", "parent_id", "type"]

    @api.model
    def _get_dunning_contact_order(self, by_email):
        """Return by what a ``contact`` comes before others, the ``customer`` himself among them."""
        order = SQL("contact.id = customer.id, contact.id")
        return SQL("COALESCE(contact.email_normalized, '') = '', %s", order) if by_email else order
