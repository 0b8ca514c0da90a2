"""One reader of XLSX files, whose errors name the cell."""

import io
import re
from dataclasses import dataclass, field
from datetime import date, datetime
from zipfile import BadZipFile

from .xlsx import get_address

MAX_ROWS = 100000
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Column:
    """A column of a file that is read, found by its title.

    :param title: in the head of the file, in any case
    :param kind: ``text``, ``number``, ``integer`` or ``date``
    :param required: whether an empty cell is an error
    :param optional: whether the whole column may be missing
    """

    title: str
    kind: str = "text"
    required: bool = False
    optional: bool = False


@dataclass(frozen=True)
class CellError:
    """What is wrong with a cell.

    :param address: of it, such as ``C7``
    :param message: in the language of the reader
    """

    address: str
    message: str

    def __str__(self):
        return f"{self.address}: {self.message}"


@dataclass
class Row:
    """A row that was read: ``values`` by name of the column, None where the cell is empty, wrong or missing."""

    number: int
    values: dict = field(default_factory=dict)


def to_value(value, kind):
    """Return what a cell says, None for an empty one.

    >>> to_value(" x ", "text"), to_value(12.0, "text"), to_value(" ", "number"), to_value("1e3", "number")
    ('x', '12', None, 1000.0)
    >>> to_value(3.0, "integer"), to_value("2026-12-31", "date"), to_value(datetime(2026, 1, 2, 3), "date")
    (3, datetime.date(2026, 12, 31), datetime.date(2026, 1, 2))

    Texts that only some countries read as figures are wrong, and so is whatever is no figure.

    >>> to_value("1,234", "number")
    Traceback (most recent call last):
    ValueError: 1,234
    """
    value = value.strip() if isinstance(value, str) else value
    if value is None or value == "":
        return None
    return {"text": _to_text, "number": _to_number, "integer": _to_integer, "date": _to_date}[kind](value)


def _to_text(value):
    if isinstance(value, datetime) and value.time() == datetime.min.time():
        value = value.date()
    return str(int(value) if isinstance(value, float) and value.is_integer() else value)


def _to_number(value):
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(value)
    if isinstance(value, str) and not NUMBER.fullmatch(value):
        raise ValueError(value)
    return float(value)


def _to_integer(value):
    number = _to_number(value)
    if not number.is_integer():
        raise ValueError(value)
    return int(number)


def _to_date(value):
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(value if isinstance(value, str) else "")


class XlsxReader:
    """The rows of a sheet, with every error at its cell.

    Nothing is raised for wrong cells: ``errors`` tells all of them at once, those of the caller's own checks too
    (`add_error`). Whatever is not asked for is left alone: other columns, empty rows, other sheets.

    :param env: whose language the errors are in
    :param content: bytes of the file
    :param columns: dict, name -> `Column`
    :param title: of the sheet; the first one where not given, or where the file has no such sheet
    :param head: which row, counted from 1, holds the titles
    """

    def __init__(self, env, content, columns, title=None, head=1):
        self.env = env
        self.columns = columns
        self.rows = []
        self.errors = []
        self._head = head
        self._title = title
        self._content = content
        self._positions = {}
        self._figures = None
        self._read()

    def get_address(self, row, name):
        """Return the name of the cell of a `Row` in the column ``name``."""
        return get_address(row.number - 1, self._positions[name])

    def add_error(self, row, name, message):
        """Add what is wrong with a cell beyond its form: a customer that does not exist, a locked figure."""
        self.errors.append(CellError(self.get_address(row, name), message))

    # === STEPS === #

    def _read(self):
        sheet = self._open()
        if sheet is None:
            self.errors.append(CellError("A1", self.env._("This is not an XLSX file: save it as one and try again.")))
            return
        cells = sheet.iter_rows(min_row=self._head)
        self._find_columns(next(cells, ()))
        if self.errors:
            return
        for number, row in enumerate(cells, self._head + 1):
            if number > self._head + MAX_ROWS:
                message = self.env._("The file has more than %s rows: split it.", MAX_ROWS)
                self.errors.append(CellError(get_address(number - 1, 0), message))
                break
            if any(cell.value not in (None, "") for cell in row):
                self._read_row(number, row)

    def _open(self, figures=False):
        """Return the sheet, None where the file cannot be read.

        :param figures: with what formulas came to when a program last computed them, in place of formulas
        """
        import openpyxl  # imported here as in Odoo's own imports: not needed to start
        from openpyxl.utils.exceptions import InvalidFileException

        try:
            book = openpyxl.load_workbook(io.BytesIO(self._content), read_only=not figures, data_only=figures)
        except (BadZipFile, InvalidFileException, KeyError, OSError, SyntaxError, ValueError):
            return None  # a text, an older format, a broken file
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        return sheets.get(self._title) or next(iter(sheets.values()), None)

    def _find_columns(self, cells):
        names = {column.title.strip().lower(): name for name, column in self.columns.items()}
        for position, cell in enumerate(cells):
            name = names.get(str(cell.value or "").strip().lower())
            if name in self._positions:
                message = self.env._("Two columns are called %s: keep only one of them.", self.columns[name].title)
                self.errors.append(CellError(get_address(self._head - 1, position), message))
            elif name:
                self._positions[name] = position
        for name, column in self.columns.items():
            if name not in self._positions and not column.optional:
                message = self.env._("There is no column %s: add it.", column.title)
                self.errors.append(CellError(get_address(self._head - 1, len(cells)), message))

    def _read_row(self, number, cells):
        row = Row(number, dict.fromkeys(self.columns))
        for name, position in self._positions.items():
            cell = cells[position] if position < len(cells) else None
            try:
                row.values[name] = self._read_cell(cell, self.columns[name], number, position)
            except ValueError as error:
                self.add_error(row, name, str(error))
        self.rows.append(row)

    def _read_cell(self, cell, column, number, position):
        """Return the value of a cell.

        :raise ValueError: with what is wrong
        """
        value = getattr(cell, "value", None)
        kind = getattr(cell, "data_type", None)
        if kind == "f":
            value = self._get_figure(number, position)
        try:
            if kind == "e" or (kind == "f" and value is None):
                raise ValueError(value)
            result = to_value(value, column.kind)
        except ValueError as error:
            raise ValueError(self._describe(column.kind, cell.value)) from error
        if result is None and column.required:
            raise ValueError(self.env._("Empty: enter a value."))
        return result

    def _get_figure(self, number, position):
        """Return what the formula of a cell came to; None where no program has computed it."""
        if self._figures is None:
            self._figures = self._open(figures=True)
        value = self._figures.cell(number, position + 1)
        return None if value.data_type == "e" else value.value

    def _describe(self, kind, value):
        return {
            "text": lambda: self.env._('"%s" is not text: enter text.', value),
            "number": lambda: self.env._('"%s" is not a number: enter one such as 1234.50.', value),
            "integer": lambda: self.env._('"%s" is not a whole number: enter one.', value),
            "date": lambda: self.env._('"%s" is not a date: enter one such as 2026-12-31.', value),
        }[kind]()
