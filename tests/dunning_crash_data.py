"""A company with policies, and customers with an overdue invoice each, for test_dunning_crash.py."""

from datetime import datetime, timedelta

from odoo.fields import Command

RUN = 230  # customers of the run: three batches of the dispatch
MAILS = 100
FEW = 10
CONTROL = 5


def create(env, port):
    """Create everything and return the ids of runs and mails, the company and the API key of the manager.

    :param port: of the mail server
    """
    company = prepare_company(env)
    env["ir.mail_server"].search([]).active = False
    env["ir.mail_server"].create(
        {"name": "Sink", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
    )
    key = create_key(env, company)
    runs = {name: create_run(env, name, count) for name, count in (("run", RUN), ("mails", MAILS), ("few", FEW))}
    for name in ("mails", "few"):
        runs[name].action_compute()
        runs[name].action_approve()
        for part in runs[name].notice_ids._split_by_effort():
            part._dispatch_safely()
    env["ir.cron.trigger"].search([]).unlink()
    return {
        "key": key,
        "companies": company.ids,
        "runs": {name: run.id for name, run in runs.items()},
        "mails": {name: run.notice_ids._get_mails().ids for name, run in runs.items()}
        | {"control": _create_mails(env)},
        "notices": {name: run.notice_ids.ids for name, run in runs.items()},
    }


def prepare_company(env):
    """Return the company with accounts; nothing happens by itself."""
    company = env.company
    company.email = "office@huaxin.example"
    env["account.chart.template"].try_loading("generic_coa", company, install_demo=False)
    env["ir.cron"].search([]).active = False
    return company


def create_key(env, company):
    """Return the API key of a collection manager."""
    group = env.ref("sales_collection.sales_collection_group_manager")
    user = env["res.users"].create(
        {
            "name": "Manager",
            "login": "crash_manager",
            "group_ids": [Command.link(group.id)],
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
        }
    )
    expiry = datetime.now() + timedelta(hours=12)
    return env["res.users.apikeys"].with_user(user)._generate("rpc", "crashes", expiry)


def create_run(env, name, count):
    """Return a run of a policy of its own, with customers of its own."""
    return env["dunning.run"].create(
        {"company_id": env.company.id, "policy_ids": [Command.set(create_policy(env, name, count).ids)]}
    )


def create_policy(env, name, count):
    """Return a policy with customers of its own, who owe 100 each, 10 days late."""
    policy = env["dunning.policy"].create(
        {
            "name": name,
            "company_id": env.company.id,
            "level_ids": [Command.create({"name": "First", "days": 3, "fee_amount": 5})],
        }
    )
    partners = env["res.partner"].create(
        [
            {
                "name": f"{name} {number:03}",
                "is_company": True,
                "email": f"{name}{number:03}@customer.example",
                "dunning_policy_id": policy.id,
            }
            for number in range(count)
        ]
    )
    _create_invoices(env, partners)
    return policy


def _create_invoices(env, partners):
    due = env.company._get_today() - timedelta(days=10)
    line = {"name": "Goods", "quantity": 1, "price_unit": 100, "tax_ids": []}
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": due,
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [Command.create(line)],
            }
            for partner in partners
        ]
    )
    moves.action_post()


def _create_mails(env):
    """Return mails that are not ours."""
    return (
        env["mail.mail"]
        .create(
            [
                {
                    "subject": "Other",
                    "body_html": "Other",
                    "email_to": f"control{n}@customer.example",
                    "auto_delete": False,
                }
                for n in range(CONTROL)
            ]
        )
        .ids
    )
