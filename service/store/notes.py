"""Notes that staff keep on authors. They go when the author does."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, ForeignKey, Index, Text, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, UtcTime
from service.store.moderation import Token

LATEST: Final = 100


class NoteRow(Base):
    """One note on an author, for staff only."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_author", "author_id", "created_at", "id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    author_id: Mapped[str] = mapped_column(Id, ForeignKey("authors.id"))
    text: Mapped[str] = mapped_column(Text)
    token_id: Mapped[str] = mapped_column(Id, ForeignKey("tokens.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)


def add_note(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(NoteRow).values(row))


def notes_of(connection: Connection, author_id: str) -> Sequence[Any]:
    """The newest notes on an author, the newest first, with the names of the tokens that wrote them."""
    return connection.execute(
        select(NoteRow.id, NoteRow.text, NoteRow.created_at, Token.name.label("who"))
        .join(Token, Token.id == NoteRow.token_id)
        .where(NoteRow.author_id == author_id)
        .order_by(NoteRow.created_at.desc(), NoteRow.id.desc())
        .limit(LATEST)
    ).all()


def forget_notes(connection: Connection, author_id: str) -> None:
    connection.execute(delete(NoteRow).where(NoteRow.author_id == author_id))
