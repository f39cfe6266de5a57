"""Revise: the author's edit makes a new revision, which is judged again; until then the earlier text is kept."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.domain.comment import Cause, Status, may_move
from service.errors import Conflict, NotFound
from service.keys import Keys
from service.operations.moves import Moved, lock, settle
from service.store import comments, events, moving, revisions
from service.store.moving import Mover
from service.store.places import Place
from service.store.session import Database


def revise(database: Database, keys: Keys, place: Place, comment_id: str, body: str, now: datetime) -> Status:
    """Replace the text of a comment. The same text again changes nothing.

    Raises:
        NotFound: no such comment.
        Conflict: too late (`edit_over`: the window is over, or a reply is published), or not in a state to be edited.
    """
    text_key = keys.text(place.site_id, body)
    return database.transact(lambda connection: _revise(connection, place, comment_id, body, text_key, now))


def _revise(connection: Connection, place: Place, comment_id: str, body: str, text_key: int, now: datetime) -> Status:
    known = comments.find_for_decision(connection, comment_id, place.site_id)
    if known is None:
        raise NotFound("receipt_unknown")
    row = lock(connection, [known])[comment_id]
    before = Status(row.status)
    if not may_move(Cause.REVISION, before, Status.PENDING):
        raise Conflict("not_editable", extra={"comment_status": before})
    if now > row.created_at + timedelta(minutes=place.rules.edit_minutes) or row.published_replies:
        raise Conflict("edit_over", facts={"count": place.rules.edit_minutes})
    if body == row.body:
        return before
    revisions.keep_revision(connection, comment_id, row.revision, row.body, now)
    moved = moving.move(
        connection, [Mover(row.id, row.version)], Cause.REVISION, Status.PENDING,
        body=body, text_key=text_key, html=None, revision=row.revision + 1, awaiting=False, edited_at=now,
    )  # fmt: skip
    if not moved:
        raise AssertionError("a comment moved although its row was locked")
    settle(
        connection,
        [Moved(row.id, row.article_id, row.parent_id, row.author_id, before, Status.PENDING, row.published_replies)],
    )
    events.add_events(
        connection,
        [
            {
                "site_id": place.site_id,
                "comment_id": comment_id,
                "type": "comment.edited",
                "data": {"revision": row.revision + 1, "version": row.version + 1},
            }
        ],
        now,
    )
    return Status.PENDING
