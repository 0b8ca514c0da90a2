from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging customers: settings, histories, and approvals that name them."""

    _name = "base.partner.merge.automatic.wizard"
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Keep the stricter of settings that differ; refuse whoever may not set them. Core would take those of any."""
        partners = self.env["res.partner"].browse(partner_ids).exists()
        if len(partners) < 2:
            return super()._merge(partner_ids, dst_partner, extra_checks)
        kept = dst_partner if dst_partner in partners else self._get_ordered_partner(partners.ids)[-1:]
        others = partners - kept
        names = ", ".join(others.mapped("display_name"))
        settings = self._get_merged_settings(others, kept)
        result = super()._merge(partner_ids, kept, extra_checks)
        kept._take_settings(settings, names)
        return result

    @api.model
    def _get_merged_settings(self, others, kept):
        """Return what the kept customer gets of settings that differ; see `res.partner._prepare_stricter_settings`.

        :raise AccessError: where a customer would lose settings that the user may not set
        """
        settings = (others | kept).commercial_partner_id._read_guarded_settings()
        for partner in others:
            before = settings[partner.commercial_partner_id]
            self.env["res.partner"]._check_settings_kept(partner, before, settings[kept.commercial_partner_id])
        customers = others.filtered(lambda partner: partner == partner.commercial_partner_id)
        is_customer = kept == kept.commercial_partner_id
        return kept._prepare_stricter_settings(customers) if is_customer and customers else {}

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Core would delete the whole history of the duplicates, as two of them may not be open at once; and approvals
        would be lost with the customers that they name."""
        assignments = self.env["sale.customer.assignment"]
        assignments._merge_histories(src_partners, dst_partner)
        reviews = self._get_reviews_in_force(src_partners)
        self.env.flush_all()
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # merging does not take a duplicate's salesperson over: his assignment ends
        assignments._follow_salespeople(dst_partner)
        for review in reviews:
            review.fingerprint = review.order_id._get_review_fingerprint()
        return result

    @api.model
    def _get_reviews_in_force(self, partners):
        """Return the reviews, on the present terms of their orders, of orders that name these customers."""
        names = ("partner_id", "partner_invoice_id", "partner_shipping_id")
        orders = ["|", "|", *((f"order_id.{name}", "child_of", partners.ids) for name in names)]
        # Superuser: an approval counts whoever may read it.
        reviews = self.env["sale.order.review"].sudo()
        reviews = reviews.search([("is_current", "=", True), ("state", "in", ("pending", "approved")), *orders])
        return reviews.filtered(lambda review: review.fingerprint == review.order_id._get_review_fingerprint())

    @api.model
    def _rename_review_keys(self, prefix, src_partners, dst_partner):
        """Let findings that name one of the merged customers in their key, behind a prefix, name the kept one."""
        keys = [f"{prefix}:{partner.id}" for partner in src_partners]
        # Superuser: as above.
        self.env["sale.order.review"].sudo().search([("key", "in", keys)]).key = f"{prefix}:{dst_partner.id}"
