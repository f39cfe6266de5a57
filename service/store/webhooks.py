"""Webhooks: where a site's own programs are told what happens. Their secrets lie here sealed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    String,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Id, Json, UtcTime
from service.store.deliveries import Channel


class Webhook(Base):
    """One endpoint. Its id is also that of its channel."""

    __tablename__ = "webhooks"
    __table_args__ = (
        CheckConstraint("(old_secret IS NULL) = (old_until IS NULL)", name="old"),
        Index("ix_webhooks_site", "site_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    url: Mapped[str] = mapped_column(String(2000))
    types: Mapped[list[str]] = mapped_column(Json)
    """Of events; empty: all."""
    description: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(Boolean)
    secret: Mapped[str] = mapped_column(String(400))
    old_secret: Mapped[str | None] = mapped_column(String(400))
    old_until: Mapped[datetime | None] = mapped_column(UtcTime)
    """Until then the one before signs too."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)


def add_webhook(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(Webhook).values(old_secret=None, old_until=None, **row))


_WITH_CHANNEL: Final = select(Webhook.__table__, Channel.failures, Channel.rests_until).join(
    Channel, Channel.id == Webhook.id
)


def find_webhook(connection: Connection, webhook_id: str, site_id: str) -> Any:
    """A webhook of this site with how its channel does, or None."""
    statement = _WITH_CHANNEL.where(Webhook.id == webhook_id, Webhook.site_id == site_id)
    return connection.execute(statement).one_or_none()


def lock_webhook(connection: Connection, webhook_id: str, site_id: str) -> Any:
    """A webhook of this site, which nobody else changes until this transaction ends; or None."""
    return connection.execute(
        select(Webhook.__table__).where(Webhook.id == webhook_id, Webhook.site_id == site_id).with_for_update()
    ).one_or_none()


def list_webhooks(connection: Connection, site_id: str) -> Sequence[Any]:
    """A site's webhooks, the first one first."""
    return connection.execute(
        _WITH_CHANNEL.where(Webhook.site_id == site_id).order_by(Webhook.created_at, Webhook.id)
    ).all()


def count_webhooks(connection: Connection, site_id: str) -> int:
    return connection.execute(select(func.count()).select_from(Webhook).where(Webhook.site_id == site_id)).scalar_one()


def change_webhook(connection: Connection, webhook_id: str, changes: dict[str, Any]) -> None:
    connection.execute(update(Webhook).where(Webhook.id == webhook_id).values(**changes))


def remove_webhook(connection: Connection, webhook_id: str) -> None:
    connection.execute(delete(Webhook).where(Webhook.id == webhook_id))


def listening(connection: Connection, site_ids: Iterable[str]) -> Sequence[Any]:
    """The webhooks of these sites that are told anything, with the types they want and since when they are there.

    None of them is removed until this transaction ends.
    """
    return connection.execute(
        select(Webhook.id, Webhook.site_id, Webhook.types, Webhook.created_at)
        .where(Webhook.site_id.in_(sorted(site_ids)), Webhook.active)
        .order_by(Webhook.id)
        .with_for_update(read=True, key_share=True)
    ).all()


def find_endpoint(connection: Connection, webhook_id: str) -> Any:
    """Where a webhook's events go, and what signs them; None if it is no more."""
    return connection.execute(
        select(Webhook.id, Webhook.url, Webhook.active, Webhook.secret, Webhook.old_secret, Webhook.old_until).where(
            Webhook.id == webhook_id
        )
    ).one_or_none()


def all_secrets(connection: Connection) -> Sequence[Any]:
    """Every webhook's id and sealed secrets."""
    return connection.execute(select(Webhook.id, Webhook.secret, Webhook.old_secret)).all()


def forget_old_secrets(connection: Connection, now: datetime) -> int:
    """Drop the secrets whose time is over. Returns how many."""
    return connection.execute(
        update(Webhook).where(Webhook.old_until < now).values(old_secret=None, old_until=None)
    ).rowcount
