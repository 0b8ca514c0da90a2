"""Dunning runs that people and scheduled actions work on at the same moment: each item is dunned once, charged once.

Against a server with four workers. Every race is made, not hoped for: a gate holds rows that a stage needs, so that
transactions which began before any of them has committed go on together.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from dunning_race_data import FEW, MANY
from race import RaceServer, cloned

CREATE = """
import json, dunning_race_data
data = dunning_race_data.create(env)
env.cr.commit()
print(json.dumps(data))
"""
CRON = 'env["dunning.notice"]._cron_dispatch(); env.cr.commit()'
BUSY = "Someone else is currently working on these notices"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with cloned(RaceServer, tmp_path_factory.mktemp("race"), CREATE) as server, server.running():
        yield server


def press(server, method, *names):
    """Return the call of a button of runs."""
    return lambda: server.call("dunning.run", method, ids=[server.data["runs"][name] for name in names])


def do(server, method, *names):
    status, answer = press(server, method, *names)()
    assert status == 200, answer


def send(server, *names):
    """Send the approved notices of runs, as a manager does from their list."""
    ids = [row[0] for row in get_notices(server, "id", *names)]
    return server.call("dunning.notice", "action_send", ids=ids)


def get_notices(server, columns, *names):
    runs = [server.data["runs"][name] for name in names]
    return server.query(f"SELECT {columns} FROM dunning_notice WHERE run_id = ANY(%s) ORDER BY id", runs)


def get_states(server, *names):
    return sorted({row[0] for row in get_notices(server, "state", *names)})


def customers_gate(policy):
    """Hold the customers of a policy: notices of theirs cannot be made, and levels of theirs not be remembered."""
    return "SELECT FROM res_partner WHERE name ~ %s AND is_company FOR UPDATE", f"^{policy} [0-9]+$"


@contextmanager
def waiting(server, call, gate):
    """Have a call wait at a gate meanwhile; the answer is that of the call once the gate is open.

    :return: list that gets the answer
    """
    answers = []
    with ThreadPoolExecutor(1) as client:
        with server._held(*gate):
            answer = client.submit(call)
            server.wait_for_blocked(1)
            yield answers
        answers.append(answer.result())


def assert_dunned_once(server, count, *names):
    """Check that of these runs together each item was sent and charged once, and that numbers are no two the same."""
    runs = [server.data["runs"][name] for name in names]
    lines = """
        SELECT COUNT(*), COUNT(DISTINCT line.move_line_id) FROM dunning_notice_line line
        JOIN dunning_notice notice ON notice.id = line.notice_id WHERE notice.run_id = ANY(%s) AND notice.state = 'sent'
    """
    assert server.query(lines, runs) == [(count, count)]
    notices = "notice_id IN (SELECT id FROM dunning_notice WHERE run_id = ANY(%s))"
    assert server.query(f"SELECT COUNT(*), SUM(amount) FROM dunning_charge WHERE {notices}", runs) == [
        (count, 5 * count)
    ]
    assert server.query(f"SELECT COUNT(*) FROM dunning_item WHERE {notices}", runs) == [(count,)]
    mails = """
        SELECT COUNT(*), COUNT(DISTINCT message.res_id) FROM mail_mail mail
        JOIN mail_message message ON message.id = mail.mail_message_id
        WHERE message.model = 'dunning.notice' AND message.res_id IN (SELECT id FROM dunning_notice WHERE run_id = ANY(%s))
    """
    assert server.query(mails, runs) == [(count, count)]
    names = [row[0] for row in server.query("SELECT name FROM dunning_notice WHERE name IS NOT NULL")]
    assert len(names) == len(set(names))


def test_first_approvals_of_a_company_at_once(server):
    """They share one sequence of numbers, which neither of them found."""
    names = ("first", "second")
    for name in names:
        do(server, "action_compute", name)
    lines = "SELECT FROM dunning_notice_line line JOIN dunning_notice notice ON notice.id = line.notice_id"
    gate = f"{lines} WHERE notice.run_id = ANY(%s) FOR UPDATE OF line", [server.data["runs"][name] for name in names]
    answers = server.call_at_once([press(server, "action_approve", name) for name in names], gate)
    assert [status for status, _answer in answers] == [200, 200], answers
    sequences = "SELECT COUNT(*) FROM ir_sequence WHERE code = 'dunning.notice' AND company_id = %s"
    assert server.query(sequences, server.companies[0]) == [(1,)]
    with ThreadPoolExecutor(2) as clients:
        sent = list(clients.map(lambda name: send(server, name), names))
    assert [status for status, _answer in sent] == [200, 200], sent
    assert_dunned_once(server, 2 * FEW, *names)


def test_two_runs_of_a_day_computed_at_once(server):
    """The second of them is told so; computed again, it asks for what the first one does not ask for."""
    names = ("compute_1", "compute_2")
    calls = [press(server, "action_compute", name) for name in names]
    answers = server.call_at_once(calls, customers_gate("compute"))
    failed = [answer for status, answer in answers if status != 200]
    assert len(failed) == 1, answers
    assert "Another run is currently claiming the same items. Propose again" in failed[0]
    for method in ("action_compute", "action_approve"):
        for name in names:
            do(server, method, name)
    assert len(get_notices(server, "id", *names)) == 2 * FEW
    assert send(server, *names)[0] == 200
    assert_dunned_once(server, 2 * FEW, *names)


def test_run_that_read_the_ledger_before_another_one_sent(server):
    """Its proposal is stale, and no index knows: what was dunned meanwhile is dropped when it would be sent."""
    with waiting(server, press(server, "action_compute", "stale_2"), customers_gate("stale_other")) as answers:
        do(server, "action_compute", "stale_1")
        do(server, "action_approve", "stale_1")
        assert send(server, "stale_1")[0] == 200
        assert_dunned_once(server, FEW, "stale_1")
    assert answers[0][0] == 200, answers
    assert len(get_notices(server, "id", "stale_2")) == 2 * FEW
    do(server, "action_approve", "stale_2")
    assert send(server, "stale_2")[0] == 200
    assert get_states(server, "stale_2") == ["sent", "void"]
    assert_dunned_once(server, 2 * FEW, "stale_1", "stale_2")


def test_two_managers_approve_at_once(server):
    """Who comes while the other one approves is told to wait, who began before and comes after that it is done."""
    for name in ("approve", "before"):
        do(server, "action_compute", name)
    lines = "SELECT FROM dunning_notice_line WHERE notice_id IN (SELECT id FROM dunning_notice WHERE run_id = %s) FOR UPDATE"
    gate = (lines, server.data["runs"]["approve"])
    with waiting(server, press(server, "action_approve", "approve"), gate) as answers:
        status, answer = press(server, "action_approve", "approve")()
        assert (status, BUSY in answer) == (409, True), answer
        for method in ("action_compute", "action_cancel"):
            status, answer = press(server, method, "approve")()
            assert (status, BUSY in answer) == (409, True), (method, answer)
    assert answers[0][0] == 200, answers
    both = press(server, "action_approve", "before", "approve")
    status, answer = both()
    assert (status, "is already approved: there is nothing to approve" in answer) == (422, True), answer

    # The same, seen by a transaction that began before the approval.
    server.query("UPDATE dunning_run SET state = 'proposed' WHERE id = %s", server.data["runs"]["approve"])
    server.query("UPDATE dunning_notice SET state = 'draft' WHERE run_id = %s", server.data["runs"]["approve"])
    with waiting(server, both, (lines, server.data["runs"]["before"])) as answers:
        do(server, "action_approve", "approve")
    assert answers[0][0] == 422, answers
    assert "is already approved: there is nothing to approve" in answers[0][1]
    assert get_states(server, "before") == ["draft"]
    assert send(server, "approve")[0] == 200
    assert_dunned_once(server, FEW, "approve")


def test_two_managers_send_at_once(server):
    do(server, "action_compute", "senders")
    do(server, "action_approve", "senders")
    with waiting(server, lambda: send(server, "senders"), customers_gate("senders")) as answers:
        status, answer = send(server, "senders")
        assert (status, f"{FEW} will follow automatically" in answer["params"]["message"]) == (200, True), answer
    assert answers[0][0] == 200, answers
    assert_dunned_once(server, FEW, "senders")


def test_two_dispatches_at_once(server):
    """Two scheduled dispatches, as on two servers, and a manager who presses Send."""
    do(server, "action_compute", "crons")
    do(server, "action_approve", "crons")
    with ThreadPoolExecutor(1) as client:
        with server._held(*customers_gate("crons")):
            shells = [server.start_shell(CRON) for _number in range(2)]
            server.wait_for_blocked(2)
            sent = client.submit(lambda: send(server, "crons"))
            server.wait_for_blocked(3)
        for shell in shells:
            server.end_shell(shell)
        assert sent.result()[0] == 200, sent.result()
    server.end_shell(server.start_shell(CRON))
    assert get_states(server, "crons") == ["sent"]
    assert_dunned_once(server, MANY, "crons")
    assert server.query("SELECT state FROM dunning_run WHERE id = %s", server.data["runs"]["crons"]) == [("done",)]
