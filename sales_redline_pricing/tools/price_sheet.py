"""What XLSX sheets of prices have in common: how prices and their marks look."""

from odoo.addons.sales_control.tools.xlsx import get_number_format

COLOURS = {"below": "#F8D7DA", "warn": "#FFF3CD", "ok": "#D1E7DD", "none": None, "no_cost": "#E2E3E5"}


def add_price_sheet(book, env, rows, columns):
    """Return a new sheet with a style ``price`` and one for each mark, whose head stays in sight.

    :param book: `XlsxWriter`
    :param rows: of the head
    :param columns: that tell what is priced; the first one is wide
    """
    digits = env["decimal.precision"].precision_get("Product Price")
    marks = {state: {"bg_color": colour} if colour else {} for state, colour in COLOURS.items()}
    sheet = book.add_sheet(env._("Prices"), {"price": {"num_format": get_number_format(digits)}, **marks})
    sheet.freeze(rows, 1)
    sheet.set_widths(40, (columns - 1, 16), (200, 11))
    return sheet


def get_state_labels(env):
    """Return dict, state -> what people read."""
    _ = env._
    labels = (_("Below"), _("Close to"), _("At or above"), "", _("Cost missing"))
    return dict(zip(COLOURS, labels, strict=True))
