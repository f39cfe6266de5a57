"""Keeps a real service at work for long, and looks whether anything grows that should not.

./dev bench soak --minutes 60                       PostgreSQL, 20 comments a second
./dev bench soak --minutes 60 --database sqlite     `moderato run`
"""

import argparse
import contextlib
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import redis
from sqlalchemy import Connection, func, select

from service.store.base import Base
from service.store.comments import Comment
from tests.benchmarks._crowd import Crowd, remarks
from tests.benchmarks._faults import SITES, Broken, Embedded, Production
from tests.benchmarks._tables import machine, table

LOOKS: Final = 60
MEGABYTE: Final = 1 << 20
FREE: Final = {"MB": 15.0, "files": 10.0, "threads": 4.0, "processes": 0.0, "keys": 30.0, "rows %": 3.0}
"""By how much a figure may be higher in the last quarter than in the second, whatever it is."""
SHARE: Final = 1.1
"""Or by how many times."""


def main() -> None:
    asked = _arguments()
    sent = remarks(int(asked.minutes * 60 * asked.rate), SITES, random.Random(asked.seed), 0)
    kind = Production if asked.database == "postgresql" else Embedded
    figures: dict[Figure, list[float]] = defaultdict(list)
    with kind(lease=30, task=20) as service:
        crowd = Crowd(service.port, service.staff, sent, asked.rate, asked.seed, threads=8)
        crowd.start()
        due = time.monotonic()
        while crowd.writing:
            for figure, value in look(service):
                figures[figure].append(value)
            due += asked.minutes * 60 / LOOKS
            time.sleep(max(0.0, due - time.monotonic()))
        crowd.stop()
    trends = [trend(figure, values, asked.minutes) for figure, values in sorted(figures.items())]
    print(f"{asked.database}, {len(crowd.ledger.accepted):,} comments accepted in {asked.minutes:g} minutes\n")
    print(table(_HEAD, [each.row() for each in trends]), "", machine(), sep="\n")
    if any(each.grows for each in trends):
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench soak", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--minutes", type=float, default=60.0, help="default 60")
    parser.add_argument("--rate", type=float, default=20.0, help="comments a second; default 20")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


@dataclass(frozen=True, order=True, slots=True)
class Figure:
    """What is looked at: of what, and in which unit. `may_grow`: it has to, for there are more comments."""

    what: str
    unit: str
    may_grow: bool = False


_HEAD: Final = ("", "unit", "1st quarter", "2nd", "3rd", "4th", "an hour", "")


@dataclass(frozen=True, slots=True)
class Trend:
    """The medians of a figure's quarters: the first is the warming up."""

    figure: Figure
    quarters: tuple[float, ...]
    hourly: float
    """By how much it would grow in an hour, going by the last three."""

    @property
    def grows(self) -> bool:
        second, last = self.quarters[1], self.quarters[3]
        return not self.figure.may_grow and last > second + FREE[self.figure.unit] and last > second * SHARE

    def row(self) -> tuple[object, ...]:
        told = "GROWS" if self.grows else "as it must" if self.figure.may_grow else "flat"
        quarters = (f"{value:.1f}" for value in self.quarters)
        return (self.figure.what, self.figure.unit, *quarters, f"{self.hourly:+.1f}", told)


def trend(figure: Figure, values: list[float], minutes: float) -> Trend:
    part = max(1, len(values) // 4)
    quarters = tuple(statistics.median(values[place * part : (place + 1) * part] or values[-1:]) for place in range(4))
    hours = minutes / 60 / 2  # from the middle of the second quarter to that of the last
    return Trend(figure, quarters, (quarters[3] - quarters[1]) / hours)


def look(service: Broken) -> Iterator[tuple[Figure, float]]:
    """All figures as they are now."""
    yield from _processes()
    with service.database.read() as connection:
        yield from _rows(connection)
    if isinstance(service, Production):
        with redis.Redis(port=service.redis.port) as client:
            told = client.info("memory")
            yield Figure("Redis: keys", "keys"), float(client.dbsize())
            yield Figure("Redis: used", "MB"), told["used_memory"] / MEGABYTE
    if isinstance(service, Embedded):
        yield Figure("SQLite: database", "MB", may_grow=True), _size(service.folder / "moderato.db")
        yield Figure("SQLite: log", "MB"), _size(service.folder / "moderato.db-wal")


def _size(file: Path) -> float:
    return file.stat().st_size / MEGABYTE if file.exists() else 0.0


_PARTS: Final = {"cli api": "API", "cli worker": "worker", "cli beat": "beat", "cli run": "supervisor",
                 "redis-server": "Redis"}  # fmt: skip


def _processes() -> Iterator[tuple[Figure, float]]:
    """What our programs and their children use, added up by program."""
    used: dict[Figure, float] = defaultdict(float)
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            words = " ".join(process.cmdline())
            part = next((name for sign, name in _PARTS.items() if sign in words), None)
            if part is None:
                continue
            used[Figure(f"{part}: processes", "processes")] += 1
            used[Figure(f"{part}: memory", "MB")] += _own_memory(process) / MEGABYTE
            used[Figure(f"{part}: open files", "files")] += process.num_fds()
            used[Figure(f"{part}: threads", "threads")] += process.num_threads()
    yield from used.items()


def _own_memory(process: psutil.Process) -> float:
    """Without what children share with their parent."""
    return float(process.memory_full_info().uss)


def _rows(connection: Connection) -> Iterator[tuple[Figure, float]]:
    """Rows of each table for a hundred comments: what should go by comments may not go faster than they."""
    tables = Base.metadata.tables
    counted = {name: connection.scalar(select(func.count()).select_from(each)) or 0 for name, each in tables.items()}
    comments = counted[Comment.__tablename__]
    for name, rows in counted.items():
        if comments and rows:
            yield Figure(f"table {name}", "rows %"), rows * 100 / comments


if __name__ == "__main__":
    main()
