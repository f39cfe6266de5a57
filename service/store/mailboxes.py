"""Mailboxes: where moderators are told how the queue stands. The address is as personal as an author's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, ForeignKey, Index, Integer, String, delete, func, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from service.store.base import Base, Email, EmailColumn, Id, UtcTime
from service.store.sites import Site


class Mailbox(Base):
    """One address of staff, known to people by its label. Nothing is sent before its owner has confirmed it."""

    __tablename__ = "mailboxes"
    __table_args__ = (Index("ix_mailboxes_site", "site_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    label: Mapped[str] = mapped_column(String(80))
    email: Mapped[Email | None] = mapped_column(EmailColumn)
    """None once its owner wants no more mails: it is forgotten."""
    language: Mapped[str] = mapped_column(String(10))
    digest_hour: Mapped[int | None] = mapped_column(Integer)
    """UTC; None: no digest."""
    alert_minutes: Mapped[int | None] = mapped_column(Integer)
    """An alert is sent when a comment waits longer than this for a person; None: never."""
    alert_waiting: Mapped[int | None] = mapped_column(Integer)
    """Or when more wait than this."""
    serial: Mapped[int] = mapped_column(Integer, default=0)
    asked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    digest_at: Mapped[datetime | None] = mapped_column(UtcTime)
    """The hour for which the latest digest was sent: who moves it sends the next."""
    alert_at: Mapped[datetime | None] = mapped_column(UtcTime)
    is_over: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whether the alert of this episode was sent: the next one comes after the queue was within its limits."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)


def add(connection: Connection, row: dict[str, Any]) -> None:
    connection.execute(insert(Mailbox).values(row))


def of_site(connection: Connection, site_id: str) -> Sequence[Any]:
    """A site's mailboxes, in the order in which they were added."""
    return connection.execute(
        select(Mailbox.__table__).where(Mailbox.site_id == site_id).order_by(Mailbox.created_at, Mailbox.id)
    ).all()


def count(connection: Connection, site_id: str) -> int:
    return connection.execute(select(func.count()).where(Mailbox.site_id == site_id)).scalar_one()


def find(connection: Connection, mailbox_id: str, site_id: str | None = None) -> Any:
    """A mailbox with its site's name, title and languages; None when there is none, or it is another site's."""
    statement = (
        select(Mailbox.__table__, Site.name.label("site"), Site.title.label("site_title"), Site.languages)
        .join(Site, Site.id == Mailbox.site_id)
        .where(Mailbox.id == mailbox_id)
    )
    if site_id is not None:
        statement = statement.where(Mailbox.site_id == site_id)
    return connection.execute(statement).one_or_none()


def change(connection: Connection, mailbox_id: str, **changes: Any) -> None:
    connection.execute(update(Mailbox).where(Mailbox.id == mailbox_id).values(**changes))


def remove(connection: Connection, mailbox_id: str, site_id: str) -> bool:
    done = connection.execute(delete(Mailbox).where(Mailbox.id == mailbox_id, Mailbox.site_id == site_id))
    return done.rowcount == 1


def confirm(connection: Connection, mailbox_id: str, serial: int, now: datetime) -> bool:
    """Confirm it by a link that was made at this serial number; False when it was used before."""
    done = connection.execute(
        update(Mailbox)
        .where(Mailbox.id == mailbox_id, Mailbox.serial == serial, Mailbox.email.is_not(None))
        .values(confirmed_at=now, serial=serial + 1)
    )
    return done.rowcount == 1


def stop(connection: Connection, mailbox_id: str) -> None:
    """Forget its address; the label stays, so that the site's owner sees what became of it."""
    connection.execute(
        update(Mailbox).where(Mailbox.id == mailbox_id).values(email=None, confirmed_at=None, serial=Mailbox.serial + 1)
    )


def confirmed(connection: Connection) -> Sequence[Any]:
    """All that may be written to."""
    return connection.execute(
        select(Mailbox.__table__)
        .where(Mailbox.confirmed_at.is_not(None), Mailbox.email.is_not(None))
        .order_by(Mailbox.site_id, Mailbox.id)
    ).all()


def claim_digest(connection: Connection, mailbox_id: str, seen: datetime | None, hour: datetime) -> bool:
    """Whether it is ours to send the digest of this hour: of two who look at once, one does."""
    unmoved = Mailbox.digest_at.is_(None) if seen is None else Mailbox.digest_at == seen
    done = connection.execute(update(Mailbox).where(Mailbox.id == mailbox_id, unmoved).values(digest_at=hour))
    return done.rowcount == 1


def claim_alert(connection: Connection, mailbox_id: str, seen: datetime | None, now: datetime) -> bool:
    """Whether it is ours to send the alert that this episode gets."""
    unmoved = Mailbox.alert_at.is_(None) if seen is None else Mailbox.alert_at == seen
    done = connection.execute(
        update(Mailbox)
        .where(Mailbox.id == mailbox_id, unmoved, Mailbox.is_over.is_(False))
        .values(alert_at=now, is_over=True)
    )
    return done.rowcount == 1


def end_episode(connection: Connection, mailbox_id: str) -> None:
    connection.execute(update(Mailbox).where(Mailbox.id == mailbox_id).values(is_over=False))
