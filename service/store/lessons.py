"""What people's decisions teach: of each site a bounded sample of them.

Only ids lie here. Text and decision are looked up when they are learnt from: what was removed, edited or decided anew
is not found any more, and teaches nothing.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, ForeignKey, Index, Integer, String, and_, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.comment import Status
from service.domain.teaching import LESSONS, lesson_of
from service.store import campaigns, marks
from service.store.base import Base, Id, UtcTime
from service.store.comments import Comment
from service.store.marks import OVERLAP, Follower, Page, Place
from service.store.moderation import DecisionRow, VerdictRow
from service.store.samples import SampleRow

LATEST: Final = 300
"""Of each kind, so many of the latest decisions are kept."""
REPLAYED: Final = 300
"""And so many of all earlier ones, by dice."""
OF_A_CAMPAIGN: Final = 10
"""Of a campaign's copies so many are kept: who refuses two hundred at once has decided once."""
AT_ONCE: Final = 1_000


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


def take_in(connection: Connection, site_id: str, after: Place) -> Page:
    """Take in what was decided after a place, `AT_ONCE` acts at most, and move the site's mark on.

    Of each kind the latest and a fair sample of the earlier ones stay; the others are forgotten.
    """
    found = marks.page(connection, site_id, after, AT_ONCE)
    if not found.comment_ids:
        return found
    ids = found.comment_ids
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
    marks.move(connection, Follower.LESSONS, site_id, found.end.at, done=False)
    return found


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
    """Forget what was taught since then (None: all of it). What is decided later teaches. Returns how much went."""
    ours = LessonRow.site_id == site_id
    gone = connection.execute(
        delete(LessonRow).where(ours if since is None else and_(ours, LessonRow.decided_at > since))
    )
    marks.move(connection, Follower.LESSONS, site_id, now + OVERLAP, done=True)
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
