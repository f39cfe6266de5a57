"""A whole service to put under load, on servers of its own: as an operator would run it, or as `moderato run` does."""

import contextlib
import os
import shutil
import signal
import tempfile
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Self

import psutil

from service.domain.policy import Policy
from service.domain.site import SiteRules
from service.settings import Settings
from service.store import policies, sites
from service.store.session import Database
from tests.factories import environment
from tests.servers import (
    PostgreSQL,
    Process,
    Redis,
    all_gone,
    answers,
    free_port,
    moderato,
    workplace,
)
from workers.embedded import any_worker

SITE = "replay"
QUIET = {"MODERATO_LIMITS": "off", "MODERATO_TRUSTED_PROXIES": "1", "MODERATO_BACKLOG_LIMIT": "1000000"}
"""No limits, and readers' addresses as a proxy would tell them: else all would come from one."""


class Service(ABC):
    """API and workers of one site, `replay`, which publishes first comments that nothing speaks against."""

    port: int
    database_url: str
    redis_url: str

    def __enter__(self) -> Self:
        self.start()
        with self.database.write() as connection:
            if sites.find_site(connection, SITE) is None:
                policies.add_site(
                    connection, SITE, datetime.now(UTC), title="Replay", origins=[], languages=["en", "fr"],
                    rules=SiteRules(), policy=Policy(hold_first_comment=False),
                )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()
        self.stop()

    @cached_property
    def database(self) -> Database:
        """The benchmark's own way to the data, beside the service's."""
        return Database(Settings.from_env(self.env))

    @property
    def env(self) -> dict[str, str]:
        chosen = {name: value for name, value in os.environ.items() if name.startswith("MODERATO_")}
        return environment(self.database_url, self.redis_url, **QUIET, **chosen)

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def kill(self, what: str) -> None:
        """Kill -9 of `worker`, `redis` (with its data) or `all`."""

    def cpu(self) -> dict[str, float]:
        """Seconds of processor time so far, by part; what a killed process had used is gone."""
        used = {"load": sum(os.times()[:2])}
        _add_up(psutil.Process(), "other", used)
        return used

    @abstractmethod
    def revive(self, what: str) -> None:
        """Start again what was killed, unless somebody else sees to it."""


class Separate(Service):
    """PostgreSQL, Redis, `moderato api` and `moderato worker`, each by itself: a production in small."""

    def __init__(self) -> None:
        self.postgresql = PostgreSQL(durable=True)
        self.redis = Redis(append_only=True)
        self.port = free_port()
        self.redis_url = self.redis.url
        self.database_url = self.postgresql.url

    def start(self) -> None:
        self.postgresql.start()
        self.redis.start()
        self.database_url = self.postgresql.create_database("replay")
        if moderato("migrate", env=self.env).start().wait(60):
            raise ChildProcessError("the database could not be migrated")
        self.api = moderato("api", "--port", str(self.port), env=self.env)
        self.worker = moderato("worker", env=self.env)
        self._start_ours()
        self.worker.wait_for(lambda: any_worker(self.redis_url))

    def _start_ours(self) -> None:
        self.api.start().wait_for(lambda: answers(self.port, "/readyz"))
        self.worker.start()

    def stop(self) -> None:
        for each in (self.api, self.worker):
            if each.running:
                each.terminate()
        self.redis.stop()
        self.postgresql.stop()

    def kill(self, what: str) -> None:
        if what in {"worker", "all"}:
            self.worker.kill()
        if what == "all":
            self.api.kill()
            self.postgresql.kill()
        if what in {"redis", "all"}:
            self.redis.kill(lose_data=True)

    def revive(self, what: str) -> None:
        if what in {"redis", "all"}:
            self.redis.start()
        if what == "all":
            self.postgresql.start()
            self._start_ours()
        elif not self.worker.running:
            self.worker.start()


class Embedded(Service):
    """`moderato run`: SQLite, a private Redis, and one process that starts again whatever dies."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="embedded-", dir=workplace()))
        self.port = free_port()
        self.database_url = f"sqlite:///{self.folder}/moderato.db"
        self.redis_url = "redis://127.0.0.1:1/0"  # its own; we have no business with it

    def start(self) -> None:
        env = {name: value for name, value in self.env.items() if name != "MODERATO_REDIS_URL"}
        self.process: Process = moderato("run", "--port", str(self.port), "--data", str(self.folder), env=env)
        self._start()

    def _start(self) -> None:
        self.process.start().wait_for_output("Ctrl-C stops everything", 60)

    def stop(self) -> None:
        if self.process.running:
            self.process.terminate(30)

    def kill(self, what: str) -> None:
        main = psutil.Process(self.process.pid)
        if what == "all":
            family = main.children(recursive=True)
            main.suspend()
            for each in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
            self.process.kill()
            all_gone(family)
        else:
            word = {"worker": "worker", "redis": "redis-server"}[what]
            (found,) = [child for child in main.children() if any(word == Path(part).name for part in _words(child))]
            os.killpg(found.pid, signal.SIGKILL)
        if what in {"redis", "all"}:
            shutil.rmtree(self.folder / "redis" / "appendonlydir", ignore_errors=True)
            (self.folder / "redis" / "dump.rdb").unlink(missing_ok=True)

    def revive(self, what: str) -> None:
        """Whatever is killed alone, `moderato run` starts again."""
        if what == "all":
            self.process.log.write_bytes(b"")
            self._start()


def _add_up(process: psutil.Process, part: str, used: dict[str, float]) -> None:
    """The children's time to the part each belongs to: by its command, else its parent's."""
    for child in process.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            words = " ".join([child.name(), *child.cmdline()])
            of = next((name for name, sign in _PARTS.items() if sign in words), part)
            used[of] = used.get(of, 0.0) + sum(child.cpu_times()[:2])
            _add_up(child, of, used)


_PARTS = {"postgresql": "postgres", "redis": "redis-server", "worker": "cli worker", "api": "cli api"}


def _words(process: psutil.Process) -> list[str]:
    """The command, also of a server that changed its title to one long word."""
    return [word for part in process.cmdline() for word in part.split()]


def service(database: str) -> Service:
    return Separate() if database == "postgresql" else Embedded()
