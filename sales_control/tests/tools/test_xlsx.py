import io
from datetime import date, datetime

import openpyxl
import pytz
import xlsxwriter

from odoo.tests import TransactionCase, tagged

from ...tools.xlsx import XlsxWriter, get_number_format
from ...tools.xlsx_reader import Column, XlsxReader

COLUMNS = {
    "key": Column("Key"),
    "name": Column("Name", required=True),
    "target": Column("Target", "number"),
    "count": Column("Count", "integer", optional=True),
    "day": Column("Day", "date", optional=True),
}


@tagged("post_install", "-at_install")
class TestXlsxWriter(TransactionCase):
    """What is written is what a program reads."""

    def _load(self, book):
        return openpyxl.load_workbook(io.BytesIO(book.content))

    def test_values(self):
        with XlsxWriter() as book:
            sheet = book.add_sheet("Values")
            moment = pytz.utc.localize(datetime(2026, 5, 4, 3, 2))
            sheet.write_row(0, ["Text", 1.5, 7, date(2026, 5, 4), moment, True, False, None, 0, float("nan")])
        cells = self._load(book).active[1]
        day = [datetime(2026, 5, 4), datetime(2026, 5, 4, 3, 2)]
        self.assertEqual([cell.value for cell in cells[:6]], ["Text", 1.5, 7, *day, True])
        self.assertEqual([cell.value for cell in cells[6:9]], [None, None, 0])
        self.assertEqual([cell.number_format for cell in cells[3:5]], ["yyyy-mm-dd", "yyyy-mm-dd hh:mm"])

    def test_texts_are_no_formulas(self):
        dangerous = [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            '=HYPERLINK("http://x")',
            "{=1}",
            "http://x.example",
            "007",
        ]
        with XlsxWriter() as book:
            book.add_sheet("Texts").write_row(0, [*dangerous, "x" * 40000])
        cells = self._load(book).active[1]
        self.assertEqual([cell.value for cell in cells[:-1]], dangerous)
        self.assertEqual({cell.data_type for cell in cells}, {"s"})
        self.assertFalse(any(cell.hyperlink for cell in cells))
        self.assertEqual(len(cells[-1].value), 32767)

    def test_styles(self):
        price = {"price": {"num_format": get_number_format(3)}, "below": {"bg_color": "#F8D7DA"}}
        with XlsxWriter() as book:
            sheet = book.add_sheet("Styles", price)
            sheet.write_row(0, ["Head", "Price"], "head")
            sheet.write_row(1, ["Below", 5], ["below", "price"])
            sheet.write_cell(2, 0, 5, {"num_format": "0.0000", "bold": True})
        cells = self._load(book).active
        self.assertTrue(cells["A1"].font.bold and cells["B1"].font.bold and cells["A3"].font.bold)
        self.assertEqual(cells["A2"].fill.fgColor.rgb, "FFF8D7DA")
        self.assertEqual((cells["B2"].number_format, cells["A3"].number_format), ("#,##0.000", "0.0000"))

    def test_layout(self):
        with XlsxWriter() as book:
            sheet = book.add_sheet("Layout")
            sheet.merge(0, 2, 4, "List A")
            sheet.merge(0, 5, 5, "Alone")
            sheet.freeze(2, 1)
            sheet.set_widths(40, (3, 16), 11)
            sheet.hide(6)
        sheet = self._load(book).active
        self.assertEqual([str(merged) for merged in sheet.merged_cells.ranges], ["C1:E1"])
        self.assertEqual((sheet["C1"].value, sheet["F1"].value, sheet.freeze_panes), ("List A", "Alone", "B3"))
        widths = [round(sheet.column_dimensions[letter].width) for letter in "ABE"]
        self.assertEqual(widths, [41, 17, 12])
        self.assertTrue(sheet.column_dimensions["G"].hidden)

    def test_sheets(self):
        titles = ["Plan", "plan", "Q1/Q2 [draft]: everything that anybody could want", "", "'"]
        with XlsxWriter() as book:
            for title in titles:
                book.add_sheet(title).write_cell(0, 0, title)
        names = self._load(book).sheetnames
        self.assertEqual(names, ["Plan", "plan (2)", "Q1 Q2 draft everything that any", "Sheet", "Sheet (2)"])


