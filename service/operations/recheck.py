"""Recheck: what is held only because the scorer was away is judged again, as a new revision of the same text."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.comment import Cause, Lane, Status, may_move
from service.operations.moves import Moved, lock, settle
from service.store import comments, events, queues
from service.store.comments import Comment, Mover
from service.store.session import Database


def recheck(database: Database, limit: int, now: datetime) -> int:
    """Put up to `limit` of them, the oldest first, back into the scorer's lane. Returns how many.

    What a person has decided meanwhile, or its author edited or withdrew, isn't there any more: whatever moves leaves
    the lane.
    """
    return database.transact(lambda connection: _recheck(connection, limit, now))


def _recheck(connection: Connection, limit: int, now: datetime) -> int:
    found = queues.unscored(connection, limit)
    if not found:
        return 0
    standing = lock(connection, found)
    again = [row for each in found if _undecided(row := standing[each.id])]
    moved = comments.move(
        connection, [Mover(row.id, row.version) for row in again], Cause.REVISION, Status.PENDING,
        lane=Lane.SCORE, revision=Comment.revision + 1, awaiting=False,
    )  # fmt: skip
    if len(moved) != len(again):
        raise AssertionError("a comment moved although its row was locked")
    settle(
        connection,
        [
            Moved(row.id, row.article_id, row.parent_id, row.author_id,
                  Status.HELD, Status.PENDING, row.published_replies)
            for row in again
        ],
    )  # fmt: skip
    events.add_events(connection, [_event(row) for row in again], now)
    return len(again)


def _undecided(row: Any) -> bool:
    return row.lane == Lane.SCORE and row.status == Status.HELD and may_move(Cause.REVISION, row.status, Status.PENDING)


def _event(row: Any) -> dict[str, Any]:
    return {
        "site_id": row.site_id,
        "comment_id": row.id,
        "type": "comment.rechecked",
        "data": {"by": "scorer", "revision": row.revision + 1, "version": row.version + 1},
    }
