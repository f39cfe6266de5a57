"""What a moderator wrote for the author of a refused comment, in place of the standard wording.

Beside the decision, which is never changed: these words are about a comment, and go when it does.
"""

from typing import Any

from sqlalchemy import Connection, ForeignKey, Integer, Text, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id


class Wording(Base):
    """The public words of one decision: that on this version of the comment."""

    __tablename__ = "wordings"

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str] = mapped_column(Text)


def add_wording(connection: Connection, comment_id: str, version: int, text: str) -> None:
    connection.execute(insert(Wording).values(comment_id=comment_id, version=version, text=text))


def wordings_of(connection: Connection, comment_id: str) -> dict[int, str]:
    """By the version that was decided on."""
    rows: Any = connection.execute(select(Wording.version, Wording.text).where(Wording.comment_id == comment_id))
    return {version: text for version, text in rows}  # noqa: C416 - rows are not pairs


def forget_wordings(connection: Connection, comment_id: str) -> None:
    connection.execute(delete(Wording).where(Wording.comment_id == comment_id))
