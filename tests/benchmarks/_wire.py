"""A reader's end of the wire: one kept connection that speaks just enough HTTP to load a service on the same cores."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HOST = "127.0.0.1"


class NoAnswer(Exception):
    """The service went away before it answered: whether it took the comment, nobody knows."""


class NotReached(NoAnswer):
    """There was nobody to send it to: it was not taken."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """Opens its connection when it is first needed, and anew after it was lost."""

    def __init__(self, port: int, *, seconds: float = 15) -> None:
        self._port, self._seconds = port, seconds
        self._socket: socket.socket | None = None
        self._rest = b""

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self._ask(_head("GET", path, headers or {}))

    def post(self, path: str, document: object, headers: Mapping[str, str] | None = None) -> Answer:
        return self.send("POST", path, document, headers)

    def send(self, method: str, path: str, document: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Any method; with a document if there is one."""
        body = json.dumps(document, ensure_ascii=False).encode() if document is not None else b""
        told = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
        return self._ask(_head(method, path, told) + body)

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def _ask(self, message: bytes) -> Answer:
        try:
            connection = self._socket or self._connect()
            connection.sendall(message)
            return self._read(connection)
        except OSError as error:
            self.close()
            raise NoAnswer(str(error)) from error

    def _connect(self) -> socket.socket:
        try:
            self._socket = socket.create_connection((HOST, self._port), self._seconds)
        except OSError as error:
            raise NotReached(str(error)) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def _read(self, connection: socket.socket) -> Answer:
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += _received(connection)
        head, data = data[:end].lower(), data[end + 4 :]
        status = int(head[9:12])
        length = 0 if status in {204, 304} else int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(data) < length:
            data += _received(connection)
        self._rest = data[length:]
        return Answer(status, data[:length])


def _received(connection: socket.socket) -> bytes:
    chunk = connection.recv(65536)
    if not chunk:
        raise ConnectionResetError("closed before the answer")
    return chunk


def _head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()
