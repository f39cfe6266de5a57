"""Rehearse a list of bans: what it would have done to the comments of the last days. Nothing is changed by it.

A few thousand comments are looked at at once; more are a job, a page a step.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, Self

from sqlalchemy import Connection

from service.domain.ban import Ban, BanKind, BanList
from service.domain.comment import Action, Status
from service.domain.note import without_addresses
from service.domain.rehearsal import Case, Rehearsal
from service.operations.ban import as_pattern
from service.store import window

AT_ONCE: Final = 5_000
"""Comments for which nobody is made to wait."""
MOST: Final = 1_000_000
"""Of more, the newest."""
PAGE: Final = 250
AT_ONCE_SECONDS: Final = 5.0
STEP_SECONDS: Final = 2.0
"""A page of texts as long as they may be takes longer: then a step ends within it."""
_NEWEST: Final = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@dataclass(frozen=True, slots=True)
class Draft:
    """A list of bans by domain, name or word that isn't made, and the days on which it is tried."""

    kind: BanKind
    action: Action
    targets: tuple[str, ...]
    """E-mail addresses masked: such a target can't be banned anyway."""
    days: int
    now: datetime

    @classmethod
    def of(cls, kind: BanKind, action: Action, targets: Sequence[str], days: int, now: datetime) -> Self:
        return cls(kind, action, tuple(map(without_addresses, targets)), days, now)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            BanKind(document["kind"]),
            Action(document["action"]),
            tuple(document["targets"]),
            document["days"],
            datetime.fromisoformat(document["now"]),
        )

    def to_document(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "action": self.action, "targets": list(self.targets), "days": self.days,
            "now": self.now.astimezone(UTC).isoformat(),
        }  # fmt: skip

    @property
    def since(self) -> datetime:
        return self.now - timedelta(days=self.days)

    @property
    def start(self) -> window.Place:
        return self.now, _NEWEST

    def patterns(self) -> list[str | None]:
        """What each target goes by, in order; None for what can't be banned."""
        return [as_pattern(self.kind, target) for target in self.targets]


@dataclass(frozen=True, slots=True)
class Step:
    """Where a job stands after one more step."""

    found: dict[str, Any]
    looked_at: int
    total: int
    done: bool


def is_long(connection: Connection, site_id: str, draft: Draft) -> bool:
    """Whether more comments are to be looked at than at once."""
    return window.has_more(connection, site_id, draft.since, AT_ONCE)


def rehearse(connection: Connection, site_id: str, draft: Draft) -> tuple[Rehearsal, int] | None:
    """All of it at once, and how many comments were looked at; None where that takes too long after all."""
    rehearsal, place, looked_at = Rehearsal(), draft.start, 0
    until = time.monotonic() + AT_ONCE_SECONDS
    while rows := window.page(connection, site_id, draft.since, place, PAGE):
        seen = _look(rehearsal, draft, rows, until)
        if len(seen) < len(rows):
            return None
        place, looked_at = (rows[-1].created_at, rows[-1].id), looked_at + len(rows)
    return rehearsal, looked_at


def take_step(connection: Connection, job: Any) -> Step:
    """The next page of a job (a row of `jobs`), from where the last one ended. The first step counts what there is."""
    draft = Draft.from_document(job.asked)
    if job.total is None:
        total = min(window.count(connection, job.site_id, draft.since, draft.now), MOST)
        return Step({"rehearsal": Rehearsal().to_document(), "place": None}, 0, total, done=False)
    rehearsal, place = Rehearsal.from_document(job.found["rehearsal"]), job.found["place"]
    before = (datetime.fromisoformat(place[0]), place[1]) if place else draft.start
    rows = window.page(connection, job.site_id, draft.since, before, min(PAGE, MOST - job.looked_at))
    seen = _look(rehearsal, draft, rows, time.monotonic() + STEP_SECONDS)
    if seen:
        place = [seen[-1].created_at.isoformat(), seen[-1].id]
    looked_at = job.looked_at + len(seen)
    over = (len(rows) < PAGE and len(seen) == len(rows)) or looked_at >= MOST
    return Step({"rehearsal": rehearsal.to_document(), "place": place}, looked_at, max(job.total, looked_at), done=over)


def _look(rehearsal: Rehearsal, draft: Draft, rows: Sequence[Any], until: float) -> Sequence[Any]:
    """Look at these, one at least, until the time is over (by `time.monotonic`). Returns those that were looked at."""
    listed = _listed(draft)
    for at, row in enumerate(rows):
        if at and time.monotonic() > until:
            return rows[:at]
        rehearsal.look(listed, _case(row), draft.now)
    return rows


@lru_cache(maxsize=8)
def _listed(draft: Draft) -> BanList:
    """Compiled once for all steps of a process. A ban's id is its target's place in the list."""
    return BanList(
        Ban(str(at), draft.kind, draft.action, "", pattern)
        for at, pattern in enumerate(draft.patterns())
        if pattern is not None
    )


def _case(row: Any) -> Case:
    return Case(
        row.id, row.article_id, Status(row.status), row.decided, row.awaiting, frozenset(row.reasons.split()), row.name,
        row.body, row.website, row.created_at,
    )  # fmt: skip
