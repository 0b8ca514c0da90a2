"""Amounts that come one after the other, split over weights that stand side by side: to the cent both ways."""

from odoo.tools import SQL


def get_part_sql(amount, weight, total, digits):
    """Return which part of one of several amounts belongs to one of several weights.

    What is rounded is the sum up to here, of amounts as of weights: the parts of one amount sum to it, those that one
    weight has of all amounts are what it would have of their sum. So whoever pays an invoice in ten parts has paid
    every line of it to the cent, and no later payment changes what an earlier one was for.

    :param amount: pair of `SQL`: the amount, and the sum of it and all before it
    :param weight: pair of `SQL`: the weight, and the sum of it and all before it
    :param total: `SQL` of the sum of all weights
    :param digits: `SQL` of how many decimals are rounded to
    """
    (own_amount, amounts), (own_weight, weights) = amount, weight
    before, above = SQL("(%s - %s)", amounts, own_amount), SQL("(%s - %s)", weights, own_weight)
    corners = [(amounts, weights), (amounts, above), (before, weights), (before, above)]
    rounded = [SQL("ROUND(%s * %s / %s, %s)", *corner, total, digits) for corner in corners]
    return SQL("(%s - %s - %s + %s)", *rounded)


def get_column_pair(table, name):
    """Return the pair of columns ``name`` and ``name_upto`` of a table, as `get_part_sql` takes them."""
    return SQL.identifier(table, name), SQL.identifier(table, f"{name}_upto")
