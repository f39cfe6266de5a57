"""How long a migration keeps others waiting: the made-up next release's, on a million comments that are in use.

./dev bench migrate                         a million comments on PostgreSQL
./dev bench migrate --rows 100000
"""

import argparse
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import text

from service import logs
from service.settings import Settings
from service.store import schema
from tests.benchmarks._tables import machine, milliseconds, table
from tests.factories import House, environment
from tests.growth import crowd
from tests.servers import PostgreSQL, Process, Redis

EVERY: Final = 0.1
GLANCE: Final = 0.02
QUIET: Final = 20.0
"""Seconds that are measured without a migration, first."""
LIMIT: Final = 1.0
"""Seconds that nobody may wait longer than."""
_LOCKS: Final = """
    SELECT pid, mode, granted, extract(epoch FROM clock_timestamp() - waitstart) AS waited
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND (
        (granted AND relation = 'comments'::regclass
            AND mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock'))
        OR (NOT granted AND locktype <> 'virtualxid')
    )
"""


@dataclass
class Measured:
    """Seconds: what each probe took, the longest that a lock was seen to keep others out, or to be waited for."""

    took: dict[str, list[float]] = field(default_factory=dict)
    before: dict[str, list[float]] = field(default_factory=dict)
    """The same without a migration: what the machine itself costs."""
    failures: int = 0
    locked: float = 0.0
    waited: float = 0.0
    migrating: float = 0.0


class Probe(threading.Thread):
    """Does one thing ten times a second."""

    def __init__(self, what: Callable[[], bool], took: list[float], every: float = EVERY) -> None:
        super().__init__(daemon=True)
        self._what, self._took, self._every = what, took, every
        self._over = threading.Event()
        self.failures = 0

    def run(self) -> None:
        while not self._over.is_set():
            start = time.perf_counter()
            self.failures += not self._what()
            self._took.append(time.perf_counter() - start)
            self._over.wait(max(0.0, self._every - (time.perf_counter() - start)))

    def stop(self) -> int:
        self._over.set()
        self.join()
        return self.failures


class Locks(threading.Thread):
    """Looks fifty times a second at who keeps all others out of `comments`, and who waits for any lock, of rows too.

    But for the index, which waits for older transactions beside everybody.
    """

    def __init__(self, house: House) -> None:
        super().__init__(daemon=True)
        self._house = house
        self._over = threading.Event()
        self.locked = self.waited = 0.0

    def run(self) -> None:
        since: dict[tuple[int, str], float] = {}
        with self._house.database.read() as connection:
            while not self._over.wait(GLANCE):
                now, seen = time.perf_counter(), connection.execute(text(_LOCKS)).all()
                held = {(row.pid, row.mode) for row in seen if row.granted}
                since = {who: since.get(who, now) for who in held}
                self.locked = max([self.locked, *(now - start for start in since.values())])
                self.waited = max([self.waited, *(float(row.waited or 0) for row in seen if not row.granted)])

    def stop(self) -> None:
        self._over.set()
        self.join()


@contextmanager
def probes(house: House, measured: Measured) -> Iterator[None]:
    """Readers write, others read, a moderator looks, and a worker judges."""
    page, queue = "/v1/sites/journal/articles/crowd-60/comments", "/v1/moderation/queue?list=awaiting"
    staff = house.staff()
    whats: dict[str, Callable[[], bool]] = {
        "a comment is sent": lambda: house.post().status_code == 202,
        "comments are read": lambda: house.client.get(page).status_code == 200,
        "the queue is read": lambda: house.client.get(queue, headers=staff).status_code == 200,
        "comments are judged": lambda: house.judge() >= 0,
    }
    for what in whats.values():
        what()  # the first time loads what the others find
    measured.took = {name: [] for name in whats}
    locks = Locks(house)
    threads = [Probe(what, measured.took[name]) for name, what in whats.items()]
    locks.start()
    for each in threads:
        each.start()
    time.sleep(1)
    yield
    time.sleep(1)
    measured.failures = sum(each.stop() for each in threads)
    locks.stop()
    measured.locked, measured.waited = locks.locked, locks.waited


def measure(house: House) -> Measured:
    """Migrate to the next release, in a process of its own, while the probes do their work."""
    quiet, measured = Measured(), Measured()
    with probes(house, quiet):
        time.sleep(QUIET)
    measured.before = quiet.took
    with probes(house, measured):
        start = time.perf_counter()
        command = [sys.executable, "-m", "tests.store.next_release.release", "migrate"]
        env = environment(house.settings.database_url, house.settings.redis_url)
        with Process("next-migrate", command, env=env) as migrating:
            if migrating.wait(1800):
                raise ChildProcessError(migrating.output())
        measured.migrating = time.perf_counter() - start
    with house.database.read() as connection:
        if schema.fit(connection) is not schema.Fit.NEWER:
            raise AssertionError("the database isn't the next release's")
    return measured


def grown(stack: ExitStack, redis: Redis, rows: int) -> House:
    url = stack.enter_context(PostgreSQL(durable=True)).create_database("migrate")
    house = House(Settings.from_env(environment(url, redis.url, MODERATO_LIMITS="off")))
    stack.callback(house.close)
    schema.migrate(house.database)
    house.site_id = house.add_site()
    crowd(house.database, "journal", rows)
    return house


def main() -> None:
    arguments = argparse.ArgumentParser(prog="./dev bench migrate", description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    asked = arguments.parse_args()
    with ExitStack() as stack, Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        logs.configure("info", nowhere)
        house = grown(stack, stack.enter_context(Redis()), asked.rows)
        measured = measure(house)
    rows = [
        (
            name,
            len(took),
            *milliseconds(took).values(),
            *(round(max(each) * 1000) for each in (took, measured.before[name])),
        )
        for name, took in measured.took.items()
    ]
    print(f"{asked.rows:,} comments; migrated in {measured.migrating:.1f} s, milliseconds meanwhile")
    print(table(("what", "times", "p50", "p95", "p99", "longest", "longest before"), rows), end="\n\n")
    print(
        f"the longest lock that keeps others out of comments: {measured.locked * 1000:.0f} ms seen; "
        f"the longest wait for one: {measured.waited * 1000:.0f} ms; failed: {measured.failures}"
    )
    print(machine())
    sys.exit(max(measured.locked, measured.waited) > LIMIT or measured.failures > 0)


if __name__ == "__main__":
    main()
