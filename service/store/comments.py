"""Comments and their authors; and the one compare-and-set by which a comment moves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    UniqueConstraint,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.comment import MOVES, Cause, Status, starts
from service.store.base import Base, Email, EmailColumn, Id, Json, UtcTime, new_id, table
from service.store.sites import Article, Place, Site, find_place

STATUSES = ", ".join(f"'{status}'" for status in Status)
DUPLICATE_WINDOW = timedelta(hours=24)


class Author(Base):
    """Who wrote: known per site by a keyed key made of the e-mail. The address itself lies here and nowhere else."""

    __tablename__ = "authors"
    __table_args__ = (
        UniqueConstraint("site_id", "author_key"),
        CheckConstraint("published_count >= 0 AND rejected_count >= 0", name="counts"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    author_key: Mapped[str] = mapped_column(String(64))
    email: Mapped[Email | None] = mapped_column(EmailColumn)
    published_count: Mapped[int] = mapped_column(Integer, default=0)
    rejected_count: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Comment(Base):
    """One text by one author on one article. While it is `pending` this row is its own outbox."""

    __tablename__ = "comments"
    __table_args__ = (
        CheckConstraint(f"status IN ({STATUSES})", name="status"),
        CheckConstraint("version >= 1 AND revision >= 1 AND depth >= 0 AND attempts >= 0", name="numbers"),
        CheckConstraint("published_replies >= 0", name="replies"),
        CheckConstraint("status <> 'published' OR html IS NOT NULL", name="rendered"),
        CheckConstraint(
            "status <> 'removed' OR (body = '' AND name = '' AND html IS NULL AND author_id IS NULL)", name="scrubbed"
        ),
        CheckConstraint("(depth = 0) = (parent_id IS NULL)", name="parent"),
        Index("ix_comments_list", "article_id", "status", "created_at", "id"),
        Index("ix_comments_status", "site_id", "status", "created_at", "id"),
        Index(
            "ix_comments_awaiting",
            "site_id",
            "created_at",
            "id",
            postgresql_where=text("awaiting"),
            sqlite_where=text("awaiting = 1"),  # as SQLAlchemy asks there: another spelling would not be recognised
        ),
        Index(
            "ix_comments_pending",
            "created_at",
            postgresql_where=text("status = 'pending'"),
            sqlite_where=text("status = 'pending'"),
        ),
        Index(
            "ix_comments_tombstones",
            "article_id",
            "created_at",
            "id",
            postgresql_where=text("published_replies > 0 AND status <> 'published'"),
            sqlite_where=text("published_replies > 0 AND status <> 'published'"),
        ),
        Index("ix_comments_author", "author_id", "created_at"),
        Index("ix_comments_address", "address_key", "created_at"),
        Index("ix_comments_text", "text_key", "created_at"),
        Index("ix_comments_parent", "parent_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    article_id: Mapped[str] = mapped_column(ForeignKey("articles.id"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("comments.id"))
    author_id: Mapped[str | None] = mapped_column(ForeignKey("authors.id"))
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
    reasons: Mapped[str] = mapped_column(String(400))
    """The latest verdict's signal reasons, each between spaces: what the moderators' lists are filtered by."""
    published_replies: Mapped[int] = mapped_column(Integer)
    attempts: Mapped[int] = mapped_column(SmallInteger)
    lease_until: Mapped[datetime | None] = mapped_column(UtcTime)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SubmissionKey(Base):
    """An idempotency key that was used up by a 202, and for which request: the lost answer is given again."""

    __tablename__ = "submission_keys"

    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"), primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    comment_id: Mapped[str] = mapped_column(ForeignKey("comments.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


@dataclass(frozen=True, slots=True)
class Mover:
    """A comment as the mover saw it: the compare half of compare-and-set."""

    id: str
    version: int


# Statements that every submission needs are built once: building one costs more than sending it.

_comments, _authors = table(Comment), table(Author)


def _ensure_author(dialect: Any) -> Any:
    statement = dialect.insert(_authors)
    return statement.on_conflict_do_update(
        index_elements=["site_id", "author_key"], set_={"email": statement.excluded.email}
    ).returning(_authors.c.id)


_ENSURE_AUTHOR = {"postgresql": _ensure_author(postgresql), "sqlite": _ensure_author(sqlite)}


def ensure_author(connection: Connection, site_id: str, author_key: str, email: Email, now: datetime) -> str:
    """The author's id. The row stays locked till the commit, so that one author's equal submissions come one by one."""
    found: str = connection.execute(
        _ENSURE_AUTHOR[connection.dialect.name],
        {
            "id": new_id(),
            "site_id": site_id,
            "author_key": author_key,
            "email": email,
            "created_at": now,
            "published_count": 0,
            "rejected_count": 0,
        },
    ).scalar_one()
    return found


def find_submission(connection: Connection, site_id: str, hashed: list[str]) -> Any:
    """The comment that used up one of these keys, with the request it was for; None if none is used up."""
    if not hashed:
        return None
    return connection.execute(
        select(SubmissionKey.request_hash, SubmissionKey.comment_id, Comment.status)
        .join(Comment, Comment.id == SubmissionKey.comment_id)
        .where(SubmissionKey.site_id == site_id, SubmissionKey.key_hash.in_(hashed))
        .limit(1)
    ).one_or_none()


def use_up(
    connection: Connection, site_id: str, hashed: list[str], request: str, comment_id: str, now: datetime
) -> bool:
    """Use up the keys; False if another submission was quicker with one of them."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return all(
        connection.execute(
            dialect.insert(SubmissionKey)
            .values(site_id=site_id, key_hash=key, request_hash=request, comment_id=comment_id, created_at=now)
            .on_conflict_do_nothing(index_elements=["site_id", "key_hash"])
            .returning(SubmissionKey.key_hash)
        ).scalar()
        for key in hashed
    )


