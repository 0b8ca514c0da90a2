from odoo.tools import float_round

DIGITS = 6  # no currency has more: takes the noise off sums of rounded amounts


class Rates:
    """Roundings and rates of a company on a day, each read once for the thousands of amounts of a run."""

    def __init__(self, company, date):
        self._company = company
        self._date = date
        self._currencies = company.env["res.currency"]
        self._roundings = {}
        self._rates = {}

    def round(self, currency_id, amount):
        """Return an amount rounded as its currency is."""
        return float_round(amount, precision_rounding=self._get_rounding(currency_id))

    def is_zero(self, currency_id, amount):
        """Tell whether an amount is less than its currency has coins for."""
        return abs(amount) < self._get_rounding(currency_id) / 2

    def _get_rounding(self, currency_id):
        if currency_id not in self._roundings:
            self._roundings[currency_id] = self._currencies.browse(currency_id).rounding
        return self._roundings[currency_id]

    def convert(self, amount, source_id, target_id):
        """Return an amount of a currency (by id) in another one, rounded; in the same one as it is."""
        if source_id == target_id or not amount:
            return amount
        key = (source_id, target_id)
        if key not in self._rates:
            source, target = map(self._currencies.browse, key)
            self._rates[key] = self._currencies._get_conversion_rate(source, target, self._company, self._date)
        return self.round(target_id, amount * self._rates[key])

    def get_sum(self, amounts, target_id):
        """Return the sum of rounded amounts, ``(currency id, amount)``: added up per currency, then converted."""
        total = 0.0
        sums = {}
        for currency_id, amount in amounts:
            if currency_id == target_id:
                total += amount
            else:
                sums[currency_id] = sums.get(currency_id, 0.0) + amount
        total += sum(self.convert(amount, currency_id, target_id) for currency_id, amount in sums.items())
        return round(total, DIGITS)
