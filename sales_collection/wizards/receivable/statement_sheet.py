from odoo.addons.sales_control.tools.xlsx import XlsxWriter, get_number_format


def get_statement_sheet(env, statements, is_activity):
    """Return statements of account as an XLSX file: one sheet, one row per line, so that it can be filtered.

    :param statements: see `receivable.statement._get_statements`
    :return: bytes
    """
    with XlsxWriter() as book:
        sheet = book.add_sheet(env._("Statement of Account"))
        sheet.write_row(0, _get_titles(env), "head")
        for number, (digits, cells) in enumerate(_get_rows(env, statements, is_activity), 1):
            money = {"num_format": get_number_format(digits)}
            sheet.write_row(number, cells, [None] * 7 + [money] * 2)
        sheet.set_widths((4, 18), (7, 14))
        sheet.freeze()
    return book.content


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
    """Yield the digits of the currency and the cells of each row."""
    for customer, statement in statements.items():
        for section in statement["sections"]:
            currency = section["currency"]
            begin = [customer.name, currency.name]
            if is_activity:
                yield (
                    currency.decimal_places,
                    [*begin, env._("Opening balance"), "", None, None, None, None, section["opening"]],
                )
            for line in section["lines"]:
                # The activity lists documents, not what is open of them: none is overdue by a number of days.
                days = None if is_activity else line["days_overdue"]
                begun = [line[name] for name in ("document", "reference", "date", "due")]
                yield currency.decimal_places, [*begin, *begun, days, line["amount"], line["balance"]]
            yield currency.decimal_places, [*begin, env._("Balance"), "", None, None, None, None, section["closing"]]
