"""A company with policies and runs of the same day, for test_dunning_race.py."""

from dunning_crash_data import create_key, create_policy, prepare_company

from odoo.fields import Command

FEW = 6  # customers of a policy
MANY = 230  # three batches of the dispatch


def create(env):
    """Create everything and return the ids of the runs, the company and the API key of the manager."""
    company = prepare_company(env)
    runs = {}
    for name in ("compute", "stale"):
        policy, other = create_policy(env, name, FEW), create_policy(env, f"{name}_other", FEW)
        runs[f"{name}_1"], runs[f"{name}_2"] = _create_run(env, policy), _create_run(env, policy | other)
    names = dict.fromkeys(("first", "second", "approve", "before", "senders"), FEW) | {"crons": MANY}
    for name, count in names.items():
        runs[name] = _create_run(env, create_policy(env, name, count))
    return {
        "key": create_key(env, company),
        "companies": company.ids,
        "runs": {name: run.id for name, run in runs.items()},
    }


def _create_run(env, policies):
    return env["dunning.run"].create({"company_id": env.company.id, "policy_ids": [Command.set(policies.ids)]})
