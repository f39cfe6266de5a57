"""How long others wait while some comments crash, hang or swell whoever judges them: the same load without, and with.

./dev bench poison                                  200 comments, five a second, on PostgreSQL and on SQLite
./dev bench poison --count 400 --rate 20 --each 5 --database sqlite --json
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks._ledger import Fate, fates, pending
from tests.benchmarks._service import SITE, Separate
from tests.benchmarks._tables import machine, milliseconds, table
from tests.factories import a_submission
from tests.poison import POISONS
from tests.servers import Process, answers, moderato, wait_until, workplace

ROOT = Path(__file__).parents[2]
PATIENCE = 240.0
GOAL = 2.0
"""Times as long as without poison, at most, at the 95th percentile."""


class Poisoned(Separate):
    """With a worker that a comment's words can harm; on either database."""

    def __init__(self, database: str) -> None:
        super().__init__()
        self._database = database
        if database == "sqlite":
            self.database_url = f"sqlite:///{tempfile.mkdtemp(prefix='poison-', dir=workplace())}/moderato.db"

    def start(self) -> None:
        self.redis.start()
        if self._database == "postgresql":
            self.postgresql.start()
            self.database_url = self.postgresql.create_database("poison")
        if moderato("migrate", env=self.env).start().wait(60):
            raise ChildProcessError("the database could not be migrated")
        self.api = moderato("api", "--port", str(self.port), env=self.env).start()
        quietly = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO")
        command = [sys.executable, "-m", "tests.poisoned", "worker", "--concurrency", "2", *quietly]
        self.worker = Process("poisoned", command, env=self.env, cwd=ROOT).start()
        self.api.wait_for(lambda: answers(self.port, "/readyz"))
        self.worker.wait_for_output(r"ready\.")

    def stop(self) -> None:
        self.worker.kill()
        self.api.kill()
        self.redis.stop()
        self.postgresql.stop()


@dataclass(frozen=True)
class Run:
    """What became of the ordinary comments, and of the poison among them."""

    ordinary: list[Fate]
    poison: list[Fate]
    seconds: float
    """Until the last was decided."""

    def waits(self) -> dict[str, float]:
        return milliseconds([fate.seconds for fate in self.ordinary if fate.seconds is not None])

    def lost(self) -> int:
        return sum(fate.status == "pending" for fate in (*self.ordinary, *self.poison))

    def published_poison(self) -> int:
        return sum(fate.status == "published" for fate in self.poison)


def run(database: str, count: int, rate: float, each: int) -> Run:
    """Send `count` ordinary comments, and among them `each` of every kind of poison."""
    words = [word for _ in range(each) for word in POISONS]
    every = count // (len(words) + 1)
    with Poisoned(database) as service, httpx.Client(base_url=f"http://127.0.0.1:{service.port}") as client:
        path = f"/v1/sites/{SITE}/articles/poison/comments"
        sent: dict[bool, list[str]] = {True: [], False: []}
        number = 0

        def send(**changes: Any) -> None:
            """From an address of its own: many from one would be held."""
            nonlocal number
            number += 1
            address = f"198.18.{number // 250}.{number % 250 + 1}"
            answer = client.post(path, json=a_submission(**changes), headers={"X-Forwarded-For": address}, timeout=60)
            answer.raise_for_status()
            sent[bool(changes)].append(answer.json()["id"])

        send()  # what is done only once is done
        wait_until(lambda: pending(service.database) == 0, PATIENCE, lambda: "the first comment isn't decided")
        sent[False].clear()
        begun = time.monotonic()
        for at in range(count):
            time.sleep(max(0.0, begun + at / rate - time.monotonic()))
            send()
            if words and (at + 1) % every == 0:
                send(body=f"{words.pop(0)}, {a_submission()['body']}")
        wait_until(lambda: pending(service.database) == 0, PATIENCE, lambda: "not all comments are decided")
        seconds = time.monotonic() - begun
        found = {poison: list(fates(service.database, ids).values()) for poison, ids in sent.items()}
        return Run(found[False], found[True], seconds)


def main() -> None:
    parser = argparse.ArgumentParser(prog="./dev bench poison", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=["postgresql", "sqlite"], action="append", help="default both")
    parser.add_argument("--count", type=int, default=200, help="ordinary comments; default 200")
    parser.add_argument("--rate", type=float, default=5.0, help="of them a second; default 5")
    parser.add_argument("--each", type=int, default=1, help="of each kind of poison; default 1")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    asked = parser.parse_args()
    lines = []
    for database in asked.database or ["postgresql", "sqlite"]:
        without = run(database, asked.count, asked.rate, 0)
        among = run(database, asked.count, asked.rate, asked.each)
        lines.append(_line(database, without, among))
    if asked.json:
        print(json.dumps({"runs": lines, "goal": GOAL, "machine": machine()}))
    else:
        print(table(list(lines[0]), [list(line.values()) for line in lines]))
        print(f"\nmilliseconds from the row to the verdict, of ordinary comments alone; the goal is under {GOAL}")
        print(machine())
    if any(line["undecided"] or line["poison published"] or line["p95 ratio"] >= GOAL for line in lines):
        sys.exit(1)


def _line(database: str, without: Run, among: Run) -> dict[str, Any]:
    before, after = without.waits(), among.waits()
    return {
        "": database,
        "ordinary": len(among.ordinary),
        "poison": len(among.poison),
        "undecided": without.lost() + among.lost(),
        "poison published": among.published_poison(),
        "p50 without": before["p50"],
        "p50 with": after["p50"],
        "p95 without": before["p95"],
        "p95 with": after["p95"],
        "p95 ratio": round(after["p95"] / max(0.1, before["p95"]), 2),
        "last decided s": round(among.seconds, 1),
    }


if __name__ == "__main__":
    main()
