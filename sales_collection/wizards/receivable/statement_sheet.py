import io


def get_statement_sheet(env, statements, is_activity):
    """Return statements of account as an XLSX file: one sheet, one row per line, so that it can be filtered.

    :param statements: see `receivable.statement._get_statements`
    :return: bytes
    """
    import xlsxwriter  # imported here as in Odoo's own exports: not needed to start

    buffer = io.BytesIO()
    # Names and references are never read as formulas.
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet(env._("Statement of Account")[:31])
        head = book.add_format({"bold": True, "bg_color": "#E9ECEF", "bottom": 1})
        styles = {"date": book.add_format({"num_format": "yyyy-mm-dd"})}
        for column, title in enumerate(_get_titles(env)):
            sheet.write_string(0, column, title, head)
        for number, values in enumerate(_get_rows(env, statements, is_activity), 1):
            _write_row(book, sheet, styles, number, values)
        sheet.set_column(0, 3, 18)
        sheet.set_column(4, 10, 14)
        sheet.freeze_panes(1, 0)
    return buffer.getvalue()


def _get_titles(env):
    _ = env._
    return [
        _("Customer"),
        _("Currency"),
        _("Document"),
        _("Reference"),
        _("Date"),
        _("Due Date"),
        _("Days Overdue"),
        _("Amount"),
        _("Balance"),
    ]


def _get_rows(env, statements, is_activity):
    """Yield the cells of each row, the digits of the currency first."""
    for customer, statement in statements.items():
        for section in statement["sections"]:
            currency = section["currency"]
            begin = [currency.decimal_places, customer.name, currency.name]
            if is_activity:
                yield [*begin, env._("Opening balance"), "", None, None, None, None, section["opening"]]
            for line in section["lines"]:
                # The activity lists documents, not what is open of them: none is overdue by a number of days.
                days = None if is_activity else line["days_overdue"]
                begun = [line[name] for name in ("document", "reference", "date", "due")]
                yield [*begin, *begun, days, line["amount"], line["balance"]]
            yield [*begin, env._("Balance"), "", None, None, None, None, section["closing"]]


def _write_row(book, sheet, styles, number, values):
    digits, *cells = values
    money = styles.setdefault(digits, book.add_format({"num_format": "#,##0" + ("." + "0" * digits if digits else "")}))
    for column, value in enumerate(cells):
        if isinstance(value, str):
            sheet.write_string(number, column, value)
        elif isinstance(value, int | float):
            sheet.write_number(number, column, value, None if column == 6 else money)
        elif value:
            sheet.write_datetime(number, column, value, styles["date"])
