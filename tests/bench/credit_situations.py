"""Fifty situations of a customer, and what he owes in each, by hand: test_credit_situations.py and credit_compare.py.

Each builds real documents in a `World` (USD, 1 USD = 0.80 EUR, VAT 13 %) for the customer ``c`` and expects, as seen
from the company: AR (receivable), DNI (delivered not invoiced), OPEN (undelivered) and draft invoices; the exposure is
their sum. An order is 10 x 100 + 13 % = 1,130.00 (113.00 each), invoiced on delivery, unless said. Of a line with q
ordered, d delivered, i invoiced on posted invoices: DNI = u x max(0, d - i), OPEN = u x max(0, q - max(d, i)).
"""

import credit_situations_money
import credit_situations_orders
from credit_situation import collect

SITUATIONS = collect(credit_situations_orders, credit_situations_money)
