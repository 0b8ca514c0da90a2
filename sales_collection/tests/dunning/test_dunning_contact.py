from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestDunningContact(CollectionCommon):
    """One rule for notices in the making, notices sent and statements of account: who is written to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.email = "office@customer.example"
        cls.post_only = cls._create_contact("Post Only", False)
        cls.billing = cls._create_contact("Billing", "bills@customer.example")
        cls.later = cls._create_contact("Later", "later@customer.example")
        cls.treasurer = cls._create_contact("Treasurer", False, type="contact")

    @classmethod
    def _create_contact(cls, name, email, **values):
        return cls.env["res.partner"].create(
            {"name": name, "email": email, "parent_id": cls.customer.id, "type": "invoice", **values}
        )

    def _get_contact(self, by_email=True, company=None):
        return self.customer._get_dunning_contacts(company or self.company, by_email)[self.customer]

    def test_first_invoice_address_with_a_valid_address(self):
        self.assertEqual(self._get_contact(), self.billing)
        self.billing.email = "nonsense"
        self.assertEqual(self._get_contact(), self.later)
        self.later.active = False
        self.assertEqual(self._get_contact(), self.customer)

    def test_a_letter_goes_to_the_first_invoice_address(self):
        self.assertEqual(self._get_contact(by_email=False), self.post_only)

    def test_nobody_has_an_address(self):
        (self.customer | self.billing | self.later).email = False
        self.assertEqual(self._get_contact(), self.post_only)

    def test_chosen_contact_comes_first_even_without_an_address(self):
        """In the company for which he was chosen."""
        self.customer.with_company(self.company).dunning_contact_id = self.treasurer
        self.assertEqual((self._get_contact(), self._get_contact(by_email=False)), (self.treasurer, self.treasurer))
        other = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self._get_contact(company=other), self.billing)

    def test_customer_without_contacts_and_contact_of_a_customer(self):
        alone = self.env["res.partner"].create({"name": "Alone"})
        contacts = (alone | self.treasurer)._get_dunning_contacts(self.company)
        self.assertEqual(contacts, {alone: alone, self.treasurer: self.billing})

    def test_notices_and_statements_follow_the_rule(self):
        self.company.dunning_policy_id = self.policy
        self._post_invoice(1000, "2026-10-01")
        for by_email, expected in ((True, self.billing), (False, self.post_only)):
            self.level_1.channel_email, self.level_1.channel_letter = by_email, True
            run = self.env["dunning.run"].create(
                {"company_id": self.company.id, "date": "2026-10-05", "policy_ids": [Command.set(self.policy.ids)]}
            )
            run.action_compute()
            self.assertEqual(run.notice_ids.contact_id, expected, "in the making")
            run.notice_ids._set_contacts()
            self.assertEqual(run.notice_ids.contact_id, expected, "sent")
            run.action_cancel()

    def test_statement_names_who_cannot_be_reached(self):
        self.customer.with_company(self.company).dunning_contact_id = self.treasurer
        wizard = self.env["receivable.statement.wizard"].create(
            {"partner_ids": self.customer.ids, "company_id": self.company.id, "date_to": "2026-10-05"}
        )
        self._post_invoice(1000, "2026-10-01")
        with self.assertRaisesRegex(UserError, "none of them has an email address"):
            wizard.action_send()

    def test_one_statement_for_many(self):
        partners = self.customer
        for number in range(20):
            partners |= self.env["res.partner"].create({"name": f"Customer {number}"})
        partners._get_dunning_contacts(self.company)
        with self.assertQueryCount(2):
            contacts = partners._get_dunning_contacts(self.company)
            self.assertEqual(len({contact.email_normalized for contact in contacts.values()}), 2)
