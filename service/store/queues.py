"""Two queues: the workers' claims on pending comments, and the lists moderators work from."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Update,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
    update,
)

from service.domain.comment import Status
from service.store.authors import Author
from service.store.base import Id, UtcTime, database_time, table
from service.store.comments import Comment
from service.store.sites import Article, Site

COUNT_CAP = 1_000


_FREE = or_(Comment.lease_until.is_(None), Comment.lease_until < database_time())
_WAITING = (
    select(Comment.id, Comment.attempts)
    .where(Comment.status == Status.PENDING, _FREE)
    .order_by(Comment.created_at)
    .limit(bindparam("limit", type_=Integer()))
)
_CLAIMABLE = _WAITING.with_for_update(skip_locked=True)
_CLAIMED = (
    select(
        Comment.id,
        Comment.version,
        Comment.revision,
        Comment.site_id,
        Comment.article_id,
        Comment.parent_id,
        Comment.author_id,
        Comment.name,
        Comment.website,
        Comment.body,
        Comment.language,
        Comment.facts,
        Comment.address_key,
        Comment.text_key,
        Comment.created_at,
        Comment.attempts,
        Author.published_count,
        Author.rejected_count,
        Author.throwaway,
        Article.title.label("article_title"),
        Site.languages.label("site_languages"),
    )
    .outerjoin(Author, Author.id == Comment.author_id)
    .outerjoin(Article, Article.id == Comment.article_id)
    .outerjoin(Site, Site.id == Comment.site_id)
    .where(Comment.id.in_(bindparam("ids", expanding=True)))
    .order_by(Comment.created_at)
)


@cache
def _lease(seconds: float) -> Update:
    return (
        update(table(Comment))
        .where(table(Comment).c.id.in_(bindparam("ids", expanding=True)))
        .values(attempts=table(Comment).c.attempts + 1, lease_until=database_time(seconds))
    )


def claim(connection: Connection, *, limit: int, lease_seconds: float) -> Sequence[Any]:
    """Take up to `limit` pending comments, oldest first, for `lease_seconds` by the database's clock.

    One that failed before is taken alone, so that poison harms nobody else. Each claim raises `attempts`.
    """
    waiting = connection.execute(_CLAIMABLE, {"limit": limit}).all()
    if not waiting:
        return []
    chosen = waiting[:1] if waiting[0].attempts else [row for row in waiting if not row.attempts]
    ids = [row.id for row in chosen]
    connection.execute(_lease(lease_seconds), {"ids": ids})
    return connection.execute(_CLAIMED, {"ids": ids}).all()


def release(connection: Connection) -> int:
    """Give back every claim. Only for whoever knows that no worker is running. Returns how many there were."""
    return connection.execute(
        update(Comment)
        .where(Comment.status == Status.PENDING, Comment.lease_until.is_not(None))
        .values(lease_until=None)
    ).rowcount


def oldest_waiting(connection: Connection) -> str | None:
    """The comment that will be claimed next; None when none can be claimed now."""
    found = connection.execute(_WAITING, {"limit": 1}).one_or_none()
    return found.id if found is not None else None


def moderators_queue(
    connection: Connection,
    site_id: str,
    *,
    status: Status | None,
    article: str | None,
    reason: str | None,
    q: str | None,
    newest_first: bool,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Any]:
    """One page of a moderators' list. Without a status: all that awaits a person."""
    statement = (
        select(
            Comment.id,
            Comment.status,
            Comment.version,
            Comment.name,
            Comment.website,
            Comment.body,
            Comment.score,
            Comment.reasons,
            Comment.created_at,
            Comment.edited_at,
            Comment.parent_id,
            Comment.language,
            Article.key.label("article"),
            Article.title.label("article_title"),
            Article.title_confirmed,
            Article.url.label("article_url"),
            Site.name.label("site"),
        )
        # Each comment has its article and site; said as outer joins so that SQLite begins with the comments' index.
        .outerjoin(Article, Article.id == Comment.article_id)
        .outerjoin(Site, Site.id == Comment.site_id)
        .where(Comment.site_id == site_id)
    )
    statement = statement.where(Comment.awaiting if status is None else Comment.status == status)
    if article is not None:
        statement = statement.where(
            Comment.article_id
            == select(Article.id).where(Article.site_id == site_id, Article.key == article).scalar_subquery()
        )
    if reason is not None:
        statement = statement.where(Comment.reasons.contains(f" {reason} ", autoescape=True))
    if q is not None:
        statement = statement.where(
            or_(Comment.body.icontains(q, autoescape=True), Comment.name.icontains(q, autoescape=True))
        )
    if after is not None:
        here = tuple_(Comment.created_at, Comment.id)
        there = tuple_(literal(after[0], UtcTime()), literal(after[1], Id))
        statement = statement.where(here < there if newest_first else here > there)
    order = (Comment.created_at.desc(), Comment.id.desc()) if newest_first else (Comment.created_at, Comment.id)
    return connection.execute(statement.order_by(*order).limit(limit)).all()


_KINDS: dict[str, ColumnElement[bool]] = {"awaiting": Comment.awaiting.expression} | {
    str(status): Comment.status == literal_column(f"'{status}'") for status in Status if status is not Status.REMOVED
}
# Statuses and the limit are written into the statement: as parameters they would, once it is prepared and run a few
# times, be planned for any status and any limit, and the whole table would be read.
_QUEUE_COUNTS = union_all(
    *(
        select(
            literal(kind).label("kind"),
            select(func.count())
            .select_from(
                select(literal(1))
                .where(Comment.site_id == bindparam("site_id", type_=Id), which)
                .limit(literal_column(str(COUNT_CAP)))
                .subquery()
            )
            .scalar_subquery()
            .label("count"),
        )
        for kind, which in _KINDS.items()
    )
)


def queue_counts(connection: Connection, site_id: str) -> dict[str, int]:
    """How many wait, and how many there are by status. Counting stops at 1,000: a list that long needs no figure."""
    found = connection.execute(_QUEUE_COUNTS, {"site_id": site_id})
    return {kind: count for kind, count in found}  # noqa: C416 - rows are not pairs


def one_for_moderators(connection: Connection, comment_id: str, site_id: str) -> Any:
    """A comment with its article and what it replies to; None when it isn't this site's."""
    parent = Comment.__table__.alias("parent")
    return connection.execute(
        select(
            Comment.__table__,
            Article.key.label("article"),
            Article.title.label("article_title"),
            Article.title_confirmed,
            Article.url.label("article_url"),
            Site.name.label("site"),
            Author.published_count.label("author_published"),
            Author.rejected_count.label("author_rejected"),
            parent.c.name.label("parent_name"),
            parent.c.body.label("parent_body"),
            parent.c.status.label("parent_status"),
        )
        .join(Article, Article.id == Comment.article_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .outerjoin(parent, parent.c.id == Comment.parent_id)
        .where(Comment.id == comment_id, Comment.site_id == site_id)
    ).one_or_none()
