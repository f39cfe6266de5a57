"""The servers that the other tests stand on: they start, crash, come back, and never outlive us."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from tests import servers
from tests.servers import NotInstalled, PostgreSQL, Process, Redis, all_gone


@pytest.fixture
def own_postgresql(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgreSQL]:
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    with PostgreSQL(durable=True) as server:
        yield server


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def test_a_durable_postgresql_keeps_what_was_committed_over_a_crash(own_postgresql: PostgreSQL) -> None:
    url = own_postgresql.create_database("crash")
    with connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        own_postgresql.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    own_postgresql.start()
    with connect(url) as connection:
        assert connection.execute("SELECT one FROM kept").fetchone() == (1,)


def test_a_database_is_copied_from_a_template_and_dropped_under_open_connections(own_postgresql: PostgreSQL) -> None:
    with connect(own_postgresql.create_database("model")) as connection:
        connection.execute("CREATE TABLE words AS SELECT 'bonjour' AS word")
    copy = own_postgresql.create_database("copy", template="model")
    with connect(copy) as connection:
        assert connection.execute("SELECT word FROM words").fetchone() == ("bonjour",)
        own_postgresql.drop_database("copy")
    with pytest.raises(psycopg.OperationalError):
        connect(copy)


def test_postgresql_restarts_in_order_at_the_same_address(own_postgresql: PostgreSQL) -> None:
    before = own_postgresql.url
    own_postgresql.restart()
    assert own_postgresql.url == before
    connect(before).close()


def test_a_given_postgresql_is_used_and_not_crashed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql://elsewhere/tests")
    with PostgreSQL() as server:
        assert server.url == "postgresql://elsewhere/tests"
        with pytest.raises(RuntimeError, match="not ours to crash"):
            server.kill()


@pytest.mark.parametrize("tcp", [True, False])
def test_redis_forgets_when_it_crashes(tcp: bool) -> None:  # noqa: FBT001
    with Redis(tcp=tcp) as server, redis.Redis.from_url(server.url) as client:
        client.set("word", "bonjour")
        server.kill(lose_data=True)
        with pytest.raises(redis.ConnectionError):
            client.get("word")
        server.start()
        assert client.get("word") is None


def test_an_append_only_redis_remembers_over_a_crash_unless_its_disk_is_lost() -> None:
    with Redis(append_only=True) as server, redis.Redis.from_url(server.url) as client:
        client.set("word", "bonjour")
        server.kill()
        server.start()
        assert client.get("word") == b"bonjour"
        server.kill(lose_data=True)
        server.start()
        assert client.get("word") is None


def test_a_process_is_waited_for_read_and_ended() -> None:
    with Process("greeter", ["sh", "-c", "echo bonjour; exec sleep 600"]) as process:
        process.wait_for_output("bonjour")
        assert process.running
        assert process.terminate() == -signal.SIGTERM
        assert not process.running


def test_a_process_that_ends_too_early_fails_with_its_words() -> None:
    with (
        Process("grumbler", ["sh", "-c", "echo no such table >&2; exit 3"]) as process,
        pytest.raises(ChildProcessError, match="no such table"),
    ):
        process.wait_for(lambda: False)


def test_a_process_that_takes_too_long_fails_with_its_words() -> None:
    with (
        Process("dreamer", ["sh", "-c", "echo dreaming; exec sleep 600"]) as process,
        pytest.raises(TimeoutError, match=r"not ready in 0\.3 s:\ndreaming"),
    ):
        process.wait_for(lambda: False, 0.3)


def test_the_children_of_a_killed_process_end_with_it() -> None:
    with Process("pool", ["sh", "-c", "sleep 600 & echo up; wait"]) as process:
        process.wait_for_output("up")
        (child,) = psutil.Process(process.pid).children()
        process.kill()
    assert all_gone([child])


@pytest.mark.parametrize("program", ["redis-server", "chromium-headless-shell"])
def test_a_missing_server_is_a_failure_that_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotInstalled, match=f"apt-get install {program}"):
        Redis() if program == "redis-server" else servers.browser()


def test_a_killed_test_run_leaves_no_server_and_its_folder_is_swept() -> None:
    run = """
import os, signal
from tests import servers
with servers.PostgreSQL() as postgresql, servers.Redis() as redis:
    print(servers.workplace(), postgresql.process.pid, redis.process.pid, flush=True)
    signal.pause()
"""
    env = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
    with subprocess.Popen([sys.executable, "-c", run], stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        folder, *pids = process.stdout.readline().split()
        family = [psutil.Process(int(pid)) for pid in pids]
        family += [child for server in family for child in server.children(recursive=True)]
        servers.sweep(Path(folder).parent)
        assert Path(folder).exists(), "a living run's folder was swept"
        process.kill()
    assert all_gone(family)
    servers.sweep(Path(folder).parent)
    assert not Path(folder).exists()
