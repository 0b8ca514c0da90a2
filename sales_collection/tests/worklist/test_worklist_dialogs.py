from datetime import date

from freezegun import freeze_time
from lxml import etree

from odoo.tests import Form, tagged

from ..collection_common import CollectionCommon


@tagged("post_install", "-at_install")
class TestWorklistDialogs(CollectionCommon):
    """Every button of the worklist does what it says: dialogs are filled in and saved as the browser saves them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2026-10-15 08:00:00"))
        cls._post_invoice(100, "2026-09-15")

    def _press(self, button, **values):
        """Press a button of the customer's row, and save the dialog that opens, as a collector."""
        row = self.env["collection.worklist"].with_user(self.user_k).search([("partner_id", "=", self.customer.id)])
        action = getattr(row, button)()
        if action["type"] != "ir.actions.act_window":
            return None
        model = self.env[action["res_model"]].with_user(self.user_k).with_context(**action["context"])
        form = Form(model, view=model.env["ir.ui.view"].sudo().browse(action["views"][0][0]))
        for name, value in values.items():
            form[name] = value
        return form.save()

    def _get_buttons(self):
        """Return the names of the methods that the buttons of the worklist call."""
        views = self.env["ir.ui.view"].search([("model", "=", "collection.worklist")])
        return {button.get("name") for view in views for button in etree.fromstring(view.arch).iter("button")} - {None}

    def test_every_button(self):
        day = date(2026, 10, 20)
        pressed = {
            "action_not_reached": {},
            "action_reached": {},
            "action_wrong_number": {},
            "action_log_call": {"result": "reached", "note": "Asked to wait"},
            "action_call_back": {"next_date": day},
            "action_promise": {"date": day, "amount": 40},
            "action_dispute": {"reason": "price", "amount": 10},
        }
        # Odoo's own dialog
        self.assertEqual(self._get_buttons() - {"action_plan_activity"}, set(pressed))
        for button, values in pressed.items():
            with self.subTest(button):
                record = self._press(button, **values)
                self.assertEqual((record or self._get_calls()[:1]).partner_id, self.customer)
        self.assertEqual(len(self._get_calls()), len(pressed))

    def _get_calls(self):
        return self.env["collection.call"].search([("partner_id", "=", self.customer.id)])

    def test_dialogs_keep_what_they_only_show(self):
        """What a dialog is given and only shows is saved with it: nowhere else is it entered."""
        views = self.env["ir.ui.view"].search([("type", "=", "form"), ("model", "in", self._get_models())])
        lost = [
            (view.name, field.get("name"))
            for view in views
            for field in etree.fromstring(view.arch).iter("field")
            if "context.get" in field.get("readonly", "") and not field.get("force_save")
        ]
        self.assertFalse(lost)

    def _get_models(self):
        data = self.env["ir.model.data"].search([("module", "=", "sales_collection"), ("model", "=", "ir.model")])
        return self.env["ir.model"].browse(data.mapped("res_id")).mapped("model")
