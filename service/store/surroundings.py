"""What stands around a comment: whom it answers, who answers it, and what comes before and after it."""

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, literal, select, tuple_

from service.domain.comment import Status
from service.domain.site import MAX_DEPTH
from service.store.base import Id, UtcTime, table
from service.store.comments import Comment

BESIDE: Final = 5
"""So many before it, and so many after it."""
REPLIES: Final = 20

_comments = table(Comment)
_COLUMNS: Final = tuple(
    _comments.c[name] for name in ("id", "parent_id", "depth", "status", "name", "body", "created_at")
)
_BY: Final = (_comments.c.created_at, _comments.c.id)


def surroundings(connection: Connection, comment_id: str, site_id: str) -> list[Any]:
    """The comment among its neighbours, in the order of a discussion: those it answers, then by time.

    Beside a reply stand the others to the same comment, whatever became of them; beside a comment on the article, those
    that readers see. Nothing if there is no such comment on this site.
    """
    c = _comments.c
    own = connection.execute(
        select(*_COLUMNS, c.article_id).where(c.id == comment_id, c.site_id == site_id)
    ).one_or_none()
    if own is None:
        return []
    return [*_ancestors(connection, own), *_beside(connection, own), *_replies(connection, own)]


def _ancestors(connection: Connection, own: Any) -> list[Any]:
    """From the first one down."""
    found: list[Any] = []
    above = own.parent_id
    while above is not None and len(found) < MAX_DEPTH:
        row = connection.execute(select(*_COLUMNS).where(_comments.c.id == above)).one()
        found.insert(0, row)
        above = row.parent_id
    return found


def _beside(connection: Connection, own: Any) -> Iterator[Any]:
    c = _comments.c
    here = tuple_(literal(own.created_at, UtcTime()), literal(own.id, Id))
    whose: tuple[ColumnElement[bool], ...] = (
        (c.parent_id == own.parent_id, c.status != Status.REMOVED)
        if own.parent_id is not None
        else (c.article_id == own.article_id, c.status == Status.PUBLISHED, c.parent_id.is_(None))
    )
    before = _some(*whose, tuple_(*_BY) < here).order_by(*(each.desc() for each in _BY)).limit(BESIDE)
    after = _some(*whose, tuple_(*_BY) > here).order_by(*_BY).limit(BESIDE)
    yield from reversed(connection.execute(before).all())
    yield own
    yield from connection.execute(after).all()


def _replies(connection: Connection, own: Any) -> Iterator[Any]:
    c = _comments.c
    asked = _some(c.parent_id == own.id, c.status != Status.REMOVED).order_by(*_BY).limit(REPLIES)
    yield from connection.execute(asked).all()


def _some(*where: ColumnElement[bool]) -> Select[Any]:
    return select(*_COLUMNS).where(*where)
