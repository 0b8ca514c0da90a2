"""Runs are called by their date in the language of the reader; the names they have stay."""

from odoo.tools.sql import column_exists, rename_column


def migrate(cr, version):
    """Keep the names of runs as given ones."""
    if column_exists(cr, "dunning_run", "name") and not column_exists(cr, "dunning_run", "given_name"):
        rename_column(cr, "dunning_run", "name", "given_name")
