from odoo import api, fields, models
from odoo.exceptions import ValidationError


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # A copy of an invoice bills nothing that was delivered; a credit note brings it back, see below.
    credit_opening_delivery_id = fields.Many2one(
        "credit.opening.delivery",
        "Opening Delivery",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        copy=False,
        groups="base.group_user",
    )

    @api.constrains("credit_opening_delivery_id", "product_id")
    def _check_opening_delivery(self):
        """Customers and products of opening deliveries are those of the invoices that bill them.

        :raise ValidationError: naming the first invoice and delivery that differ
        """
        # Superuser: salespeople see the opening deliveries of their own customers only.
        for line in self.sudo().filtered("credit_opening_delivery_id"):
            if not line._fits_opening_delivery():
                raise ValidationError(
                    self.env._(
                        "%(invoice)s bills the opening delivery %(delivery)s: customer, product and company of both must be the same. Delete the line from the draft invoice first, or leave them unchanged.",
                        invoice=line.move_id.display_name,
                        delivery=line.credit_opening_delivery_id.reference,
                    )
                )

    # === BUSINESS METHODS === #

    def _queue_credit_recheck(self):
        """Judge again soon the orders that wait for credit of the debtors of these items."""
        if self and self.env["credit.grade"]._is_credit_used():
            debtors = self.filtered(lambda item: item.account_type == "asset_receivable").partner_id
            if debtors:
                self.env["sale.order"]._queue_credit_recheck(debtors.commercial_partner_id)

    def _copy_data_extend_business_fields(self, values):
        # EXTENDS 'account'
        result = super()._copy_data_extend_business_fields(values)
        values["credit_opening_delivery_id"] = self.credit_opening_delivery_id.id
        return result

    def _fits_opening_delivery(self):
        """Tell whether this line is on an invoice to the customer of its opening delivery, for the same product."""
        self.ensure_one()
        delivery, move = self.credit_opening_delivery_id, self.move_id
        return (
            move.is_sale_document(include_receipts=True)
            and self.product_id == delivery.product_id
            and move.company_id == delivery.company_id
            and move.commercial_partner_id == delivery.partner_id.commercial_partner_id
        )
