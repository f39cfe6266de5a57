"""What the API and the workers say of getting on, and to whom."""

import contextlib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from service.signs import EVERY, SIGN, answers, show_progress
from tests.factories import environment
from tests.postoffice import says_nothing, talking
from tests.servers import api, free_port

HOST = "127.0.0.1"


@contextmanager
def listening() -> Iterator[tuple[socket.socket, str]]:
    """Where signs come in, and its name."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as place:
        place.bind("")
        place.settimeout(2 * EVERY)
        yield place, f"@{place.getsockname()[1:].decode()}"


@pytest.mark.parametrize("abstract", [True, False])
def test_progress_is_said_where_systemd_listens(
    *, abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as place:
        place.bind("" if abstract else str(tmp_path / "notify"))
        place.settimeout(5)
        name = place.getsockname()
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name[1:].decode()}" if abstract else name)

        show_progress()

        assert place.recv(64).decode() == SIGN


@pytest.mark.parametrize("nobody", ["", "/nowhere/at/all", "@nobody"])
def test_where_nobody_listens_nobody_waits(nobody: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", nobody)

    show_progress()


def test_a_listener_who_sleeps_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as place:
        place.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))

        for _ in range(5_000):
            show_progress()


def _refuses(connection: socket.socket) -> None:
    connection.recv(1000)
    connection.sendall(b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("bad", [says_nothing, _refuses, lambda connection: connection.sendall(b"SSH-2.0\r\n")])
def test_what_is_no_answer_is_none(bad: Callable[[socket.socket], None]) -> None:
    with talking(bad) as port:
        assert not answers(HOST, port, seconds=0.5)


def test_where_nobody_is_nobody_answers() -> None:
    assert not answers(HOST, free_port(), seconds=0.5)


@pytest.mark.journey
def test_an_api_says_that_it_gets_on_for_as_long_as_it_answers(tmp_path: Path) -> None:
    env = environment(f"sqlite:///{tmp_path}/moderato.db", f"unix://{tmp_path}/nobody.sock")
    with listening() as (place, name):
        process, _ = api(env | {"NOTIFY_SOCKET": name}, "--host", "0.0.0.0")
        try:
            assert [place.recv(64).decode() for _ in range(4)] == [SIGN] * 4

            main = psutil.Process(process.pid)
            for each in (main, *main.children(recursive=True)):
                each.suspend()
            place.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while place.recv(64):
                    pass

            place.settimeout(2 * EVERY)
            with pytest.raises(TimeoutError):
                place.recv(64)
        finally:
            process.kill()
