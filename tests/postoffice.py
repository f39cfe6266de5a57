"""A real mail server on a port of its own, which behaves as it is told: well, or in the ways in which they don't."""

import asyncio
import contextlib
import email
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.servers import PATIENCE, free_port, wait_until

SENDER = "Le Journal <commentaires@journal.example>"


@dataclass(frozen=True)
class Mail:
    """One mail as it came in."""

    sender: str
    recipient: str
    raw: bytes
    encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=policy.default)

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        return self._part("plain")

    @property
    def html(self) -> str:
        return self._part("html")

    def link(self, path: str) -> str:
        """The path of the one link of this kind in the text."""
        (found,) = {line for line in self.text.splitlines() if line.startswith("http") and f"/{path}/" in line}
        return f"/{path}/" + found.partition(f"/{path}/")[2]

    def _part(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")


class PostOffice:
    """Takes mails, or answers what `says` gives for `rcpt` and `data`."""

    def __init__(
        self, *, port: int = 0, tls: Path | None = None, secure: bool = False, user: str = "", password: str = ""
    ) -> None:
        self.mails: list[Mail] = []
        self.says: dict[str, str] = {}
        self.on_data: Callable[[], object] = lambda: None
        """What happens when a mail is taken, before its sender is told so."""
        self.port = port or free_port()
        self._user, self._password = user, password
        self._tls, self._secure = tls, secure
        self._controller: _Counter | None = None

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.shut()

    def open(self) -> None:
        trusted = _context(self._tls) if self._tls is not None else None
        self._controller = _Counter(
            self, "127.0.0.1", self.port,
            ssl_context=trusted if self._secure else None,
            tls_context=None if self._secure else trusted,
            enable_SMTPUTF8=False,
            authenticator=self._authenticate if self._user else None,
            auth_required=bool(self._user),
            auth_require_tls=trusted is not None and not self._secure,
        )  # fmt: skip
        self._controller.start()

    def shut(self) -> None:
        if self._controller is not None:
            self._controller.see_out()
            self._controller.stop()
            self._controller = None

    def wait_for(self, number: int, seconds: float = PATIENCE) -> list[Mail]:
        """All mails, once there are so many."""
        wait_until(lambda: len(self.mails) >= number, seconds, lambda: f"{len(self.mails)} mails came, not {number}")
        return list(self.mails)

    def to(self, recipient: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.recipient.casefold() == recipient.casefold()]

    # What aiosmtpd calls.

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        said = self.says.get("rcpt", "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said.format(address=address)

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - likewise
        said = self.says.get("data", "250 OK")
        if said.startswith("250"):
            user = session.auth_data.login.decode() if session.auth_data else ""
            for recipient in envelope.rcpt_tos:
                encrypted = session.ssl is not None or self._secure
                self.mails.append(Mail(envelope.mail_from, recipient, envelope.content, encrypted, user))
            self.on_data()
        return said.format(address=envelope.rcpt_tos[0])

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        good = LoginPassword(self._user.encode(), self._password.encode())
        return AuthResult(success=data == good, handled=False, auth_data=data)


class _Counter(Controller):
    """Can end its conversations before it closes: aiosmtpd leaves their sockets to whoever collects the garbage."""

    def __init__(self, *args: Any, **parameters: Any) -> None:
        super().__init__(*args, **parameters)
        self._conversations: list[SMTP] = []

    def factory(self) -> SMTP:
        conversation: SMTP = super().factory()  # type: ignore[no-untyped-call]
        self._conversations.append(conversation)
        return conversation

    def see_out(self) -> None:
        """Hang up on everybody, and let nobody in any more."""
        asyncio.run_coroutine_threadsafe(self._see_out(), self.loop).result(PATIENCE)

    async def _see_out(self) -> None:
        # Only while nobody is on the way in may the door be shut: asyncio loses whom it has let in, but not met.
        while self._talking() or len(asyncio.all_tasks()) > 1:
            for transport in self._talking():
                transport.abort()
            await asyncio.sleep(0.01)
        assert self.server is not None
        self.server.close()

    def _talking(self) -> list[Any]:
        return [each.transport for each in self._conversations if each.transport is not None]


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that says to each client what `talk` does; its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                talk(self.request)

    class Talking(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Talking(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join(10)


def says_nothing(connection: socket.socket) -> None:
    """Takes whoever comes, and never greets them."""
    connection.recv(1)


def drips(connection: socket.socket) -> None:
    """A greeting, a byte now and then: no timeout of a socket ever strikes."""
    stop = threading.Event()
    while True:
        connection.sendall(b"2")
        stop.wait(0.05)


def hangs_up_in_data(connection: socket.socket) -> None:
    """Goes along until the text comes."""
    connection.sendall(b"220 peer\r\n")
    lines = connection.makefile("rb")
    for line in lines:
        if line.upper().startswith(b"DATA"):
            connection.sendall(b"354 go on\r\n")
            lines.readline()
            connection.shutdown(socket.SHUT_RDWR)
            return
        connection.sendall(b"250 peer\r\n")


def certificate(folder: Path) -> Path:
    """A certificate for localhost and its key in one file; nobody trusts it who isn't told to."""
    made = folder / "peer.pem"
    key = folder / "peer.key"
    making = ["/usr/bin/env", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        [*making, *names, "-days", "2", "-keyout", str(key), "-out", str(made)], check=True, capture_output=True
    )
    return made


def _context(made: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, made.with_suffix(".key"))
    return context
