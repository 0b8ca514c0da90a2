"""One writer of XLSX files, whose texts are never formulas."""

import io
import re
from datetime import date, datetime
from decimal import Decimal

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STYLES = {
    "text": {},
    "head": {"bold": True, "bg_color": "#E9ECEF", "bottom": 1, "text_wrap": True, "valign": "top"},
    "percent": {"num_format": "0.0"},
    "date": {"num_format": "yyyy-mm-dd"},
    "datetime": {"num_format": "yyyy-mm-dd hh:mm"},
}
# Texts are never read as formulas or addresses, figures without a value are errors in the cell.
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "remove_timezone": True,
    "nan_inf_to_errors": True,
}
MAX_TEXT = 32767  # more is no valid file
MAX_TITLE = 31


def get_number_format(digits=2, symbol="", position="after"):
    """Return the format of amounts.

    :param digits: after the point: a currency's ``decimal_places``
    :param symbol: of a currency, beside the figure where given
    :param position: of the symbol, as of a currency

    >>> get_number_format(), get_number_format(0), get_number_format(2, "¥", "before"), get_number_format(3, 'B"D')
    ('#,##0.00', '#,##0', '"¥"#,##0.00', '#,##0.000 "BD"')
    """
    figure = "#,##0" + ("." + "0" * digits if digits else "")
    quoted = '"%s"' % symbol.replace('"', "") if symbol else ""
    return f"{quoted}{figure}" if position == "before" else f"{figure} {quoted}".strip()


def get_address(row, column):
    """Return the name of a cell, both counted from 0.

    >>> get_address(0, 0), get_address(9, 25), get_address(2, 26), get_address(0, 16383)
    ('A1', 'Z10', 'AA3', 'XFD1')
    """
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def get_sheet_title(title, taken=()):
    """Return a title that programs accept: short, without their signs, no other sheet's.

    >>> get_sheet_title("Prices: 1/2 [CNY]"), get_sheet_title("'", ["x"]), get_sheet_title("Plan", ["plan", "Plan (2)"])
    ('Prices 1 2 CNY', 'Sheet', 'Plan (3)')
    """
    clean = " ".join(re.sub(r"[\[\]:*?/\\]", " ", str(title)).split()).strip("'")[:MAX_TITLE].strip() or "Sheet"
    used, result, number = {name.lower() for name in taken}, clean, 1
    while result.lower() in used:
        number += 1
        result = f"{clean[: MAX_TITLE - len(f' ({number})')]} ({number})"
    return result


class XlsxWriter:
    """A file of one or more sheets.

    with XlsxWriter() as book:
        sheet = book.add_sheet("Prices", styles={"price": {"num_format": get_number_format(2)}})
        sheet.write_row(0, ["Product", "Price"], "head")
    return book.content
    """

    def __init__(self):
        import xlsxwriter  # imported here as in Odoo's own exports: not needed to start

        self.content = None
        self.sheets = {}
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._buffer, OPTIONS)
        self._formats = {}

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self._book.close()
        self.content = self._buffer.getvalue()

    def add_sheet(self, title, styles=None):
        """Return a new `XlsxSheet`.

        :param title: made acceptable where it is not
        :param styles: dict, name -> properties as of xlsxwriter, beside the usual ``STYLES``
        """
        title = get_sheet_title(title, self.sheets)
        self.sheets[title] = XlsxSheet(self, self._book.add_worksheet(title), {**STYLES, **(styles or {})})
        return self.sheets[title]

    def get_format(self, properties):
        """Return the xlsxwriter format of a dict of properties, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(properties)
        return self._formats[key]


class XlsxSheet:
    """One sheet of a file that is written; rows and columns are counted from 0."""

    def __init__(self, book, sheet, styles):
        self.raw = sheet  # for what xlsxwriter can do beside: protection, formulas, conditional formats
        self._book = book
        self._styles = styles

    def get_format(self, style):
        """Return the xlsxwriter format of a style: a name, or a dict of properties."""
        return self._book.get_format(self._styles[style] if isinstance(style, str) else style)

    def write_cell(self, row, column, value, style=None):
        """Write a figure, a day or a text; False and None leave the cell empty.

        :param style: a name or a dict of properties; days have the style of days where none is given
        """
        if value is None or value is False:
            return
        if isinstance(value, date):
            kind = "datetime" if isinstance(value, datetime) else "date"
            self.raw.write_datetime(row, column, value, self.get_format(style or kind))
        elif value is True:
            self.raw.write_boolean(row, column, value, self.get_format(style or "text"))
        elif isinstance(value, int | float | Decimal):
            self.raw.write_number(row, column, value, self.get_format(style or "text"))
        else:
            self.raw.write_string(row, column, str(value)[:MAX_TEXT], self.get_format(style or "text"))

    def write_row(self, row, values, styles=None, column=0):
        """Write values side by side.

        :param styles: one style for all of them, or a list of one for each
        :param column: of the first value
        """
        for index, value in enumerate(values):
            style = styles[index] if isinstance(styles, list | tuple) else styles
            self.write_cell(row, column + index, value, style)

    def merge(self, row, first, last, value, style="head"):
        """Write a text over several columns, ``last`` included."""
        if first < last:
            self.raw.merge_range(row, first, row, last, "", self.get_format(style))
        self.write_cell(row, first, value, style)

    def freeze(self, rows=1, columns=0):
        """Keep the first rows and columns in sight."""
        self.raw.freeze_panes(rows, columns)

    def set_widths(self, *widths, column=0):
        """Set the widths of columns side by side, in characters; a pair (count, width) stands for several."""
        for width in widths:
            count, width = width if isinstance(width, tuple) else (1, width)
            if count:
                self.raw.set_column(column, column + count - 1, width)
            column += count

    def hide(self, column):
        """Hide a column: keys for whoever reads the file again."""
        self.raw.set_column(column, column, None, None, {"hidden": True})
