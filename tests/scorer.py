"""A real scorer on a port of its own, which behaves as it is told: well, or in all the ways in which servers don't."""

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self, cast

Behaviour = Callable[["ScorerServer", socket.socket], None]
CALM: Final = {"scores": {"spam": 0.01, "toxicity": 0.02}, "model": "essai-1"}


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire."""

    line: str
    headers: dict[str, str]
    document: Any
    raw: bytes


@dataclass
class ScorerServer:
    behaves: Behaviour
    asked: list[Asked] = field(default_factory=list)
    sent: int = 0
    """Bytes that were taken off it while it sent a gigabyte."""
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.over = threading.Event()
        self.here = threading.local()
        """What one exchange knows of itself: `asked`."""
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.house = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/score"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def serve(self, connection: socket.socket) -> None:
        connection.settimeout(10)
        with contextlib.suppress(OSError):
            while (asked := _read(connection)) is not None:
                self.here.asked = asked
                with self._lock:
                    self.asked.append(asked)
                    self.at_once += 1
                    self.most_at_once = max(self.most_at_once, self.at_once)
                try:
                    self.behaves(self, connection)
                finally:
                    with self._lock:
                        self.at_once -= 1


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64
    house: ScorerServer


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        cast("_Server", self.server).house.serve(self.request)


def _read(connection: socket.socket) -> Asked | None:
    raw = b""
    while b"\r\n\r\n" not in raw:
        part = connection.recv(65536)
        if not part:
            return None
        raw += part
    head, _, body = raw.partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        part = connection.recv(65536)
        body += part
        raw += part
    return Asked(line, headers, json.loads(body or b"null"), raw)


def answers(document: Any = CALM, status: int = 200, after: float = 0.0, **headers: str) -> Behaviour:
    """A whole answer: JSON, or bytes as they are."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    told = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())

    def behave(server: ScorerServer, connection: socket.socket) -> None:
        server.over.wait(after)
        connection.sendall(f"HTTP/1.1 {status} Whatever\r\n{head}\r\n".encode() + body)

    return behave


def says_nothing(server: ScorerServer, _connection: socket.socket) -> None:
    server.over.wait(30)


def stalls_in_the_body(server: ScorerServer, connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"scores": {"spam"')
    server.over.wait(30)


def drips_its_headers(server: ScorerServer, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while not server.over.wait(0.05):
        connection.sendall(b"X")


def drips_its_body(server: ScorerServer, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    while not server.over.wait(0.05):
        connection.sendall(b" ")


def sends_a_gigabyte(server: ScorerServer, connection: socket.socket) -> None:
    part = b" " * 65536
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    for _ in range(1073741824 // len(part)):
        connection.sendall(part)
        server.sent += len(part)


def sends_a_gigabyte_of_headers(server: ScorerServer, connection: socket.socket) -> None:
    part = b"X-Filler: " + b"x" * 60000 + b"\r\n"
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for _ in range(1073741824 // len(part)):
        connection.sendall(part)
        server.sent += len(part)


def closes_at_once(_server: ScorerServer, connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def closes_in_the_body(_server: ScorerServer, connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"scores": ')
    connection.shutdown(socket.SHUT_RDWR)


def speaks_no_http(_server: ScorerServer, connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n")
    connection.shutdown(socket.SHUT_RDWR)
