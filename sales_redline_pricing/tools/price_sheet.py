"""XLSX files of prices and their marks."""

import io

STATES = ("below", "warn", "ok", "none", "no_cost")


class PriceSheet:
    """One sheet of an XLSX file: the few styles that board and revisions need. Texts are never read as formulas."""

    COLOURS = {"ok": "#D1E7DD", "warn": "#FFF3CD", "below": "#F8D7DA", "none": None, "no_cost": "#E2E3E5"}

    def __init__(self, env):
        import xlsxwriter  # imported here as in Odoo's own exports: not needed to start

        self.content = None
        self.buffer = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.buffer, {"in_memory": True, "strings_to_formulas": False})
        self.sheet = self.book.add_worksheet(env._("Prices"))
        digits = env["decimal.precision"].precision_get("Product Price")
        price = "#,##0" + ("." + "0" * digits if digits else "")
        formats = {
            "text": {},
            "head": {"bold": True, "bg_color": "#E9ECEF", "bottom": 1, "text_wrap": True, "valign": "top"},
            "price": {"num_format": price},
            "percent": {"num_format": "0.0"},
            "date": {"num_format": "yyyy-mm-dd hh:mm"},
            **{f"state_{state}": {"bg_color": colour} if colour else {} for state, colour in self.COLOURS.items()},
        }
        self.formats = {name: self.book.add_format(values) for name, values in formats.items()}
        self.labels = get_state_labels(env)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        self.book.close()
        self.content = self.buffer.getvalue()

    def write_cell(self, row, column, value, style="text"):
        """Write a figure or a text; False and None leave the cell empty."""
        if value is False or value is None:
            return
        if isinstance(value, str):
            self.sheet.write_string(row, column, value, self.formats[style])
        else:
            self.sheet.write_number(row, column, value, self.formats[style])

    def write_state(self, row, column, state):
        """Write the mark of a price, coloured."""
        self.write_cell(row, column, self.labels[state], f"state_{state}")

    def merge(self, row, first, last, value, style):
        """Write a text over several columns."""
        self.sheet.merge_range(row, first, row, last, "", self.formats[style])
        self.write_cell(row, first, value, style)

    def finish_head(self, rows, columns):
        """Keep the head in sight."""
        self.sheet.freeze_panes(rows, 1)
        self.sheet.set_column(0, 0, 40)
        self.sheet.set_column(1, columns - 1, 16)
        self.sheet.set_column(columns, 200, 11)


def get_state_labels(env):
    """Return dict, state -> what people read."""
    _ = env._
    labels = (_("Below"), _("Close"), _("At or above"), "", _("Cost missing"))
    return dict(zip(STATES, labels, strict=True))
