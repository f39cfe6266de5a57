"""What is decided for each fault: who is refused and how, what goes on, where it is seen, and that nothing is lost.

Real servers, really broken. Readers' comments are either refused with a time to come again, or decided in the end.
"""

import contextlib
import os
import resource
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
import pytest
from lxml import html
from redis import Redis as Client

from tests.factories import a_submission
from tests.journeys.conftest import SECONDS, Embedded, Production, Service, wait_until
from tests.journeys.test_crashes import all_decided, send
from tests.servers import PostgreSQL, Redis, own_name
from tests.workers.doctor.test_broken import can_mount

pytestmark = pytest.mark.journey

Server = TypeVar("Server")
Fault = Callable[[Server], AbstractContextManager[None]]

MANY = 20
BROWSER = {"Accept": "text/html", "Accept-Language": "fr"}


@pytest.fixture
def unhurried(production: Production) -> Production:
    """With times as in life: the sweep's child is given long enough to begin on a busy machine."""
    production.env |= {"MODERATO_TASK_SECONDS": "15", "MODERATO_LEASE_SECONDS": "20"}
    return production


def readiness(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{service.api}/readyz", timeout=SECONDS).json()
    return found


def measured(service: Service, name: str) -> float:
    """The sum of a metric over its labels, of the API's processes."""
    lines = httpx.get(f"{service.api}/metrics", timeout=SECONDS).text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith((f"{name} ", f"{name}{{")))


# --- Redis ---------------------------------------------------------------------------------------------------------


@contextmanager
def _away(redis: Redis) -> Iterator[None]:
    redis.kill(lose_data=True)
    yield
    redis.start()


@contextmanager
def _hanging(redis: Redis) -> Iterator[None]:
    """It accepts connections, for that the kernel does, and says nothing."""
    redis.process.signal(signal.SIGSTOP)
    yield
    redis.process.signal(signal.SIGCONT)


@contextmanager
def _full(redis: Redis) -> Iterator[None]:
    with _admin(redis) as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1mb")
        yield
        client.config_set("maxmemory", "0")


@contextmanager
def _replica(redis: Redis) -> Iterator[None]:
    """As after a failover that went to another than ours."""
    with _admin(redis) as client:
        client.replicaof("127.0.0.1", "1")
        yield
        client.replicaof("NO", "ONE")


@contextmanager
def _disk_full(redis: Redis) -> Iterator[None]:
    """Its snapshot doesn't fit; then it takes no writing, which is its default."""
    server = psutil.Process(redis.process.pid)
    with _admin(redis) as client:
        client.config_set("save", "3600 1")
        client.set("big", os.urandom(4 << 20))
        server.rlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
        client.bgsave()
        wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", SECONDS, "it was saved")
        yield
        server.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        client.bgsave()
        wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "ok", SECONDS, "it was not saved")
        client.delete("big")


@contextmanager
def _admin(redis: Redis) -> Iterator[Any]:
    with Client.from_url(redis.url) as client:
        yield client


REDIS_FAULTS = {
    "away": _away, "slow": _hanging, "full": _full, "read_only": _replica, "disk": _disk_full,
}  # fmt: skip


@pytest.mark.parametrize("word", REDIS_FAULTS)
def test_whatever_is_wrong_with_redis_comments_are_taken_and_decided(unhurried: Production, word: str) -> None:
    fault: Fault[Redis] = REDIS_FAULTS[word]
    service = unhurried.start()
    accepted = send(service, 3)

    with fault(unhurried.redis):
        asked_before = measured(service, "moderato_redis_failures_total")
        accepted |= send(service, MANY)
        asked = measured(service, "moderato_redis_failures_total") - asked_before
        state = readiness(service)
        all_decided(service, accepted)

    assert len(accepted) == 3 + MANY
    assert (state["status"], state["redis"], state["database"]) == ("degraded", word, "ok")
    assert 1 <= asked < MANY / 2, "each process asks, and then goes on without"
    wait_until(lambda: readiness(service)["status"] == "ready", SECONDS, "it didn't find its way back")
    later = send(service, 3)
    all_decided(service, later)
    assert all(process.running for process in service.processes.values()), "API, worker and beat"


