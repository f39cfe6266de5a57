"""Turns: what only one process of the whole house does at a time. A turn lapses, by the database's clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, String, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, UtcTime, database_time, new_id
from service.store.session import Database


class Turn(Base):
    """Whose turn it is, and until when: a process that was killed gives nothing back."""

    __tablename__ = "turns"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    holder: Mapped[str] = mapped_column(Id)
    until: Mapped[datetime] = mapped_column(UtcTime)


def take_turn(connection: Connection, name: str, holder: str, seconds: float) -> bool:
    """Take a turn, or keep one's own, for so many seconds; False while it is somebody else's."""
    mine = or_(Turn.holder == holder, Turn.until < database_time())
    taken = connection.execute(
        update(Turn).where(Turn.name == name, mine).values(holder=holder, until=database_time(seconds))
    )
    if taken.rowcount:
        return True
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    first = connection.execute(
        dialect.insert(Turn)
        .values(name=name, holder=holder, until=database_time(seconds))
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(Turn.name)
    )
    return first.scalar() is not None


def end_turn(connection: Connection, name: str, holder: str) -> None:
    connection.execute(update(Turn).where(Turn.name == name, Turn.holder == holder).values(until=database_time(-1)))


@contextmanager
def turn(database: Database, name: str, seconds: float) -> Iterator[bool]:
    """Whether it is ours: then nobody else's until we are through, or for so many seconds."""
    holder = new_id()
    ours = database.transact(lambda connection: take_turn(connection, name, holder, seconds))
    try:
        yield ours
    finally:
        if ours:
            database.transact(lambda connection: end_turn(connection, name, holder))


def is_taken(connection: Connection, name: str) -> bool:
    """Whether it is somebody's turn now."""
    return (
        connection.execute(select(Turn.name).where(Turn.name == name, Turn.until >= database_time())).first()
        is not None
    )
