from odoo.tests import freeze_time

from ..dunning_common import DunningCommon


@freeze_time("2026-10-04")
class DispatchCommon(DunningCommon):
    """The policy of the worked examples, a customer with e-mail, and a collector who chases him; it is 2026-10-04."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"name": "Huaxin Trading", "email": "office@huaxin.example", "phone": "+1 555 0100"})
        cls.user_collector.write({"name": "Lin Collector", "email": "lin@huaxin.example", "phone": "+1 555 0111"})
        cls.customer.write({"email": "jade@customer.example", "collector_id": cls.user_collector.id})

    @classmethod
    def _approve(cls, day="2026-10-04", **values):
        """Return the approved notices of a new run."""
        run = cls._create_run(day, **values)
        run.action_compute()
        run.action_approve()
        return run.notice_ids

    @classmethod
    def _create_customers(cls, count, prefix="C"):
        """Return customers of the collector, each with an invoice of 100 and his number that fell due on 2026-10-01."""
        partners = cls.env["res.partner"].create(
            [
                {
                    "name": f"{prefix}{number:03} Ltd.",
                    "is_company": True,
                    "email": f"{prefix.lower()}{number:03}@customer.example",
                    "collector_id": cls.user_collector.id,
                }
                for number in range(count)
            ]
        )
        for number, partner in enumerate(partners):
            cls._invoice(100 + number, "2026-10-01", partner)
        return partners

    def _dispatch(self):
        """Run the scheduled dispatch."""
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("sales_collection.ir_cron_dispatch_notices").sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _get_mails(self, notices):
        return notices.sudo()._get_mails()

    def _get_notes(self, partner):
        """Return the notes of dispatches on a customer, as text, the oldest first."""
        messages = partner.sudo().message_ids.filtered(lambda message: "Dunning notice" in (message.body or ""))
        return [" ".join(message.preview.split()) for message in messages.sorted("id")]
