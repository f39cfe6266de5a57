"""Sign-ins: a browser that a moderator's token has let into the desk, for a while. The cookie's secret is not here."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, String, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, UtcTime, table
from service.store.forgetting import forget_part
from service.store.moderation import Token
from service.store.sites import Site


class SignIn(Base):
    """One browser, known by the hash of what its cookie holds. It opens what the token opens, while that is good."""

    __tablename__ = "sign_ins"
    __table_args__ = (Index("ix_sign_ins_token", "token_id"), Index("ix_sign_ins_expires_at", "expires_at"))

    secret_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    token_id: Mapped[str] = mapped_column(Id, ForeignKey("tokens.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


def add_sign_in(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(SignIn).values(row))


def find_sign_in(connection: Connection, secret_hash: str, now: datetime) -> Any:
    """The token behind a sign-in that isn't over, with its site's name and languages, or None.

    `signed_in_until` is the sign-in's own end. Whether the token is still good is for the caller to say.
    """
    return connection.execute(
        select(
            Token.__table__, Site.name.label("site"), Site.title, Site.languages,
            SignIn.expires_at.label("signed_in_until"),
        )
        .join(SignIn, SignIn.token_id == Token.id)
        .join(Site, Site.id == Token.site_id)
        .where(SignIn.secret_hash == secret_hash, SignIn.expires_at > now)
    ).one_or_none()  # fmt: skip


def end_sign_in(connection: Connection, secret_hash: str) -> None:
    connection.execute(delete(SignIn).where(SignIn.secret_hash == secret_hash))


def end_all_of(connection: Connection, token_id: str) -> int:
    """End every sign-in by a token. Returns how many there were."""
    return connection.execute(delete(SignIn).where(SignIn.token_id == token_id)).rowcount


def forget_sign_ins(connection: Connection, now: datetime) -> int:
    """Drop those that are over, a part of them. Returns how many."""
    return forget_part(connection, table(SignIn), SignIn.expires_at <= now)
