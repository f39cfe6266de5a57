"""Authors: who wrote, by a keyed key; their record on the site; and the one column that holds an address."""

from datetime import datetime
from typing import Any

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
    exists,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Email, EmailColumn, Id, UtcTime, new_id, table
from service.store.comments import Comment


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
        },
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


def forget_author(connection: Connection, author_id: str) -> None:
    """Forget an author, address and all, when no comment of theirs is left."""
    connection.execute(
        delete(Author).where(Author.id == author_id, ~exists(select(Comment.id).where(Comment.author_id == author_id)))
    )
