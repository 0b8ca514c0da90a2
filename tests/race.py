"""What the tests of races share: a server with workers on a database of its own, and clients at the same moment."""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg2
import requests

import odoo.sql_db
from odoo.tests.common import get_db_name

TESTS = pathlib.Path(__file__).parent
sys.path.insert(0, str(TESTS.parent / "setup"))
import db  # noqa: E402

WORKERS = 4
PATIENCE = 180  # seconds until a test gives up; other work on the machine must not fail it
# The server ends with this process, however that ends.
TOGETHER = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []


def wait_until(condition, what, seconds=PATIENCE):
    """Return as soon as ``condition()`` is true; fail when it is not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


def find_ports(count):
    """Return free ports."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _turn in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


@contextmanager
def cloned(server_class, folder, script):
    """Give a server, not running yet, a clone of the tests' database with the data that a script makes and prints.

    :param server_class: `RaceServer`
    :param folder: where its program and its log go; its name tells the databases apart
    :param script: for Odoo's shell; prints one line of JSON with the ``key`` to call with and the ``companies``
    """
    source = get_db_name()
    database = f"{source}_{folder.name}"
    odoo.sql_db.close_db(source)  # nobody may be connected to what is cloned
    db.clone(source, database)
    try:
        server = server_class(database, folder)
        server.data = json.loads(server.end_shell(server.start_shell(script)).splitlines()[-1])
        server.key, server.companies = server.data["key"], server.data["companies"]
        yield server
    finally:
        db.drop(database)


class RaceServer:
    """Odoo in several processes, as in production.

    :param database: a database of its own
    :param folder: where its program and its log go
    """

    def __init__(self, database, folder):
        self.database = database
        self.log_file = folder / "server.log"
        # The server starts its own program once more, for its evented process: "-m odoo" would not do.
        self.program = folder / "odoo"
        self.program.write_text("from odoo.cli import main\nmain()\n", encoding="utf-8")
        self.key = None
        self.companies = []

    # === PROCESSES === #

    @contextmanager
    def running(self):
        """Run the server meanwhile; none of its processes outlives this."""
        http_port, gevent_port = find_ports(2)
        self.url = f"http://127.0.0.1:{http_port}"
        options = {
            "workers": WORKERS,
            "max-cron-threads": 0,
            "http-port": http_port,
            "gevent-port": gevent_port,
            "limit-time-cpu": 2 * PATIENCE,
            "limit-time-real": 2 * PATIENCE,
            "logfile": self.log_file,
        }
        arguments = self._get_arguments(*(f"--{name}={value}" for name, value in options.items()))
        # In a group of its own, which ends as a whole; its database ends with it, so there is nothing to tidy up.
        process = subprocess.Popen([*TOGETHER, *arguments], start_new_session=True)
        try:
            wait_until(lambda: self._is_up(process), "the server is up")
            yield self
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _get_arguments(self, *options, command=()):
        target = ("-c", os.environ["ODOO_RC"], "-d", self.database, f"--db-filter=^{self.database}$")
        return [sys.executable, self.program, *command, *target, *options]

    def _is_up(self, process):
        assert process.poll() is None, f"the server ended:\n{self.read_log()[-3000:]}"
        try:
            return requests.get(f"{self.url}/web/health", timeout=5).ok
        except requests.RequestException:
            return False

    def start_shell(self, script):
        """Return the running process of a script in Odoo's shell; see `end_shell`."""
        process = subprocess.Popen(
            [*TOGETHER, *self._get_arguments("--no-http", "--log-level=warn", command=["shell"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=dict(os.environ, PYTHONPATH=str(TESTS)),
        )
        process.stdin.write(script)
        process.stdin.close()
        process.stdin = None
        return process

    @staticmethod
    def end_shell(process):
        """Return what the script printed, once it has ended well."""
        try:
            output, _errors = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        assert process.returncode == 0, output
        return output

    # === CALLS === #

    def call(self, model, method, /, **body):
        """Call a method by JSON-2 as the salesperson.

        :return: (HTTP status, result or text of the error)
        """
        body = dict({"context": {"allowed_company_ids": self.companies}}, **body)
        headers = {"Authorization": f"Bearer {self.key}"}
        response = requests.post(f"{self.url}/json/2/{model}/{method}", json=body, headers=headers, timeout=PATIENCE)
        result = response.json()
        return response.status_code, result if response.ok else result.get("message")

    def confirm(self, order_ids):
        """Return the call that confirms orders."""
        return lambda: self.call("sale.order", "action_confirm", ids=order_ids)

    def call_at_once(self, calls, gate, waiting=2):
        """Run calls, each in a client of its own, and let none get past a gate before several have come to it.

        The gate holds rows that every call changes: when it opens, transactions that all began before any of them
        has committed go on at the same moment, whatever else the machine does.

        :param gate: (query that locks rows, its parameter)
        :param waiting: how many transactions have to wait at the gate before it opens
        :return: the answers, in the order of the calls
        """
        start = threading.Barrier(len(calls))

        def run(call):
            start.wait(PATIENCE)
            return call()

        with ThreadPoolExecutor(len(calls)) as clients, self._held(*gate):
            answers = [clients.submit(run, call) for call in calls]
            self.wait_for_blocked(waiting)
        return [answer.result() for answer in answers]

    @contextmanager
    def _held(self, query, parameter):
        """Lock rows meanwhile, and change nothing."""
        connection = psycopg2.connect(dbname=self.database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, [parameter])
                assert cursor.rowcount > 0, "the gate holds nothing"
            yield
        finally:
            connection.close()

    def wait_for_blocked(self, count):
        """Wait until so many transactions wait for another one."""
        query = """
            SELECT COUNT(*) FROM pg_stat_activity
            WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
        """
        wait_until(lambda: self.query(query)[0][0] >= count, f"{count} transactions come to the gate")

    # === WHAT HAS HAPPENED === #

    def query(self, statement, *params):
        """Return the rows of a query."""
        return db.execute(statement, database=self.database, params=params or None)

    def read_log(self):
        return self.log_file.read_text(encoding="utf-8") if self.log_file.exists() else ""

    def count_logged(self, text):
        """Return how many lines of the server's log contain a text."""
        return sum(text in line for line in self.read_log().splitlines())
