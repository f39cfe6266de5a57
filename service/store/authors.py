"""Authors: who wrote, by a keyed key; their record on the site; and the one column that holds an address."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.comment import Status
from service.store.base import Base, Email, EmailColumn, Id, UtcTime, new_id, table
from service.store.comments import Comment

LATEST: Final = 20


class Author(Base):
    """Who wrote: known per site by a keyed key made of the e-mail. The address itself lies here and nowhere else."""

    __tablename__ = "authors"
    __table_args__ = (
        UniqueConstraint("site_id", "author_key"),
        CheckConstraint("published_count >= 0 AND rejected_count >= 0", name="counts"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    author_key: Mapped[str] = mapped_column(String(64))
    email: Mapped[Email | None] = mapped_column(EmailColumn)
    published_count: Mapped[int] = mapped_column(Integer, default=0)
    rejected_count: Mapped[int] = mapped_column(Integer, default=0)
    throwaway: Mapped[bool] = mapped_column(Boolean)
    """Whether the address is of a provider of throw-away addresses: for the judge alone, and shown nowhere."""
    on_hold: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether staff want to see everything that this author sends."""
    badge: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcTime)


_authors = table(Author)


def _ensure_author(dialect: Any) -> Any:
    statement = dialect.insert(_authors)
    return statement.on_conflict_do_update(
        index_elements=["site_id", "author_key"],
        set_={"email": statement.excluded.email, "throwaway": statement.excluded.throwaway},
    ).returning(_authors.c.id)


_ENSURE_AUTHOR = {"postgresql": _ensure_author(postgresql), "sqlite": _ensure_author(sqlite)}


def ensure_author(
    connection: Connection, site_id: str, author_key: str, email: Email, now: datetime, *, throwaway: bool
) -> str:
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
            "throwaway": throwaway,
            "on_hold": False,
        },
    ).scalar_one()
    return found


def ensure_newsroom(connection: Connection, site_id: str, author_key: str, badge: str, now: datetime) -> str:
    """The id of the author who is the newsroom itself, locked; made with this badge if it hasn't spoken before."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(_authors).values(
        id=new_id(), site_id=site_id, author_key=author_key, email=None, published_count=0, rejected_count=0,
        throwaway=False, on_hold=False, badge=badge, created_at=now,
    )  # fmt: skip
    same = {"author_key": statement.excluded.author_key}
    found: str = connection.execute(
        statement.on_conflict_do_update(index_elements=["site_id", "author_key"], set_=same).returning(_authors.c.id)
    ).scalar_one()
    return found


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


def address_of(connection: Connection, comment_id: str) -> Email | None:
    """The address that a comment's author gave; None when they are forgotten."""
    found: Email | None = connection.execute(
        select(Author.email).join(Comment, Comment.author_id == Author.id).where(Comment.id == comment_id)
    ).scalar()
    return found


def author_of(connection: Connection, comment_id: str, site_id: str) -> str | None:
    """The author of a comment of this site, whose row is locked; None when they are forgotten."""
    found: str | None = connection.execute(
        select(Author.id)
        .join(Comment, Comment.author_id == Author.id)
        .where(Comment.id == comment_id, Comment.site_id == site_id)
        .with_for_update(of=_authors)
    ).scalar()
    return found


def has_comments(connection: Connection, author_id: str) -> bool:
    return connection.execute(select(Comment.id).where(Comment.author_id == author_id).limit(1)).scalar() is not None


def forget_author(connection: Connection, author_id: str) -> None:
    """Forget an author, address and all (locked, and no comment of theirs is left)."""
    connection.execute(delete(Author).where(Author.id == author_id))


def forget_address(connection: Connection, author_id: str) -> None:
    """Forget an author's address, and know them again by their key alone."""
    connection.execute(update(Author).where(Author.id == author_id).values(email=None))


def lock_author(connection: Connection, author_id: str, site_id: str | None = None) -> Any:
    """The author's row, locked; None when there is none, or it is another site's."""
    statement = (
        select(Author.id, Author.on_hold, Author.badge, Author.author_key)
        .where(Author.id == author_id)
        .with_for_update()
    )
    if site_id is not None:
        statement = statement.where(Author.site_id == site_id)
    return connection.execute(statement).one_or_none()


def find_author(connection: Connection, author_id: str, site_id: str) -> Any:
    """What is shown of an author of this site, or None. Neither the key nor the address is."""
    return connection.execute(
        select(
            Author.id, Author.published_count, Author.rejected_count, Author.on_hold, Author.badge, Author.created_at
        ).where(Author.id == author_id, Author.site_id == site_id)
    ).one_or_none()


def change_author(connection: Connection, author_id: str, **changes: Any) -> None:
    connection.execute(update(Author).where(Author.id == author_id).values(**changes))


def latest_of(connection: Connection, author_id: str) -> Sequence[Any]:
    """An author's newest comments, the newest first."""
    return connection.execute(
        select(Comment.id, Comment.status, Comment.name, Comment.created_at)
        .where(Comment.author_id == author_id)
        .order_by(Comment.created_at.desc())
        .limit(LATEST)
    ).all()


def network_of(connection: Connection, comment_id: str, site_id: str) -> int | None:
    """The keyed address that a comment of this site came from; None when it is removed, or isn't there."""
    found: int | None = connection.execute(
        select(Comment.address_key).where(
            Comment.id == comment_id, Comment.site_id == site_id, Comment.status != Status.REMOVED
        )
    ).scalar()
    return found
