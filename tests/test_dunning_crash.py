"""A dunning run whose server is killed at every stage goes on as if nothing had happened, and sends nothing twice.

Against a real server process with its real scheduled actions, on a database of its own, and a mail server on loopback.
Every kill is placed, not hoped for: a gate holds rows that the stage needs, or the mail server does not answer. The
control at the end sends mails of others, which Odoo's own queue sends twice: the tests can fail.
"""

import logging
import os
import signal
import subprocess
import time
from collections import Counter
from contextlib import contextmanager

import psycopg2
import pytest
from dunning_crash_data import CONTROL, FEW, MAILS, RUN
from race import PATIENCE, TOGETHER, RaceServer, cloned, db, find_ports, wait_until
from smtp_sink import Sink

_logger = logging.getLogger(__name__)

CREATE = """
import json, dunning_crash_data
data = dunning_crash_data.create(env, {port})
env.cr.commit()
print(json.dumps(data))
"""
DISPATCH = "sales_collection.ir_cron_dispatch_notices"
QUEUE = "mail.ir_cron_mail_scheduler_action"
INTERRUPTED = "may or may not have accepted it"


class CrashServer(RaceServer):
    """Odoo in one process, with one thread of scheduled actions: it is killed as a whole."""

    def start(self):
        """Start, once nothing is left of the process before: who waited for a gate learns late that it is dead."""
        query = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid != pg_backend_pid()"
        wait_until(lambda: not self.query(query)[0][0], "the connections of the process before are gone")
        (http_port,) = find_ports(1)
        self.url = f"http://127.0.0.1:{http_port}"
        options = {"workers": 0, "max-cron-threads": 1, "http-port": http_port, "logfile": self.log_file}
        arguments = self._get_arguments(*(f"--{name}={value}" for name, value in options.items()))
        environment = dict(os.environ, ODOO_NOTIFY_CRON_CHANGES="1")
        self.process = subprocess.Popen([*TOGETHER, *arguments], start_new_session=True, env=environment)
        wait_until(lambda: self._is_up(self.process), "the server is up")

    def kill(self):
        """Kill without a warning, as a power cut or the system's lack of memory does."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @contextmanager
    def running(self):
        self.start()
        try:
            yield self
        finally:
            self.kill()

    def run_cron(self, xmlid):
        """Have the server run a scheduled action as soon as it can."""
        module, name = xmlid.split(".")
        self.query(
            """
            UPDATE ir_cron SET active = true, nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute'
             WHERE id = (SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s)
            """,
            module,
            name,
        )
        db.execute("SELECT pg_notify('cron_trigger', %s)", params=(self.database,))

    @contextmanager
    def gate(self, statement, *params):
        """Hold what a statement locks or inserts, and undo it at the end."""
        connection = psycopg2.connect(dbname=self.database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, params)
            yield
        finally:
            connection.close()

    def call_in_vain(self, model, method, ids):
        """Begin a call that will not be answered."""
        program = (
            "import sys, requests; requests.post(sys.argv[1], json={'ids': [int(sys.argv[2])]}, "
            "headers={'Authorization': 'Bearer ' + sys.argv[3]}, timeout=600)"
        )
        url = f"{self.url}/json/2/{model}/{method}"
        return subprocess.Popen(
            [*TOGETHER, self._get_arguments()[0], "-c", program, url, str(ids[0]), self.key],
            stderr=subprocess.DEVNULL,
        )

    def count(self, table, condition="true", *params):
        return self.query(f"SELECT COUNT(*) FROM {table} WHERE {condition}", *params)[0][0]


@pytest.fixture(scope="module")
def sink():
    with Sink().running() as sink:
        yield sink


@pytest.fixture(scope="module")
def server(tmp_path_factory, sink):
    with cloned(CrashServer, tmp_path_factory.mktemp("crash"), CREATE.format(port=sink.port)) as server:
        yield server


def kill_at_gate(server, model, method, ids, statement, *params):
    """Call, kill the server while the call waits at a gate, and start it again."""
    with server.gate(statement, *params):
        client = server.call_in_vain(model, method, ids)
        server.wait_for_blocked(1)
        server.kill()
    client.kill()
    client.wait()
    server.start()


def call(server, model, method, ids):
    status, answer = server.call(model, method, ids=ids)
    assert status == 200, answer


def test_killed_while_computing_approving_and_dispatching(server):
    run = server.data["runs"]["run"]
    mine = "notice_id IN (SELECT id FROM dunning_notice WHERE run_id = %s)"
    with server.running():
        # Half of the proposal is written.
        kill_at_gate(server, "dunning.run", "action_compute", [run], "LOCK TABLE dunning_notice_line IN SHARE MODE")
        assert server.count("dunning_notice", "run_id = %s", run) == 0
        call(server, "dunning.run", "action_compute", [run])
        assert server.count("dunning_notice", "run_id = %s AND state = 'draft'", run) == RUN

        # Notices are approved, their lines not yet.
        kill_at_gate(server, "dunning.run", "action_approve", [run], "LOCK TABLE dunning_notice_line IN SHARE MODE")
        assert server.count("dunning_notice", "run_id = %s AND state = 'draft' AND name IS NULL", run) == RUN
        call(server, "dunning.run", "action_approve", [run])
        names = server.query("SELECT name FROM dunning_notice WHERE run_id = %s AND state = 'approved'", run)
        assert len(set(names)) == RUN

        # The second batch has read its amounts, the first one is committed: an item of the second is being remembered.
        item = server.query(
            f"SELECT line.move_line_id, line.level_id FROM dunning_notice_line line WHERE {mine} ORDER BY notice_id "
            "OFFSET 150 LIMIT 1",
            run,
        )[0]
        remember = """
            INSERT INTO dunning_item (move_line_id, level_id, partner_id, company_id)
            SELECT id, %s, partner_id, company_id FROM account_move_line WHERE id = %s
        """
        with server.gate(remember, item[1], item[0]):
            server.run_cron(DISPATCH)
            server.wait_for_blocked(1)
            server.kill()
        states = Counter(row[0] for row in server.query("SELECT state FROM dunning_notice WHERE run_id = %s", run))
        assert states == {"sent": 100, "approved": RUN - 100}
        mails = "model = 'dunning.notice' AND res_id IN (SELECT id FROM dunning_notice WHERE run_id = %s)"
        message = f"mail_message_id IN (SELECT id FROM mail_message WHERE {mails})"
        assert server.count("mail_mail", message, run) == 100
        server.start()
        server.run_cron(DISPATCH)
        wait_until(lambda: server.count("dunning_notice", "run_id = %s AND state = 'sent'", run) == RUN, "all are sent")
        assert server.query("SELECT state FROM dunning_run WHERE id = %s", run) == [("done",)]

        # Once each: mail, level, charge, note on the customer.
        assert server.count("mail_mail", message, run) == RUN
        assert server.query(f"SELECT COUNT(DISTINCT res_id) FROM mail_message WHERE {mails}", run) == [(RUN,)]
        assert server.count("dunning_item", mine, run) == RUN
        assert server.count("dunning_charge", mine, run) == RUN
        assert server.query(f"SELECT COUNT(DISTINCT notice_id) FROM dunning_charge WHERE {mine}", run) == [(RUN,)]
        notes = """
            SELECT COUNT(*), COUNT(DISTINCT res_id) FROM mail_message WHERE model = 'res.partner'
            AND body LIKE '%%dunning.notice%%' AND res_id IN (SELECT partner_id FROM dunning_notice WHERE run_id = %s)
        """
        assert server.query(notes, run) == [(RUN, RUN)]


@contextmanager
def send_and_kill(server, sink, name, stage, number):
    """Send the mails of a set, kill the server while the mail server holds its answer, and let it go on.

    :return: what the mail server has got, and what the killed server had left as failed, once all is quiet
    """
    ids = server.data["mails"][name]
    # The mails of other tests stay out of the way.
    server.query(
        """
        UPDATE mail_mail SET state = CASE WHEN id = ANY(%s) THEN 'outgoing' ELSE 'cancel' END
         WHERE state IN ('outgoing', 'cancel')
        """,
        ids,
    )
    sink.mails.clear()
    with server.running():
        sink.hold(stage, number)
        server.run_cron(QUEUE)
        assert sink.reached.wait(PATIENCE), "the mail server has got so many"
        server.kill()
        assert len(sink.mails) == number
        sink.release()
        failed = server.query("SELECT id FROM mail_mail WHERE state = 'exception' AND id = ANY(%s)", ids)
        start = time.monotonic()
        server.start()
        server.run_cron(QUEUE)
        # A mail on its way counts as failed until it has arrived.
        waiting = "state IN ('outgoing', 'exception') AND id = ANY(%s)"
        wait_until(lambda: server.count("mail_mail", waiting, ids) == len(failed), "all are tried")
        _logger.info("%s: %s mails after the restart, %.1f s", name, len(sink.mails) - number, time.monotonic() - start)
        yield failed


def assert_all_different(mails, count):
    assert len(mails) == count
    assert len({message_id for message_id, _recipients in mails}) == count
    assert len({recipients for _message_id, recipients in mails}) == count


def test_killed_after_mail_30_of_100(server, sink):
    """The mail server has taken mail 30, its answer was not heard any more: the restart sends 70."""
    with send_and_kill(server, sink, "mails", "DATA", 30) as failed:
        assert_all_different(sink.mails, MAILS)
        assert len(failed) == 1
        ids = server.data["mails"]["mails"]
        states = Counter(row[0] for row in server.query("SELECT state FROM mail_mail WHERE id = ANY(%s)", ids))
        assert states == {"sent": MAILS - 1, "exception": 1}
        query = "SELECT failure_reason FROM mail_mail WHERE id = %s"
        assert INTERRUPTED in server.query(query, failed[0][0])[0][0]


def test_killed_before_the_mail_server_took_the_mail(server, sink):
    """Nobody can know from here: it is not sent by itself, it tells so, and a person sends it."""
    with send_and_kill(server, sink, "few", "MAIL", 3) as failed:
        assert_all_different(sink.mails, FEW - 1)
        assert len(failed) == 1
        found = server.call("dunning.notice", "search", domain=[["mail_state", "=", "exception"]])[1]
        found = [notice for notice in found if notice in server.data["notices"]["few"]]
        assert len(found) == 1
        call(server, "dunning.notice", "action_retry_mails", found)
        server.run_cron(QUEUE)
        wait_until(lambda: len(sink.mails) == FEW, "the last one arrives")
        assert_all_different(sink.mails, FEW)


def test_control_mails_of_others_go_out_twice(server, sink):
    with send_and_kill(server, sink, "control", "DATA", 2) as failed:
        assert not failed
        assert len(sink.mails) == CONTROL + 1
        assert len({message_id for message_id, _recipients in sink.mails}) == CONTROL
