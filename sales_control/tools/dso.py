"""Days sales outstanding (DSO), period method: plain Python, no database. Amounts are in one currency, taxes included.

Receivables / sales of the period x days of the period, as in the Credit Research Foundation's "standard DSO". It rises
and falls with the season.
"""


def get_period_dso(receivable, sales, days):
    """Return the DSO of the period method; None without sales, for it says nothing then.

    :param receivable: open at the end of the period
    :param sales: of the period, less credit notes
    :param days: of the period

    >>> get_period_dso(500.0, 1000.0, 90)
    45.0
    >>> get_period_dso(-10.0, 1000.0, 90)
    0.0
    >>> get_period_dso(500.0, 0.0, 90)
    """
    return max(0.0, receivable / sales * days) if sales > 0 else None
