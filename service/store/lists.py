"""The moderators' lists: a page of one, the next that nobody reads, how long each is. What may be asked: `asked.py`.

Every question costs a bounded number of rows, however rare what it looks for. It walks one index in the order of the
answer and looks at no more than `WINDOW` rows; what it found by then is the page, and the next page goes on there. So
a page may be short, or empty, and still not the last.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    exists,
    func,
    literal,
    literal_column,
    select,
    tuple_,
    union_all,
)

from service.domain.comment import Status
from service.store import claims
from service.store.asked import (
    OVERDUE,
    Asked,
    Clause,
    Filter,
    List,
    Order,
    Place,
    ages,
    article_of,
    left_to_ask,
    members,
)
from service.store.base import Id, Score, UtcTime, table
from service.store.claims import Claim
from service.store.comments import Comment
from service.store.moderation import Token
from service.store.sites import Article, Site
from service.store.traces import Link

COUNT_CAP: Final = 1_000
WINDOW: Final = 5_000
"""How many rows one page looks at, at most."""
LINKS_WINDOW: Final = 1_000
"""Likewise, of comments that link to a domain: each is looked up by its id, which costs more."""
EXCERPT: Final = 120
"""So much of a text, in characters, is enough to know what would be acted on."""


class Page(NamedTuple):
    """Rows, and where the next page goes on; None at the end."""

    rows: Sequence[Any]
    next: Place | None


_comments, _links = table(Comment), table(Link)
_COLUMNS: Final = tuple(
    _comments.c[name]
    for name in (
        "id", "site_id", "article_id", "author_id", "parent_id", "status", "version", "awaiting", "decided", "name",
        "website", "body", "language", "score", "reasons", "checks", "reports", "open_reports", "reported_at",
        "urgent_at", "teaches", "created_at", "edited_at",
    )
)  # fmt: skip

BESIDE: Final = (
    Article.key.label("article"), Article.title.label("article_title"), Article.title_confirmed,
    Article.url.label("article_url"), Site.name.label("site"), Token.name.label("claimed_by"),
    Claim.until.label("claimed_until"),
)  # fmt: skip
"""What moderators are told beside a comment: where it is, and who reads it."""


def _number(number: int) -> ColumnElement[int]:
    """Limits are written into the statement.

    As parameters they would, once it is prepared and run a few times, be planned for any limit, and the whole table
    would be read.
    """
    return literal_column(str(number))


@dataclass(frozen=True, slots=True)
class _Walk:
    """One walk along an index: where it begins, in which order, and what is still to be asked of each row."""

    rows: Select[Any]
    by: tuple[Any, Any]
    """The index's last two columns: a time or a number, and the comment's id."""
    newest: bool
    left: frozenset[str]
    """What the index doesn't answer. `list`: whether the comment is of the list at all; `site`, `article`, …"""
    links: bool = False
    """Along links, not comments."""
    best: bool = False
    """What it meets is to be put into another order: one window is all there is."""

    def ordered(self) -> Select[Any]:
        return self.rows.order_by(*_way(self.by, newest=self.newest))

    def end(self) -> Select[Any]:
        """Where it stops for having looked at enough: its last row's place; nothing if it comes to its end."""
        return self.ordered().with_only_columns(*self.by).limit(_number(1)).offset(_number(self.window - 1))

    @property
    def window(self) -> int:
        return LINKS_WINDOW if self.links else WINDOW


def page(connection: Connection, site_id: str, asked: Asked, *, after: Place | None, limit: int, now: datetime) -> Page:
    """One page of a list."""
    given = {"late": now - OVERDUE}
    walk = _walk(site_id, asked, after)
    filters = left_to_ask(site_id, asked, walk.left)
    statement = _shown(_statement(asked, walk, filters, after, limit + 1), asked)
    rows = connection.execute(statement, given).all()
    if len(rows) > limit:
        last = rows[limit - 1]
        return Page(rows[:limit], _place(asked, last))
    end = connection.execute(walk.end(), given).one_or_none() if filters and not walk.best else None
    return Page(rows, Place(*end) if end is not None else None)


def _place(asked: Asked, row: Any) -> Place:
    return Place(getattr(row, asked.order.key), row.id)


def selection(
    connection: Connection, site_id: str, wanted: Sequence[Asked], ids: Sequence[str] | None, *, limit: int,
    now: datetime,
) -> tuple[Sequence[Any], bool]:  # fmt: skip
    """What is in any of these lists, each comment in brief, the newest first; and whether there is more.

    With `ids` only of those. Without, there may be more also because a list was looked at no further.
    """
    rows: list[Any] = []
    more = False
    for asked in wanted:
        newest, given = replace(asked, order=Order.NEWEST), {"late": now - OVERDUE}
        if ids is not None:
            rows += connection.execute(_brief(_among(site_id, newest, ids).limit(_number(limit + 1))), given)
            continue
        walk = _walk(site_id, newest, None)
        filters = left_to_ask(site_id, newest, walk.left)
        found = connection.execute(_brief(_statement(newest, walk, filters, None, limit + 1)), given).all()
        stopped = bool(filters) and connection.execute(walk.end(), given).one_or_none() is not None
        rows += found
        more = more or stopped
    rows.sort(key=lambda row: (row.created_at, row.id), reverse=True)
    return rows[:limit], more or len(rows) > limit


