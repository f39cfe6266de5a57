"""Services that are broken while they are at work, by a plan that a seed has made: what is done, and when.

What an operator's machine would start again is started again: a worker, an API, a server that has ended.
"""

import contextlib
import heapq
import itertools
import os
import random
import shutil
import signal
import tempfile
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Final, Self

import psutil

from service.cli import create_token
from service.domain.policy import Policy
from service.domain.site import SiteRules
from service.settings import Settings
from service.store import policies, sites
from service.store.session import Database
from tests.factories import environment
from tests.proxy import Proxy
from tests.servers import PATIENCE, PostgreSQL, Process, Redis, all_gone, answers, free_port, moderato, workplace

SITES: Final = ("calm", "told")
"""The second has a webhook."""
POISON: Final = Path(__file__).parent.parent / "poisoning"
BACK: Final = 1.0
"""Seconds until what was killed is started again."""

PROLONGED: Final = 5
"""How many times longer than they should readers may take, with faults all the while."""

Deed = Callable[[], None]


class Broken(ABC):
    """A service, and how it is broken. A context manager."""

    port: int
    database_url: str
    """Straight to the database, past whatever is in between for the service itself."""
    lease: float

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.staff: dict[str, str] = {}
        """A token of each site."""

    def __enter__(self) -> Self:
        self.start()
        now = datetime.now(UTC)
        with self.database.write() as connection:
            for name in SITES:
                site_id = policies.add_site(
                    connection, name, now, title=name, origins=[], languages=["fr"], rules=SiteRules(),
                    policy=Policy(hold_first_comment=False, audit_share=0.0),
                )  # fmt: skip
                self.staff[name] = create_token(connection, site_id, "owner", "chaos")
        return self

    def __exit__(self, *_: object) -> None:
        self.database.close()
        self.stop()

    @cached_property
    def database(self) -> Database:
        return Database(Settings.from_env(environment(self.database_url, "redis://127.0.0.1:1/0")))

    def site_id(self, name: str) -> str:
        with self.database.read() as connection:
            return str(sites.find_site(connection, name).id)

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None: ...

    @abstractmethod
    def plan(self, seconds: float, longest: float, dice: random.Random) -> Iterator[tuple[float, str, Deed]]:
        """What is done: when, its name, and the deed. Made for so many seconds, and going on for the longest."""

    @abstractmethod
    def mend(self) -> None:
        """Have everything run again that was ended or stopped."""

    def be_broken(self, seconds: float, dice: random.Random, busy: Callable[[], bool]) -> float:
        """Follow the plan for as long as there are readers; returns when the last fault was over (`time.monotonic`).

        `seconds`: how long the readers take if nobody keeps them waiting.
        """
        number = itertools.count()
        deeds = [(at, next(number), name, deed) for at, name, deed in self.plan(seconds, seconds * PROLONGED, dice)]
        heapq.heapify(deeds)
        started = time.monotonic()
        while busy():
            if not deeds or time.monotonic() < started + deeds[0][0]:
                time.sleep(0.05)
                continue
            _, _, name, deed = heapq.heappop(deeds)
            deed()
            if name:
                self.done[name] += 1
        self.mend()
        return time.monotonic()


def every(period: float, until: float, dice: random.Random) -> Iterator[float]:
    """Times about so far apart, from the first period on."""
    at = period * dice.uniform(0.7, 1.0)
    while at < until:
        yield at
        at += period * dice.uniform(0.9, 1.1)


def _kill_one_of(processes: list[psutil.Process], dice: random.Random) -> bool:
    """End one of them, as a full memory would; whether there was any."""
    living = [each for each in processes if each.is_running()]
    if living:
        with contextlib.suppress(psutil.NoSuchProcess):
            dice.choice(living).kill()
    return bool(living)


