"""Commands that take long: they say so, end by Ctrl-C in one sentence with nothing half-done, and can be repeated."""

import io
import os
import pty
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from service.store import schema
from service.terminal import progress
from tests.factories import environment
from tests.servers import PATIENCE, PostgreSQL, free_port, own_name, wait_until

STOPPED = "Stopped by Ctrl-C; nothing is left half-done. The same command begins again."


class Command:
    """A real `moderato` process, with its output and its sentences apart."""

    def __init__(self, *arguments: str, env: Mapping[str, str], folder: Path, stdin: Any = subprocess.DEVNULL) -> None:
        self._out, self._err = folder / "out", folder / "err"
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                # Who runs the tests in the background ignores Ctrl-C, and so would all that we start.
                ["/usr/bin/env", "--default-signal=INT", sys.executable, "-m", "workers.cli", *arguments],
                env=inherited | dict(env), stdin=stdin, stdout=out, stderr=err,
            )  # fmt: skip

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.ends()

    def ends(self) -> int:
        return self.process.wait(PATIENCE)

    def until(self, done: Callable[[], bool]) -> None:
        wait_until(lambda: done() or self.process.poll() is not None, PATIENCE, lambda: self.err)
        assert self.process.poll() is None, self.err


Start = Callable[..., Command]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[Command] = []

    def begin(*arguments: str, env: Mapping[str, str], **more: Any) -> Command:
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(Command(*arguments, env=env, folder=folder, **more))
        return started[-1]

    yield begin
    for each in started:
        each.process.kill()
        each.process.wait()


@pytest.fixture
def empty(postgresql: PostgreSQL) -> Iterator[str]:
    """An empty database in a real PostgreSQL."""
    name = own_name("empty")
    yield postgresql.create_database(name)
    postgresql.drop_database(name)


def env_of(url: str) -> dict[str, str]:
    return environment(url, "redis://127.0.0.1:1")


@contextmanager
def beside(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(urlsplit(url)._replace(scheme="postgresql").geturl()) as connection:
        yield connection


def waits_for_a_lock(url: str) -> bool:
    with beside(url) as connection:
        waiting = connection.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE NOT l.granted AND a.datname = current_database()"
        ).fetchone()
    return waiting != (0,)


def tables(url: str) -> set[str]:
    with beside(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in rows}


LOCKS = {
    "before the first step": f"SELECT pg_advisory_lock({schema._LOCK})",
    "half-way": "CREATE TABLE comments (id int)",
}


@pytest.mark.parametrize("lock", LOCKS.values(), ids=list(LOCKS))
def test_migrate_that_waits_for_a_lock_is_interrupted_with_nothing_done_and_done_again(
    empty: str, start: Start, lock: str
) -> None:
    with beside(empty) as somebody:
        somebody.execute(lock)
        waiting = start("migrate", env=env_of(empty))
        waiting.until(lambda: waits_for_a_lock(empty) or "nobody else migrates" in waiting.err)

        code = waiting.interrupt()

        assert (code, waiting.out) == (130, "")
        assert waiting.err.splitlines()[-1] == STOPPED
        assert "Traceback" not in waiting.err
        assert not waits_for_a_lock(empty), "the server goes on without it"
        assert tables(empty) == set()
        somebody.rollback()

    again = start("migrate", env=env_of(empty))

    assert (again.ends(), again.err) == (0, "")
    assert again.out == f"The database is at {schema.head()} (was empty).\n"
    assert tables(empty) >= {"comments", "sites", "alembic_version"}


def test_migrate_that_waits_says_so_and_goes_on_when_it_can(empty: str, start: Start) -> None:
    with beside(empty) as somebody:
        somebody.execute(LOCKS["before the first step"])
        waiting = start("migrate", env=env_of(empty))
        waiting.until(lambda: waiting.err != "")
        somebody.rollback()
        somebody.execute("SELECT pg_advisory_unlock_all()")
        somebody.commit()

        assert waiting.ends() == 0

    assert waiting.out == f"The database is at {schema.head()} (was empty).\n"
    first, *_ = waiting.err.splitlines()
    assert first.startswith("Waiting until nobody else migrates or locks this database (")


def test_on_sqlite_too(tmp_path: Path, start: Start) -> None:
    url = f"sqlite:///{tmp_path}/moderato.db"
    somebody = sqlite3.connect(tmp_path / "moderato.db", isolation_level=None)
    somebody.execute("PRAGMA journal_mode = WAL")
    somebody.execute("BEGIN IMMEDIATE")
    waiting = start("migrate", env=env_of(url))
    waiting.until(lambda: "Waiting until" in waiting.err)

    code = waiting.interrupt()

    assert (code, waiting.out) == (130, "")
    assert waiting.err.splitlines()[-1] == STOPPED
    somebody.execute("ROLLBACK")
    assert somebody.execute("SELECT name FROM sqlite_master").fetchall() == []
    somebody.close()
    again = start("migrate", env=env_of(url))
    assert (again.ends(), again.err) == (0, "")


def test_many_migrate_at_once_and_all_are_content(empty: str, start: Start) -> None:
    together = [start("migrate", env=env_of(empty)) for _ in range(3)]

    assert [each.ends() for each in together] == [0, 0, 0]
    assert tables(empty) >= {"comments", "sites"}


