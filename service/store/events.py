"""Events: facts that happened, written in the transaction in which they happened, and waiting to be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Boolean, Connection, ForeignKey, Index, Integer, String, bindparam, insert, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, Json, UtcTime, new_id, table


class Event(Base):
    """One fact. Its id is what receivers go by when they are told twice. All but `untold` stays as it was written."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_site", "site_id", "created_at", "id"),
        Index("ix_events_untold", "id", postgresql_where=text("untold"), sqlite_where=text("untold = 1")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    comment_id: Mapped[str | None] = mapped_column(Id, ForeignKey("comments.id"), index=True)
    """None: it is of no comment, as a ping."""
    type: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    untold: Mapped[bool] = mapped_column(Boolean)
    """Until it is known whom it is to be told, and there is a delivery for each."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)


_ADD: Final = insert(table(Event))
_UNTOLD: Final = (
    select(Event.id, Event.site_id, Event.comment_id, Event.type, Event.data, Event.created_at)
    .where(Event.untold)
    .order_by(Event.id)
    .limit(bindparam("limit", type_=Integer()))
)
_TAKE: Final = _UNTOLD.with_for_update(skip_locked=True)
_FOUND: Final = update(table(Event)).where(table(Event).c.id.in_(bindparam("ids", expanding=True))).values(untold=False)


def add_events(connection: Connection, events: list[dict[str, Any]], now: datetime) -> None:
    """Write events: each needs site_id, comment_id, type and data. Data holds ids and words, never a person's."""
    if events:
        connection.execute(_ADD, [{"id": new_id(), "untold": True, "created_at": now, **event} for event in events])


def take_untold(connection: Connection, limit: int) -> Sequence[Any]:
    """The oldest events of which nobody knows yet whom they are to be told; nobody else gets them meanwhile."""
    return connection.execute(_TAKE, {"limit": limit}).all()


def mark_told(connection: Connection, ids: Sequence[str]) -> None:
    """Each of these has a delivery for everybody whom it is to be told."""
    if ids:
        connection.execute(_FOUND, {"ids": list(ids)})


def any_untold(connection: Connection) -> bool:
    return connection.execute(_UNTOLD, {"limit": 1}).one_or_none() is not None
