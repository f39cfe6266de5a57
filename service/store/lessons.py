"""What people's decisions teach: for each site a mark up to which they were taken in, and a bounded sample of them.

Only ids lie here. Text and decision are looked up when they are learnt from: what was removed, edited or decided anew
is not found any more, and teaches nothing.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    and_,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.acts import Act
from service.domain.comment import Status
from service.domain.teaching import LESSONS, lesson_of
from service.store import campaigns
from service.store.audit import AuditRow
from service.store.base import Base, Id, UtcTime
from service.store.comments import Comment
from service.store.moderation import DecisionRow, VerdictRow
from service.store.samples import SampleRow
from service.store.sites import Site

LATEST: Final = 300
"""Of each kind, so many of the latest decisions are kept."""
REPLAYED: Final = 300
"""And so many of all earlier ones, by dice."""
OF_A_CAMPAIGN: Final = 10
"""Of a campaign's copies so many are kept: who refuses two hundred at once has decided once."""
AT_ONCE: Final = 1_000
_OVERLAP: Final = timedelta(minutes=1)
"""Decisions are seen in the order of their commits, which is not that of their times: so much is looked at twice."""


class Mark(Base):
    """Up to when a site's decisions were taken in, and whether something was made of them: who is killed between the
    two has not.
    """

    __tablename__ = "lesson_marks"

    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    decided_at: Mapped[datetime] = mapped_column(UtcTime)
    learnt: Mapped[bool] = mapped_column(Boolean)


class LessonRow(Base):
    """One decision that is learnt from: which comment, of which kind, when, and the number that the dice gave it."""

    __tablename__ = "lessons"
    __table_args__ = (Index("ix_lessons_site", "site_id", "kind", "decided_at"),)

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"), primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    kind: Mapped[str] = mapped_column(String(5))
    decided_at: Mapped[datetime] = mapped_column(UtcTime)
    dice: Mapped[int] = mapped_column(Integer)
    cluster_id: Mapped[str | None] = mapped_column(Id)
    """Of which campaign it is, if it was of one when it was taken in."""


def dice_of(comment_id: str) -> int:
    """The same number for a comment whenever it is asked for: the random end of its id, below 2^28."""
    return int(comment_id[-7:], 16)


def sites_to_learn(connection: Connection) -> Sequence[Any]:
    """Sites with decisions after their mark, or of which nothing was made yet: `id`, `name`, `mark` (or None)."""
    latest = (
        select(func.max(AuditRow.created_at))
        .where(AuditRow.site_id == Site.id, AuditRow.act == Act.DECIDE)
        .correlate(Site)
        .scalar_subquery()
    )
    known = (
        select(Site.id, Site.name, Mark.decided_at.label("mark"), Mark.learnt, latest.label("latest"))
        .outerjoin(Mark, Mark.site_id == Site.id)
        .subquery()
    )
    return connection.execute(
        select(known)
        .where(
            known.c.latest.is_not(None),
            or_(known.c.mark.is_(None), known.c.latest > known.c.mark, known.c.learnt.is_(False)),
        )
        .order_by(known.c.mark)
    ).all()


class Place(NamedTuple):
    """How far acts were looked at: the time of the last one, and its id in the audit log."""

    at: datetime
    id: str


def beginning(mark: datetime | None) -> Place:
    """Where to begin for a site whose mark is this."""
    return Place(datetime.fromtimestamp(0, UTC) if mark is None else mark - _OVERLAP, str(UUID(int=0)))


class Page(NamedTuple):
    """What was taken in at once: how many comments' decisions, up to where, and whether there are no more."""

    taken: int
    end: Place
    is_last: bool


def take_in(connection: Connection, site_id: str, after: Place) -> Page:
    """Take in what was decided after a place, `AT_ONCE` acts at most, and move the site's mark on.

    Of each kind the latest and a fair sample of the earlier ones stay; the others are forgotten.
    """
    acts = connection.execute(
        select(AuditRow.id, AuditRow.object_id, AuditRow.created_at)
        .where(
            AuditRow.site_id == site_id, AuditRow.act == Act.DECIDE,
            tuple_(AuditRow.created_at, AuditRow.id) > tuple_(literal(after.at, UtcTime), literal(after.id, Id)),
        )
        .order_by(AuditRow.created_at, AuditRow.id)
        .limit(AT_ONCE)
    ).all()  # fmt: skip
    if not acts:
        return Page(0, after, is_last=True)
    ids = list(dict.fromkeys(act.object_id for act in acts))
    connection.execute(delete(LessonRow).where(LessonRow.comment_id.in_(ids)))
    standing = connection.execute(_standing().where(Comment.id.in_(ids), Comment.site_id == site_id)).all()
    clusters = campaigns.clusters_of(connection, ids)
    rows = [
        {
            "comment_id": row.id,
            "site_id": site_id,
            "kind": kind,
            "decided_at": row.decided_at,
            "dice": dice_of(row.id),
            "cluster_id": clusters.get(row.id),
        }
        for row in standing
        if (kind := lesson_of(row.action, row.reason)) is not None
    ]
    if rows:
        connection.execute(insert(LessonRow), rows)
    for kind in LESSONS:
        _thin_out(connection, site_id, kind)
    _set_mark(connection, site_id, acts[-1].created_at)
    return Page(len(ids), Place(acts[-1].created_at, acts[-1].id), is_last=len(acts) < AT_ONCE)