def _walk(site_id: str, asked: Asked, after: Place | None) -> _Walk:
    """The index that answers most of what is asked, in the order that is asked for if it has that."""
    c = _comments.c
    best = not asked.order.by_time
    newest = asked.order is Order.NEWEST
    short = asked.status is None and asked.list in {List.REPORTED, List.OVERDUE}
    if asked.author is not None and not short:
        mine = select(*_COLUMNS).where(c.author_id == asked.author)
        left = frozenset({"list", "site", "article", "domain"})
        walk = _Walk(mine, (c.created_at, c.id), newest or best, left, best=best)
    elif asked.domain is not None and not short:
        by = (_links.c.created_at, _links.c.comment_id)
        there = select(_links.c.created_at.label("at"), _links.c.comment_id.label("id"))
        there = there.where(_links.c.site_id == site_id, _links.c.domain == asked.domain)
        walk = _Walk(there, by, newest or best, frozenset({"list", "article"}), links=True, best=best)
    else:
        walk = _along_list(site_id, asked, (c[asked.order.key], c.id), short=short)
    return walk if walk.best else _between(walk, asked, after)


def _along_list(site_id: str, asked: Asked, by: tuple[Any, Any], *, short: bool) -> _Walk:
    """By the list's own index: that of the article, if one is named and the list is long enough to have one."""
    c, mine, left = _comments.c, members(asked), {"author", "domain"}
    if asked.article is not None and not short:
        whose = c.article_id == article_of(site_id, asked.article)
        if len(mine) > 1:
            mine, left = mine[:1], left | {"list"}
    else:
        whose, left = c.site_id == site_id, left | {"article"}
    rows = select(*_COLUMNS).where(whose, *mine)
    return _Walk(rows, by, asked.order.falls, frozenset(left))


def _between(walk: _Walk, asked: Asked, after: Place | None) -> _Walk:
    """From the place on; and between the times that are asked for, where the index is one of times."""
    at, rows = walk.by[0], walk.rows
    if asked.order.by_time:
        if asked.since is not None:
            rows = rows.where(at >= asked.since)
        if asked.until is not None:
            rows = rows.where(at < asked.until)
    if after is not None:
        rows = rows.where(_beyond(walk.by, after, newest=walk.newest))
    return replace(walk, rows=rows)


def _beyond(by: tuple[Any, Any], after: Place, *, newest: bool) -> Clause:
    at = literal(after.at, UtcTime() if isinstance(after.at, datetime) else Score)
    here, there = tuple_(*by), tuple_(at, literal(after.id, Id))
    return here < there if newest else here > there


def _way(by: Sequence[Any], *, newest: bool) -> tuple[Any, ...]:
    return tuple(each.desc() for each in by) if newest else tuple(by)


def _statement(asked: Asked, walk: _Walk, filters: Sequence[Filter], after: Place | None, limit: int) -> Select[Any]:
    """Of the rows within one window, those that pass, up to the limit."""
    if not filters:
        return walk.ordered().limit(_number(limit))
    met = walk.ordered().limit(_number(walk.window)).subquery("met")
    if walk.links:
        met = _linking(met, newest=walk.newest).limit(_number(walk.window)).subquery("linking")
    c = met.c
    rows = select(*(c[column.name] for column in _COLUMNS)).where(*(each(c) for each in filters))
    by = (c.at if walk.links and not walk.best else c[asked.order.key], c.id)
    if walk.best and after is not None:
        rows = rows.where(_beyond(by, after, newest=asked.order.falls))
    return rows.order_by(*_way(by, newest=asked.order.falls)).limit(_number(limit))


def _linking(links: Any, *, newest: bool) -> Select[Any]:
    """The comments behind links, each looked up by its id.

    It gets a limit of its own, or PostgreSQL would see through it and join with a whole list instead.
    """
    found = links.outerjoin(_comments, _comments.c.id == links.c.id)
    columns = select(*_COLUMNS, links.c.at).select_from(found)
    return columns.order_by(*_way((links.c.at, links.c.id), newest=newest))


