"""Reveal: an owner is told an author's address, for a reason that stays in the audit log. The one door to it."""

from datetime import datetime

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.note import without_addresses
from service.errors import NotFound
from service.operations.decide import Decider
from service.store import audit, authors, comments
from service.store.base import Email
from service.store.session import Database


def reveal(database: Database, owner: Decider, comment_id: str, reason: str, now: datetime) -> Email:
    """The address that a comment's author gave. Nobody is told it before the entry in the log is committed.

    Raises:
        NotFound: no such comment on the owner's site, or its author has taken it back, address and all.
    """
    return database.transact(lambda connection: _reveal(connection, owner, comment_id, reason, now))


def _reveal(connection: Connection, owner: Decider, comment_id: str, reason: str, now: datetime) -> Email:
    if comments.find_for_decision(connection, comment_id, owner.site_id) is None:
        raise NotFound("comment_unknown")
    email = authors.address_of(connection, comment_id)
    if email is None:
        raise NotFound("author_unknown")
    data = {"reason": without_addresses(reason)}
    audit.add_entry(connection, audit.Entry(owner.site_id, owner.token_id, Act.REVEAL, comment_id, data), now)
    return email
