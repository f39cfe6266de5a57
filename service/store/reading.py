"""What is shown of comments: a page of an article's, and one comment on a page of its own."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    bindparam,
    column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import table as sql_table

from service.domain.comment import Status
from service.store.base import Id, UtcTime, table
from service.store.comments import Comment
from service.store.sites import Article, Site

_comments = table(Comment)


def page(
    connection: Connection, article_id: str, *, limit: int, newest_first: bool, after: tuple[datetime, str] | None
) -> Sequence[Any]:
    """Published comments and the tombstones between them, by keyset on `(created_at, id)`: two short index scans."""
    asked: dict[str, Any] = {"article_id": article_id, "limit": limit}
    if after is not None:
        asked |= {"after_time": after[0], "after_id": after[1]}
    return connection.execute(_page(newest_first=newest_first, goes_on=after is not None), asked).all()


@cache
def _page(*, newest_first: bool, goes_on: bool) -> Select[Any]:
    """The statement for one order, from the beginning or going on after a comment. Four there are, each built once."""
    c, limit = _comments.c, bindparam("limit", type_=Integer())
    columns = (c.id, c.parent_id, c.status, c.name, c.website, c.html, c.created_at, c.edited_at, c.author_id)
    order = (c.created_at.desc(), c.id.desc()) if newest_first else (c.created_at, c.id)

    def scan(*where: ColumnElement[bool]) -> Any:
        statement = select(*columns).where(c.article_id == bindparam("article_id", type_=Id), *where)
        if goes_on:
            here = tuple_(c.created_at, c.id)
            there = tuple_(bindparam("after_time", type_=UtcTime()), bindparam("after_id", type_=Id))
            statement = statement.where(here < there if newest_first else here > there)
        return select(statement.order_by(*order).limit(limit).subquery())

    merged = union_all(
        scan(c.status == Status.PUBLISHED),
        scan(c.published_replies > 0, c.status != Status.PUBLISHED),
    ).subquery()
    by = (merged.c.created_at, merged.c.id)
    return _with_badges(merged).order_by(*(each.desc() if newest_first else each for each in by)).limit(limit)


def _with_badges(page: Any) -> Select[Any]:
    """What is shown, with what staff have given its authors: looked up one by one, so that no plan ever joins the lot.

    Authors are known here by their columns alone: their table comes later.
    """
    authors = sql_table("authors", column("id", Id), column("badge", String(40)))
    badge = select(authors.c.badge).where(authors.c.id == page.c.author_id).scalar_subquery()
    return select(*(each for each in page.c if each.name != "author_id"), badge.label("badge"))


def find_shown(connection: Connection, article_id: str, comment_id: str) -> Any:
    """When a comment of this article was written, if readers see it or its tombstone; else None."""
    return connection.execute(
        select(Comment.id, Comment.created_at).where(
            Comment.id == comment_id,
            Comment.article_id == article_id,
            or_(Comment.status == Status.PUBLISHED, Comment.published_replies > 0),
        )
    ).one_or_none()


def beside(created_at: datetime, comment_id: str, step: int) -> tuple[datetime, str]:
    """The place right before (-1) or behind (1) a comment, from which a page goes on."""
    return created_at, str(UUID(int=(UUID(comment_id).int + step) % 2**128))


def find_for_author(connection: Connection, comment_id: str) -> Any:
    """What a receipt shows: the author's own comment with its place. None if there is no such comment."""
    return connection.execute(
        select(
            Comment.id,
            Comment.status,
            Comment.version,
            Comment.revision,
            Comment.name,
            Comment.website,
            Comment.body,
            Comment.html,
            Comment.created_at,
            Comment.edited_at,
            Comment.parent_id,
            Comment.language,
            Comment.published_replies,
            Site.name.label("site"),
            Site.languages,
            Site.rules,
            Site.wordings,
            Site.reasons,
            Article.key.label("article"),
            Article.title.label("article_title"),
            Article.url.label("article_url"),
        )
        .join(Article, Article.id == Comment.article_id)
        .join(Site, Site.id == Comment.site_id)
        .where(Comment.id == comment_id)
    ).one_or_none()