def _shown(rows: Select[Any], asked: Asked) -> Select[Any]:
    """With what an item tells beside: article, site, and who reads it."""
    found = rows.subquery("found")
    # Each comment has its article and site; said as outer joins so that both databases begin with the comments.
    return (
        select(
            found,
            *BESIDE,
        )
        .select_from(found)
        .outerjoin(Article, Article.id == found.c.article_id)
        .outerjoin(Site, Site.id == found.c.site_id)
        .outerjoin(Claim, claims.of(found.c.id))
        .outerjoin(Token, Token.id == Claim.token_id)
        .order_by(*_way((found.c[asked.order.key], found.c.id), newest=asked.order.falls))
    )


def _brief(rows: Select[Any]) -> Select[Any]:
    """What whoever acts on many at once must see of each: which version of what, by whom, where."""
    c = rows.subquery("found").c
    return (
        select(
            c.id, c.version, c.status, c.name, func.substr(c.body, 1, EXCERPT).label("excerpt"), c.author_id,
            c.created_at, Article.key.label("article"), Article.title.label("article_title"), Article.title_confirmed,
            Article.url.label("article_url"),
        )
        .outerjoin(Article, Article.id == c.article_id)
        .order_by(c.created_at.desc(), c.id.desc())
    )  # fmt: skip


# The next one that nobody reads.

_LOOK: Final = 20
"""So many are looked at in one go, for one that nobody else is just about to take."""


def by_id(connection: Connection, identifier: str) -> Sequence[Any]:
    """One comment as a list would show it."""
    return connection.execute(_shown(select(*_COLUMNS).where(_comments.c.id == identifier), Asked())).all()


def among(connection: Connection, site_id: str, asked: Asked, ids: Sequence[str], *, now: datetime) -> Sequence[str]:
    """Which of these comments are of the list, in its order. They are locked."""
    if not ids:
        return []
    found = _among(site_id, asked, ids).with_only_columns(_comments.c.id)
    return connection.execute(_locking(found), {"late": now - OVERDUE}).scalars().all()


def _among(site_id: str, asked: Asked, ids: Sequence[str]) -> Select[Any]:
    c = _comments.c
    everything = frozenset({"list", "site", "article", "author", "domain"})
    passes = [each(c) for each in left_to_ask(site_id, asked, everything)]
    way = _way((c[asked.order.key], c.id), newest=asked.order.falls)
    return select(*_COLUMNS).where(c.id.in_(sorted(ids)), *ages(asked), *passes).order_by(*way)


def next_free(
    connection: Connection, site_id: str, asked: Asked, skip: Collection[str], *, now: datetime
) -> str | None:
    """The first comment of the list that nobody else reads and nobody has locked; it is locked now."""
    c, given = _comments.c, {"late": now - OVERDUE}
    taken: list[Filter] = [_free]
    if skip:
        taken.append(lambda row: row.id.not_in(sorted(skip)))
    after: Place | None = None
    while True:
        walk = _walk(site_id, asked, after)
        filters = [*left_to_ask(site_id, asked, walk.left), *taken]
        rows = connection.execute(_shown(_statement(asked, walk, filters, after, _LOOK), asked), given).all()
        if rows:
            way = _way((c[asked.order.key], c.id), newest=asked.order.falls)
            still = select(c.id).where(c.id.in_([row.id for row in rows]), *members(asked), _free(c)).order_by(*way)
            found: str | None = connection.execute(_locking(still).limit(_number(1)), given).scalar()
            if found is not None:
                return found
        if len(rows) == _LOOK:
            after = _place(asked, rows[-1])
            continue
        end = connection.execute(walk.end(), given).one_or_none() if not walk.best else None
        if end is None:
            return None
        after = Place(*end)


def _free(c: Any) -> Clause:
    return ~exists().where(claims.of(c.id)).correlate_except(table(Claim))


def _locking(found: Select[Any]) -> Select[Any]:
    """Whoever is about to decide on one has locked it: that one isn't waited for."""
    return found.with_for_update(key_share=True, skip_locked=True, of=_comments)


_KINDS: Final[dict[str, Asked]] = {str(each): Asked(each) for each in List} | {
    str(status): Asked(status=status) for status in Status if status is not Status.REMOVED
}
_COUNTS = union_all(
    *(
        select(
            literal(kind).label("kind"),
            select(func.count())
            .select_from(
                select(literal(1))
                .where(_comments.c.site_id == bindparam("site_id", type_=Id), *members(asked))
                .limit(_number(COUNT_CAP))
                .subquery()
            )
            .scalar_subquery()
            .label("count"),
        )
        for kind, asked in _KINDS.items()
    )
)


def counts(connection: Connection, site_id: str, now: datetime) -> dict[str, int]:
    """How long each list is, and how many there are by status. Counting stops at 1,000: more needs no figure."""
    found = connection.execute(_COUNTS, {"site_id": site_id, "late": now - OVERDUE})
    return {kind: count for kind, count in found}  # noqa: C416 - rows are not pairs
