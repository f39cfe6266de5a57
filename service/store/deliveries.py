"""Deliveries: what waits to be told to whom, what was told, and what was given up. The row is the log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    delete,
    exists,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.delivery import FAILURES, UNTRIED, Kind, State
from service.store.base import Base, Id, UtcTime, database_time, is_free, new_id, table
from service.store.comments import Comment
from service.store.events import Event
from service.store.forgetting import PART, forget_part
from service.store.sites import Article, Site

_KINDS: Final = ", ".join(f"'{kind}'" for kind in Kind)
_STATES: Final = ", ".join(f"'{state}'" for state in State)
_WAITS: Final = f"state = '{State.WAITING}'"
_FAILED: Final = f"state = '{State.FAILED}'"
_OVER: Final = f"state <> '{State.WAITING}'"


class Channel(Base):
    """What shares one fate: a receiver, which is there or away for all that it is to be told."""

    __tablename__ = "channels"
    __table_args__ = (CheckConstraint(f"kind IN ({_KINDS})", name="kind"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    failures: Mapped[int] = mapped_column(Integer)
    """In a row, until now."""
    rests_until: Mapped[datetime | None] = mapped_column(UtcTime)


class Delivery(Base):
    """One event for one target. Both have ids only: neither a text nor an address is ever in here."""

    __tablename__ = "deliveries"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(f"({_OVER}) = (finished_at IS NOT NULL)", name="finished"),
        UniqueConstraint("event_id", "target_id"),
        Index("ix_deliveries_due", "channel_id", "next_at", "id", postgresql_where=text(_WAITS),
              sqlite_where=text(_WAITS)),
        Index("ix_deliveries_begun", "begun_at", postgresql_where=text(_WAITS), sqlite_where=text(_WAITS)),
        Index("ix_deliveries_over", "finished_at", postgresql_where=text(_OVER), sqlite_where=text(_OVER)),
        Index("ix_deliveries_target", "target_id", "created_at", "id"),
        Index("ix_deliveries_failed", "target_id", "created_at", "id", postgresql_where=text(_FAILED),
              sqlite_where=text(_FAILED)),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    event_id: Mapped[str] = mapped_column(Id, ForeignKey("events.id"))
    kind: Mapped[str] = mapped_column(String(10))
    target_id: Mapped[str] = mapped_column(Id)
    """Whatever is told, by its own id: what it is, `kind` says."""
    channel_id: Mapped[str] = mapped_column(Id, ForeignKey("channels.id"))
    state: Mapped[str] = mapped_column(String(9))
    attempts: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime] = mapped_column(UtcTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    begun_at: Mapped[datetime] = mapped_column(UtcTime)
    """Since when it is tried: since the event, or its last replay."""
    status: Mapped[int | None] = mapped_column(Integer)
    """Of the last answer, where there was one."""
    why: Mapped[str] = mapped_column(String(40))
    """What came of the last attempt, as one word; empty before it and when all was well."""
    milliseconds: Mapped[int | None] = mapped_column(Integer)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


@dataclass(frozen=True, slots=True)
class Target:
    """One event is to be told to somebody, not before `at`."""

    event_id: str
    site_id: str
    kind: Kind
    target_id: str
    channel_id: str
    at: datetime | None = None


def ensure_channel(connection: Connection, channel_id: str, kind: Kind) -> None:
    """See that there is this channel."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(Channel)
        .values(id=channel_id, kind=kind, failures=0, rests_until=None)
        .on_conflict_do_nothing(index_elements=["id"])
    )


def add_deliveries(connection: Connection, targets: Iterable[Target], now: datetime) -> None:
    """A delivery for each, unless there is one already."""
    rows = [
        {
            "id": new_id(), "site_id": each.site_id, "event_id": each.event_id, "kind": each.kind,
            "target_id": each.target_id, "channel_id": each.channel_id, "state": State.WAITING, "attempts": 0,
            "next_at": each.at or now, "lease_until": None, "begun_at": each.at or now, "status": None, "why": "",
            "milliseconds": None, "finished_at": None, "created_at": now,
        }
        for each in targets
    ]  # fmt: skip
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        connection.execute(
            dialect.insert(table(Delivery)).on_conflict_do_nothing(index_elements=["event_id", "target_id"]), rows
        )


# The deliverer's part. What is due goes by the caller's `now`, a lease by the database's clock.

