"""Withdraw: an author takes a comment back. Text, name and address go; where replies hang, a tombstone stays."""

from datetime import datetime

from sqlalchemy import Connection

from service.domain.comment import Cause, Status
from service.errors import NotFound
from service.operations.moves import Moved, lock, settle
from service.store import authors, bans, comments, events, moving, notes, reports, revisions, subscriptions, wordings
from service.store.moving import Mover
from service.store.session import Database


def withdraw(database: Database, site_id: str, comment_id: str, now: datetime) -> None:
    """Remove a comment; once it is removed, asking again changes nothing.

    Raises:
        NotFound: no such comment.
    """
    database.transact(lambda connection: _withdraw(connection, site_id, comment_id, now))


def _withdraw(connection: Connection, site_id: str, comment_id: str, now: datetime) -> None:
    known = comments.find_for_decision(connection, comment_id, site_id)
    if known is None:
        raise NotFound("receipt_unknown")
    row = lock(connection, [known])[comment_id]
    before = Status(row.status)
    if before is Status.REMOVED:
        return
    moved = moving.move(connection, [Mover(row.id, row.version)], Cause.REMOVAL, Status.REMOVED, **comments.SCRUBBED)
    if not moved:
        raise AssertionError("a comment moved although its row was locked")
    revisions.forget_revisions(connection, comment_id)
    reports.forget_reports(connection, comment_id)
    wordings.forget_wordings(connection, comment_id)
    settle(
        connection,
        [Moved(row.id, row.article_id, row.parent_id, row.author_id, before, Status.REMOVED, row.published_replies)],
    )
    if row.author_id is not None:
        _forget(connection, row.author_id)
    events.add_events(
        connection,
        [
            {
                "site_id": site_id,
                "comment_id": comment_id,
                "type": "comment.removed",
                "data": {"by": "author", "version": row.version + 1},
            }
        ],
        now,
    )


def _forget(connection: Connection, author_id: str) -> None:
    """Forget who has nothing here any more, with the notes on them.

    Whom staff have banned, put on hold or given a badge is known again by the key, without the address: nobody gets
    out of a ban by taking a comment back.
    """
    row = authors.lock_author(connection, author_id)
    if row is None or authors.has_comments(connection, author_id):
        return
    notes.forget_notes(connection, author_id)
    subscriptions.forget(connection, author_id)
    if row.on_hold or row.badge is not None or bans.bans_of_author(connection, author_id):
        authors.forget_address(connection, author_id)
    else:
        authors.forget_author(connection, author_id)
