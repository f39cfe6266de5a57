"""The ledger of a replay: what was accepted, seen from outside; and what the database says became of it."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from service.domain.comment import Status
from service.store.comments import Comment
from service.store.moderation import VerdictRow
from service.store.session import Database
from tests.benchmarks._corpora import Remark

_AT_ONCE = 500


@dataclass
class Ledger:
    """Written by all clients at once."""

    accepted: dict[str, Remark] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    asked_again: int = 0
    waits: list[float] = field(default_factory=list)
    """Seconds from sending to the answer."""
    seen: list[float] = field(default_factory=list)
    """Seconds from the 202 until the receipt told a verdict."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def answered(self, status: int, seconds: float) -> None:
        with self._lock:
            self.answers[status] += 1
            self.waits.append(seconds)

    def accept(self, identifier: str, remark: Remark) -> None:
        with self._lock:
            self.accepted[identifier] = remark

    def again(self) -> None:
        with self._lock:
            self.asked_again += 1

    def saw(self, seconds: float) -> None:
        with self._lock:
            self.seen.append(seconds)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one accepted comment."""

    status: str
    seconds: float | None
    """From the row's creation to its verdict's; None without a verdict."""


def fates(database: Database, identifiers: Sequence[str]) -> dict[str, Fate]:
    """By id; an id that isn't in the answer is not in the database: it was lost."""
    found: dict[str, Fate] = {}
    with database.read() as connection:
        for start in range(0, len(identifiers), _AT_ONCE):
            rows = connection.execute(
                select(Comment.id, Comment.status, Comment.created_at, VerdictRow.created_at.label("judged_at"))
                .outerjoin(VerdictRow, VerdictRow.comment_id == Comment.id)
                .where(Comment.id.in_(identifiers[start : start + _AT_ONCE]))
            )
            found |= {row.id: Fate(row.status, _seconds(row)) for row in rows}
    return found


def _seconds(row: Any) -> float | None:
    return None if row.judged_at is None else float((row.judged_at - row.created_at).total_seconds())


def pending(database: Database) -> int:
    with database.read() as connection:
        return int(
            connection.execute(
                select(func.count()).select_from(Comment).where(Comment.status == Status.PENDING)
            ).scalar_one()
        )
