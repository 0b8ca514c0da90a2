"""SQL statements and wall time of `sale.order.action_confirm`: stock Odoo against ours, in one run.

    ./setup/test --prepare                                  # once: makes the template database
    . setup/common.sh; prepare                              # finds Odoo, Python and PostgreSQL
    "$PY" tests/bench/statements.py                         # the table
    "$PY" tests/bench/statements.py --log --lines 10 500    # and which statements are ours

Two clones of the template database: one as it is, one with the addons installed, three rules, a red line and a credit
grade. Each order has half storable products with stock and half services; a plain salesperson confirms it, in a
transaction of its own, after another order of the same kind has warmed the caches. Two kinds: `small` stays below every
rule, `approved` is claimed by one and covered by the approval of the department manager. The surplus must not grow with
the lines.
"""

import argparse
import re
import sys
from collections import Counter

from databases import (
    ADDONS,
    add_arguments,
    best,
    configure,
    drop_databases,
    environment,
    make_databases,
    recorded,
    timed,
)

from odoo import fields
from odoo.fields import Command

# More than stock, by kind of order; the contract says 12.
STATEMENTS_ALLOWED = {"small": 6, "approved": 12}
KINDS = {"small": 10.0, "approved": 60000.0}
PRODUCTS = 20


# ---------------------------------------------------------------- data


def prepare(name, rules=True):
    """Fill a database with people, products and, if the addons are there, rules. Return the ids."""
    with environment(name) as env:
        company = env.ref("base.main_company")
        manager = _create_user(env, "bench_manager")
        seller = _create_user(env, "bench_seller")
        department = env["hr.department"].create({"name": "Bench", "company_id": company.id})
        for user in (manager, seller):
            _create_employee(env, user, department)
        department.manager_id = manager.with_company(company).employee_id
        partner = env["res.partner"].create({"name": "Bench Customer", "user_id": seller.id})
        if rules and "sale.review.rule" in env:
            _create_rules(env, manager)
            company.review_auto_confirm = False
        return {
            "seller": seller.id,
            "manager": manager.id,
            "partner": partner.id,
            "products": _create_products(env).ids,
        }


def _create_user(env, login):
    groups = env.ref("sales_team.group_sale_salesman")
    values = {"name": login, "login": login, "email": f"{login}@example.com", "group_ids": [Command.set(groups.ids)]}
    return env["res.users"].with_context(no_reset_password=True).create(values)


def _create_employee(env, user, department):
    values = {"name": user.name, "user_id": user.id, "department_id": department.id, "date_version": "2020-01-01"}
    return env["hr.employee"].create(values)


def _create_products(env):
    kinds = [{"type": "consu", "is_storable": True}, {"type": "service"}]
    common = {"taxes_id": [Command.clear()], "list_price": 10}
    products = env["product.product"].create(
        [{"name": f"Bench {number}", **common, **kinds[number % 2]} for number in range(PRODUCTS)]
    )
    location = env["stock.warehouse"].search([], limit=1).lot_stock_id
    for product in products.filtered("is_storable"):
        env["stock.quant"]._update_available_quantity(product, location, 100000)
    return products


def _create_rules(env, manager):
    """Large orders, special contracts, contract mismatch: as in the demo data."""
    step = Command.create({"approver_type": "department_manager"})
    person = Command.create({"approver_type": "user", "user_id": manager.id})
    env["sale.review.rule"].create(
        [
            {"name": "Large orders", "kind": "amount", "min_amount": 50000, "tolerance": 5, "step_ids": [step]},
            {"name": "Special contracts", "kind": "special", "step_ids": [person]},
            {"name": "Contract mismatch", "kind": "mismatch", "step_ids": [person]},
        ]
    )
    if "sale.price.floor" in env:
        env["sale.price.floor"].create({"applied_on": "all", "fixed_price": 0.01})
    if "credit.grade" in env:
        policies = dict.fromkeys(("confirm_policy", "deliver_policy", "invoice_policy"), "review")
        grade = env["credit.grade"].create({"name": "Bench", "code": "B", "credit_limit": 10**9, **policies})
        env.ref("base.main_company").credit_default_grade_id = grade


def create_order(name, ids, kind, lines):
    """Return the id of a quotation that the salesperson may confirm at once."""
    total = KINDS[kind]
    with environment(name, ids["seller"]) as env:
        commands = [
            Command.create({"product_id": ids["products"][n % PRODUCTS], "product_uom_qty": 1,
                            "price_unit": total / lines})
            for n in range(lines)
        ]  # fmt: skip
        values = {"partner_id": ids["partner"], "order_line": commands}
        reviewed = "contract_number" in env["sale.order"]
        if reviewed:
            values |= {"contract_number": "BENCH", "contract_date": fields.Date.today()}
        order = env["sale.order"].create(values)
        if reviewed and kind == "approved":
            order.action_request_review()
            order.sudo().order_review_ids.with_user(ids["manager"]).action_approve()
        return order.id


