"""Turns: what only one process of the whole house does at a time. A turn lapses, by the database's clock.

Whoever has it writes through a fence: where somebody else has taken the turn since, nothing is written.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, String, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, UtcTime, database_time, is_free, new_id
from service.store.session import Database


class Turn(Base):
    """Whose turn it is, and until when: a process that was killed gives nothing back."""

    __tablename__ = "turns"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    holder: Mapped[str] = mapped_column(Id)
    until: Mapped[datetime] = mapped_column(UtcTime)


def take_turn(connection: Connection, name: str, holder: str, seconds: float) -> bool:
    """Take a turn, or keep one's own, for so many seconds; False while it is somebody else's."""
    mine = or_(Turn.holder == holder, is_free(Turn.until, seconds))
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


class Lapsed(Exception):
    """It is somebody else's turn by now: nothing was written."""


def keep_others_out(connection: Connection, name: str, holder: str) -> None:
    """Lock a turn until the transaction ends: nobody takes it meanwhile.

    Raises:
        Lapsed: somebody has taken it before.
    """
    ours = select(Turn.name).where(Turn.name == name, Turn.holder == holder).with_for_update()
    if connection.execute(ours).first() is None:
        raise Lapsed(name)


@contextmanager
def turn(database: Database, name: str, seconds: float) -> Iterator[Database | None]:
    """The database as whoever's turn it is may write to it; None while it is somebody else's turn.

    It is nobody else's until we are through, or for so many seconds. Who takes longer may go on while nobody else has
    taken the turn; from then on each transaction raises Lapsed.
    """
    holder = new_id()
    if not database.transact(lambda connection: take_turn(connection, name, holder, seconds)):
        yield None
        return
    try:
        yield database.fenced(lambda connection: keep_others_out(connection, name, holder))
    finally:
        database.transact(lambda connection: end_turn(connection, name, holder))


def is_taken(connection: Connection, name: str, seconds: float) -> bool:
    """Whether it is somebody's turn now. `seconds`: for how long it is taken."""
    taken = select(Turn.name).where(Turn.name == name, ~is_free(Turn.until, seconds))
    return connection.execute(taken).first() is not None