class Production(Broken):
    """PostgreSQL, Redis, API, beat and two workers, with a proxy on each way between them."""

    def __init__(self, *, lease: float, task: float) -> None:
        super().__init__()
        self.postgresql, self.redis = PostgreSQL(durable=True), Redis(tcp=True, append_only=True)
        self.lease = lease
        self._task = task
        self._api_port = free_port()
        self.proxy = Proxy({"api": self._api_port, "redis": self.redis.port, "postgresql": self.postgresql.port})
        self.port = self.proxy.ports["api"]
        self._stopped: Process | None = None

    def start(self) -> None:
        self.postgresql.start()
        self.redis.start()
        self.proxy.__enter__()
        self.database_url = self.postgresql.create_database("chaos")
        env = self._env()
        if moderato("migrate", env=env).start().wait(PATIENCE):
            raise ChildProcessError("the database could not be migrated")
        poisoned = {**env, "PYTHONPATH": str(POISON)}
        self.api = moderato("api", "--port", str(self._api_port), env=env)
        self.workers = [moderato("worker", "--concurrency", "2", env=poisoned) for _ in range(2)]
        self.beat = moderato("beat", env=env)
        for each in (*self.workers, self.beat, self.api):
            each.start()
        self.api.wait_for(lambda: answers(self._api_port, "/readyz"))
        for worker in self.workers:
            worker.wait_for_output(r"ready\.")

    def _env(self) -> dict[str, str]:
        ports = self.proxy.ports
        return environment(
            self.database_url.replace(f":{self.postgresql.port}/", f":{ports['postgresql']}/"),
            f"redis://127.0.0.1:{ports['redis']}/0",
            MODERATO_LIMITS="off", MODERATO_TRUSTED_PROXIES="1", MODERATO_WEBHOOK_PRIVATE="on",
            MODERATO_LEASE_SECONDS=str(self.lease), MODERATO_TASK_SECONDS=str(self._task),
        )  # fmt: skip

    def stop(self) -> None:
        self.mend()
        for each in (self.beat, *self.workers, self.api):
            if each.running:
                each.kill()
        self.proxy.__exit__()
        self.redis.stop()
        self.postgresql.stop()

    def plan(self, seconds: float, longest: float, dice: random.Random) -> Iterator[tuple[float, str, Deed]]:
        asleep = min(self.lease + 3, seconds * 0.7)
        begins = seconds * 0.1
        yield begins, "worker stopped past its lease", lambda: self._put_to_sleep(self.workers[1])
        yield begins + asleep, "", self._wake
        turn = itertools.cycle(self.workers)
        for at in every(4, longest, dice):
            yield at, "worker killed", lambda: self._kill_worker(next(turn), next(turn))
        for at in every(5, longest, dice):
            yield at, "pool child killed", lambda: self._kill_child(dice)
        for at in every(11, longest, dice):
            yield at, "Redis killed with its data", lambda: self.redis.kill(lose_data=True)
            yield at + BACK, "", self._start_redis
        for at in every(30 if seconds > 40 else seconds * 0.6, longest, dice):
            yield at, "PostgreSQL crashed", self.postgresql.kill
            yield at + BACK, "", self._start_postgresql
        for at in every(25 if seconds > 40 else seconds * 0.8, longest, dice):
            yield at, "API killed", self.api.kill
            yield at + BACK, "", lambda: self._start(self.api)
        for at in every(7, longest, dice):
            link = dice.choice(("api", "redis", "postgresql"))
            if dice.random() < 0.5:
                yield at, f"connections cut ({link})", partial(self.proxy.cut, link)
            else:
                long = dice.uniform(0.5, 4)
                yield at, f"connections stalled ({link})", partial(self.proxy.stall, link, long)

    def mend(self) -> None:
        self._wake()
        self._start_postgresql()
        self._start_redis()
        for each in (*self.workers, self.beat, self.api):
            self._start(each)

    def _put_to_sleep(self, worker: Process) -> None:
        """Stop all its processes where they stand, as a machine that swaps, or is moved, would."""
        self._start(worker)
        os.killpg(worker.pid, signal.SIGSTOP)
        self._stopped = worker

    def _wake(self) -> None:
        if self._stopped is not None:
            os.killpg(self._stopped.pid, signal.SIGCONT)
            self._stopped = None

    def _kill_worker(self, one: Process, other: Process) -> None:
        """One that isn't asleep; whoever looks after it starts it again at once."""
        chosen = other if one is self._stopped else one
        chosen.kill()
        chosen.start()

    def _kill_child(self, dice: random.Random) -> None:
        awake = [worker for worker in self.workers if worker is not self._stopped and worker.running]
        _kill_one_of([child for worker in awake for child in psutil.Process(worker.pid).children()], dice)

    def _start_redis(self) -> None:
        if not self.redis.process.running:
            self.redis.start()

    def _start_postgresql(self) -> None:
        if self.postgresql.process is not None and not self.postgresql.process.running:
            self.postgresql.start()

    @staticmethod
    def _start(process: Process) -> None:
        if not process.running:
            process.start()


