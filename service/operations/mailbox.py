"""Mailboxes of staff: added by the site's owner, confirmed by whoever reads them, ended by either."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.note import without_addresses
from service.errors import Gone, Invalid, NotFound, Sentence
from service.keys import Link
from service.operations.decide import Decider
from service.store import audit, events, mailboxes
from service.store.base import Email, new_id
from service.store.session import Database

MOST: Final = 20
"""Mailboxes of one site."""
ASKED: Final = "mailbox.asked"
"""The event by which a confirmation is sent."""
PAUSE: Final = timedelta(hours=1)
"""Between two confirmations to one mailbox."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted of a mailbox: only the columns that are given change."""

    columns: Mapping[str, Any] = field(default_factory=dict)


def add_mailbox(
    database: Database, owner: Decider, email: Email, wishes: Wishes, now: datetime, *, sends_mail: bool
) -> str:
    """Add a mailbox, and have its owner asked whether they want it; its id.

    Raises:
        Invalid: there are too many already.
    """
    return database.transact(lambda connection: _add(connection, owner, email, wishes, now, sends_mail=sends_mail))


def change_mailbox(database: Database, owner: Decider, mailbox_id: str, wishes: Wishes, now: datetime) -> None:
    """Change what is sent to a mailbox.

    Raises:
        NotFound: no such mailbox on this site.
    """
    database.transact(lambda connection: _change(connection, owner, mailbox_id, wishes, now))


def remove_mailbox(database: Database, owner: Decider, mailbox_id: str, now: datetime) -> None:
    """Remove a mailbox, address and all.

    Raises:
        NotFound: no such mailbox on this site.
    """
    database.transact(lambda connection: _remove(connection, owner, mailbox_id, now))


def ask_again(database: Database, owner: Decider, mailbox_id: str, now: datetime) -> None:
    """Have a mailbox's owner asked once more, if they haven't answered and weren't asked just now.

    Raises:
        NotFound: no such mailbox on this site.
    """
    database.transact(lambda connection: _ask_again(connection, owner, mailbox_id, now))


def confirm_mailbox(database: Database, link: Link, now: datetime) -> None:
    """Confirm a mailbox: from now on it is written to.

    Raises:
        NotFound: it was removed, or its owner wants no more.
        Gone: the link is too old, or was used.
    """
    database.transact(lambda connection: _confirm(connection, link, now))


def stop_mailbox(database: Database, link: Link) -> None:
    """Write to it no more. This link is always good; stopped twice, nothing happens any more."""
    database.transact(lambda connection: mailboxes.stop(connection, link.subject))


def usable(connection: Connection, link: Link, now: datetime) -> Any:
    """The mailbox of a link that works once, if it is still good.

    Raises:
        NotFound, Gone: as above.
    """
    row = mailboxes.find(connection, link.subject)
    if row is None:
        raise NotFound("link_unknown")
    if row.serial != link.serial or row.email is None or (link.until is not None and link.until <= now):
        raise Gone
    return row


def _add(
    connection: Connection, owner: Decider, email: Email, wishes: Wishes, now: datetime, *, sends_mail: bool
) -> str:
    if mailboxes.count(connection, owner.site_id) >= MOST:
        raise Invalid({"email": [Sentence("field.too_many_mailboxes", count=MOST)]})
    mailbox_id = new_id()
    row = {
        "id": mailbox_id, "site_id": owner.site_id, "email": email, "serial": 0, "is_over": False, "created_at": now,
        "asked_at": now if sends_mail else None, **_cleaned(wishes),
    }  # fmt: skip
    mailboxes.add(connection, row)
    if sends_mail:
        _ask(connection, owner.site_id, mailbox_id, now)
    _log(connection, owner, Act.ADD_MAILBOX, mailbox_id, {"label": row["label"]}, now)
    return mailbox_id


def _change(connection: Connection, owner: Decider, mailbox_id: str, wishes: Wishes, now: datetime) -> None:
    _known(connection, owner, mailbox_id)
    if wishes.columns:
        mailboxes.change(connection, mailbox_id, **_cleaned(wishes))
    _log(connection, owner, Act.PUT_MAILBOX, mailbox_id, {"changed": sorted(wishes.columns)}, now)


def _remove(connection: Connection, owner: Decider, mailbox_id: str, now: datetime) -> None:
    row = _known(connection, owner, mailbox_id)
    mailboxes.remove(connection, mailbox_id, owner.site_id)
    _log(connection, owner, Act.REMOVE_MAILBOX, mailbox_id, {"label": row.label}, now)


def _ask_again(connection: Connection, owner: Decider, mailbox_id: str, now: datetime) -> None:
    row = _known(connection, owner, mailbox_id)
    unanswered = row.email is not None and row.confirmed_at is None
    if unanswered and (row.asked_at is None or row.asked_at <= now - PAUSE):
        mailboxes.change(connection, mailbox_id, asked_at=now)
        _ask(connection, owner.site_id, mailbox_id, now)
        _log(connection, owner, Act.ASK_MAILBOX, mailbox_id, {"label": row.label}, now)


def _confirm(connection: Connection, link: Link, now: datetime) -> None:
    usable(connection, link, now)
    if not mailboxes.confirm(connection, link.subject, link.serial, now):
        raise Gone


def _known(connection: Connection, owner: Decider, mailbox_id: str) -> Any:
    row = mailboxes.find(connection, mailbox_id, owner.site_id)
    if row is None:
        raise NotFound("mailbox_unknown")
    return row


def _cleaned(wishes: Wishes) -> dict[str, Any]:
    """A label is shown to all of the staff: no address stands in it."""
    columns = dict(wishes.columns)
    if "label" in columns:
        columns["label"] = without_addresses(columns["label"])
    return columns


def _ask(connection: Connection, site_id: str, mailbox_id: str, now: datetime) -> None:
    event = {"site_id": site_id, "comment_id": None, "type": ASKED, "data": {"mailbox": mailbox_id}}
    events.add_events(connection, [event], now)


def _log(
    connection: Connection, owner: Decider, act: Act, mailbox_id: str, data: Mapping[str, Any], now: datetime
) -> None:
    audit.add_entry(connection, audit.Entry(owner.site_id, owner.token_id, act, mailbox_id, data), now)
