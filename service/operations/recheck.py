"""Recheck: a held comment that nobody has decided on is judged again, as a new revision of the same text.

For two reasons: the scorer was away, or people have decided on copies of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.comment import Cause, Lane, Status, may_move
from service.operations.moves import Moved, lock, settle
from service.store import campaigns, claims, events, moving, queues
from service.store.comments import Comment
from service.store.moving import Mover
from service.store.session import Database


def recheck(database: Database, limit: int, now: datetime) -> int:
    """Put up to `limit` of those, the oldest first, back into the scorer's lane that it wasn't there for. How many.

    What a person has decided meanwhile, or its author edited or withdrew, isn't there any more: whatever moves leaves
    the lane.
    """
    return database.transact(lambda connection: _unscored(connection, limit, now))


def recheck_copies(database: Database, campaign: str, limit: int, now: datetime) -> int:
    """Have up to `limit` waiting members of a campaign judged by what people decided on others of it. How many.

    What somebody reads just now is left to them; what has moved since it was looked for isn't touched.
    """
    return database.transact(lambda connection: _copies(connection, campaign, limit, now))


def _unscored(connection: Connection, limit: int, now: datetime) -> int:
    found = queues.unscored(connection, limit)
    if not found:
        return 0
    standing = lock(connection, found)
    again = [row for each in found if (row := standing[each.id]).lane == Lane.SCORE and _undecided(row)]
    return _judge_again(connection, again, Lane.SCORE, "scorer", now)


def _copies(connection: Connection, campaign: str, limit: int, now: datetime) -> int:
    found = campaigns.untold(connection, campaign, limit)
    if not found:
        return 0
    standing = lock(connection, found)
    read = claims.held_among(connection, [each.id for each in found])  # whoever claims has locked the comment before
    again = [
        row
        for each in found
        if (row := standing[each.id]).version == each.version and _undecided(row) and row.id not in read
    ]
    return _judge_again(connection, again, Lane.JUDGE, "campaign", now)


def _undecided(row: Any) -> bool:
    return row.status == Status.HELD and may_move(Cause.REVISION, row.status, Status.PENDING)


def _judge_again(connection: Connection, again: Sequence[Any], lane: Lane, by: str, now: datetime) -> int:
    if not again:
        return 0
    moved = moving.move(
        connection, [Mover(row.id, row.version) for row in again], Cause.REVISION, Status.PENDING,
        lane=lane, revision=Comment.revision + 1, awaiting=False,
    )  # fmt: skip
    if len(moved) != len(again):
        raise AssertionError("a comment moved although its row was locked")
    settle(
        connection,
        [
            Moved(row.id, row.article_id, row.parent_id, row.author_id,
                  Status.HELD, Status.PENDING, row.published_replies, same_text=True)
            for row in again
        ],
    )  # fmt: skip
    events.add_events(connection, [_event(row, by) for row in again], now)
    return len(again)


def _event(row: Any, by: str) -> dict[str, Any]:
    return {
        "site_id": row.site_id,
        "comment_id": row.id,
        "type": "comment.rechecked",
        "data": {"by": by, "revision": row.revision + 1, "version": row.version + 1},
    }
