"""Comments, and the one compare-and-set by which a comment moves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    Select,
    SmallInteger,
    String,
    Text,
    bindparam,
    column,
    exists,
    insert,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy import table as sql_table
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.comment import MOVES, Cause, Lane, Status, starts
from service.domain.urgency import urgent_at
from service.store.base import Base, Id, Json, Score, UtcTime, database_time, table
from service.store.sites import Article, Site

STATUSES = ", ".join(f"'{status}'" for status in Status)
LANES = ", ".join(f"'{lane}'" for lane in Lane)
DUPLICATE_WINDOW = timedelta(hours=24)


def moderators_indexes() -> tuple[Index, ...]:
    """One for each list and order that moderators work in. All are partial: who isn't in a list costs them nothing."""

    def index(name: str, of: str, by: tuple[str, ...], where: str, sqlite: str = "") -> Index:
        # SQLite's condition as SQLAlchemy asks there: another spelling would not be recognised.
        return Index(name, of, *by, "id", postgresql_where=text(where), sqlite_where=text(sqlite or where))

    reported = "reported_at IS NOT NULL"
    return (
        index("ix_comments_awaiting", "site_id", ("created_at",), "awaiting", "awaiting = 1"),
        index("ix_comments_urgent", "site_id", ("urgent_at",), "awaiting", "awaiting = 1"),
        index("ix_comments_teaching", "site_id", ("teaches",), "awaiting", "awaiting = 1"),
        index("ix_comments_awaiting_article", "article_id", ("created_at",), "awaiting", "awaiting = 1"),
        index("ix_comments_urgent_article", "article_id", ("urgent_at",), "awaiting", "awaiting = 1"),
        index("ix_comments_teaching_article", "article_id", ("teaches",), "awaiting", "awaiting = 1"),
        index("ix_comments_reported", "site_id", ("status", "created_at"), reported),
        index("ix_comments_reported_urgent", "site_id", ("status", "urgent_at"), reported),
        index("ix_comments_reported_teaching", "site_id", ("status", "teaches"), reported),
        index("ix_comments_rejected", "site_id", ("decided", "created_at"), "status = 'rejected'"),
    )