def test_a_redis_that_throws_away_what_it_was_given_loses_no_comment(unhurried: Production) -> None:
    service = unhurried.start()
    with _admin(unhurried.redis) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        client.config_set("maxmemory", client.info("memory")["used_memory"] + (2 << 20))
        accepted = set()
        for _ in range(MANY):
            client.set(os.urandom(8), bytes(256 << 10))
            accepted |= send(service, 1)
        thrown_away = client.info("stats")["evicted_keys"]
        state = readiness(service)

        assert thrown_away > 0
        assert len(accepted) == MANY
        assert (state["status"], state["redis"]) == ("degraded", "evicting")
        all_decided(service, accepted)

        client.config_set("maxmemory-policy", "noeviction")
        client.flushall()
        client.config_set("maxmemory", "0")
    wait_until(lambda: readiness(service)["status"] == "ready", SECONDS, "it is still not ready")
    all_decided(service, send(service, 3))
    assert service.processes["worker"].running


# --- the database --------------------------------------------------------------------------------------------------


@pytest.fixture
def breakable() -> Iterator[PostgreSQL]:
    """A PostgreSQL of one's own, which keeps what it has committed."""
    with PostgreSQL(durable=True) as postgresql:
        yield postgresql


@pytest.fixture
def on_breakable(breakable: PostgreSQL) -> Iterator[Production]:
    with Redis(tcp=True) as redis:
        made = Production(breakable.create_database(own_name("degraded")), redis)
        made.env |= {"MODERATO_TASK_SECONDS": "15", "MODERATO_LEASE_SECONDS": "20", "MODERATO_DATABASE_TIMEOUT": "1"}
        yield made
        made.stop()


@contextmanager
def _gone(postgresql: PostgreSQL) -> Iterator[None]:
    postgresql.kill()
    yield
    postgresql.start()


@contextmanager
def _standing_still(postgresql: PostgreSQL) -> Iterator[None]:
    """All of its processes: connections are there, the kernel takes what is sent, and nobody answers."""
    assert postgresql.process is not None
    server = psutil.Process(postgresql.process.pid)
    family = [server, *server.children(recursive=True)]
    for process in family:
        process.suspend()
    yield
    for process in reversed(family):
        process.resume()


@pytest.mark.parametrize(("word", "fault"), [("away", _gone), ("slow", _standing_still)])
def test_without_the_database_readers_are_told_503_and_keep_their_text(
    on_breakable: Production,
    breakable: PostgreSQL,
    word: str,
    fault: Fault[PostgreSQL],
) -> None:
    service = on_breakable.start()
    accepted = send(service, 3)
    article = f"{service.api}/sites/{service.site}/articles/{service.article}"
    [form] = html.fromstring(httpx.get(article, headers=BROWSER).text).forms
    typed = {name: value or "" for name, value in form.fields.items()} | a_submission(body="À ne pas perdre.")

    with fault(breakable):
        refused = service.post()
        page = httpx.post(service.comments, data=typed, headers=BROWSER, timeout=SECONDS)
        followed = httpx.get(article, headers=BROWSER, timeout=SECONDS)
        state = httpx.get(f"{service.api}/readyz", timeout=SECONDS)

    assert refused.status_code == page.status_code == followed.status_code == state.status_code == 503
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert {answer.headers["Retry-After"] for answer in (refused, page, followed)} == {"5"}
    assert state.json()["status"] == "unready"
    assert state.json()["database"] in {word, "away"}
    [again] = html.fromstring(page.text).forms
    kept = {name: (value or "").removeprefix("\n") for name, value in again.fields.items()}
    assert kept == typed
    assert "Le service ne répond pas" in followed.text

    wait_until(lambda: readiness(service)["status"] == "ready", SECONDS, "it didn't find its way back")
    sent = [httpx.post(service.comments, data=kept, timeout=SECONDS) for _ in range(2)]
    assert [answer.status_code for answer in sent] == [303, 303]
    assert len(service.statuses()) == len(accepted) + 1, "sent twice, stored once; and what was refused isn't there"
    all_decided(service, set(service.statuses()))
    assert measured(service, "moderato_database_failures_total") > 0


