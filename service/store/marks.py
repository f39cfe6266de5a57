"""Marks: how far those have come, site by site, who go after what people decide. They go by the audit log, in pages.

A decision's own request writes nothing for them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Boolean, Connection, ForeignKey, String, and_, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.acts import Act
from service.store.audit import AuditRow
from service.store.base import Base, Id, UtcTime
from service.store.sites import Site

OVERLAP: Final = timedelta(minutes=1)
"""Decisions are seen in the order of their commits, which is not that of their times: so much is looked at twice."""
_FIRST: Final = str(UUID(int=0))


class Follower(StrEnum):
    """Who goes after decisions."""

    CAMPAIGNS = "campaigns"
    LESSONS = "lessons"


class Mark(Base):
    """Up to when a site's decisions were taken in, and whether all was made of them that is to be made."""

    __tablename__ = "marks"

    follower: Mapped[str] = mapped_column(String(9), primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    decided_at: Mapped[datetime] = mapped_column(UtcTime)
    done: Mapped[bool] = mapped_column(Boolean)


class Place(NamedTuple):
    """How far acts were looked at: the time of the last one, and its id in the audit log."""

    at: datetime
    id: str


class Page(NamedTuple):
    """The comments of some acts of deciding, each once; where they end, and whether there are no more."""

    comment_ids: Sequence[str]
    end: Place
    is_last: bool


def sites_behind(connection: Connection, follower: Follower) -> Sequence[Any]:
    """Sites with decisions after a follower's mark, or with a mark that isn't done: `id`, `name`, `mark` (or None)."""
    latest = (
        select(func.max(AuditRow.created_at))
        .where(AuditRow.site_id == Site.id, AuditRow.act == Act.DECIDE)
        .correlate(Site)
        .scalar_subquery()
    )
    known = (
        select(Site.id, Site.name, Mark.decided_at.label("mark"), Mark.done, latest.label("latest"))
        .outerjoin(Mark, and_(Mark.site_id == Site.id, Mark.follower == follower))
        .subquery()
    )
    return connection.execute(
        select(known.c.id, known.c.name, known.c.mark)
        .where(
            known.c.latest.is_not(None),
            or_(known.c.mark.is_(None), known.c.latest > known.c.mark, known.c.done.is_(False)),
        )
        .order_by(known.c.mark)
    ).all()


def beginning(mark: datetime | None) -> Place:
    """Where to begin for a site whose mark is this."""
    return Place(datetime.fromtimestamp(0, UTC) if mark is None else mark - OVERLAP, _FIRST)


def page(connection: Connection, site_id: str, after: Place, limit: int) -> Page:
    """The next acts after a place, `limit` at most. It moves no mark."""
    acts = connection.execute(
        select(AuditRow.id, AuditRow.object_id, AuditRow.created_at)
        .where(
            AuditRow.site_id == site_id, AuditRow.act == Act.DECIDE,
            tuple_(AuditRow.created_at, AuditRow.id) > tuple_(literal(after.at, UtcTime), literal(after.id, Id)),
        )
        .order_by(AuditRow.created_at, AuditRow.id)
        .limit(limit)
    ).all()  # fmt: skip
    end = Place(acts[-1].created_at, acts[-1].id) if acts else after
    return Page(list(dict.fromkeys(act.object_id for act in acts)), end, is_last=len(acts) < limit)


def move(connection: Connection, follower: Follower, site_id: str, decided_at: datetime, *, done: bool) -> None:
    """All up to then is taken in; `done` says whether nothing is left to be made of it."""
    mark = {"decided_at": decided_at, "done": done}
    here = (Mark.follower == follower, Mark.site_id == site_id)
    if not connection.execute(update(Mark).where(*here).values(mark)).rowcount:
        connection.execute(insert(Mark).values(follower=follower, site_id=site_id, **mark))


def finish(connection: Connection, follower: Follower, site_id: str, decided_at: datetime) -> None:
    """Nothing is left to be made of what was taken in up to then; whoever moved the mark on meanwhile knows better."""
    connection.execute(
        update(Mark)
        .where(Mark.follower == follower, Mark.site_id == site_id, Mark.decided_at <= decided_at)
        .values(done=True)
    )
