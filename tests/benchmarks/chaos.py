"""Breaks a real service while readers write, authors edit and moderators decide; then counts what came of all of it.

./dev bench chaos                                10,000 comments at 100 a second, on PostgreSQL, seed 1
./dev bench chaos --seed 1 --seeds 5             five runs, each by another plan
./dev bench chaos --database sqlite --rate 40    `moderato run`, with process kills
./dev bench chaos --minutes 10                   for so long; exit 1 unless every promise was kept
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, select

from service.domain.comment import Status
from service.domain.delivery import State
from service.store.comments import Comment
from service.store.deliveries import Delivery
from service.store.events import Event
from service.store.moderation import DecisionRow
from service.store.session import Database, storage
from service.store.sites import Site
from tests import invariants
from tests.benchmarks._crowd import Crowd, Ledger, Remark, remarks
from tests.benchmarks._faults import SITES, Broken, Embedded, Production
from tests.benchmarks._tables import machine, milliseconds, table
from tests.benchmarks._wire import Wire
from tests.scorer import ScorerServer as Receiver
from tests.scorer import answers

SETTLED_WITHIN: Final = 60.0
PATIENCE: Final = 240.0
POISON: Final = 8


def main() -> None:
    asked = _arguments()
    outcomes = []
    for seed in range(asked.seed, asked.seed + asked.seeds):
        outcome = chaos(asked.database, seed, count=_count(asked), rate=asked.rate)
        outcomes.append(outcome)
        print(json.dumps(outcome.document()) if asked.json else outcome.text(), flush=True)
    if not asked.json:
        print(machine())
    if any(outcome.broken for outcome in outcomes):
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench chaos", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--seed", type=int, default=1, help="what the plan of faults and the texts are made from")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="so many runs, by this seed and the next")
    parser.add_argument("--rate", type=float, default=100.0, help="comments a second; default 100")
    parser.add_argument("--count", type=int, default=10_000, help="comments; default 10,000")
    parser.add_argument("--minutes", type=float, help="instead of a count: for so long")
    parser.add_argument("--json", action="store_true", help="one JSON object a run instead of tables")
    return parser.parse_args()


def _count(asked: argparse.Namespace) -> int:
    return int(asked.minutes * 60 * asked.rate) if asked.minutes else int(asked.count)


@dataclass(frozen=True)
class Outcome:
    """One run: what was done to it, what everybody was told, and which promises were broken."""

    database: str
    seed: int
    done: dict[str, int]
    ledger: Ledger
    sent: int
    stored: int
    statuses: dict[str, int]
    events: int
    heard: int
    settled: dict[str, float | None]
    """Seconds from the last fault until nothing waited any more to be decided, or told; None: it still did."""
    promises: dict[str, list[str]]
    """Each promise, with what breaks it."""

    @property
    def broken(self) -> dict[str, list[str]]:
        return {promise: found for promise, found in self.promises.items() if found}

    def document(self) -> dict[str, Any]:
        ledger = self.ledger
        return {
            "database": self.database,
            "seed": self.seed,
            "faults": self.done,
            "sent": self.sent,
            "ok": len(ledger.accepted),
            "refused": len(ledger.refused),
            "unknown": len(ledger.unknown),
            "stored": self.stored,
            "statuses": self.statuses,
            "answers": dict(sorted(ledger.answers.items())),
            "answer_ms": milliseconds(ledger.waits),
            "edited": len(ledger.edited),
            "withdrawn": len(ledger.withdrawn),
            "decided": sum(map(len, ledger.decided.values())),
            "seen": len(ledger.seen),
            "events": self.events,
            "heard": self.heard,
            "settled_s": {what: None if found is None else round(found, 1) for what, found in self.settled.items()},
            "broken": {promise: len(found) for promise, found in self.promises.items()},
        }

    def text(self) -> str:
        said = self.document()
        parts = [
            f"{self.database}, seed {self.seed}",
            table(("fault", "times"), sorted(self.done.items())),
            table(
                ("comments", "sent", "ok", "refused", "unknown", "stored", *self.statuses),
                [("", *(said[key] for key in ("sent", "ok", "refused", "unknown", "stored")), *self.statuses.values())],
            ),
            table(("answers", *said["answers"]), [("", *said["answers"].values())]),
            table(("answers, ms", *said["answer_ms"]), [("", *said["answer_ms"].values())]),
            table(("promise", "broken"), [(promise, len(found)) for promise, found in self.promises.items()]),
            _told(said),
        ]
        parts += [f"{promise}: {found[:5]}" for promise, found in self.broken.items()]
        return "\n\n".join(parts) + "\n"


def _told(said: dict[str, Any]) -> str:
    return (
        f"seconds after the last fault until all were {said['settled_s']}; {said['decided']} decisions, "
        f"{said['edited']} edits and {said['withdrawn']} withdrawals acknowledged; {said['seen']} comments seen by a "
        f"reader meanwhile; {said['events']} events, {said['heard']} told"
    )


def chaos(
    database: str, seed: int, *, count: int, rate: float, lease: float = 30.0, task: float = 20.0, poison: int = POISON
) -> Outcome:
    """One run: a crowd at a service that is being broken; when it has settled, everything is counted."""
    dice = random.Random(seed)
    sent = remarks(count, SITES, dice, poison)
    kind = Production if database == "postgresql" else Embedded
    with Receiver(answers(b"null")) as receiver, kind(lease=lease, task=task) as service:
        _register(service, receiver)
        crowd = Crowd(service.port, service.staff, sent, rate, seed)
        crowd.start()
        over = service.be_broken(count / rate, dice, lambda: crowd.writing)
        crowd.stop()
        settled = _settle(service, over)
        return _count_up(service, crowd.ledger, sent, receiver, settled, database, seed)


def _register(service: Broken, receiver: Receiver) -> None:
    """Whoever is told of what happens on the second site."""
    wire, headers = Wire(service.port), {"Authorization": f"Bearer {service.staff['told']}"}
    answer = wire.post("/v1/moderation/webhooks", {"url": receiver.url}, headers)
    wire.close()
    if answer.status != 200:
        raise ConnectionError(f"no webhook: {answer.status} {answer.body!r}")


def _settle(service: Broken, over: float) -> dict[str, float | None]:
    """Wait until nothing waits any more; of each thing that waits, how long that took since the last fault."""
    settled: dict[str, float | None] = dict.fromkeys(_WAITING)
    while None in settled.values() and time.monotonic() - over < PATIENCE:
        with service.database.read() as connection:
            waiting = {name: connection.execute(each).scalar_one() for name, each in _WAITING.items()}
        for name, number in waiting.items():
            settled[name] = None if number else settled[name] or time.monotonic() - over
        time.sleep(0.2)
    return settled


_WAITING: Final = {
    "decided": select(func.count()).select_from(Comment).where(Comment.status == Status.PENDING),
    "known whom to tell": select(func.count()).select_from(Event).where(Event.untold),
    "told": select(func.count()).select_from(Delivery).where(Delivery.state == State.WAITING),
}


def _count_up(
    service: Broken,
    ledger: Ledger,
    sent: list[Remark],
    receiver: Receiver,
    settled: dict[str, float | None],
    database: str,
    seed: int,
) -> Outcome:
    known = {each.headers["webhook-id"] for each in list(receiver.asked)}  # before we look: it all still runs
    with _one_moment(service.database) as connection:
        rows = {row.id: row for row in connection.execute(_ROWS)}
        on_versions = connection.execute(select(DecisionRow.comment_id, DecisionRow.version))
        decided = {(row.comment_id, row.version) for row in on_versions}
        happened = set(connection.execute(select(Event.id).where(Event.site_id == service.site_id("told"))).scalars())
        unfounded = invariants.shown_without_ground(connection, ledger.seen)
        holds_not = invariants.faults(connection)
    heard = Counter(each.headers["webhook-id"] for each in receiver.asked)
    bodies = Counter(_number(row.body) for row in rows.values() if row.body)
    promises = {
        "acknowledged comments lost": [each for each in ledger.accepted.values() if each not in rows],
        "one key, two comments": [*ledger.twice, *(f"remark {each}" for each, many in bodies.items() if many > 1)],
        "acknowledged edits lost": [
            each for each, body in ledger.edited.items() if rows[each].body not in {body, ""}
        ],
        "acknowledged withdrawals lost": [each for each in ledger.withdrawn if rows[each].status != Status.REMOVED],
        "acknowledged decisions lost": [
            each for each, versions in ledger.decided.items() for version in versions if (each, version) not in decided
        ],
        "shown without verdict or decision": unfounded,
        "invariants of the database": holds_not,
        "events told under an id that there isn't": sorted(known - happened),
        "events never told": sorted(happened - heard.keys()),
        "poison not with a person": list(_at_large(sent, ledger, rows)),
        f"not settled within {SETTLED_WITHIN:.0f} s": [
            what for what, found in settled.items() if (found or PATIENCE) > SETTLED_WITHIN
        ],
    }  # fmt: skip
    return Outcome(
        database, seed, dict(service.done), ledger, len(sent), len(rows),
        dict(sorted(Counter(str(row.status) for row in rows.values()).items())),
        len(happened), heard.total(), settled, promises,
    )  # fmt: skip


@contextmanager
def _one_moment(database: Database) -> Iterator[Connection]:
    """All that is read is as it was when the first was: copies of what people decided on are judged again meanwhile."""
    with database.read() as connection:
        if storage(connection) == "sqlite":
            connection.exec_driver_sql("BEGIN")
        else:
            connection.exec_driver_sql("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")  # counting takes its time
        yield connection
        connection.exec_driver_sql("ROLLBACK")


_ROWS: Final = (
    select(Comment.id, Comment.status, Comment.body, Comment.reasons)
    .join(Site, Site.id == Comment.site_id)
    .where(Site.name.in_(SITES))
)


def _number(body: str) -> int:
    return int(body.partition("remarque ")[2][:5])


def _at_large(sent: list[Remark], ledger: Ledger, rows: dict[str, Any]) -> Iterator[str]:
    """Poison that was accepted, and for which no person was asked."""
    for remark in sent:
        if remark.poison and remark.number in ledger.accepted:
            row = rows[ledger.accepted[remark.number]]
            asked = " gave_up " in row.reasons or " check_failed " in row.reasons
            if not asked or row.status == Status.PENDING:
                yield f"{remark.poison}: {row.status}, {row.reasons}"


if __name__ == "__main__":
    main()
