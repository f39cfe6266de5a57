"""Know an author: staff's notes on them, the hold on all that they send, and the badge that readers see."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.note import without_addresses
from service.errors import NotFound
from service.operations.decide import Decider
from service.store import audit, authors, notes, sites
from service.store.base import new_id
from service.store.session import Database


def write_note(database: Database, keeper: Decider, author_id: str, text: str, now: datetime) -> None:
    """Keep a note on an author. E-mail addresses in it are masked.

    Raises:
        NotFound: no such author on the keeper's site.
    """

    def work(connection: Connection) -> None:
        _lock(connection, keeper, author_id)
        note_id = new_id()
        notes.add_note(
            connection,
            {"id": note_id, "author_id": author_id, "text": without_addresses(text), "token_id": keeper.token_id,
             "created_at": now},
        )  # fmt: skip
        audit.add_entry(connection, _entry(keeper, Act.NOTE, author_id, note=note_id), now)

    database.transact(work)


def hold_author(database: Database, keeper: Decider, author_id: str, reason: str, now: datetime, *, hold: bool) -> None:
    """Hold all that an author sends from now on, or no longer. Said twice, it changes nothing.

    Raises:
        NotFound: no such author on the keeper's site.
    """

    def work(connection: Connection) -> None:
        if _lock(connection, keeper, author_id).on_hold is hold:
            return
        authors.change_author(connection, author_id, on_hold=hold)
        act = Act.HOLD_AUTHOR if hold else Act.RELEASE_AUTHOR
        audit.add_entry(connection, _entry(keeper, act, author_id, reason=without_addresses(reason)), now)

    database.transact(work)


def give_badge(database: Database, owner: Decider, author_id: str, badge: str | None, now: datetime) -> None:
    """Give an author a badge, another one, or none. Readers see it beside whatever of theirs is published.

    Raises:
        NotFound: no such author on the owner's site.
    """

    def work(connection: Connection) -> None:
        before = _lock(connection, owner, author_id).badge
        if before == badge:
            return
        authors.change_author(connection, author_id, badge=badge)
        sites.change_site(connection, owner.site_id, {}, None)  # readers' copies go stale
        audit.add_entry(connection, _entry(owner, Act.BADGE, author_id, badge=badge, before=before), now)

    database.transact(work)


def _lock(connection: Connection, who: Decider, author_id: str) -> Any:
    row = authors.lock_author(connection, author_id, who.site_id)
    if row is None:
        raise NotFound("author_unknown")
    return row


def _entry(who: Decider, act: Act, author_id: str, **data: Any) -> audit.Entry:
    return audit.Entry(who.site_id, who.token_id, act, author_id, data)
