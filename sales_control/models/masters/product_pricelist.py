from odoo import api, models


class ProductPricelist(models.Model):
    _name = "product.pricelist"
    _inherit = "product.pricelist"

    @api.model
    def _get_partner_pricelist_multi(self, partner_ids):
        """The price list of the customer's class comes after his own and before those of countries."""
        result = super()._get_partner_pricelist_multi(partner_ids)
        partners = self.env["res.partner"].with_context(active_test=False).browse(partner_ids)
        own_list = "specific_property_product_pricelist"
        for partner, pricelist in self._get_class_pricelists(partners).items():
            if not partner[own_list]._get_partner_pricelist_multi_filter_hook():
                result[partner.id] = pricelist
        return result

    @api.model
    def _get_class_pricelists(self, partners):
        """Return the price lists that customer classes grant in the current company.

        :return: ``{partner: product.pricelist}`` of the partners that get one. Archived classes and price lists and
            classes of other companies grant nothing; nor does any class while price lists are switched off
        """
        classes = partners.sudo().customer_class_id  # portal customers see prices, not classes
        if not classes or not self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist"):
            return {}
        company = self.env.company
        usable = classes.filtered(
            lambda c: c.active and c.company_id <= company and c.pricelist_id._get_partner_pricelist_multi_filter_hook()
        )
        return {
            partner: self.browse(partner.sudo().customer_class_id.pricelist_id.id)
            for partner in partners
            if partner.sudo().customer_class_id in usable
        }
