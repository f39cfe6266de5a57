"""The whole service as people run it: the embedded default, and PostgreSQL with Redis in separate processes."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.settings import Settings
from service.store.session import Database
from tests.factories import a_submission, environment
from tests.servers import PATIENCE, PostgreSQL, Process, Redis, api, free_port, moderato, own_name, workplace

SECONDS = PATIENCE
NO_LIMITS = {"MODERATO_LIMITS": "off", "MODERATO_WEBHOOK_PRIVATE": "on"}
"""All these readers have one address, and all receivers are on this machine."""


@dataclass
class Service:
    """A running service, as its users see it; and what an operator may do to it."""

    api: str
    site: str
    article: str
    token: str
    env: dict[str, str]
    processes: dict[str, Process] = field(default_factory=dict)
    redis: Redis | None = None

    @property
    def comments(self) -> str:
        return f"{self.api}/v1/sites/{self.site}/articles/{self.article}/comments"

    @property
    def staff(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def post(self, **changes: Any) -> httpx.Response:
        return httpx.post(self.comments, json=a_submission(**changes), timeout=SECONDS)

    def accepted(self, **changes: Any) -> dict[str, str]:
        answer = self.post(**changes)
        assert answer.status_code == 202, answer.text
        found: dict[str, str] = answer.json()
        return found

    def state(self, receipt: str) -> dict[str, Any]:
        answer = httpx.get(f"{self.api}/v1/receipts/{receipt}", timeout=SECONDS)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def decided(self, receipt: str, seconds: float = SECONDS) -> str:
        """The comment's status, once it isn't pending any more."""
        wait_until(lambda: self.state(receipt)["status"] != "pending", seconds, "the comment is still pending")
        return str(self.state(receipt)["status"])

    def statuses(self) -> dict[str, str]:
        """Every comment's status, by id, from the database."""
        from sqlalchemy import select

        from service.store.comments import Comment

        database = Database(Settings.from_env(self.env))
        with database.read() as connection:
            found = {row.id: str(row.status) for row in connection.execute(select(Comment.id, Comment.status))}
        database.close()
        return found

    def run(self, *arguments: str) -> str:
        """Run a `moderato` command as an operator would; its output."""
        done = subprocess.run(
            [sys.executable, "-m", "workers.cli", *arguments], env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def wait_until(done: Callable[[], bool], seconds: float, otherwise: str) -> None:
    until = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < until, otherwise
        time.sleep(0.05)


class Embedded:
    """`moderato run` on a data folder that outlives it."""

    def __init__(self, data: Path | None = None) -> None:
        self.data = data or Path(tempfile.mkdtemp(prefix="run-", dir=workplace()))
        self.port = free_port()
        self.process: Process | None = None

    def start(self, program: Sequence[str] = ("-m", "workers.cli")) -> Service:
        out = Path(tempfile.mkstemp(prefix="run-", suffix=".out", dir=workplace())[1])
        self.process = moderato(
            "run", "--json", "--port", str(self.port), "--data", str(self.data),
            env=NO_LIMITS, log=out, program=program,
        ).start()  # fmt: skip
        self.process.wait_for_output(r'"ready": true', SECONDS)
        line = next(line for line in self.process.output().splitlines() if line.startswith('{"ready"'))
        told = json.loads(line)
        kept = json.loads((self.data / "secrets.json").read_text())
        env = environment(f"sqlite:///{self.data}/moderato.db", f"unix://{self.data}/redis/redis.sock") | kept
        return Service(told["api"], told["site"], told["article"], told["moderator_token"], env, {"run": self.process})

    def stop(self) -> None:
        if self.process is not None and self.process.running:
            self.process.terminate()


class Production:
    """API, worker and beat as separate processes, on PostgreSQL and Redis."""

    def __init__(self, database_url: str, redis: Redis) -> None:
        self.redis = redis
        self.env = environment(
            database_url, redis.url, MODERATO_LEASE_SECONDS="4", MODERATO_TASK_SECONDS="3", **NO_LIMITS
        )
        self.service: Service | None = None

    def start(self) -> Service:
        service = Service("", "journal", "une-42", "", self.env, redis=self.redis)
        service.run("migrate")
        service.run("site", "add", "journal", "--origin", "https://www.journal.example", "--no-hold-first")
        service.token = service.run("token", "create", "--site", "journal", "--role", "owner", "--quiet").strip()
        worker, beat = self._worker().start(), moderato("beat", env=self.env).start()  # they start while the API does
        process, service.api = api(self.env)
        service.processes = {"api": process, "worker": self._ready(worker), "beat": beat}
        self.service = service
        return service

    def worker(self) -> Process:
        return self._ready(self._worker().start())

    def _worker(self) -> Process:
        return moderato("worker", "--concurrency", "2", env=self.env)

    @staticmethod
    def _ready(worker: Process) -> Process:
        return worker.wait_for_output(r"ready\.", SECONDS)

    def stop(self) -> None:
        if self.service is not None:
            for process in self.service.processes.values():
                process.kill()


@pytest.fixture(scope="session", params=["embedded", "production"])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """One running service for all tests that leave it whole: each looks only at its own comments."""
    if request.param == "embedded":
        embedded = Embedded()
        yield embedded.start()
        embedded.stop()
        return
    postgresql: PostgreSQL = request.getfixturevalue("postgresql")
    with Redis(tcp=True) as redis:
        production = Production(postgresql.create_database(own_name("journey")), redis)
        yield production.start()
        production.stop()


@pytest.fixture
def embedded() -> Iterator[Embedded]:
    """An embedded service of one's own, to be killed."""
    made = Embedded()
    yield made
    if made.process is not None:
        made.process.kill()


@pytest.fixture
def production(postgresql: PostgreSQL) -> Iterator[Production]:
    """A production set-up of one's own, to be broken."""
    with Redis(tcp=True) as redis:
        made = Production(postgresql.create_database(own_name("journey")), redis)
        yield made
        made.stop()
