"""What the figures are made of: comments on which people decided, and what waits."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CompoundSelect,
    Connection,
    and_,
    bindparam,
    case,
    func,
    literal,
    literal_column,
    select,
    union_all,
)

from service.domain.acts import Act
from service.domain.comment import Status
from service.domain.numbers import Standing
from service.store.audit import AuditRow
from service.store.base import Id, UtcTime, day_of, table
from service.store.comments import Comment
from service.store.moderation import DecisionRow, VerdictRow
from service.store.sites import Article
from service.store.standing import COUNT_CAP

_AT_ONCE: Final = 500
MOST_COUNTED: Final = 250_000
"""So many comments of one status are counted, the newest first: an index is read for them, and no comment."""
_comments = table(Comment)
_EPOCH: Final = date(1970, 1, 1)


def decided_on(connection: Connection, site_id: str, since: datetime, limit: int) -> list[str]:
    """The ids of comments on which people decided since then, the latest first: the audit log is in that order."""
    rows = connection.execute(
        select(AuditRow.object_id)
        .where(AuditRow.site_id == site_id, AuditRow.act == Act.DECIDE, AuditRow.created_at >= since)
        .order_by(AuditRow.created_at.desc(), AuditRow.id.desc())
        .limit(limit)
    )
    return list(dict.fromkeys(rows.scalars()))


def cases(connection: Connection, ids: Sequence[str]) -> list[Any]:
    """Of each comment: its article's key, its decisions' actions and times in order, its latest verdict."""
    found: list[Any] = []
    for begun in range(0, len(ids), _AT_ONCE):
        some = ids[begun : begun + _AT_ONCE]
        found += connection.execute(
            select(
                Comment.id, Comment.created_at, Comment.decided, Article.key,
                DecisionRow.action, DecisionRow.created_at.label("at"),
                VerdictRow.action.label("machine"), VerdictRow.signals,
            )
            .join(DecisionRow, DecisionRow.comment_id == Comment.id)
            .join(Article, Article.id == Comment.article_id)
            .outerjoin(
                VerdictRow, and_(VerdictRow.comment_id == Comment.id, VerdictRow.revision == Comment.revision)
            )
            .where(Comment.id.in_(some))
            .order_by(Comment.id, DecisionRow.version)
        ).all()  # fmt: skip
    return found


@cache
def _by_day(most: int) -> CompoundSelect[Any]:
    def of(status: Status) -> Any:
        c = _comments.c
        newest = (
            select(c.created_at, c.decided)
            .where(
                c.site_id == bindparam("site_id", type_=Id),
                c.status == literal_column(f"'{status}'"),
                c.created_at >= bindparam("since", type_=UtcTime()),
            )
            .order_by(c.created_at.desc(), c.id.desc())
            .limit(literal_column(str(most)))
            .subquery()
        )
        day = day_of(newest.c.created_at)
        decided = func.sum(case((newest.c.decided, 1), else_=0))
        counted = select(literal(str(status)), day, func.count(), decided).select_from(newest)
        return counted.group_by(day)

    return union_all(*(of(status) for status in Status if status is not Status.REMOVED))


def by_day(connection: Connection, site_id: str, since: datetime) -> list[Standing]:
    """Where the comments stand that were sent in since then (the beginning of a day), by status and UTC day.

    Where there are too many to be counted, the earliest days are left out, of every status.
    """
    rows = connection.execute(_by_day(MOST_COUNTED), {"site_id": site_id, "since": since}).all()
    met: Counter[str] = Counter()
    for status, _, count, _ in rows:
        met[status] += count
    whole = max((min(day for of, day, *_ in rows if of == each) + 1
                 for each, count in met.items() if count >= MOST_COUNTED), default=0)  # fmt: skip
    return [
        Standing(_EPOCH + timedelta(days=day), Status(status), count, decided)
        for status, day, count, decided in rows
        if day >= whole
    ]


def oldest_awaiting(connection: Connection, site_id: str) -> datetime | None:
    """Since when the comment waits that waits longest for a person."""
    return connection.execute(
        select(func.min(Comment.created_at)).where(Comment.site_id == site_id, Comment.awaiting)
    ).scalar()


def count_awaiting(connection: Connection, site_id: str) -> int:
    """How many comments wait for a person; `COUNT_CAP` stands for more."""
    waiting = select(Comment.id).where(Comment.site_id == site_id, Comment.awaiting).limit(COUNT_CAP).subquery()
    return connection.execute(select(func.count()).select_from(waiting)).scalar_one()


def count_reported(connection: Connection, site_id: str) -> int:
    """How many published comments have reports that nobody has answered; likewise."""
    reported = (
        select(Comment.id)
        .where(Comment.site_id == site_id, Comment.reported_at.is_not(None), Comment.status == Status.PUBLISHED)
        .limit(COUNT_CAP)
        .subquery()
    )
    return connection.execute(select(func.count()).select_from(reported)).scalar_one()


def decided_between(connection: Connection, site_id: str, since: datetime, until: datetime) -> dict[str, int]:
    """How often people published, held and rejected in that time."""
    action = AuditRow.data["action"].as_string().label("action")
    rows = connection.execute(
        select(action, func.count().label("number"))
        .where(
            AuditRow.site_id == site_id, AuditRow.act == Act.DECIDE,
            AuditRow.created_at >= since, AuditRow.created_at < until,
        )
        .group_by(action)
    )  # fmt: skip
    return {row.action: row.number for row in rows}