class Comment(Base):
    """One text by one author on one article. While it is `pending` this row is its own outbox.

    Foreign keys say their type themselves: statements are built before the other tables are known.
    """

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint(f"status IN ({STATUSES})", name="status"),
        CheckConstraint(f"lane IN ({LANES})", name="lane"),
        CheckConstraint("version >= 1 AND revision >= 1 AND depth >= 0 AND attempts >= 0", name="numbers"),
        CheckConstraint("published_replies >= 0", name="replies"),
        CheckConstraint("reports >= open_reports AND open_reports >= 0", name="reports"),
        CheckConstraint("status <> 'published' OR html IS NOT NULL", name="rendered"),
        CheckConstraint(
            "status <> 'removed' OR (body = '' AND name = '' AND html IS NULL AND author_id IS NULL)", name="scrubbed"
        ),
        CheckConstraint("(depth = 0) = (parent_id IS NULL)", name="parent"),
        Index("ix_comments_list", "article_id", "status", "created_at", "id"),
        Index("ix_comments_status", "site_id", "status", "created_at", "id", "decided"),  # the last to be counted
        *moderators_indexes(),
        Index(
            "ix_comments_pending",
            "lane",
            "created_at",
            postgresql_where=text("status = 'pending'"),
            sqlite_where=text("status = 'pending'"),
        ),
        Index(
            "ix_comments_unscored",
            "created_at",
            postgresql_where=text("status = 'held' AND lane = 'score'"),
            sqlite_where=text("status = 'held' AND lane = 'score'"),
        ),
        Index(
            "ix_comments_tombstones",
            "article_id",
            "created_at",
            "id",
            postgresql_where=text("published_replies > 0 AND status <> 'published'"),
            sqlite_where=text("published_replies > 0 AND status <> 'published'"),
        ),
        Index("ix_comments_author", "author_id", "created_at", "id"),
        Index("ix_comments_address", "address_key", "created_at"),
        Index("ix_comments_text", "text_key", "created_at"),
        Index("ix_comments_parent", "parent_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    article_id: Mapped[str] = mapped_column(Id, ForeignKey("articles.id"))
    parent_id: Mapped[str | None] = mapped_column(Id, ForeignKey("comments.id"))
    author_id: Mapped[str | None] = mapped_column(Id, ForeignKey("authors.id"))
    depth: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str] = mapped_column(String(9))
    version: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    awaiting: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(245))
    website: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    address_key: Mapped[int] = mapped_column(BigInteger)
    text_key: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[float | None] = mapped_column(Float(53))
    reasons: Mapped[str] = mapped_column(String(1000))
    """The latest verdict's signal reasons, each between spaces: what the moderators' lists are filtered by."""
    checks: Mapped[str] = mapped_column(String(1000))
    """Likewise, the checks that found something."""
    decided: Mapped[bool] = mapped_column(Boolean)
    """Whether a person's decision brought it to where it stands."""
    urgent_at: Mapped[datetime] = mapped_column(UtcTime)
    """What the moderators' lists are ordered by when the most urgent is to come first."""
    teaches: Mapped[float] = mapped_column(Score)
    """Likewise, when that is to come first by which the machine learns most: from 0 to 1, by the latest verdict."""
    published_replies: Mapped[int] = mapped_column(Integer)
    reports: Mapped[int] = mapped_column(Integer)
    """How many devices reported it."""
    open_reports: Mapped[int] = mapped_column(Integer)
    """How many of them since a person last decided on it."""
    reported_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """When the first of those came."""
    attempts: Mapped[int] = mapped_column(SmallInteger)
    lane: Mapped[str] = mapped_column(String(5))
    """While it is pending, who judges it. A held comment in the lane `score` could not be scored: it is judged again
    when the scorer is back, unless a person has decided."""
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """Until then nobody else takes it."""
    holder: Mapped[str | None] = mapped_column(String(100))
    """Who took it last: the process that works on it, so that whoever sees that one die can give it back."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcTime)


@dataclass(frozen=True, slots=True)
class Mover:
    """A comment as the mover saw it: the compare half of compare-and-set."""

    id: str
    version: int


def is_still_held(row: Any, claimed: Any) -> bool:
    """Whether nobody has moved a comment, or taken it, since it was claimed: `row` is how it stands, under lock.

    The count of attempts is the fence. Who slept past the lease, and wakes when somebody else has taken the comment,
    finds another number; each lane counts from the beginning.
    """
    return (row.status, row.version, row.lane, row.attempts) == (
        Status.PENDING, claimed.version, claimed.lane, claimed.attempts,
    )  # fmt: skip


# Statements that every submission needs are built once: building one costs more than sending it.

_comments = table(Comment)


def _given(column: str) -> BindParameter[Any]:
    return bindparam(column, type_=_comments.c[column].type)


_DUPLICATE = (
    select(_comments.c.status)
    .where(
        _comments.c.text_key == _given("text_key"),
        _comments.c.created_at > bindparam("duplicates_since", type_=_comments.c.created_at.type),
        _comments.c.article_id == _given("article_id"),
        _comments.c.parent_id.is_not_distinct_from(_given("parent_id")),
        _comments.c.author_id == _given("author_id"),
        _comments.c.body == _given("body"),
    )
    .limit(1)
)
_NEW = {
    "status": Status.PENDING, "version": 1, "revision": 1, "awaiting": False, "html": None, "score": None,
    "reasons": " ", "checks": " ", "decided": False, "published_replies": 0, "reports": 0, "open_reports": 0,
    "reported_at": None, "teaches": 0.0, "attempts": 0, "lane": Lane.JUDGE, "lease_until": None, "holder": None,
    "edited_at": None,
}  # fmt: skip
_ADD = (
    insert(_comments)
    .from_select(list(_comments.c.keys()), select(*map(_given, _comments.c.keys())).where(~exists(_DUPLICATE)))
    .returning(_comments.c.id)
)


def add_comment(connection: Connection, comment: dict[str, Any]) -> str | None:
    """Store a comment, `pending`, in its first version, unless it is a duplicate: then that one's status.

    A duplicate is the same text by the same author under the same parent within 24 hours.
    """
    created_at = comment["created_at"]
    values = _NEW | comment | {"urgent_at": created_at, "duplicates_since": created_at - DUPLICATE_WINDOW}
    while connection.execute(_ADD, values).scalar() is None:
        standing = connection.execute(_DUPLICATE, values).scalar()
        if standing is not None:  # else it was withdrawn between the two statements
            return str(standing)
    return None


def find_parent(connection: Connection, article_id: str, parent: str) -> int | None:
    """The depth of a comment that can be replied to: published, and on this article. None if it can't."""
    return connection.execute(
        select(Comment.depth).where(
            Comment.id == parent, Comment.article_id == article_id, Comment.status == Status.PUBLISHED
        )
    ).scalar()


def find_for_decision(connection: Connection, comment_id: str, site_id: str) -> Any:
    """The parts of a comment that never change, for locking; None when it isn't this site's."""
    return connection.execute(
        select(Comment.id, Comment.article_id, Comment.parent_id).where(
            Comment.id == comment_id, Comment.site_id == site_id
        )
    ).one_or_none()


_LOCK = (
    select(
        Comment.id,
        Comment.status,
        Comment.version,
        Comment.revision,
        Comment.article_id,
        Comment.parent_id,
        Comment.author_id,
        Comment.site_id,
        Comment.body,
        Comment.html,
        Comment.lane,
        Comment.attempts,
        Comment.published_replies,
        Comment.score,
        Comment.open_reports,
        Comment.reported_at,
        Comment.awaiting,
        Comment.created_at,
    )
    .where(Comment.id.in_(bindparam("ids", expanding=True)))
    .order_by(Comment.id)
    .with_for_update(key_share=True)
)


