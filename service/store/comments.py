"""Comments: what is kept of each, how one comes in, and the counters that hang on it. How it moves: `moving.py`."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    CheckConstraint,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    bindparam,
    exists,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.comment import Lane, Status
from service.domain.urgency import urgent_at
from service.store.base import Base, Id, Json, Score, UtcTime, table

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


SCRUBBED: Final[dict[str, Any]] = {
    "name": "", "website": "", "body": "", "html": None, "facts": {}, "language": "", "author_id": None,
    "address_key": 0, "text_key": 0, "awaiting": False, "reports": 0, "open_reports": 0,
    "reported_at": None,
}  # fmt: skip
"""What a removed comment holds of its author: nothing."""


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
