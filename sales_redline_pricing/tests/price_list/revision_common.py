from odoo.fields import Command

from .price_list_common import PriceListCommon


class RevisionCommon(PriceListCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.item = cls._create_item(cls.list_a, 100)

    def _create_revision(self, user=None, **values):
        return (
            self.env["sale.pricelist.revision"]
            .with_user(user or self.manager)
            .create(
                {
                    "name": "Spring",
                    "pricelist_ids": [Command.set(self.list_a.ids)],
                    "product_ids": [Command.set(self.product.ids)],
                    "hold_floor": False,
                    **values,
                }
            )
        )

    def _preview(self, **values):
        revision = self._create_revision(**values)
        revision.action_preview()
        return revision

    def _get_new_prices(self, **values):
        return self._preview(**values).line_ids.mapped("new_price")

    def _get_price(self, pricelist=None, product=None, quantity=1, date=None):
        return (pricelist or self.list_a)._get_product_price(
            (product or self.product).with_company(self.company), quantity, date=date
        )
