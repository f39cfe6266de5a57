"""A site's judged comments of the last days, page by page from the newest on: by index, without a long statement."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, tuple_, union_all

from service.domain.comment import Status
from service.store.base import Id, UtcTime
from service.store.comments import Comment
from service.store.sites import Article

_JUDGED: Final = (Status.PUBLISHED, Status.HELD, Status.REJECTED)
_DAY: Final = timedelta(days=1)
Place = tuple[datetime, str]


def _scans(site_id: str, limit: int, *where: ColumnElement[bool]) -> Any:
    """The newest of each status, by the index alone."""
    scans = (
        select(Comment.id, Comment.created_at)
        .where(Comment.site_id == site_id, Comment.status == status, *where)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(limit)
        .subquery()
        for status in _JUDGED
    )
    return union_all(*(select(scan) for scan in scans)).subquery()


def page(connection: Connection, site_id: str, since: datetime, before: Place, limit: int) -> Sequence[Any]:
    """The next comments before this place (`created_at`, `id`), the newest first, with their texts.

    Removed ones have no text any more, and pending ones nothing that became of them.
    """
    there = tuple_(literal(before[0], UtcTime()), literal(before[1], Id))
    place = tuple_(Comment.created_at, Comment.id)
    found = _scans(site_id, limit, Comment.created_at >= since, place < there)
    chosen = select(found).order_by(found.c.created_at.desc(), found.c.id.desc()).limit(limit).subquery()
    return connection.execute(
        select(
            Comment.id,
            Comment.article_id,
            Comment.status,
            Comment.decided,
            Comment.awaiting,
            Comment.reasons,
            Comment.name,
            Comment.website,
            Comment.body,
            Comment.created_at,
        )
        .join(chosen, chosen.c.id == Comment.id)
        .order_by(chosen.c.created_at.desc(), chosen.c.id.desc())
    ).all()


def texts(connection: Connection, site_id: str, ids: Sequence[str]) -> dict[str, Any]:
    """Comments by id, with their texts as they are now; without those that were removed."""
    columns = (Comment.id, Comment.status, Comment.name, Comment.body, Comment.created_at)
    here = (Comment.site_id == site_id, Comment.status != Status.REMOVED)
    return {row.id: row for row in connection.execute(select(*columns).where(Comment.id.in_(sorted(ids)), *here))}


def articles(connection: Connection, ids: Sequence[str]) -> dict[str, Any]:
    """Articles by id, with the publisher's id and the title."""
    columns = (Article.id, Article.key, Article.title)
    return {row.id: row for row in connection.execute(select(*columns).where(Article.id.in_(sorted(ids))))}


def has_more(connection: Connection, site_id: str, since: datetime, than: int) -> bool:
    """Whether more than so many came since then."""
    found = _scans(site_id, than + 1, Comment.created_at >= since)
    return connection.execute(select(func.count()).select_from(found)).scalar_one() > than


def count(connection: Connection, site_id: str, since: datetime, until: datetime) -> int:
    """How many came since then and before: counted day by day, so that no statement takes long."""
    return sum(
        connection.execute(_of_a_day(site_id, start, min(start + _DAY, until))).scalar_one()
        for start in _days(since, until)
    )


def _days(since: datetime, until: datetime) -> Iterator[datetime]:
    while since < until:
        yield since
        since += _DAY


def _of_a_day(site_id: str, since: datetime, until: datetime) -> Select[int]:
    return select(func.count()).where(
        Comment.site_id == site_id,
        Comment.status.in_(_JUDGED),
        Comment.created_at >= since,
        Comment.created_at < until,
    )
