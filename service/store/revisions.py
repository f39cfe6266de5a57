"""Earlier texts of comments: kept until the comment is withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Integer, Text, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, UtcTime


class Revision(Base):
    """An earlier text of a comment, as it stood until it was edited."""

    __tablename__ = "revisions"

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    body: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UtcTime)


def keep_revision(connection: Connection, comment_id: str, revision: int, body: str, now: datetime) -> None:
    connection.execute(insert(Revision).values(comment_id=comment_id, revision=revision, body=body, replaced_at=now))


def revisions_of(connection: Connection, comment_id: str) -> Sequence[Any]:
    """The earlier texts, the first one first: revision, body, and until when it stood."""
    return connection.execute(
        select(Revision.revision, Revision.body, Revision.replaced_at)
        .where(Revision.comment_id == comment_id)
        .order_by(Revision.revision)
    ).all()


def forget_revisions(connection: Connection, comment_id: str) -> None:
    connection.execute(delete(Revision).where(Revision.comment_id == comment_id))
