"""A page of an article's discussion, as threads: who answers whom, where it goes on, whom the form replies to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Connection, select

from service.domain.comment import Status
from service.store import comments, reading
from service.store.places import Place
from service.store.sites import Article
from service.web.origins import origin_of

PAGE_LENGTH: Final = 50


@dataclass(frozen=True, slots=True)
class Addressee:
    """A published comment that one can reply to, or that was replied to."""

    id: str
    name: str
    is_here: bool = True
    """Whether it stands on the same page."""


@dataclass(slots=True)
class Shown:
    """A published comment, or a tombstone (which has neither name nor text), with the replies on this page."""

    id: str
    status: Status
    name: str
    website: str
    """An http(s) address, whatever is stored."""
    html: str
    created_at: datetime
    edited_at: datetime | None
    parent_id: str | None
    badge: str = ""
    """What the author is here, as the site calls it; empty for a reader."""
    depth: int = 0
    addressee: Addressee | None = None
    replies: list["Shown"] = field(default_factory=list)

    @property
    def is_published(self) -> bool:
        return self.status is Status.PUBLISHED


@dataclass(frozen=True, slots=True)
class Discussion:
    """One page of comments."""

    threads: tuple[Shown, ...] = ()
    ids: frozenset[str] = frozenset()
    count: int = 0
    title: str = ""
    """The article's title, if the publisher has confirmed it: a reader's is nobody's verdict."""
    next: str | None = None
    """The comment after which the next page goes on."""
    is_first: bool = True
    is_known: bool = True
    """False when the comments couldn't be read."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a page begins: after a comment, or with one; and which way it goes from there."""

    after: str = ""
    at: str = ""
    newest_first: bool = False


def read_discussion(connection: Connection, place: Place, start: Start) -> Discussion:
    """The page of comments that begins there; the first page when that comment isn't one of the article's."""
    if place.article_id is None:
        return Discussion()
    position = _position(connection, place, start)
    rows = reading.page(
        connection, place.article_id, limit=PAGE_LENGTH + 1, newest_first=start.newest_first, after=position
    )
    here, more = rows[:PAGE_LENGTH], len(rows) > PAGE_LENGTH
    return Discussion(
        threads=_threads(connection, [_shown(row) for row in here], newest_first=start.newest_first),
        ids=frozenset(row.id for row in here),
        count=place.published_count,
        title=_confirmed_title(connection, place.article_id),
        next=here[-1].id if more else None,
        is_first=position is None,
    )


def find_addressee(connection: Connection, place: Place, comment_id: str) -> Addressee | None:
    """The comment that the form may reply to: published, of this article, and not too deep."""
    if place.article_id is None or (found := as_id(comment_id)) is None:
        return None
    depth = comments.find_parent(connection, place.article_id, found)
    if depth is None or depth >= place.rules.depth:
        return None
    return Addressee(found, reading.find_for_author(connection, found).name)


def start_of(connection: Connection, place: Place, comment_id: str) -> Start:
    """Where to begin so that the comment is on the page: at the top if the first page has it."""
    if place.article_id is None:
        return Start()
    first = reading.page(connection, place.article_id, limit=PAGE_LENGTH, newest_first=False, after=None)
    return Start() if any(row.id == comment_id for row in first) else Start(at=comment_id)


def as_id(text: str) -> str | None:
    """A comment's id in its usual spelling, or None."""
    try:
        return str(UUID(text)) if len(text) == 36 else None
    except ValueError:
        return None


def _position(connection: Connection, place: Place, start: Start) -> tuple[datetime, str] | None:
    found = as_id(start.at or start.after)
    row = reading.find_for_author(connection, found) if found else None
    if row is None or (row.site, row.article) != (place.site_name, place.article_key):
        return None
    if not start.at:
        return row.created_at, row.id
    return reading.beside(row.created_at, row.id, 1 if start.newest_first else -1)


def _confirmed_title(connection: Connection, article_id: str) -> str:
    title = connection.execute(select(Article.title).where(Article.id == article_id, Article.title_confirmed)).scalar()
    return title or ""


def _shown(row: Any) -> Shown:
    status = Status(row.status)
    is_published = status is Status.PUBLISHED
    return Shown(
        id=row.id,
        status=status,
        name=row.name if is_published else "",
        website=row.website if is_published and origin_of(row.website) else "",
        html=(row.html or "") if is_published else "",
        created_at=row.created_at,
        edited_at=row.edited_at if is_published else None,
        parent_id=row.parent_id,
        badge=(getattr(row, "badge", None) or "") if is_published else "",
    )


def _threads(connection: Connection, page: list[Shown], *, newest_first: bool) -> tuple[Shown, ...]:
    """Replies under their parents; a reply whose parent stands on another page begins a thread here.

    Whichever threads come first, the replies within each are read in the order of writing.
    """
    by_id = {each.id: each for each in page}
    elsewhere: dict[str, Any] = {}
    roots = []
    for each in reversed(page) if newest_first else page:
        parent = by_id.get(each.parent_id) if each.parent_id else None
        if parent is not None:
            each.depth = parent.depth + 1
            each.addressee = Addressee(parent.id, parent.name) if parent.is_published else None
            parent.replies.append(each)
            continue
        roots.append(each)
        if each.parent_id is not None:
            each.depth, each.addressee = _descent(connection, each.parent_id, elsewhere)
    return tuple(reversed(roots) if newest_first else roots)


def _descent(connection: Connection, parent_id: str, known: dict[str, Any]) -> tuple[int, Addressee | None]:
    """How deep a reply to this comment of another page is, and whom it answers."""
    depth, ancestor = 0, cast("str | None", parent_id)
    while ancestor is not None:
        if ancestor not in known:
            known[ancestor] = reading.find_for_author(connection, ancestor)
        ancestor, depth = known[ancestor].parent_id, depth + 1
    parent = known[parent_id]
    addressee = Addressee(parent.id, parent.name, is_here=False) if parent.status == Status.PUBLISHED else None
    return depth, addressee


def typed(values: Mapping[str, str] | None) -> dict[str, str]:
    """What was typed into the form, in those fields that are shown again."""
    return {
        name: (values or {}).get(name, "")
        for name in ("name", "email", "website", "body", "parent", "notices", "consent")
    }
