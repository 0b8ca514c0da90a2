"""A small run of tests/bench/statements.py: what confirming an order costs in statements, against stock Odoo."""

import os
import pathlib
import subprocess
import sys

import pytest

from odoo.tools import config

SCRIPT = pathlib.Path(__file__).parent / "bench" / "statements.py"


def test_confirmation_costs_few_statements_more_whatever_the_lines():
    template = os.environ.get("SALES_CONTROL_TEMPLATE")
    if not template:
        pytest.skip("needs the template database of ./setup/test")
    prefix = f"{config['db_name'][0]}_bench"
    options = ["--template", template, "--config", os.environ["ODOO_RC"], "--prefix", prefix]
    command = [sys.executable, SCRIPT, *options, "--lines", "4", "40", "--repeat", "2", "--log"]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert result.returncode == 0, result.stdout