def forget_keys(connection: Connection, before: datetime) -> int:
    """Drop idempotency keys that nobody will send again. Returns how many."""
    return connection.execute(delete(SubmissionKey).where(SubmissionKey.created_at < before)).rowcount


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
    "reasons": " ", "published_replies": 0, "attempts": 0, "lease_until": None, "edited_at": None,
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
    values = _NEW | comment | {"duplicates_since": comment["created_at"] - DUPLICATE_WINDOW}
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


def lock_comments(connection: Connection, ids: Iterable[str]) -> Sequence[Any]:
    """The comments' rows, locked in the order of their ids; parents' counters hang on those rows too."""
    return connection.execute(
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
            Comment.published_replies,
            Comment.created_at,
        )
        .where(Comment.id.in_(sorted(set(ids))))
        .order_by(Comment.id)
        .with_for_update(key_share=True)
    ).all()


def move(connection: Connection, movers: Sequence[Mover], cause: Cause, goal: Status, **changes: Any) -> set[str]:
    """Move comments by compare-and-set on status and version. Returns the ids of those that moved.

    This and `apply` are the only statements that change a status. Whoever isn't in the answer lost a race: an
    ordinary outcome.
    """
    if not movers:
        return set()
    rows = connection.execute(
        update(Comment)
        .where(
            tuple_(Comment.id, Comment.version).in_([(mover.id, mover.version) for mover in movers]),
            Comment.status.in_(sorted(starts(cause, goal))),
        )
        .values(status=goal, version=Comment.version + 1, lease_until=None, attempts=0, **changes)
        .returning(Comment.id)
    )
    return set(rows.scalars())


_APPLY = (
    update(_comments)
    .where(
        _comments.c.id == bindparam("comment_id", type_=Id),
        _comments.c.version == bindparam("seen", type_=Integer()),
        or_(*(_comments.c.status == start for start in MOVES[Cause.VERDICT])),
    )
    .values(
        status=bindparam("goal"),
        version=_comments.c.version + 1,
        awaiting=bindparam("awaits"),
        html=bindparam("new_html"),
        score=bindparam("new_score"),
        reasons=bindparam("new_reasons"),
        lease_until=None,
        attempts=0,
    )
)