def test_while_the_database_stands_still_whoever_comes_is_told_so_at_once(
    on_breakable: Production, breakable: PostgreSQL
) -> None:
    """More come than a few threads could keep waiting within a minute."""
    service = on_breakable.start()
    send(service, 1)

    with _standing_still(breakable):
        assert service.post().status_code == 503
        started = time.monotonic()
        with ThreadPoolExecutor(32) as readers:
            answers = list(readers.map(lambda _: service.post().status_code, range(200)))
        waited = time.monotonic() - started
        lives = httpx.get(f"{service.api}/healthz", timeout=SECONDS)

    assert answers == [503] * 200
    assert waited < 60
    assert lives.status_code == 200
    wait_until(lambda: readiness(service)["status"] == "ready", SECONDS, "it didn't find its way back")


def test_a_file_that_somebody_else_locks_refuses_with_503_and_can_be_read(embedded: Embedded) -> None:
    service = embedded.start()
    accepted = send(service, 3)
    all_decided(service, accepted)
    holder = sqlite3.connect(embedded.data / "moderato.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    refused = service.post()
    listed = httpx.get(service.comments, timeout=SECONDS)

    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert listed.status_code == 200
    holder.execute("ROLLBACK")
    holder.close()
    accepted |= send(service, 3)
    assert len(accepted) == 6
    all_decided(service, accepted)


# --- a full disk ---------------------------------------------------------------------------------------------------


def test_on_a_full_disk_comments_are_refused_and_none_is_half_written(embedded: Embedded) -> None:
    """No file of the service's may grow any more: what a full disk says, to these processes alone."""
    service = embedded.start()
    before = set(service.statuses())
    accepted = send(service, 3)
    all_decided(service, accepted)
    log = embedded.data / "moderato.db-wal"
    processes = [psutil.Process(service.processes["run"].pid)]
    processes += processes[0].children(recursive=True)
    most = max(log.stat().st_size, service.processes["run"].log.stat().st_size + (128 << 10))
    for process in processes:
        process.rlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

    answers: list[httpx.Response] = []
    while len(answers) < 2000 and [answer.status_code for answer in answers[-3:]] != [503] * 3:
        answers.append(service.post(body="Une remarque. " * 400 + str(len(answers))))
    wait_until(lambda: _is_told_of_full(service, answers), SECONDS, "nobody is told that the disk is full")
    accepted |= {answer.json()["id"] for answer in answers if answer.status_code == 202}
    for process in processes:
        if process.is_running():
            process.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    assert {answer.status_code for answer in answers} <= {202, 503}
    assert answers[-1].headers["Retry-After"] == "5"
    accepted |= send(service, 3)
    assert set(service.statuses()) - before == accepted
    all_decided(service, accepted)
    wait_until(lambda: readiness(service)["status"] == "ready", SECONDS, "it is still not ready")


def _is_told_of_full(service: Service, answers: list[httpx.Response]) -> bool:
    """Each of the API's processes knows it from what it couldn't write itself, so one writes before each look."""
    answers.append(service.post(body="Une remarque. " * 400 + str(len(answers))))
    state = readiness(service)
    return answers[-1].status_code == 503 and (state["status"], state["disk"]) == ("degraded", "full")


class SmallDisk:
    """A disk of its own for a database on a PostgreSQL, which alone sees it; where that can't be had, its error."""

    MEGABYTES = 40
    ERROR = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
    CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON comments EXECUTE FUNCTION no_room();
    """

    def __init__(self, postgresql: PostgreSQL) -> None:
        self._server = postgresql
        self._folder = postgresql.folder / "small"
        self._folder.mkdir()
        self._mounted = can_mount()
        self.url = ""

    def __enter__(self) -> Self:
        assert self._server.process is not None
        if self._mounted:
            script = 'mount -t tmpfs -o size="$1"m none "$2" && shift 2 && exec "$@"'
            before = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
            before += [str(self.MEGABYTES), str(self._folder)]
            tie = self._server.process._tie
            self._server.process._tie = lambda command: [*before, *tie(command)]
        self._server.start()
        self.url = self._server.create_database(own_name("small"))
        if self._mounted:
            self._run(self._server.url, f"CREATE TABLESPACE small LOCATION '{self._folder}'")
            self._run(self._server.url, f"ALTER DATABASE {self.url.rpartition('/')[2]} SET TABLESPACE small")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def fill(self) -> None:
        if not self._mounted:
            self._run(self.url, self.ERROR)
            return
        with contextlib.suppress(OSError), self._ballast.open("wb", buffering=0) as ballast:
            while True:
                ballast.write(bytes(4096))

    def free(self) -> None:
        if self._mounted:
            self._ballast.unlink()
        else:
            self._run(self.url, "DROP TRIGGER no_room ON comments")

    @property
    def _ballast(self) -> Path:
        assert self._server.process is not None
        return Path(f"/proc/{self._server.process.pid}/root{self._folder}/ballast")

    @staticmethod
    def _run(url: str, statement: str) -> None:
        with psycopg.connect(urlsplit(url)._replace(scheme="postgresql").geturl(), autocommit=True) as server:
            server.execute(statement)


def test_on_a_database_server_with_a_full_disk_comments_are_refused_and_none_is_published_unjudged() -> None:
    with SmallDisk(PostgreSQL(durable=True)) as disk, Redis(tcp=True) as redis:
        production = Production(disk.url, redis)
        production.env |= {"MODERATO_TASK_SECONDS": "15", "MODERATO_LEASE_SECONDS": "20"}
        try:
            service = production.start()
            accepted = send(service, 3)
            disk.fill()

            answers: list[httpx.Response] = []
            while len(answers) < 2000 and [answer.status_code for answer in answers[-3:]] != [503] * 3:
                answers.append(service.post(body="Une remarque. " * 400 + str(len(answers))))
            accepted |= {answer.json()["id"] for answer in answers if answer.status_code == 202}
            states = [readiness(service) for _ in range(20)]
            told = httpx.get(service.comments, timeout=SECONDS)
            disk.free()

            assert {answer.status_code for answer in answers} <= {202, 503}
            assert answers[-1].headers["Retry-After"] == "5"
            assert {state["status"] for state in states} <= {"degraded", "ready"}
            assert "full" in {state["disk"] for state in states}, "of one process, or of the other"
            assert told.status_code == 200
            assert set(service.statuses()) == accepted
            accepted |= send(service, 3)
            all_decided(service, accepted)
            assert measured(service, 'moderato_database_failures_total{why="disk"}') > 0
        finally:
            production.stop()


# --- the backlog ---------------------------------------------------------------------------------------------------


def test_a_flooded_site_is_refused_and_goes_on_once_somebody_judges(unhurried: Production) -> None:
    unhurried.env |= {"MODERATO_BACKLOG_OPTIONAL": "5", "MODERATO_BACKLOG_LIMIT": "10"}
    service = unhurried.start()
    service.run("site", "add", "gazette", "--origin", "https://www.gazette.example", "--no-hold-first")
    service.processes["worker"].kill()

    accepted: list[str] = []
    refused = None
    while refused is None and len(accepted) < 1000:
        answer = service.post()
        if answer.status_code == 202:
            accepted.append(answer.json()["id"])
        else:
            refused = answer
    other = httpx.post(f"{service.api}/v1/sites/gazette/articles/a-1/comments", json=a_submission(), timeout=SECONDS)

    assert refused is not None
    assert refused.status_code == 429
    assert refused.json()["code"] == "site_busy"
    assert int(refused.headers["Retry-After"]) > 0
    assert other.status_code == 202
    assert len(accepted) >= 10
    state = readiness(service)
    assert (state["status"], state["backlog"]) == ("degraded", "refusing")
    assert measured(service, "moderato_backlog_sites") == 1

    service.processes["worker"] = unhurried.worker()
    all_decided(service, {*accepted, other.json()["id"]})
    wait_until(lambda: service.post().status_code == 202, SECONDS, "it still takes nothing")
    assert readiness(service)["status"] == "ready"
