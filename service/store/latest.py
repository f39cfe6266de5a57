"""The latest published comments, of one article or of a whole site: what feeds tell."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from service.domain.comment import Status
from service.store.comments import Comment
from service.store.sites import Article


def latest(connection: Connection, site_id: str, article_id: str | None, *, limit: int) -> Sequence[Any]:
    """The newest first. Of an article's title only what the publisher gave: a reader's is nobody's verdict."""
    where = Comment.site_id == site_id if article_id is None else Comment.article_id == article_id
    return connection.execute(
        select(
            Comment.id,
            Comment.parent_id,
            Comment.name,
            Comment.html,
            Comment.created_at,
            Comment.edited_at,
            Article.key.label("article"),
            Article.title.label("article_title"),
            Article.title_confirmed,
        )
        # Each comment has its article; said as an outer join so that SQLite begins with the comments' index.
        .outerjoin(Article, Article.id == Comment.article_id)
        .where(where, Comment.status == Status.PUBLISHED)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
        .limit(limit)
    ).all()