# ---------------------------------------------------------------- measuring


def confirm(name, uid, order_id, statements=None):
    """Confirm an order as a request would, commit included. Return (statements, seconds, seconds of Python)."""

    def work():
        env["sale.order"].browse(order_id).action_confirm()
        env.cr.commit()

    with environment(name, uid) as env, recorded([] if statements is None else statements):
        result = timed(env.cr, work)
        state = env["sale.order"].browse(order_id).state
        assert state == "sale", f"the order was not confirmed but is {state}"
        return result


def measure(names, ids, kind, lines, repeat, log=False):
    """Return {side: (statements, seconds, seconds of Python)}: the best of all turns."""
    found = {side: [] for side in names}
    logged = {side: [] for side in names}
    for turn in range(repeat + 1):
        for side, name in names.items():
            order_id = create_order(name, ids[side], kind, lines)
            statements = []
            result = confirm(name, ids[side]["seller"], order_id, statements)
            if turn:  # the first one warms the caches
                found[side].append(result)
                logged[side] = statements
    if log:
        print_surplus(kind, lines, logged)
    return {side: best(results) for side, results in found.items()}


def print_surplus(kind, lines, logged):
    """Print the statements that one side executes more often than the other; lists of columns do not count."""
    sides = list(logged)
    for less, more in zip(sides, sides[1:], strict=False):
        few, many = (Counter(map(shorten, logged[side])) for side in (less, more))
        print(f"\n{kind}, {lines} lines: statements only in {more} (+) and only in {less} (-)")
        for sign, surplus in (("+", many - few), ("-", few - many)):
            for statement, count in surplus.items():
                print(f"  {sign}{count} {statement[:200]}")


def shorten(statement):
    """Return a statement without its columns.

    >>> shorten('SELECT "a"."id", "a"."x" FROM "a" WHERE "a"."id" IN %s')
    'SELECT FROM "a" WHERE "a"."id" IN %s'
    """
    statement = re.sub(r"^SELECT .*? FROM ", "SELECT FROM ", statement)
    return re.sub(r"^(UPDATE \S+) SET .*", r"\1", statement)


def run(names, sizes, repeat, log):
    """Measure everything and return rows: (kind, lines, stock, ours), both as `confirm` returns them."""
    ids = {side: prepare(name) for side, name in names.items()}
    rows = []
    for kind in KINDS:
        for lines in sizes:
            found = measure(names, ids, kind, lines, repeat, log)
            rows.append((kind, lines, found["stock"], found["ours"]))
    return rows


def check(rows):
    """Return what is wrong with the surplus: empty when it is small and the same for every size."""
    wrong = []
    for kind in KINDS:
        surplus = {lines: ours[0] - stock[0] for row_kind, lines, stock, ours in rows if row_kind == kind}
        if len(set(surplus.values())) > 1:
            wrong.append(f"{kind}: the surplus changes with the number of lines: {surplus}")
        if max(surplus.values()) > STATEMENTS_ALLOWED[kind]:
            wrong.append(f"{kind}: the surplus is larger than {STATEMENTS_ALLOWED[kind]} statements: {surplus}")
    return wrong


def print_table(rows):
    print("\n| order | lines | statements: stock | ours | surplus | wall (ms): stock | ours | ratio | Python: ratio |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for kind, lines, (count, seconds, cpu), (our_count, our_seconds, our_cpu) in rows:
        figures = [count, our_count, our_count - count, f"{seconds * 1000:.0f}", f"{our_seconds * 1000:.0f}"]
        ratios = [f"{our_seconds / seconds:.2f}", f"{our_cpu / cpu:.2f}"]
        print("|", " | ".join(map(str, [kind, lines, *figures, *ratios])), "|")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, nargs="+", default=[10, 100, 500])
    parser.add_argument("--repeat", type=int, default=5, help="turns after the first, which warms the caches")
    parser.add_argument("--log", action="store_true", help="print the statements of the surplus")
    add_arguments(parser, "sc_bench")
    arguments = parser.parse_args()
    configure(arguments)
    names = make_databases(arguments, {"stock": (), "ours": ADDONS})
    try:
        rows = run(names, arguments.lines, arguments.repeat, arguments.log)
    finally:
        drop_databases(names)
    print_table(rows)
    wrong = check(rows)
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
