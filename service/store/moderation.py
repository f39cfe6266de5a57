"""Verdicts, decisions and the tokens of those who decide. Verdicts and decisions are only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.comment import Action
from service.domain.roles import Role
from service.store.base import Base, Id, Json, UtcTime, table
from service.store.sites import Site

ACTIONS = ", ".join(f"'{action}'" for action in Action)
ROLES = tuple(map(str, Role))


class VerdictRow(Base):
    """What the machine concluded about one revision of a comment, with all its evidence."""

    __tablename__ = "verdicts"
    __table_args__ = (
        UniqueConstraint("comment_id", "revision"),
        CheckConstraint(f"action IN ({ACTIONS})", name="action"),
        CheckConstraint("score >= 0 AND score <= 1", name="score"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"))
    revision: Mapped[int] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(7))
    score: Mapped[float] = mapped_column(Float(53))
    awaits: Mapped[bool] = mapped_column(Boolean)
    """Whether it asks for a person: everything held, and in `postmoderate` what is published in spite of doubts."""
    shadow: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """What the policy's shadow made of the same signals: `action`, `score`, `awaits`. It changes nothing."""
    signals: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    weights: Mapped[dict[str, float]] = mapped_column(Json)
    checks: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    policy_version: Mapped[int] = mapped_column(Integer)
    engine: Mapped[str] = mapped_column(String(80))
    estimate: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class DecisionRow(Base):
    """What a person concluded, bound to the version of the comment that they saw."""

    __tablename__ = "decisions"
    __table_args__ = (
        UniqueConstraint("comment_id", "version"),
        CheckConstraint(f"action IN ({ACTIONS})", name="action"),
        CheckConstraint("action <> 'reject' OR reason IS NOT NULL", name="reason"),
        CheckConstraint("closed_reports >= 0 AND reopened_reports >= 0", name="reports"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"))
    version: Mapped[int] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(7))
    before: Mapped[str] = mapped_column(String(9))
    reason: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str] = mapped_column(Text)
    closed_reports: Mapped[int] = mapped_column(Integer, default=0)
    """How many reports were open, and are dealt with by it."""
    reopened_reports: Mapped[int] = mapped_column(Integer, default=0)
    """How many are open after it all the same: an undo opens again what the undone decision had dealt with."""
    token_id: Mapped[str] = mapped_column(Id, ForeignKey("tokens.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Token(Base):
    """A key to the moderators' API. Of its 256-bit secret only the hash is stored."""

    __tablename__ = "tokens"
    __table_args__ = (
        CheckConstraint("role IN ({})".format(", ".join(f"'{role}'" for role in ROLES)), name="role"),
        Index("ix_tokens_site", "site_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    role: Mapped[str] = mapped_column(String(9))
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)


_ADD_VERDICT = insert(table(VerdictRow))


def add_verdicts(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_ADD_VERDICT, rows)


def add_decision(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(DecisionRow).values(row))


def find_token(connection: Connection, prefix: str) -> Any:
    """The token with its site's name and languages, or None. Whether it is still good is for the caller to say."""
    return connection.execute(
        select(Token.__table__, Site.name.label("site"), Site.languages)
        .join(Site, Site.id == Token.site_id)
        .where(Token.prefix == prefix)
    ).one_or_none()


def is_in_force(row: Any, now: datetime) -> bool:
    """Whether a token was neither revoked nor has lapsed."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > now)


def add_token(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(Token).values(row))


def list_tokens(connection: Connection, site: str | None) -> Any:
    statement = (
        select(Token.__table__, Site.name.label("site")).join(Site, Site.id == Token.site_id).order_by(Token.created_at)
    )
    return connection.execute(statement if site is None else statement.where(Site.name == site)).all()


def revoke_token(connection: Connection, prefix: str, now: datetime) -> bool:
    """Whether there was such a token, still good, to revoke."""
    changed = connection.execute(
        update(Token).where(Token.prefix == prefix, Token.revoked_at.is_(None)).values(revoked_at=now)
    )
    return changed.rowcount == 1


def latest_verdict(connection: Connection, comment_id: str) -> Any:
    return connection.execute(
        select(VerdictRow.__table__)
        .where(VerdictRow.comment_id == comment_id)
        .order_by(VerdictRow.revision.desc())
        .limit(1)
    ).one_or_none()


def latest_decision(connection: Connection, comment_id: str) -> Any:
    return connection.execute(
        select(DecisionRow.__table__)
        .where(DecisionRow.comment_id == comment_id)
        .order_by(DecisionRow.version.desc())
        .limit(1)
    ).one_or_none()


def verdicts_of(connection: Connection, comment_ids: list[str]) -> Any:
    return connection.execute(
        select(VerdictRow.__table__)
        .where(VerdictRow.comment_id.in_(comment_ids))
        .order_by(VerdictRow.comment_id, VerdictRow.revision)
    ).all()


def decisions_of(connection: Connection, comment_ids: list[str]) -> Any:
    """Decisions with the name of the token by which each was made."""
    return connection.execute(
        select(DecisionRow.__table__, Token.name.label("who"), Token.role)
        .join(Token, Token.id == DecisionRow.token_id)
        .where(DecisionRow.comment_id.in_(comment_ids))
        .order_by(DecisionRow.comment_id, DecisionRow.version)
    ).all()