def apply(connection: Connection, rows: Sequence[dict[str, Any]]) -> bool:
    """Move comments by their verdicts, each to its own `goal`, in one go. Whether all moved.

    `rows`: comment_id, seen (the version), goal, awaits, new_html, new_score, new_reasons. The same compare-and-set as
    `move`, for rows that are locked: nobody can win a race against them any more.
    """
    return not rows or connection.execute(_APPLY, list(rows)).rowcount == len(rows)


_CHANGE_REPLIES = (
    update(_comments)
    .where(_comments.c.id == bindparam("parent", type_=Id))
    .values(published_replies=_comments.c.published_replies + bindparam("by"))
)


def change_replies(connection: Connection, changes: dict[str, int]) -> None:
    """Add to the published replies of parents (already locked)."""
    if changes:
        connection.execute(_CHANGE_REPLIES, [{"parent": parent, "by": by} for parent, by in sorted(changes.items())])


_CHANGE_RECORD = (
    update(_authors)
    .where(_authors.c.id == bindparam("author", type_=Id))
    .values(
        published_count=_authors.c.published_count + bindparam("published"),
        rejected_count=_authors.c.rejected_count + bindparam("rejected"),
    )
)


def change_records(connection: Connection, changes: dict[str, tuple[int, int]]) -> None:
    """Add to authors' counts of published and rejected comments, in the order of their ids."""
    if changes:
        connection.execute(
            _CHANGE_RECORD,
            [
                {"author": author, "published": published, "rejected": rejected}
                for author, (published, rejected) in sorted(changes.items())
            ],
        )


SCRUBBED: Final[dict[str, Any]] = {
    "name": "", "website": "", "body": "", "html": None, "facts": {}, "language": "", "author_id": None,
    "address_key": 0, "text_key": 0, "awaiting": False,
}  # fmt: skip
"""What a removed comment holds of its author: nothing."""


def forget_author(connection: Connection, author_id: str) -> None:
    """Forget an author, address and all, when no comment of theirs is left."""
    connection.execute(
        delete(Author).where(Author.id == author_id, ~exists(select(Comment.id).where(Comment.author_id == author_id)))
    )


def page(
    connection: Connection, article_id: str, *, limit: int, newest_first: bool, after: tuple[datetime, str] | None
) -> Sequence[Any]:
    """Published comments and the tombstones between them, by keyset on `(created_at, id)`: two short index scans."""
    columns = (
        Comment.id,
        Comment.parent_id,
        Comment.status,
        Comment.name,
        Comment.website,
        Comment.html,
        Comment.created_at,
        Comment.edited_at,
    )
    order = (Comment.created_at.desc(), Comment.id.desc()) if newest_first else (Comment.created_at, Comment.id)

    def scan(*where: Any) -> Any:
        statement = select(*columns).where(Comment.article_id == article_id, *where)
        if after is not None:
            here = tuple_(Comment.created_at, Comment.id)
            there = tuple_(literal(after[0], UtcTime()), literal(after[1], Id))
            statement = statement.where(here < there if newest_first else here > there)
        return select(statement.order_by(*order).limit(limit).subquery())

    merged = union_all(
        scan(Comment.status == Status.PUBLISHED),
        scan(Comment.published_replies > 0, Comment.status != Status.PUBLISHED),
    ).subquery()
    by = (merged.c.created_at, merged.c.id)
    return connection.execute(
        select(merged).order_by(*(each.desc() if newest_first else each for each in by)).limit(limit)
    ).all()


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
            Site.name.label("site"),
            Site.languages,
            Article.key.label("article"),
            Article.title.label("article_title"),
            Article.url.label("article_url"),
        )
        .join(Article, Article.id == Comment.article_id)
        .join(Site, Site.id == Comment.site_id)
        .where(Comment.id == comment_id)
    ).one_or_none()


def place_of(connection: Connection, comment_id: str) -> Place | None:
    """The site and article a comment is on; None without such a comment."""
    row = connection.execute(
        select(Site.name, Article.key)
        .join(Article, Article.site_id == Site.id)
        .join(Comment, Comment.article_id == Article.id)
        .where(Comment.id == comment_id)
    ).one_or_none()
    return find_place(connection, row.name, row.key) if row is not None else None
