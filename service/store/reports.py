"""Reports: what readers said of published comments. Each device counts once for a comment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, ForeignKey, Index, Integer, String, Text, UniqueConstraint, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, UtcTime

LATEST: Final = 20
"""How many reports of one comment are shown, the newest first; all are counted."""


class ReportRow(Base):
    """One device's report of one comment: kept until the comment is withdrawn, for a note may quote its text."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("comment_id", "reporter_key"),
        Index("ix_reports_comment", "comment_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"))
    revision: Mapped[int] = mapped_column(Integer)
    """Of the text that was reported: the author may have changed it since."""
    reason: Mapped[str] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text)
    reporter_key: Mapped[str] = mapped_column(String(64))
    """A keyed fingerprint of the device, to know it again by. It is shown to nobody."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)


def add_report(connection: Connection, row: dict[str, Any]) -> bool:
    """Store a report; False if this device has reported this comment before: then the first one stays."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = connection.execute(
        dialect.insert(ReportRow)
        .values(row)
        .on_conflict_do_nothing(index_elements=["comment_id", "reporter_key"])
        .returning(ReportRow.id)
    )
    return added.scalar() is not None


def count_by_reason(connection: Connection, comment_id: str) -> dict[str, int]:
    """How many reports of a comment give each reason, the commonest first."""
    number = func.count().label("number")
    rows = connection.execute(
        select(ReportRow.reason, number)
        .where(ReportRow.comment_id == comment_id)
        .group_by(ReportRow.reason)
        .order_by(number.desc(), ReportRow.reason)
    )
    return {reason: count for reason, count in rows}  # noqa: C416 - rows are not pairs


def latest_reports(connection: Connection, comment_id: str) -> Sequence[Any]:
    """The newest reports of a comment: their words, and nothing of who sent them."""
    return connection.execute(
        select(ReportRow.reason, ReportRow.note, ReportRow.revision, ReportRow.created_at)
        .where(ReportRow.comment_id == comment_id)
        .order_by(ReportRow.created_at.desc(), ReportRow.id.desc())
        .limit(LATEST)
    ).all()


def first_of_latest(connection: Connection, comment_id: str, number: int) -> datetime | None:
    """When the first of so many latest reports came: since then those are open. None without any."""
    if not number:
        return None
    return connection.execute(
        select(ReportRow.created_at)
        .where(ReportRow.comment_id == comment_id)
        .order_by(ReportRow.created_at.desc(), ReportRow.id.desc())
        .limit(1)
        .offset(number - 1)
    ).scalar()


def forget_reports(connection: Connection, comment_id: str) -> None:
    connection.execute(delete(ReportRow).where(ReportRow.comment_id == comment_id))
