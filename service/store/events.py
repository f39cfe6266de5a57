"""Events: facts that happened, written in the transaction in which they happened, and waiting to be told."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, String, insert
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, Json, UtcTime, new_id, table


class Event(Base):
    """One fact. Its id is what receivers go by when they are told twice."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_site", "site_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"), index=True)
    type: Mapped[str] = mapped_column(String(40))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


_ADD = insert(table(Event))


def add_events(connection: Connection, events: list[dict[str, Any]], now: datetime) -> None:
    """Write events: each needs site_id, comment_id, type and data. Data holds ids and words, never a person's."""
    if events:
        connection.execute(_ADD, [{"id": new_id(), "created_at": now, **event} for event in events])
