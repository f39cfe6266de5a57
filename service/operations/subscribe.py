"""Subscribe: an author asks to be told by mail, confirms it by a link that only the address's owner has, or ends it."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from service.domain.notice import Notice
from service.domain.site import SiteRules
from service.errors import Gone, NotFound
from service.keys import Link
from service.store import authors, events, subscriptions
from service.store.session import Database
from service.store.subscriptions import State

ASKED: Final = "notices.asked"
"""The event by which a confirmation is sent."""


def ask(database: Database, site_id: str, comment_id: str, language: str, now: datetime) -> None:
    """Have a confirmation sent to a comment's author, if one may be. Nobody is told whether one was.

    Raises:
        NotFound: the comment's author is forgotten, or the site doesn't tell its authors anything.
    """
    database.transact(lambda connection: _ask(connection, site_id, comment_id, language, now))


def _ask(connection: Connection, site_id: str, comment_id: str, language: str, now: datetime) -> None:
    author_id = authors.author_of(connection, comment_id, site_id)
    if author_id is None:
        raise NotFound("author_unknown")
    ask_author(connection, site_id, author_id, comment_id, language, now)


def ask_author(
    connection: Connection, site_id: str, author_id: str, comment_id: str, language: str, now: datetime
) -> None:
    """The same within a transaction that does more, in which the author's row is locked."""
    if subscriptions.ask(connection, author_id, language, now):
        event = {"site_id": site_id, "comment_id": comment_id, "type": ASKED, "data": {"author": author_id}}
        events.add_events(connection, [event], now)


def answer(database: Database, link: Link, kinds: Collection[Notice], now: datetime) -> int:
    """Confirm a subscription to these notices, or choose others; none at all ends it. The serial that links have then.

    Raises:
        NotFound: the author is forgotten, or the site tells its authors nothing any more.
        Gone: the link is too old, or was used.
    """
    return database.transact(lambda connection: _answer(connection, link, kinds, now))


def stop(database: Database, link: Link, now: datetime) -> None:
    """Never write again. This link is always good: stopped twice, or when the author is forgotten, nothing happens."""
    database.transact(lambda connection: subscriptions.stop(connection, link.subject, now))


def usable(connection: Connection, link: Link, now: datetime) -> None:
    """Whether a link that works once is still good.

    Raises:
        NotFound, Gone: as above.
    """
    row = subscriptions.find(connection, link.subject)
    if row is None or not SiteRules.from_document(row.rules).notices:
        raise NotFound("link_unknown")
    if row.serial != link.serial or (link.until is not None and link.until <= now):
        raise Gone


def _answer(connection: Connection, link: Link, kinds: Collection[Notice], now: datetime) -> int:
    usable(connection, link, now)
    state = State.CONFIRMED if kinds else State.ENDED
    if not subscriptions.answer(connection, link.subject, link.serial, state, kinds, now):
        raise Gone
    return link.serial + 1
