from freezegun import freeze_time

from ..collection_common import CollectionCommon


class PromiseCommon(CollectionCommon):
    """An invoice of 1,000 was due on 2026-10-01; it is 2026-10-15."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-10-15 08:00:00"))
        cls.invoice = cls._post_invoice(1000, "2026-10-01")
        cls.item = cls._get_item(cls.invoice)
