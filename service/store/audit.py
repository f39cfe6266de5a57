"""The audit log: every act of staff, written in the transaction in which it was done, and never changed again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, ForeignKey, Index, String, func, insert, literal, select, tuple_
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.acts import Act
from service.domain.roles import OPERATOR
from service.store.base import Base, Id, Json, UtcTime, new_id
from service.store.moderation import Token

_LONGEST: Final = 255


class AuditRow(Base):
    """One act. The role is what the token's was. A trigger refuses to change or delete any."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_site", "site_id", "created_at", "id"),
        Index("ix_audit_act", "site_id", "act", "created_at", "id"),
        Index("ix_audit_token", "token_id", "created_at", "id"),
        Index("ix_audit_object", "site_id", "object_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    token_id: Mapped[str | None] = mapped_column(Id, ForeignKey("tokens.id"))
    """None for an operator at the command line."""
    role: Mapped[str] = mapped_column(String(9))
    act: Mapped[str] = mapped_column(String(40))
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(String(_LONGEST))
    data: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was done, by whom, to what. `data` holds words, numbers and ids: never a text, a name or an address."""

    site_id: str
    token_id: str | None
    act: Act
    object_id: str
    data: Mapping[str, Any] = field(default_factory=dict)


def add_entry(connection: Connection, entry: Entry, now: datetime) -> None:
    """Write an entry; the token says itself what its role is."""
    role = select(Token.role).where(Token.id == entry.token_id).scalar_subquery()
    connection.execute(
        insert(AuditRow).values(
            id=new_id(),
            site_id=entry.site_id,
            token_id=entry.token_id,
            role=func.coalesce(role, OPERATOR),
            act=entry.act,
            object_kind=entry.act.kind,
            object_id=entry.object_id,
            data=dict(entry.data),
            created_at=now,
        )
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries of a site: all, or those that fit all that is given."""

    act: str | None = None
    who: str | None = None
    """A token's prefix, as `moderato token list` shows it."""
    since: datetime | None = None
    until: datetime | None = None
    """Before, not at."""
    object_id: str | None = None


def entries(
    connection: Connection,
    site_id: str,
    wanted: Wanted,
    *,
    newest_first: bool,
    after: tuple[datetime, str] | None,
    limit: int,
) -> Sequence[Any]:
    """One page of the log, by keyset on `(created_at, id)`."""
    statement = (
        select(AuditRow.__table__, Token.name.label("name"), Token.prefix)
        .outerjoin(Token, Token.id == AuditRow.token_id)
        .where(AuditRow.site_id == site_id)
    )
    if wanted.act is not None:
        statement = statement.where(AuditRow.act == wanted.act)
    if wanted.who is not None:
        token = select(Token.id).where(Token.prefix == wanted.who, Token.site_id == site_id)
        statement = statement.where(AuditRow.token_id == token.scalar_subquery())
    if wanted.object_id is not None:
        statement = statement.where(AuditRow.object_id == wanted.object_id)
    if wanted.since is not None:
        statement = statement.where(AuditRow.created_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditRow.created_at < wanted.until)
    if after is not None:
        here = tuple_(AuditRow.created_at, AuditRow.id)
        there = tuple_(literal(after[0], UtcTime()), literal(after[1], Id))
        statement = statement.where(here < there if newest_first else here > there)
    by = (AuditRow.created_at, AuditRow.id)
    order = tuple(each.desc() for each in by) if newest_first else by
    return connection.execute(statement.order_by(*order).limit(limit)).all()
