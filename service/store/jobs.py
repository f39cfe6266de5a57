"""Jobs: a row each, which is its own queue. A worker takes one step of the one whose turn it is, and saves it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.job import JobKind, JobStatus
from service.store.base import Base, Id, Json, UtcTime, database_time, is_free, table
from service.store.forgetting import forget_part
from service.store.moderation import Token

_STATUSES: Final = ", ".join(f"'{status}'" for status in JobStatus)
_OPEN: Final[dict[str, Any]] = {
    "postgresql_where": text("ended_at IS NULL"), "sqlite_where": text("ended_at IS NULL"),
}  # fmt: skip


class JobRow(Base):
    """One job. What was asked for and what was found are its kind's business; no reader's text is in either."""

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(f"status IN ({_STATUSES})", name="status"),
        CheckConstraint("looked_at >= 0 AND total >= 0 AND step >= 0 AND attempts >= 0", name="numbers"),
        CheckConstraint("(status IN ('waiting', 'running')) = (ended_at IS NULL)", name="ended"),
        Index("ix_jobs_open", "turn_at", "id", **_OPEN),
        Index("ix_jobs_site", "site_id", **_OPEN),
        Index("ix_jobs_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    token_id: Mapped[str] = mapped_column(Id, ForeignKey("tokens.id"))
    kind: Mapped[str] = mapped_column(String(20))
    status: Mapped[str] = mapped_column(String(9))
    asked: Mapped[dict[str, Any]] = mapped_column(Json)
    found: Mapped[dict[str, Any]] = mapped_column(Json)
    """After the last step, and where to go on."""
    looked_at: Mapped[int] = mapped_column(Integer)
    total: Mapped[int | None] = mapped_column(Integer)
    step: Mapped[int] = mapped_column(Integer)
    """Rises whenever the job is taken up or a step is saved: who took it up before has lost it."""
    attempts: Mapped[int] = mapped_column(SmallInteger)
    """At the step that is next."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """Until then nobody else takes it up."""
    turn_at: Mapped[datetime] = mapped_column(UtcTime)
    """When its last step was saved: who waits longest is next."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


def add_job(connection: Connection, row: dict[str, Any]) -> None:
    """A new job, `waiting`: `id`, `site_id`, `token_id`, `kind`, `asked`, `created_at`."""
    new = {
        "status": JobStatus.WAITING, "found": {}, "looked_at": 0, "total": None, "step": 0, "attempts": 0,
        "lease_until": None, "turn_at": row["created_at"], "started_at": None, "ended_at": None,
    }  # fmt: skip
    connection.execute(insert(JobRow).values(new | row))


def count_open(connection: Connection, site_id: str) -> int:
    """How many of the site's jobs wait or run."""
    counted = select(func.count()).where(JobRow.site_id == site_id, JobRow.ended_at.is_(None))
    return connection.execute(counted).scalar_one()


def find_job(connection: Connection, job_id: str, site_id: str) -> Any:
    """A job of this site with the name of the token that asked for it, or None."""
    return connection.execute(
        select(JobRow.__table__, Token.name.label("who"))
        .join(Token, Token.id == JobRow.token_id)
        .where(JobRow.id == job_id, JobRow.site_id == site_id)
    ).one_or_none()


def _next(kinds: Iterable[JobKind], lease_seconds: float) -> Any:
    kinds = sorted(kinds)
    return (
        select(JobRow.id, JobRow.step)
        .where(JobRow.ended_at.is_(None), JobRow.kind.in_(kinds), is_free(JobRow.lease_until, lease_seconds))
        .order_by(JobRow.turn_at, JobRow.id)
        .limit(1)
    )


def next_job(connection: Connection, kinds: Iterable[JobKind], lease_seconds: float) -> tuple[str, int] | None:
    """The job of these kinds that would be taken up now, and its step; None when there is none.

    `lease_seconds`: for how long they are taken up.
    """
    found = connection.execute(_next(kinds, lease_seconds)).one_or_none()
    return (found.id, found.step) if found is not None else None


def take_up(connection: Connection, kinds: Iterable[JobKind], lease_seconds: float) -> Any:
    """The job whose turn it is, for `lease_seconds` by the database's clock, or None. Each time raises `attempts`."""
    found = connection.execute(_next(kinds, lease_seconds).with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    return connection.execute(
        update(JobRow)
        .where(JobRow.id == found.id)
        .values(
            status=JobStatus.RUNNING,
            step=JobRow.step + 1,
            attempts=JobRow.attempts + 1,
            lease_until=database_time(lease_seconds),
            started_at=func.coalesce(JobRow.started_at, database_time()),
        )
        .returning(JobRow.__table__)
    ).one()


def save_step(connection: Connection, job: Any, changes: dict[str, Any], end: JobStatus | None = None) -> bool:
    """Save what a step has changed, and with `end` end the job; False if it was called off or taken up meanwhile."""
    ended = {"status": end, "ended_at": database_time()} if end is not None else {}
    saved = connection.execute(
        update(JobRow)
        .where(JobRow.id == job.id, JobRow.step == job.step, JobRow.ended_at.is_(None))
        .values(step=JobRow.step + 1, attempts=0, lease_until=None, turn_at=database_time(), **changes, **ended)
    )
    return saved.rowcount == 1


def release(connection: Connection) -> int:
    """Give back every job that was taken up. Only for whoever knows that no worker is running. Returns how many."""
    return connection.execute(
        update(JobRow).where(JobRow.ended_at.is_(None), JobRow.lease_until.is_not(None)).values(lease_until=None)
    ).rowcount


def cancel(connection: Connection, job_id: str) -> bool:
    """Call a job off; False if it has ended."""
    called_off = connection.execute(
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.ended_at.is_(None))
        .values(status=JobStatus.CANCELLED, ended_at=database_time(), lease_until=None)
    )
    return called_off.rowcount == 1


def forget_jobs(connection: Connection, before: datetime) -> int:
    """Drop what was asked for before then, with its result, a part of it. Returns how many."""
    return forget_part(connection, table(JobRow), JobRow.created_at < before)