_waiting = Delivery.state == literal_column(f"'{State.WAITING}'")
_now = bindparam("now", type_=UtcTime())
LEASE_SECONDS: Final = 30.0
_free = is_free(Delivery.lease_until, LEASE_SECONDS)
_due = (_waiting, Delivery.next_at <= _now, _free)
_DUE_CHANNELS: Final = select(Channel.id, Channel.failures).where(
    or_(Channel.rests_until.is_(None), Channel.rests_until <= _now),
    exists().where(Delivery.channel_id == Channel.id, *_due),
)
_TAKE: Final = (
    select(Delivery.id)
    .where(Delivery.channel_id == bindparam("channel", type_=Id), *_due)
    .order_by(Delivery.next_at, Delivery.id)
    .limit(bindparam("limit", type_=Integer()))
    .with_for_update(skip_locked=True)
)
_CLAIMED: Final = (
    select(
        Delivery.id,
        Delivery.site_id,
        Delivery.event_id,
        Delivery.kind,
        Delivery.target_id,
        Delivery.channel_id,
        Delivery.attempts,
        Delivery.begun_at,
        Site.name.label("site"),
        Event.type,
        Event.data,
        Event.created_at.label("event_at"),
        Event.comment_id,
        Article.key.label("article"),
    )
    .join(Event, Event.id == Delivery.event_id)
    .join(Site, Site.id == Delivery.site_id)
    .outerjoin(Comment, Comment.id == Event.comment_id)
    .outerjoin(Article, Article.id == Comment.article_id)
    .where(Delivery.id.in_(bindparam("ids", expanding=True)))
    .order_by(Delivery.next_at, Delivery.id)
)


def due_channels(connection: Connection, now: datetime) -> Sequence[Any]:
    """The channels for which something is due that nobody is at, and which don't rest; with their failures."""
    return connection.execute(_DUE_CHANNELS, {"now": now}).all()


def claim(connection: Connection, wanted: Iterable[tuple[str, int]], now: datetime) -> Sequence[Any]:
    """Take what is due, the oldest first: of each channel so many at most. Each claim raises `attempts`."""
    ids = [
        identifier
        for channel, limit in wanted
        for identifier in connection.execute(_TAKE, {"channel": channel, "limit": limit, "now": now}).scalars()
    ]
    if not ids:
        return []
    connection.execute(
        update(Delivery)
        .where(Delivery.id.in_(ids))
        .values(attempts=Delivery.attempts + 1, lease_until=database_time(LEASE_SECONDS))
    )
    return connection.execute(_CLAIMED, {"ids": ids}).all()


@dataclass(frozen=True, slots=True)
class Mark:
    """What came of an attempt. `next_at`: None when there will be none."""

    delivery: Any
    """As it was claimed: id, attempts, begun_at."""
    state: State
    next_at: datetime | None
    status: int | None
    why: str
    milliseconds: int


def _is_mine(claimed: Any) -> ColumnElement[bool]:
    """Nobody has begun another attempt since. A replay counts them from the beginning."""
    return and_(
        Delivery.id == claimed.id, _waiting, Delivery.attempts == claimed.attempts,
        Delivery.begun_at == claimed.begun_at,
    )  # fmt: skip


def is_current(connection: Connection, claimed: Any) -> bool:
    """Whether an attempt is still the latest, as it stays until the transaction ends."""
    return connection.execute(select(Delivery.id).where(_is_mine(claimed)).with_for_update()).first() is not None


def mark(connection: Connection, done: Mark, now: datetime) -> bool:
    """Write down what came of an attempt; False if somebody else has meanwhile begun another, or it is over.

    That it was delivered is true whoever is at it now.
    """
    delivered = and_(Delivery.id == done.delivery.id, _waiting)
    over = done.state is not State.WAITING
    marked = connection.execute(
        update(Delivery)
        .where(delivered if done.state is State.DELIVERED else _is_mine(done.delivery))
        .values(
            state=done.state,
            lease_until=None,
            status=done.status,
            why=done.why,
            milliseconds=done.milliseconds,
            finished_at=now if over else None,
            **({} if done.next_at is None else {"next_at": done.next_at}),
        )
    )
    return marked.rowcount == 1


def channel_is_well(connection: Connection, channel_id: str, now: datetime) -> None:
    """It has answered: if it was away, all that has been tried is due at once.

    One failure among many that went well is no absence: what fails by itself waits by itself.
    """
    failures = connection.execute(
        select(Channel.failures).where(Channel.id == channel_id).with_for_update()
    ).scalar_one_or_none()
    if not failures:
        return
    connection.execute(update(Channel).where(Channel.id == channel_id).values(failures=0, rests_until=None))
    if failures >= FAILURES:
        connection.execute(
            update(Delivery)
            .where(Delivery.channel_id == channel_id, _waiting, Delivery.next_at > now, Delivery.attempts > 0)
            .values(next_at=now)
        )


