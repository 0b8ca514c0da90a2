"""A mail server that keeps what it gets, and that can be stopped in the middle of a conversation."""

import email
import socketserver
import threading
from contextlib import contextmanager, suppress

PATIENCE = 180


class Sink(socketserver.ThreadingTCPServer):
    """Listens on loopback; every accepted mail is (Message-Id, recipients)."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.port = self.server_address[1]
        self.mails = []
        self.lock = threading.Lock()
        self.stop_at = None
        self.reached = threading.Event()
        self.released = threading.Event()

    @contextmanager
    def running(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        try:
            yield self
        finally:
            self.released.set()
            self.shutdown()
            self.server_close()

    def hold(self, stage, number):
        """Answer no more when so many mails have been accepted.

        :param stage: "MAIL": before the sender of the next mail is answered; "DATA": before that the last one was
            accepted is answered
        """
        self.stop_at = (stage, number)
        self.reached.clear()
        self.released.clear()

    def release(self):
        self.stop_at = None
        self.released.set()

    def pause(self, stage):
        """Wait where the test wants it; a client that is dead by then gets no answer."""
        if self.stop_at == (stage, len(self.mails)):
            self.reached.set()
            self.released.wait(PATIENCE)

    def take(self, content, recipients):
        with self.lock:
            self.mails.append((email.message_from_bytes(content)["Message-Id"], tuple(recipients)))


class Conversation(socketserver.StreamRequestHandler):
    """The part of SMTP that Python's client speaks."""

    def handle(self):
        # A client that is gone was killed.
        with suppress(OSError):
            self._converse()

    def _converse(self):
        self._answer("220 sink")
        recipients = []
        while line := self.rfile.readline().decode().strip():
            command = line.split()[0].upper()
            if command == "QUIT":
                return self._answer("221 bye")
            if command == "MAIL":
                recipients = []
                self.server.pause("MAIL")
            elif command == "RCPT":
                recipients.append(line.split("<")[1].split(">")[0])
            elif command == "DATA":
                self._answer("354 go on")
                self.server.take(self._read_content(), recipients)
                self.server.pause("DATA")
            self._answer("250 ok")

    def _read_content(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if not line:
            raise OSError("the client left in the middle of a mail")
        return b"".join(lines)

    def _answer(self, text):
        self.wfile.write(f"{text}\r\n".encode())
