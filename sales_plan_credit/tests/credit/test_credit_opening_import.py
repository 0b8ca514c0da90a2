from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.misc import file_open

from odoo.addons.sales_control.tools.xlsx import MIMETYPE, XlsxWriter

from .opening_common import OpeningCommon

COLUMNS = ("reference", "partner_id", "product_id", "quantity", "price_unit", "tax_ids", "currency_id", "date")
OPTIONS = {"quoting": '"', "separator": ",", "has_headers": True, "date_format": "%Y-%m-%d", "datetime_format": ""}


@tagged("post_install", "-at_install")
class TestCreditOpeningImport(OpeningCommon):
    """All rows of a file are imported or, where one is wrong, none, with an error at its row."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.ref = "JD"
        cls.goods.default_code = "OG"

    def _get_row(self, reference="OB-1", **values):
        row = dict.fromkeys(COLUMNS, "") | {
            "reference": reference,
            "partner_id": "Jade Dragon Ltd.",
            "product_id": "Opening Goods",
            "quantity": "50",
            "price_unit": "100",
            "tax_ids": "VAT 13",
            "currency_id": "USD",
            "date": "2026-01-15",
        }
        return [(row | values)[name] for name in COLUMNS]

    def _import(self, *rows, dryrun=False, columns=COLUMNS):
        content = "\n".join(",".join(f'"{value}"' for value in row) for row in (columns, *rows))
        return self._import_file(content.encode(), "text/csv", columns, dryrun)

    def _import_file(self, content, file_type, columns=COLUMNS, dryrun=False):
        wizard = self.env["base_import.import"].create(
            {"res_model": "credit.opening.delivery", "file": content, "file_type": file_type, "file_name": "file"}
        )
        with mute_logger("odoo.sql_db"):
            return wizard.execute_import(list(columns), list(columns), dict(OPTIONS), dryrun=dryrun)

    def _assert_refused(self, result, *errors):
        """Compare the errors (row counted from 0, part of the text), and that nothing is imported."""
        found = [(message["rows"]["from"], message["message"]) for message in result["messages"]]
        self.assertEqual(len(found), len(errors), found)
        for (row, text), (expected_row, part) in zip(found, errors, strict=True):
            self.assertEqual(row, expected_row, found)
            self.assertIn(part, text)
        self.assertFalse(result["ids"])
        self.env.invalidate_all()
        self.assertFalse(self.env["credit.opening.delivery"].search([("reference", "!=", "Before")]))

    def test_csv(self):
        result = self._import(self._get_row(), self._get_row("OB-2", currency_id="EUR", quantity="8"))
        self.assertFalse(result["messages"])
        openings = self.env["credit.opening.delivery"].browse(result["ids"])
        self.assertEqual(openings.mapped("amount_total"), [5650, 904])
        self._assert_debt(0, 6780)

    def test_xlsx(self):
        with XlsxWriter() as book:
            sheet = book.add_sheet("Import")
            for number, row in enumerate((COLUMNS, self._get_row(quantity=20, price_unit=10.5, partner_id="JD"))):
                sheet.write_row(number, row)
        result = self._import_file(book.content, MIMETYPE)
        self.assertFalse(result["messages"])
        opening = self.env["credit.opening.delivery"].browse(result["ids"])
        self.assertEqual((opening.partner_id, opening.amount_total), (self.customer, 237.3))

    def test_taxes_and_currency_by_default(self):
        columns = ["reference", "partner_id", "product_id", "quantity", "price_unit", "date"]
        result = self._import(["OB-1", "JD", "OG", "2", "100", "2026-01-15"], columns=columns)
        opening = self.env["credit.opening.delivery"].browse(result["ids"])
        self.assertEqual((opening.amount_total, opening.currency_id, opening.tax_ids), (226, self.usd, self.vat))

    def test_template(self):
        """The headers of the template are labels of fields, so that the importer finds them."""
        template = self.env["credit.opening.delivery"].get_import_templates()[0]["template"]
        with file_open(template.lstrip("/"), "rb") as file:
            content = file.read()
        wizard = self.env["base_import.import"].create(
            {
                "res_model": "credit.opening.delivery",
                "file": content,
                "file_type": MIMETYPE,
                "file_name": "template.xlsx",
            }
        )
        preview = wizard.parse_preview({"has_headers": True, "quoting": '"', "separator": ","})
        matches = dict(preview["matches"])
        self.assertEqual(matches, {index: [name] for index, name in enumerate(COLUMNS)})

    def test_unknown_customer(self):
        result = self._import(self._get_row(), self._get_row("OB-2", partner_id="Nobody Inc."))
        # Core adds that the customer is missing.
        self.assertEqual(len(result["messages"]), 2)
        del result["messages"][1]
        self._assert_refused(result, (1, "No matching record found for name 'Nobody Inc.' in field 'Customer'"))

    def test_missing_values(self):
        result = self._import(self._get_row(), self._get_row("OB-2", date=""), self._get_row("OB-3", product_id=""))
        self.assertEqual([message["rows"]["from"] for message in result["messages"]], [1, 2])
        self.assertIn("Delivered on", result["messages"][0]["message"])
        self.assertIn("Product", result["messages"][1]["message"])
        self.assertFalse(self.env["credit.opening.delivery"].search([]))

    def test_wrong_values(self):
        self._assert_refused(
            self._import(self._get_row(), self._get_row("OB-2", quantity="-3")), (1, "enter a positive quantity")
        )
        self._assert_refused(
            self._import(self._get_row(), self._get_row("OB-2", date="2999-01-01")), (1, "OB-2: “Delivered on” is")
        )

    def test_reference_twice_in_the_file(self):
        result = self._import(self._get_row(), self._get_row("OB-2"), self._get_row("OB-1 "))
        self._assert_refused(result, (2, "Reference OB-1: it is already in the file, 2 rows further up"))

    def test_reference_known_already(self):
        self._create_opening("Before")
        result = self._import(self._get_row(), self._get_row("Before"))
        self._assert_refused(result, (1, "already used in the company"))

    def test_records_of_another_company(self):
        other = self.setup_other_company(name="Other Trading")["company"]
        self.env["res.partner"].create({"name": "Of the other", "company_id": other.id})
        self.goods.copy({"name": "Foreign goods", "company_id": other.id, "taxes_id": False})
        rows = self._get_row("OB-2", partner_id="Of the other"), self._get_row("OB-3", product_id="Foreign goods")
        for row in rows:
            result = self._import(self._get_row(), row)
            self.assertEqual({message["rows"]["from"] for message in result["messages"]}, {1})
            self.assertFalse(self.env["credit.opening.delivery"].search([]))

    def test_currency(self):
        sek = self.env.ref("base.SEK")
        sek.active = False
        result = self._import(self._get_row(), self._get_row("OB-2", currency_id="SEK"))
        self._assert_refused(result, (1, "No matching record found for name 'SEK' in field 'Currency'"))
        sek.active = True
        sek.rate_ids.unlink()
        result = self._import(self._get_row(), self._get_row("OB-2", currency_id="SEK"))
        self._assert_refused(result, (1, "OB-2: the currency SEK has no exchange rate"))

    def test_several_errors(self):
        rows = self._get_row("OB-1", date="2999-01-01"), self._get_row("OB-2", quantity="0"), self._get_row("OB-3")
        result = self._import(*rows)
        self._assert_refused(result, (0, "OB-1: “Delivered on”"), (1, "enter a positive quantity"))

    def test_trial(self):
        result = self._import(self._get_row(), dryrun=True)
        self.assertFalse(result["messages"])
        self.assertFalse(self.env["credit.opening.delivery"].search([]))
