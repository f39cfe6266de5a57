"""Idempotency keys: what was sent already, so that the answer that got lost is given again."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, UtcTime, table
from service.store.comments import Comment
from service.store.forgetting import forget_part


class SubmissionKey(Base):
    """An idempotency key that was used up by a 202, and for which request: the lost answer is given again."""

    __tablename__ = "submission_keys"

    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


def find_submission(connection: Connection, site_id: str, hashed: list[str]) -> Any:
    """The comment that used up one of these keys, with the request it was for; None if none is used up."""
    if not hashed:
        return None
    return connection.execute(
        select(SubmissionKey.request_hash, SubmissionKey.comment_id, Comment.status)
        .join(Comment, Comment.id == SubmissionKey.comment_id)
        .where(SubmissionKey.site_id == site_id, SubmissionKey.key_hash.in_(hashed))
        .limit(1)
    ).one_or_none()


def use_up(
    connection: Connection, site_id: str, hashed: list[str], request: str, comment_id: str, now: datetime
) -> bool:
    """Use up the keys; False if another submission was quicker with one of them."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return all(
        connection.execute(
            dialect.insert(SubmissionKey)
            .values(site_id=site_id, key_hash=key, request_hash=request, comment_id=comment_id, created_at=now)
            .on_conflict_do_nothing(index_elements=["site_id", "key_hash"])
            .returning(SubmissionKey.key_hash)
        ).scalar()
        for key in hashed
    )


def forget_keys(connection: Connection, before: datetime) -> int:
    """Drop idempotency keys that nobody will send again, a part of them. Returns how many."""
    return forget_part(connection, table(SubmissionKey), SubmissionKey.created_at < before)