@tagged("post_install", "-at_install")
class TestXlsxReader(TransactionCase):
    """What is wrong in a file is told by cell, all at once; what nobody asked for is left alone."""

    def _write(self, *rows, head=("Key", "Name", "Target", "Count", "Day", "Note"), title="Plan"):
        with XlsxWriter() as book:
            sheet = book.add_sheet(title)
            sheet.write_row(0, head)
            for number, row in enumerate(rows, 1):
                sheet.write_row(number, row)
        return book.content

    def _read(self, content, **options):
        return XlsxReader(self.env, content, COLUMNS, **options)

    def assertErrors(self, reader, *errors):
        self.assertEqual([str(error) for error in reader.errors], list(errors))

    def test_rows(self):
        reader = self._read(self._write(["a1", " Jade ", 12.5, 3, date(2026, 12, 31), "x"], [], [7, "Onyx", "1e3"]))
        self.assertErrors(reader)
        expected = {"key": "a1", "name": "Jade", "target": 12.5, "count": 3, "day": date(2026, 12, 31)}
        self.assertEqual([row.number for row in reader.rows], [2, 4])
        self.assertEqual(reader.rows[0].values, expected)
        empty = dict.fromkeys(COLUMNS)
        self.assertEqual(reader.rows[1].values, empty | {"key": "7", "name": "Onyx", "target": 1000.0})

    def test_zero_is_not_empty(self):
        reader = self._read(self._write(["a", "Jade", 0], ["b", "Onyx", None]))
        self.assertEqual([row.values["target"] for row in reader.rows], [0.0, None])

    def test_all_errors_at_once(self):
        """Of three rows, every wrong cell is told, and the right ones are read."""
        reader = self._read(
            self._write(["a", "", "n/a", 2.5], ["b", "Onyx", "1,234", 1, "31/12/2026"], ["c", "Opal", True, "x"])
        )
        self.assertErrors(
            reader,
            "B2: Empty: enter a value.",
            'C2: "n/a" is not a number: enter one such as 1234.50.',
            'D2: "2.5" is not a whole number: enter one.',
            'C3: "1,234" is not a number: enter one such as 1234.50.',
            'E3: "31/12/2026" is not a date: enter one such as 2026-12-31.',
            'C4: "True" is not a number: enter one such as 1234.50.',
            'D4: "x" is not a whole number: enter one.',
        )
        self.assertEqual([row.values["key"] for row in reader.rows], ["a", "b", "c"])
        self.assertEqual(reader.rows[1].values["count"], 1)

    def test_errors_of_the_caller(self):
        reader = self._read(self._write(["a", "Nobody", 1]))
        reader.add_error(reader.rows[0], "name", "Nobody of this name")
        self.assertErrors(reader, "B2: Nobody of this name")

    def test_columns_are_found_by_title(self):
        reader = self._read(self._write([1, "Jade", "a"], head=("TARGET ", "name", "Key")))
        self.assertErrors(reader)
        self.assertEqual(reader.rows[0].values, dict.fromkeys(COLUMNS) | {"target": 1.0, "name": "Jade", "key": "a"})
        self.assertEqual(reader.get_address(reader.rows[0], "target"), "A2")

    def test_missing_and_double_columns(self):
        reader = self._read(self._write([1], head=("Key", "Name", "Name")))
        self.assertErrors(
            reader, "C1: Two columns are called Name: keep only one of them.", "D1: There is no column Target: add it."
        )
        self.assertEqual(reader.rows, [])

    def test_head_further_down(self):
        with XlsxWriter() as book:
            sheet = book.add_sheet("Plan")
            sheet.write_cell(0, 0, "Plan 2027")
            sheet.write_row(2, ["Key", "Name", "Target"])
            sheet.write_row(3, ["a", "Jade", "x"])
        reader = self._read(book.content, head=3)
        self.assertErrors(reader, 'C4: "x" is not a number: enter one such as 1234.50.')

    def test_sheet_by_title(self):
        with XlsxWriter() as book:
            book.add_sheet("Help").write_cell(0, 0, "Read me")
            book.add_sheet("Plan").write_row(0, ["Key", "Name", "Target"])
        self.assertErrors(self._read(book.content, title="Plan"))
        self.assertErrors(self._read(self._write(title="Other"), title="Plan"))
        self.assertEqual(len(self._read(book.content).errors), 3)

    def test_formulas_count_by_what_they_came_to(self):
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["Key", "Name", "Target"])
            sheet.write_row(1, 0, ["a", "Computed"])
            sheet.write_formula(1, 2, "=100+20", None, 120)
            sheet.write_row(2, 0, ["b", "Wrong"])
            sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
        reader = self._read(buffer.getvalue())
        self.assertEqual(reader.rows[0].values["target"], 120.0)
        self.assertErrors(reader, 'C3: "=1/0" is not a number: enter one such as 1234.50.')

    def test_formulas_that_nothing_has_computed(self):
        """Left empty they would pass for cells that nobody touched."""
        book = openpyxl.Workbook()
        for row in (["Key", "Name", "Target"], ["a", "Jade", "=100+20"]):
            book.active.append(row)
        buffer = io.BytesIO()
        book.save(buffer)
        self.assertErrors(self._read(buffer.getvalue()), 'C2: "=100+20" is not a number: enter one such as 1234.50.')

    def test_no_xlsx(self):
        for content in (b"", b"Key,Name\na,b\n", b"PK\x03\x04broken", self._write()[:500]):
            self.assertErrors(self._read(content), "A1: This is not an XLSX file: save it as one and try again.")
