"""The proxy for tests passes on what goes through it, until it is told not to."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.proxy import HOST, Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says what it hears."""
    server = socket.create_server((HOST, 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    def answer(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while heard := connection.recv(1024):
                connection.sendall(heard)

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.shutdown(socket.SHUT_RDWR)
    server.close()


def said(connection: socket.socket) -> bytes:
    connection.sendall(b"hello")
    return connection.recv(1024)


def test_it_passes_on_cuts_and_stalls(echo: int) -> None:
    with Proxy({"echo": echo}) as proxy:
        way = (HOST, proxy.ports["echo"])
        with socket.create_connection(way, 10) as connection:
            assert said(connection) == b"hello"
            proxy.cut("echo")
            with pytest.raises(ConnectionError):
                said(connection)

        with socket.create_connection(way, 10) as connection:
            assert said(connection) == b"hello"
            proxy.stall("echo", 1.0)
            started = time.monotonic()
            assert said(connection) == b"hello"
            assert time.monotonic() - started > 0.5


def test_where_nobody_listens_the_connection_ends(unused: int) -> None:
    with Proxy({"nobody": unused}) as proxy, socket.create_connection((HOST, proxy.ports["nobody"]), 10) as connection:
        assert connection.recv(1) == b""


@pytest.fixture
def unused() -> int:
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