def test_check_is_interrupted_between_two_lines(start: Start) -> None:
    reading, writing = os.pipe()
    os.write(writing, b'{"id": 1, "body": "Bonjour."}\n')
    judging = start("check", "--jsonl", env={}, stdin=reading)
    judging.until(lambda: judging.out.endswith("\n"))

    assert judging.interrupt() == 130

    assert judging.out.count("\n") == 1
    assert judging.err == f"{STOPPED}\n"
    os.close(reading)
    os.close(writing)


def test_the_doctor_is_interrupted_while_somebody_keeps_it_waiting(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        looking = start("doctor", env=env_of(f"postgresql://m@127.0.0.1:{silent.getsockname()[1]}/m"))
        connection, _ = silent.accept()
        with connection:
            assert looking.interrupt() == 130

    assert looking.out == ""
    assert looking.err.splitlines()[-1] == STOPPED
    assert "Traceback" not in looking.err


@pytest.mark.parametrize("command", [["migrate"], ["site", "show", "journal"], ["token", "list"]])
def test_a_database_that_is_away_is_one_sentence(start: Start, command: list[str]) -> None:
    asked = start(*command, env=env_of(f"postgresql://m:geheim@127.0.0.1:{free_port()}/m"))

    assert asked.ends() == 1
    assert asked.out == ""
    assert asked.err.startswith("Error: The database can't be used: ")
    assert asked.err.endswith("`moderato doctor` says more.\n")
    assert asked.err.count("\n") == 1
    assert "geheim" not in asked.err


def test_a_database_that_keeps_no_utf8_is_refused_and_the_doctor_says_so(postgresql: PostgreSQL, start: Start) -> None:
    """PostgreSQL makes such a one where it was set up without a locale, as in a bare environment."""
    name = own_name("ascii")
    with psycopg.connect(urlsplit(postgresql.url)._replace(scheme="postgresql").geturl(), autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    url = urlsplit(postgresql.url)._replace(path=f"/{name}").geturl()

    migrating, doctor = start("migrate", env=env_of(url)), start("doctor", "--json", env=env_of(url))

    assert (migrating.ends(), migrating.out) == (1, "")
    assert migrating.err.startswith("Error: The database keeps text as SQL_ASCII, and people write UTF8. Make it anew:")
    assert doctor.ends() == 1
    assert "The database keeps text as SQL_ASCII" in doctor.out
    postgresql.drop_database(name)


def test_a_port_that_is_taken_is_one_sentence(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        serving = start("api", "--port", port, env=env_of("sqlite:////nowhere.db"))

        assert serving.ends() == 1

    assert (serving.out, serving.err) == (
        "",
        f"Error: Port {port} on 127.0.0.1 can't be had: Address already in use.\n",
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(to: io.StringIO, monkeypatch: pytest.MonkeyPatch, work: Callable[[Any], None], patience: float) -> str:
    monkeypatch.setattr(sys, "stderr", to)
    with progress("Beginning", patience=patience, again=60) as telling:
        work(telling)
    return to.getvalue()


def test_what_is_quick_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for to in (io.StringIO(), Terminal()):
        assert told(to, monkeypatch, lambda _: None, 60) == ""


def test_in_a_pipe_each_new_thing_is_one_plain_line(monkeypatch: pytest.MonkeyPatch) -> None:
    to = io.StringIO()

    def work(telling: Any) -> None:
        wait_until(lambda: "Beginning" in to.getvalue(), PATIENCE, to.getvalue)
        telling.say("Going on")
        wait_until(lambda: "Going on" in to.getvalue(), PATIENCE, to.getvalue)
        time.sleep(0.1)

    assert told(to, monkeypatch, work, 0.01).replace("(1 s)", "(0 s)") == "Beginning (0 s)\nGoing on (0 s)\n"


def test_on_a_terminal_one_line_is_renewed_and_goes_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    to = Terminal()

    def work(_telling: Any) -> None:
        wait_until(lambda: "Beginning" in to.getvalue(), PATIENCE, to.getvalue)

    shown = told(to, monkeypatch, work, 0.01)

    assert "\n" not in shown
    assert shown.endswith("\r\x1b[2K")


def test_a_real_terminal_is_told_apart(empty: str) -> None:
    """`moderato migrate` on a terminal of its own: the line is renewed in its place, and the command's word stands."""
    ours, theirs = pty.openpty()
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with beside(empty) as somebody:
        somebody.execute(LOCKS["before the first step"])
        process = subprocess.Popen(
            [sys.executable, "-m", "workers.cli", "migrate"], env=inherited | env_of(empty), stdin=subprocess.DEVNULL,
            stdout=theirs, stderr=theirs,
        )  # fmt: skip
        os.close(theirs)
        seen = b""
        while b"Waiting until" not in seen:
            seen += os.read(ours, 4096)
        somebody.execute("SELECT pg_advisory_unlock_all()")
        somebody.commit()
        assert process.wait(PATIENCE) == 0
    while b"The database is at" not in seen:
        seen += os.read(ours, 4096)
    os.close(ours)

    assert seen.startswith(b"\r\x1b[2KWaiting until")
    assert seen.count(b"\n") == 1
