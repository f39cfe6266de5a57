"""The exchange with the mail server: bounded in time as a whole, encrypted where it can be, and told without addresses.

A server that drips a byte a second meets each timeout of a socket and keeps whoever waits for ever: so a clock runs
beside, and closes the connection when the time is over. What a server answers often quotes the recipient: of its words
only the number is kept.
"""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cached_property
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

import certifi

from service.settings import Settings

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 20.0
_PORTS: Final = {"smtp": 25, "smtps": 465}
_READY: Final = 220
_REFUSED_FROM, _REFUSED_BEFORE = 500, 600


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a mail. `final`: this server will never take it for this recipient; else it can be tried again."""

    ok: bool
    why: str = ""
    status: int | None = None
    final: bool = False


class _Unencrypted(Exception):
    """The server offers no encryption, and we must not go on without."""


class MailServer:
    """The mail server of the settings. One connection for each mail: there are never many."""

    def __init__(
        self, settings: Settings, *, connect_seconds: float = CONNECT_SECONDS, total_seconds: float = TOTAL_SECONDS
    ) -> None:
        parts = urlsplit(settings.smtp_url)
        self._secure = parts.scheme == "smtps"
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._tls = parts.query.removeprefix("tls=")
        self._name = urlsplit(settings.public_url).hostname or "localhost"
        self._connect_seconds, self._total_seconds = connect_seconds, total_seconds

    @property
    def where(self) -> str:
        """Host and port, without user and password."""
        return f"{self._host}:{self._port}"

    def send(self, message: EmailMessage, sender: str, recipient: str) -> Sent:
        """Give a mail to the server. Never raises for what a server or a network can do."""
        return self._told(lambda server: server.send_message(message, sender, [recipient]))

    def probe(self) -> Sent:
        """Go in as for a mail, and out again."""
        return self._told(lambda server: server.noop())

    def _told(self, act: Callable[[smtplib.SMTP], object]) -> Sent:
        """What came of it. A server's own words are not kept: they may quote the recipient."""
        try:
            with self._entered() as server:
                act(server)
        except smtplib.SMTPRecipientsRefused as refused:
            status = next((code for code, _ in refused.recipients.values()), 0)
            return Sent(ok=False, why="recipient_refused", status=status, final=_is_for_good(status))
        except smtplib.SMTPDataError as refused:
            status = refused.smtp_code
            return Sent(ok=False, why="mail_refused", status=status, final=_is_for_good(status))
        except smtplib.SMTPAuthenticationError as refused:
            return Sent(ok=False, why="no_entry", status=refused.smtp_code)
        except smtplib.SMTPResponseException as refused:
            return Sent(ok=False, why="refused", status=refused.smtp_code if refused.smtp_code > 0 else None)
        except smtplib.SMTPNotSupportedError:  # a password it doesn't want, or an address in letters it can't write
            return Sent(ok=False, why="not_supported")
        except _Unencrypted:
            return Sent(ok=False, why="unencrypted")
        except ssl.SSLCertVerificationError:
            return Sent(ok=False, why="certificate")
        except TimeoutError:
            return Sent(ok=False, why="timeout")
        except (OSError, EOFError, ValueError, smtplib.SMTPException):
            return Sent(ok=False, why="away")
        return Sent(ok=True)

    @contextmanager
    def _entered(self) -> Iterator[smtplib.SMTP]:
        """A connection that is encrypted as it must be, and let in; closed when the time is over."""
        clock = _Clock(self._total_seconds)
        server = _Watched(clock, self._trusted if self._secure else None, self._connect_seconds, self._name)
        try:
            # No farewell: whoever hangs up is understood, and a server that is slow to say goodbye costs nothing.
            with clock, contextlib.closing(server):
                self._greet(server)
                if not self._secure and self._tls != "off":
                    self._encrypt(server, clock)
                if self._user:
                    server.login(self._user, self._password)
                yield server
        except Exception:
            if clock.over:
                raise TimeoutError from None
            raise

    def _greet(self, server: smtplib.SMTP) -> None:
        code, words = server.connect(self._host, self._port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, words)
        server.ehlo_or_helo_if_needed()

    def _encrypt(self, server: smtplib.SMTP, clock: "_Clock") -> None:
        if server.has_extn("starttls"):
            server.starttls(context=self._trusted)
            clock.watch(server.sock)
        elif self._tls == "required" or self._user:
            raise _Unencrypted  # a password never travels in the clear unless the operator says so

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        trusted = ssl.create_default_context(cafile=certifi.where())
        trusted.load_default_certs()  # a house's own authority
        return trusted


class _Watched(smtplib.SMTP):
    """A client whose connection the clock has before the server has said its first word."""

    def __init__(self, clock: "_Clock", trusted: ssl.SSLContext | None, seconds: float, name: str) -> None:
        super().__init__(local_hostname=name)
        self._clock, self._trusted, self._seconds = clock, trusted, seconds

    def connect(self, host: str = "", port: int = 0, source_address: Any = None) -> tuple[int, bytes]:
        self._host = host
        return super().connect(host, port, source_address)

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:  # noqa: ARG002 - ours instead
        found = socket.create_connection((host, port), self._seconds)
        try:
            found.settimeout(None)  # from here on the clock ends it
            self._clock.watch(found)
            if self._trusted is not None:
                found = self._trusted.wrap_socket(found, server_hostname=host)
                self._clock.watch(found)
        except Exception:
            found.close()
            raise
        return found


class _Clock:
    """Closes what it watches when the time is over, whatever a library is just waiting for."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._watched: socket.socket | None = None
        self.over = False

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def watch(self, watched: socket.socket | None) -> None:
        self._watched = watched
        if self.over:  # the time went by while a connection was sought: nobody waits any more for what would be sent
            raise TimeoutError

    def _end(self) -> None:
        self.over = True
        if self._watched is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self._watched, socket.SHUT_RDWR)  # below TLS, which would wait for an answer


def _is_for_good(status: int) -> bool:
    return _REFUSED_FROM <= status < _REFUSED_BEFORE
