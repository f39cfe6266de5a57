"""Bans: whom and what people have shut out or put on hold, until when, and why. Lifted ones stay, to be read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    and_,
    bindparam,
    insert,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from service.domain.ban import LISTED, BanKind
from service.domain.comment import Status
from service.store.base import Base, Id, UtcTime, table
from service.store.comments import Comment
from service.store.moderation import Token
from service.store.traces import Link

_KINDS: Final = ", ".join(f"'{kind}'" for kind in BanKind)
MOST_PAST: Final = 1_000
"""Comments of a ban's past that are counted."""
MOST_NAMES: Final = 2_000
"""The newest comments of each status whose names are looked at: names have no index."""
MOST_TEXTS: Final = 500
"""Likewise, whose texts are: to read one takes longer."""


class BanRow(Base):
    """One ban. A network is known by its keyed address alone: nobody can read from it where that was."""

    __tablename__ = "bans"
    __table_args__ = (
        CheckConstraint(f"kind IN ({_KINDS})", name="kind"),
        CheckConstraint("action IN ('hold', 'reject')", name="action"),
        CheckConstraint("(kind = 'author') = (author_id IS NOT NULL)", name="author"),
        CheckConstraint("(kind = 'network') = (address_key IS NOT NULL)", name="network"),
        CheckConstraint("(kind IN ('domain', 'name', 'word')) = (pattern <> '')", name="pattern"),
        CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name="lifted"),
        Index("ix_bans_site", "site_id", "created_at", "id"),
        Index("ix_bans_author", "author_id"),
        Index("ix_bans_network", "address_key"),
        Index(
            "ix_bans_good", "site_id", "kind",
            postgresql_where=text("lifted_at IS NULL"), sqlite_where=text("lifted_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    kind: Mapped[str] = mapped_column(String(7))
    author_id: Mapped[str | None] = mapped_column(Id, ForeignKey("authors.id"))
    address_key: Mapped[int | None] = mapped_column(BigInteger)
    pattern: Mapped[str] = mapped_column(String(253))
    action: Mapped[str] = mapped_column(String(6))
    reason: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    token_id: Mapped[str] = mapped_column(Id, ForeignKey("tokens.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    lifted_by: Mapped[str | None] = mapped_column(Id, ForeignKey("tokens.id"))


def add_bans(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table(BanRow)), [{"lifted_at": None, "lifted_by": None} | row for row in rows])


def lift(connection: Connection, ban_id: str, site_id: str, now: datetime, token_id: str) -> bool:
    """Lift a ban of this site; False if there is none, or it has been lifted before."""
    lifted = connection.execute(
        update(BanRow)
        .where(BanRow.id == ban_id, BanRow.site_id == site_id, BanRow.lifted_at.is_(None))
        .values(lifted_at=now, lifted_by=token_id)
    )
    return lifted.rowcount == 1


def _good(now: datetime) -> ColumnElement[bool]:
    return and_(BanRow.lifted_at.is_(None), or_(BanRow.expires_at.is_(None), BanRow.expires_at > now))


def listed_bans(connection: Connection, site_id: str, now: datetime) -> Sequence[Any]:
    """The site's good bans by domain, name and word, the oldest first: every comment is compared with all of them."""
    columns = (BanRow.id, BanRow.kind, BanRow.pattern, BanRow.action, BanRow.reason, BanRow.expires_at)
    listed = BanRow.kind.in_([literal_column(f"'{kind}'") for kind in LISTED])
    found = connection.execute(select(*columns).where(BanRow.site_id == site_id, listed, _good(now)))
    return sorted(found, key=lambda row: str(row.id))


_maker, _lifter = aliased(Token, name="maker"), aliased(Token, name="lifter")
_WITH_NAMES: Final = (
    select(BanRow.__table__, _maker.name.label("who"), _lifter.name.label("lifted_who"))
    .join(_maker, _maker.id == BanRow.token_id)
    .outerjoin(_lifter, _lifter.id == BanRow.lifted_by)
)


def find_ban(connection: Connection, ban_id: str, site_id: str) -> Any:
    """A ban of this site with the names of the tokens that made and lifted it, or None."""
    statement = _WITH_NAMES.where(BanRow.id == ban_id, BanRow.site_id == site_id)
    return connection.execute(statement).one_or_none()


def bans_of_author(connection: Connection, author_id: str) -> Sequence[Any]:
    """All that were ever made of an author, the newest first."""
    statement = _WITH_NAMES.where(BanRow.author_id == author_id)
    return connection.execute(statement.order_by(BanRow.created_at.desc(), BanRow.id.desc()).limit(100)).all()


def list_bans(
    connection: Connection,
    site_id: str,
    *,
    kind: BanKind | None = None,
    good_at: datetime | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Any]:
    """One page of a site's bans, or of those of a kind, the newest first; with `good_at` only those good then."""
    statement = _WITH_NAMES.where(BanRow.site_id == site_id)
    if kind is not None:
        statement = statement.where(BanRow.kind == kind)
    if good_at is not None:
        statement = statement.where(_good(good_at))
    if after is not None:
        there = tuple_(literal(after[0], UtcTime()), literal(after[1], Id))
        statement = statement.where(tuple_(BanRow.created_at, BanRow.id) < there)
    return connection.execute(statement.order_by(BanRow.created_at.desc(), BanRow.id.desc()).limit(limit)).all()


def _scan(*where: ColumnElement[bool]) -> Any:
    columns = (BanRow.id, BanRow.site_id, BanRow.kind, BanRow.author_id, BanRow.address_key)
    over = BanRow.expires_at <= bindparam("now", type_=UtcTime())
    return select(*columns, BanRow.action, BanRow.reason, BanRow.lifted_at).where(*where, over.is_not(True))


# Each by an index of its own: of authors a site may have banned ten thousand, and a batch has twenty. That a ban is not
# lifted is asked of none here: it would lead to the wrong index.
_GOOD_BANS: Final = union_all(
    _scan(BanRow.author_id.in_(bindparam("authors", expanding=True))),
    _scan(BanRow.address_key.in_(bindparam("addresses", expanding=True))),
)


def good_bans(connection: Connection, claimed: Iterable[Any], now: datetime) -> Sequence[Any]:
    """The bans of the authors and networks of these comments (rows with author_id, address_key), the oldest first."""
    claimed = list(claimed)
    asked = {
        "authors": sorted({row.author_id for row in claimed if row.author_id is not None}),
        "addresses": sorted({row.address_key for row in claimed}),
        "now": now,
    }
    found = [row for row in connection.execute(_GOOD_BANS, asked) if row.lifted_at is None]
    return sorted(found, key=lambda row: str(row.id))


_PAST: Final = (Comment.id, Comment.status, Comment.name, Comment.author_id, Comment.created_at)


def past_of(
    connection: Connection, site_id: str, *, author_id: str | None = None, address_key: int | None = None
) -> Sequence[Any]:
    """The newest comments by an author, or from a network: one more than are counted."""
    where = Comment.author_id == author_id if address_key is None else Comment.address_key == address_key
    return connection.execute(
        select(*_PAST).where(where, Comment.site_id == site_id).order_by(Comment.created_at.desc()).limit(MOST_PAST + 1)
    ).all()


def past_links(connection: Connection, site_id: str, domains: Iterable[str]) -> Sequence[Any]:
    """The newest comments that link to one of these domains, with what they link in."""
    return connection.execute(
        select(*_PAST, Comment.body, Comment.website)
        .join(Link, Link.comment_id == Comment.id)
        .where(Link.site_id == site_id, Link.domain.in_(sorted(domains)))
        .order_by(Link.created_at.desc())
        .limit(MOST_PAST + 1)
    ).all()


def past_texts(connection: Connection, site_id: str, most: int) -> Sequence[Any]:
    """The newest comments of each status, so many at most, for their names and texts to be looked at."""
    scans = [
        select(
            select(*_PAST, Comment.body, Comment.website)
            .where(Comment.site_id == site_id, Comment.status == status)
            .order_by(Comment.created_at.desc(), Comment.id.desc())
            .limit(most)
            .subquery()
        )
        for status in Status
        if status is not Status.REMOVED
    ]
    merged = union_all(*scans).subquery()
    return connection.execute(select(merged).order_by(merged.c.created_at.desc())).all()
