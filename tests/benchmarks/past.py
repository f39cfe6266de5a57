"""What a batch's past costs: near copies and links, looked up among a million comments of the last week.

./dev bench past                            both databases
./dev bench past --database sqlite --rows 100000
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from service import logs
from service.settings import Settings
from service.store import schema
from service.store.comments import Comment
from service.store.traces import Trace, add_traces
from tests.benchmarks._tables import machine, milliseconds, table
from tests.factories import House, environment
from tests.growth import grow, trail
from tests.servers import PostgreSQL, Redis, workplace
from workers.history import contexts
from workers.past import Past, trace_of

BATCH, ROUNDS, WARM = 20, 60, 6
COPIES = 10_000
LETTERS = "abcdefghilmnoprstuv"


@dataclass(frozen=True)
class Waiting:
    """A comment as a claim gives it."""

    id: str
    site_id: str
    author_id: str
    body: str
    created_at: datetime
    website: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


class Grown:
    """A site with 20,000 comments, 10,000 of them one campaign's, and the likenesses of `rows` more."""

    def __init__(self, stack: ExitStack, url: str, redis: Redis, rows: int) -> None:
        self.house = House(Settings.from_env(environment(url, redis.url, MODERATO_LIMITS="off")))
        stack.callback(self.house.close)
        self.database = self.house.database
        schema.migrate(self.database)
        self.house.site_id = self.house.add_site()
        self.dice = Random(7)
        self._copy()
        trail(self.database, rows)

    def _copy(self) -> None:
        grow(self.database, "journal", "big", 2 * COPIES)
        with self.database.write() as connection:
            rows = connection.execute(
                select(Comment.id, Comment.site_id, Comment.created_at).order_by(Comment.created_at).limit(COPIES)
            ).all()
            connection.exec_driver_sql("DELETE FROM likenesses")
            trace = trace_of(self._waiting(self.campaign()))
            add_traces(connection, [(row, Trace(trace.bands, trace.sketch)) for row in rows])
        self.rows = rows

    def campaign(self) -> str:
        return f"Mon ami a gagné {self.dice.randrange(9999)} euros en une semaine grâce à ce site, essayez donc aussi"

    def honest(self) -> str:
        return " ".join("".join(self.dice.choices(LETTERS, k=2)) for _ in range(35))

    def linking(self) -> str:
        return f"{self.honest()} https://www.site-{self.dice.randrange(300)}.example/page"

    def _waiting(self, body: str) -> Waiting:
        number = self.dice.getrandbits(40)
        identifier = f"01900000-0000-7000-8000-{number:012x}"
        return Waiting(identifier, self.house.site_id, identifier, body, datetime.now(UTC) - timedelta(seconds=1))

    def batch(self, make: Callable[[], str]) -> list[Waiting]:
        return [self._waiting(make()) for _ in range(BATCH)]

    def measure(self) -> Iterator[tuple[str, dict[str, float]]]:
        kinds: dict[str, Callable[[], str]] = {
            "20 honest texts": self.honest,
            "20 texts with a link each": self.linking,
            "20 copies of a campaign of 10,000": self.campaign,
        }
        for name, make in kinds.items():
            batches = [self.batch(make) for _ in range(ROUNDS + WARM)]
            traced, looked = zip(*(self._once(batch) for batch in batches), strict=True)
            yield f"{name}: compute", milliseconds(traced[WARM:])
            yield f"{name}: look up", milliseconds(looked[WARM:])

    def _once(self, batch: Sequence[Waiting]) -> tuple[float, float]:
        start = time.perf_counter()
        traces = [trace_of(row) for row in batch]
        computed = time.perf_counter()
        with self.database.read() as connection:
            past = Past(connection, batch, traces, datetime.now(UTC))
            for row, trace in zip(batch, traces, strict=True):
                past.copies(row, trace)
                past.places(row, trace)
        return computed - start, time.perf_counter() - computed


def all_known(grown: Grown) -> dict[str, float]:
    """The whole of what is known around a batch, by real comments."""
    for _ in range(BATCH):
        grown.house.accepted(body=grown.honest())
    from service.store import queues

    took = []
    with grown.database.write() as connection:
        claimed = queues.claim(connection, limit=BATCH, lease_seconds=30)
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with grown.database.read() as connection:
            contexts(connection, claimed, datetime.now(UTC))
        took.append(time.perf_counter() - start)
    return milliseconds(took)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--database", choices=["postgresql", "sqlite"], action="append")
    arguments.add_argument("--rows", type=int, default=1_000_000)
    asked = arguments.parse_args()
    logs.configure("ERROR")
    for database in asked.database or ["postgresql", "sqlite"]:
        with ExitStack() as stack:
            redis = stack.enter_context(Redis())
            if database == "postgresql":
                url = stack.enter_context(PostgreSQL()).create_database("past")
            else:
                url = f"sqlite:///{workplace()}/past.db"
            grown = Grown(stack, url, redis, asked.rows)
            rows = [*grown.measure(), ("everything known around a batch", all_known(grown))]
            print(f"{database}, {asked.rows:,} likenesses, milliseconds a batch of {BATCH}")
            print(table(("", "p50", "p95", "p99"), [(name, *figures.values()) for name, figures in rows]), end="\n\n")
    print(machine())


if __name__ == "__main__":
    main()
