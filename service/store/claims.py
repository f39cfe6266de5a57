"""Claims: who reads which comment, so that no two moderators take up the same. They lapse by the database's clock.

A row of its own, not columns of the comment: to claim moves nothing, and touches none of the comments' indexes.
Whoever claims has locked the comment's row before, as whoever decides has: one order of locks for all.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, ForeignKey, Index, String, and_, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, UtcTime, database_time, is_free, table
from service.store.moderation import Token


class Claim(Base):
    """One comment, and by whose token it is being read, until when.

    `run` tells the windows of one token apart: two browsers of one person, or of two who share a token.
    """

    __tablename__ = "claims"
    __table_args__ = (Index("ix_claims_token", "token_id"),)

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"), primary_key=True)
    token_id: Mapped[str] = mapped_column(Id, ForeignKey("tokens.id"))
    run: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime] = mapped_column(UtcTime)


_claims = table(Claim)
LONGEST: Final = 3600.0
"""Seconds for which a comment is claimed, at most."""
LIVE = ~is_free(_claims.c.until, LONGEST)


def of(comment_id: Any) -> Any:
    """How a statement on comments is joined with the claim on each, if one is on it."""
    return and_(_claims.c.comment_id == comment_id, LIVE)


def _by(token_id: str, run: str) -> Any:
    return and_(_claims.c.token_id == token_id, _claims.c.run == run)


def take(connection: Connection, comment_id: str, token_id: str, run: str, seconds: float) -> datetime | None:
    """Claim a comment (already locked), or keep one's claim for longer. None: somebody else has it.

    The last word on who has it: of two that looked at the same moment, one gets none.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement: Any = dialect.insert(_claims)
    until: datetime | None = connection.execute(
        statement.values(comment_id=comment_id, token_id=token_id, run=run, until=database_time(seconds))
        .on_conflict_do_update(
            index_elements=["comment_id"],
            set_={name: statement.excluded[name] for name in ("token_id", "run", "until")},
            where=or_(_by(token_id, run), ~LIVE),
        )
        .returning(_claims.c.until)
    ).scalar()
    return until


def holder(connection: Connection, comment_id: str) -> Any:
    """Who reads a comment (token_id, run, claimed_by, claimed_until); None if nobody does."""
    return connection.execute(
        select(
            _claims.c.token_id, _claims.c.run, Token.name.label("claimed_by"), _claims.c.until.label("claimed_until")
        )
        .join(Token, Token.id == _claims.c.token_id)
        .where(of(comment_id))
    ).one_or_none()


def held_by(connection: Connection, token_id: str, run: str) -> Sequence[str]:
    """The comments that a moderator reads in one window. Lapsed claims of theirs are forgotten on the way."""
    connection.execute(delete(_claims).where(_claims.c.token_id == token_id, ~LIVE))
    return connection.execute(select(_claims.c.comment_id).where(_by(token_id, run))).scalars().all()


def held_among(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Which of these comments somebody reads."""
    found = select(_claims.c.comment_id).where(_claims.c.comment_id.in_(sorted(ids)), LIVE)
    return set(connection.execute(found).scalars())


def end(connection: Connection, ids: Sequence[str]) -> None:
    """Nobody reads these any more."""
    if ids:
        connection.execute(delete(_claims).where(_claims.c.comment_id.in_(sorted(ids))))