class Embedded(Broken):
    """`moderato run`, of which everything is killed now and then, and all at once."""

    def __init__(self, *, lease: float, task: float) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="chaos-", dir=workplace()))
        self.lease = lease
        self.port = free_port()
        self.database_url = f"sqlite:///{self.folder}/moderato.db"
        env = {
            "MODERATO_LIMITS": "off", "MODERATO_TRUSTED_PROXIES": "1", "MODERATO_WEBHOOK_PRIVATE": "on",
            "MODERATO_LEASE_SECONDS": str(lease), "MODERATO_TASK_SECONDS": str(task), "PYTHONPATH": str(POISON),
        }  # fmt: skip
        self.run = moderato("run", "--port", str(self.port), "--data", str(self.folder), env=env)

    def start(self) -> None:
        self.run.start().wait_for_output("Ctrl-C stops everything")

    def stop(self) -> None:
        if self.run.running:
            self.run.terminate()

    def plan(self, seconds: float, longest: float, dice: random.Random) -> Iterator[tuple[float, str, Deed]]:
        for name, word, period in (
            ("worker killed", "worker", 16.0),
            ("Redis killed with its data", "redis-server", 23.0),
            ("API killed", "api", 29.0),
            ("beat killed", "beat", 37.0),
        ):
            for at in every(min(period, seconds * 0.4), longest, dice):
                yield at, name, partial(self._kill, word)
        for at in every(5, longest, dice):
            yield at, "pool child killed", lambda: self._kill_child(dice)
        for at in every(min(40.0, seconds * 0.7), longest, dice):
            yield at, "all killed at once", self._kill_all
            yield at + BACK, "", self._look_after
        for at in every(1, longest, dice):
            yield at, "", self._look_after

    def mend(self) -> None:
        self._look_after()

    def _look_after(self) -> None:
        """`moderato run` ends when one program dies five times within a minute: its own operator starts it again."""
        if not self.run.running:
            self.run.start()

    def _children(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            return psutil.Process(self.run.pid).children() if self.run.running else []
        return []

    def _kill(self, word: str) -> None:
        for child in self._children():
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                if any(Path(part).name == word for argument in child.cmdline() for part in argument.split()):
                    os.killpg(child.pid, signal.SIGKILL)
        if word == "redis-server":
            self._lose_redis_data()

    def _kill_child(self, dice: random.Random) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            workers = [each for each in self._children() if "worker" in each.cmdline()]
            _kill_one_of([child for worker in workers for child in worker.children()], dice)

    def _kill_all(self) -> None:
        if not self.run.running:
            return
        main = psutil.Process(self.run.pid)
        family = main.children(recursive=True)
        main.suspend()
        for each in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.kill()
        self.run.kill()
        all_gone(family)
        self._lose_redis_data()

    def _lose_redis_data(self) -> None:
        shutil.rmtree(self.folder / "redis" / "appendonlydir", ignore_errors=True)
        (self.folder / "redis" / "dump.rdb").unlink(missing_ok=True)
