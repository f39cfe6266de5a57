"""A random share of all verdicts, drawn when they are made: what people decide on these is true of all the others.

The audit log has taken the word: in code such a verdict is a sample, and what people do on it they call an audit.
Its label is the decision that stands; nothing is written when somebody decides.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Connection, Float, ForeignKey, Index, Integer, String, insert
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, Json, UtcTime, table
from service.store.moderation import ACTIONS


class SampleRow(Base):
    """One verdict that the dice chose: with which share, what it said, and how likely it thought a refusal was."""

    __tablename__ = "samples"
    __table_args__ = (
        CheckConstraint(f"action IN ({ACTIONS})", name="action"),
        CheckConstraint("share > 0 AND share <= 1", name="share"),
        CheckConstraint("score >= 0 AND score <= 1", name="score"),
        Index("ix_samples_site", "site_id", "created_at", "comment_id"),
    )

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    share: Mapped[float] = mapped_column(Float(53))
    action: Mapped[str] = mapped_column(String(7))
    awaited: Mapped[bool] = mapped_column(Boolean)
    """Whether the verdict asked for a person by itself."""
    score: Mapped[float] = mapped_column(Float(53))
    chances: Mapped[dict[str, float]] = mapped_column(Json)
    """By category, the best that was known."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)


_ADD_SAMPLE = insert(table(SampleRow))


def add_samples(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_ADD_SAMPLE, list(rows))
