"""How things stand, for those who watch over them: what waits, for how long, and what was given up.

Each figure costs little however much there is: it is counted from an index, and no further than to the cap.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import uuid_utils
from sqlalchemy import Connection, Select, bindparam, case, func, literal_column, select, union_all

from service.domain.comment import Action, Lane, Status
from service.domain.delivery import State
from service.store.base import UtcTime
from service.store.comments import Comment
from service.store.deliveries import Delivery
from service.store.events import Event
from service.store.moderation import VerdictRow
from service.store.sites import Site

RECENT: Final = timedelta(minutes=5)
LATELY: Final = timedelta(days=1)
COUNT_CAP: Final = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Ages in seconds, 0 when nothing waits. Counts stop at `COUNT_CAP`."""

    pending: int
    pending_age: float
    retrying: int
    awaiting: int
    awaiting_age: float
    parked: int
    unscored: int
    untold: int
    waiting: int
    """Deliveries, as the next two."""
    waiting_age: float
    failed: int
    """Given up within a day."""
    recent_verdicts: dict[Action, int]


def standing(connection: Connection, now: datetime) -> Standing:
    pending, since, retrying = connection.execute(_PENDING).one()
    awaiting, parked = connection.execute(_AWAITING).one()
    waiting, begun = connection.execute(_WAITING).one()
    return Standing(
        min(pending, COUNT_CAP), _age(since, now), retrying or 0,
        awaiting, _age(connection.execute(_OLDEST_AWAITING).scalar(), now), parked or 0,
        connection.execute(_UNSCORED).scalar_one(),
        connection.execute(_UNTOLD).scalar_one(), waiting, _age(begun, now),
        connection.execute(_FAILED, {"since": now - LATELY}).scalar_one(),
        _recent_verdicts(connection, now),
    )  # fmt: skip


def misses_scorer(connection: Connection) -> bool:
    """Whether any comment is held for want of the scorer."""
    return connection.execute(_ONE_UNSCORED).one_or_none() is not None


_waiting = union_all(
    *(
        select(
            select(func.coalesce(Comment.edited_at, Comment.created_at).label("since"), Comment.attempts)
            .where(Comment.status == Status.PENDING, Comment.lane == literal_column(f"'{lane}'"))
            .order_by(Comment.created_at)
            .limit(COUNT_CAP)
            .subquery()
        )
        for lane in Lane
    )
).subquery()
_PENDING: Final = select(
    func.count(), func.min(_waiting.c.since), func.sum(case((_waiting.c.attempts > 1, 1), else_=0))
)

_for_people = select(Comment.reasons).where(Comment.awaiting).limit(COUNT_CAP).subquery()
_AWAITING: Final = select(func.count(), func.sum(case((_for_people.c.reasons.contains(" gave_up "), 1), else_=0)))

_held_for_it: Select[Any] = (
    select(literal_column("1"))
    .select_from(Comment)
    .where(Comment.status == literal_column(f"'{Status.HELD}'"), Comment.lane == literal_column(f"'{Lane.SCORE}'"))
)
_ONE_UNSCORED: Final = _held_for_it.limit(literal_column("1"))
_held_unscored = _held_for_it.limit(COUNT_CAP).subquery()
_UNSCORED: Final = select(func.count()).select_from(_held_unscored)

_untold = select(Event.id).where(Event.untold).limit(COUNT_CAP).subquery()
_UNTOLD: Final = select(func.count()).select_from(_untold)
_wait = (
    select(Delivery.begun_at)
    .where(Delivery.state == literal_column(f"'{State.WAITING}'"))
    .order_by(Delivery.begun_at)
    .limit(COUNT_CAP)
    .subquery()
)
_WAITING: Final = select(func.count(), func.min(_wait.c.begun_at))
_failed = (
    select(Delivery.id)
    .where(
        Delivery.state != literal_column(f"'{State.WAITING}'"),  # by which SQLite finds the index
        Delivery.state == literal_column(f"'{State.FAILED}'"),
        Delivery.finished_at > bindparam("since", type_=UtcTime()),
    )
    .limit(COUNT_CAP)
    .subquery()
)
_FAILED: Final = select(func.count()).select_from(_failed)

_by_site = select(
    select(Comment.created_at)
    .where(Comment.site_id == Site.id, Comment.awaiting)
    .order_by(Comment.created_at)
    .limit(1)
    .scalar_subquery()
    .label("since")
).subquery()
_OLDEST_AWAITING: Final = select(func.min(_by_site.c.since))


def _recent_verdicts(connection: Connection, now: datetime) -> dict[Action, int]:
    """A verdict's id tells when it was given, and the ids are indexed."""
    first = str(uuid_utils.uuid7(nanoseconds=int((now - RECENT).timestamp() * 1e9)))
    recent = select(VerdictRow.action).where(VerdictRow.id >= first).limit(COUNT_CAP).subquery()
    rows = connection.execute(select(recent.c.action, func.count().label("number")).group_by(recent.c.action))
    found = {row.action: row.number for row in rows}
    return {action: found.get(action, 0) for action in Action}


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since.astimezone(UTC)).total_seconds()) if since is not None else 0.0