def channel_failed(connection: Connection, channel_id: str) -> int:
    """It has failed once more; how often in a row."""
    return connection.execute(
        update(Channel).where(Channel.id == channel_id).values(failures=Channel.failures + 1).returning(
            Channel.failures
        )
    ).scalar_one_or_none() or 0  # fmt: skip


def let_channel_rest(connection: Connection, channel_id: str, until: datetime) -> None:
    connection.execute(update(Channel).where(Channel.id == channel_id).values(rests_until=until))


def give_up(connection: Connection, before: datetime, now: datetime) -> int:
    """Give up what has been waiting since before then, also what a resting channel let nobody try: a part of it. How
    many.
    """
    some = select(Delivery.id).where(_waiting, Delivery.begun_at < before, _free).limit(PART)
    return connection.execute(
        update(Delivery)
        .where(Delivery.id.in_(some), _waiting, _free)
        .values(state=State.FAILED, finished_at=now, why=case((Delivery.why == "", UNTRIED), else_=Delivery.why))
    ).rowcount


def forget(connection: Connection, before: datetime) -> int:
    """Drop what was over before then, a part of it. Returns how many."""
    over = Delivery.state != literal_column(f"'{State.WAITING}'")
    return forget_part(connection, table(Delivery), and_(over, Delivery.finished_at < before))


def oldest_due(connection: Connection, now: datetime) -> bool:
    """Whether anything is due that nobody is at."""
    return connection.execute(_DUE_CHANNELS.limit(1), {"now": now}).first() is not None


# The log.

_LOGGED: Final = (
    Delivery.id, Delivery.event_id, Event.type, Event.comment_id, Delivery.state, Delivery.attempts, Delivery.next_at,
    Delivery.status, Delivery.why, Delivery.milliseconds, Delivery.finished_at, Delivery.created_at,
)  # fmt: skip


def find_delivery(connection: Connection, delivery_id: str, site_id: str) -> Any:
    """One delivery of this site, or None."""
    statement = select(*_LOGGED, Delivery.kind, Delivery.target_id).join(Event, Event.id == Delivery.event_id)
    return connection.execute(statement.where(Delivery.id == delivery_id, Delivery.site_id == site_id)).one_or_none()


def list_deliveries(
    connection: Connection, target_id: str, state: State | None, *, after: tuple[datetime, str] | None, limit: int
) -> Sequence[Any]:
    """One page of what was, or is to be, told to a target: the newest first."""
    statement = select(*_LOGGED).join(Event, Event.id == Delivery.event_id).where(Delivery.target_id == target_id)
    if state is not None:
        statement = statement.where(Delivery.state == literal_column(f"'{state}'"))
    if after is not None:
        there = tuple_(literal(after[0], UtcTime()), literal(after[1], Id))
        statement = statement.where(tuple_(Delivery.created_at, Delivery.id) < there)
    return connection.execute(statement.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit)).all()


_ANEW: Final[dict[str, Any]] = {
    "state": State.WAITING, "attempts": 0, "lease_until": None, "finished_at": None, "why": "", "status": None,
    "milliseconds": None,
}  # fmt: skip


def replay(connection: Connection, delivery_id: str, now: datetime) -> None:
    """Tell it once more, from the beginning: also what was delivered."""
    connection.execute(update(Delivery).where(Delivery.id == delivery_id).values(**_ANEW, next_at=now, begun_at=now))


def replay_failed(connection: Connection, target_id: str, since: datetime, now: datetime) -> int:
    """Tell a target all that was given up of what happened since then. Returns how many."""
    failed = Delivery.state == literal_column(f"'{State.FAILED}'")
    return connection.execute(
        update(Delivery)
        .where(Delivery.target_id == target_id, failed, Delivery.created_at >= since)
        .values(**_ANEW, next_at=now, begun_at=now)
    ).rowcount


def stop(connection: Connection, target_id: str, why: str, now: datetime) -> int:
    """Give up all that waits for a target. Returns how many."""
    return connection.execute(
        update(Delivery)
        .where(Delivery.target_id == target_id, _waiting)
        .values(state=State.FAILED, why=why, finished_at=now, lease_until=None)
    ).rowcount


def forget_target(connection: Connection, target_id: str) -> None:
    """Drop all deliveries to a target."""
    connection.execute(delete(Delivery).where(Delivery.target_id == target_id))


def forget_channel(connection: Connection, channel_id: str) -> None:
    """Drop a channel that has no deliveries any more."""
    connection.execute(delete(Channel).where(Channel.id == channel_id))