def lock_comments(connection: Connection, ids: Iterable[str]) -> Sequence[Any]:
    """The comments' rows, locked in the order of their ids; parents' counters hang on those rows too."""
    return connection.execute(_LOCK, {"ids": sorted(set(ids))}).all()


def move(connection: Connection, movers: Sequence[Mover], cause: Cause, goal: Status, **changes: Any) -> set[str]:
    """Move comments by compare-and-set on status and version. Returns the ids of those that moved.

    This and `apply` are the only statements that change a status. Whoever isn't in the answer lost a race: an
    ordinary outcome. Whatever moves is judged, if it is to be, by our own checks at first.
    """
    if not movers:
        return set()
    changes = {"lane": Lane.JUDGE, "decided": cause is Cause.DECISION} | changes
    rows = connection.execute(
        update(Comment)
        .where(
            tuple_(Comment.id, Comment.version).in_([(mover.id, mover.version) for mover in movers]),
            Comment.status.in_(sorted(starts(cause, goal))),
        )
        .values(status=goal, version=Comment.version + 1, lease_until=None, holder=None, attempts=0, **changes)
        .returning(Comment.id)
    )
    return set(rows.scalars())


_APPLY = (
    update(_comments)
    .where(
        _comments.c.id == bindparam("comment_id", type_=Id),
        _comments.c.version == bindparam("seen", type_=Integer()),
        _comments.c.attempts == bindparam("taken", type_=Integer()),
        or_(*(_comments.c.status == start for start in MOVES[Cause.VERDICT])),
    )
    .values(
        status=bindparam("goal"),
        version=_comments.c.version + 1,
        awaiting=bindparam("awaits"),
        html=bindparam("new_html"),
        score=bindparam("new_score"),
        reasons=bindparam("new_reasons"),
        checks=bindparam("new_checks"),
        decided=False,
        urgent_at=bindparam("new_urgent_at", type_=UtcTime()),
        teaches=bindparam("new_teaches", type_=Score),
        lane=bindparam("new_lane"),
        lease_until=database_time(bindparam("rest_seconds", type_=Float())),  # None: no lease
        holder=None,
        attempts=0,
    )
)


def apply(connection: Connection, rows: Sequence[dict[str, Any]]) -> bool:
    """Move comments by their verdicts, each to its own `goal`, in one go. Whether all moved.

    `rows`: comment_id, seen (the version), taken (its attempts when it was claimed), goal, awaits, new_html, new_score,
    new_reasons, new_checks, new_urgent_at, new_teaches, new_lane, rest_seconds. The same compare-and-set as `move`, for
    rows that are locked: nobody can win a race against them any more.
    """
    return not rows or connection.execute(_APPLY, list(rows)).rowcount == len(rows)


def pass_on(connection: Connection, claimed: Sequence[Any]) -> int:
    """Put pending comments that our own checks have seen into the scorer's lane, free to be claimed there.

    `claimed`: their rows as they were claimed. It is no move: they stay as they were, for everybody but the workers.
    Who lost them meanwhile passes nothing on. Returns how many are there now.
    """
    standing = {row.id: row for row in lock_comments(connection, [row.id for row in claimed])}
    mine = [row.id for row in claimed if row.id in standing and is_still_held(standing[row.id], row)]
    return connection.execute(
        update(Comment)
        .where(Comment.id.in_(mine), Comment.lane == Lane.JUDGE)
        .values(lane=Lane.SCORE, lease_until=None, holder=None, attempts=0)
    ).rowcount


_CHANGE_REPLIES = (
    update(_comments)
    .where(_comments.c.id == bindparam("parent", type_=Id))
    .values(published_replies=_comments.c.published_replies + bindparam("by"))
)


def change_replies(connection: Connection, changes: dict[str, int]) -> None:
    """Add to the published replies of parents (already locked)."""
    if changes:
        connection.execute(_CHANGE_REPLIES, [{"parent": parent, "by": by} for parent, by in sorted(changes.items())])


def count_report(connection: Connection, row: Any, now: datetime) -> None:
    """Add one to a comment's reports (a row that is locked). It is no move: only its place in lists changes."""
    first, number = row.reported_at or now, row.open_reports + 1
    connection.execute(
        update(Comment)
        .where(Comment.id == row.id)
        .values(
            reports=Comment.reports + 1,
            open_reports=number,
            reported_at=first,
            urgent_at=urgent_at(row.created_at if row.awaiting else first, row.score, number),
        )
    )


SCRUBBED: Final[dict[str, Any]] = {
    "name": "", "website": "", "body": "", "html": None, "facts": {}, "language": "", "author_id": None,
    "address_key": 0, "text_key": 0, "awaiting": False, "reports": 0, "open_reports": 0,
    "reported_at": None,
}  # fmt: skip
"""What a removed comment holds of its author: nothing."""


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
        statement = select(*columns).where(c.article_id == _given("article_id"), *where)
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
