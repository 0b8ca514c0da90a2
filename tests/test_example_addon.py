"""The example addon, which adds a kind of finding in less than 50 lines, works as docs/architecture.md says."""

import os
import pathlib
import subprocess
import sys

import pytest

import odoo.sql_db
from odoo.tools import config

REPO = pathlib.Path(__file__).parent.parent
ADDONS_PATH = REPO / "tests" / "example_addon"
ADDON = ADDONS_PATH / "sales_review_weekend"

# Run in Odoo's shell: an order goes from Confirm to hold to approval, and on hold again after an edit.
SCRIPT = """
from odoo.fields import Command
from odoo.tests import new_test_user

seller = new_test_user(env, "seller", "sales_team.group_sale_salesman")
decider = new_test_user(env, "decider", "sales_team.group_sale_manager")
rule = env["sale.review.rule"].create({
    "name": "No work on weekends", "kind": "weekend",
    "step_ids": [Command.create({"approver_type": "user", "user_id": decider.id})],
})
product = env["product.product"].create({"name": "Pump", "type": "consu", "list_price": 100})
customer = env["res.partner"].create({"name": "Jade Dragon Ltd."})

def order_for(moment):
    return env["sale.order"].with_user(seller).create({
        "partner_id": customer.id, "commitment_date": moment,
        "order_line": [Command.create({"product_id": product.id})],
    })

weekday = order_for("2030-03-01 10:00:00")
weekday.action_confirm()
assert weekday.state == "sale", "nothing is found on a Friday"

order = order_for("2030-03-02 10:00:00")
assert "promised for a weekend: 03/02/2030" in order.review_banner
order.action_confirm()
review = order.sudo().order_review_ids
assert (order.state, order.review_state) == ("draft", "pending"), "held"
assert (review.kind, review.step_ids.candidate_ids) == ("weekend", decider), "the rule of its kind claims it"
assert "Delivery promised for" in review.facts_table, "the fact has its label"
assert "promised for a weekend: 03/02/2030" in review.message, "the sentence is made from the facts"
assert review.stake == 100, "the value of the order is at stake"

review.with_user(decider).action_approve()
assert (order.state, order.review_state, order.on_hold) == ("sale", "approved", False), "approved and confirmed"

order.commitment_date = "2030-03-03 10:00:00"
assert order.on_hold, "another weekend day is another matter"
order.commitment_date = "2030-03-04 10:00:00"
assert not order.on_hold, "a Monday is none"
print("WALKED THROUGH")
"""


def run_odoo(*arguments, **options):
    command = [sys.executable, "-m", "odoo", *arguments, "--addons-path", f"{REPO},{ADDONS_PATH}"]
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture
def target():
    """Options that lead to a clone of the core stack, without any addon of ours."""
    template = os.environ.get("SALES_CONTROL_TEMPLATE")
    if not template:
        pytest.skip("needs the template database of ./setup/test")
    name = f"{config['db_name'][0]}_example"
    run_tool = [sys.executable, REPO / "setup" / "db.py"]
    subprocess.run([*run_tool, "clone", template, name], check=True)
    yield ("-c", os.environ["ODOO_RC"], "-d", name, "--no-http")
    odoo.sql_db.close_db(name)
    subprocess.run([*run_tool, "drop", name], check=True)


def test_order_is_held_approved_and_confirmed(target):
    log = run_odoo(*target, "-i", ADDON.name, "--stop-after-init")
    assert not [line for line in log.splitlines() if any(f" {word} " in line for word in ("WARNING", "ERROR"))]
    assert "WALKED THROUGH" in run_odoo("shell", *target, "--log-level=warn", input=SCRIPT)


def test_example_is_short_and_no_addon_of_ours():
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in ADDON.rglob("*.py"))
    assert lines < 50
    assert ADDON.name not in {path.parent.name for path in REPO.glob("*/__manifest__.py")}