def lessons(connection: Connection, site_id: str) -> Sequence[Any]:
    """What there is to learn from, in the order of the decisions.

    `id`, `body`, `website`, `action`, `reason`, `decided_at`, and what the machine thought of that text and found in it
    (`estimate`, `signals`; None where people were faster). `share` is how likely it was drawn to be looked at, if it
    wouldn't have been otherwise; None where it would.
    """
    return connection.execute(
        _standing()
        .join(LessonRow, LessonRow.comment_id == Comment.id)
        .where(LessonRow.site_id == site_id)
        .order_by(DecisionRow.created_at, DecisionRow.id)
    ).all()


def counts(connection: Connection, site_id: str) -> dict[str, int]:
    """How many decisions are learnt from, by kind."""
    found = connection.execute(
        select(LessonRow.kind, func.count()).where(LessonRow.site_id == site_id).group_by(LessonRow.kind)
    )
    return dict.fromkeys(LESSONS, 0) | {each[0]: each[1] for each in found}


def forget(connection: Connection, site_id: str, since: datetime | None, now: datetime) -> int:
    """Forget what was taught since then (None: all of it) and begin anew from now on. Returns how much went."""
    ours = LessonRow.site_id == site_id
    gone = connection.execute(
        delete(LessonRow).where(ours if since is None else and_(ours, LessonRow.decided_at > since))
    )
    _set_mark(connection, site_id, now + _OVERLAP)
    return gone.rowcount


def _standing() -> Any:
    """Comments that stand where a person's decision brought them, each with that decision and its text's verdict."""
    return (
        select(
            Comment.id, Comment.body, Comment.website, DecisionRow.action, DecisionRow.reason,
            DecisionRow.created_at.label("decided_at"), VerdictRow.estimate, VerdictRow.signals, SampleRow.share,
        )
        .join(DecisionRow, and_(DecisionRow.comment_id == Comment.id, DecisionRow.version == Comment.version - 1))
        .outerjoin(VerdictRow, and_(VerdictRow.comment_id == Comment.id, VerdictRow.revision == Comment.revision))
        .outerjoin(
            SampleRow,
            and_(
                SampleRow.comment_id == Comment.id, SampleRow.revision == Comment.revision, SampleRow.awaited.is_(False)
            ),
        )
        .where(Comment.decided, Comment.status.in_((Status.PUBLISHED, Status.REJECTED)))
    )  # fmt: skip


def _thin_out(connection: Connection, site_id: str, kind: str) -> None:
    """The lowest numbers of the dice stay: of however many came by, a fair sample."""
    known = connection.execute(
        select(LessonRow.comment_id, LessonRow.dice, LessonRow.cluster_id)
        .where(LessonRow.site_id == site_id, LessonRow.kind == kind)
        .order_by(LessonRow.decided_at.desc(), LessonRow.comment_id)
    ).all()
    copies: Counter[str] = Counter()
    kept: list[Any] = []
    spare: list[Any] = []
    for row in known:
        copies[row.cluster_id or row.comment_id] += 1
        (spare if copies[row.cluster_id or row.comment_id] > OF_A_CAMPAIGN else kept).append(row)
    spare += sorted(kept[LATEST:], key=lambda row: row.dice)[REPLAYED:]
    if spare:
        connection.execute(delete(LessonRow).where(LessonRow.comment_id.in_([row.comment_id for row in spare])))


def learnt(connection: Connection, site_id: str, decided_at: datetime) -> None:
    """Something was made of all that was taken in up to then."""
    connection.execute(update(Mark).where(Mark.site_id == site_id, Mark.decided_at <= decided_at).values(learnt=True))


def _set_mark(connection: Connection, site_id: str, decided_at: datetime) -> None:
    mark = {"decided_at": decided_at, "learnt": False}
    if not connection.execute(update(Mark).where(Mark.site_id == site_id).values(mark)).rowcount:
        connection.execute(insert(Mark).values(site_id=site_id, **mark))
