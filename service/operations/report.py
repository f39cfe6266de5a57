"""Report: a reader asks that somebody look at a published comment. Nothing about the comment changes by it,
but its place in the moderators' lists.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.comment import Status
from service.domain.note import without_addresses
from service.domain.reasons import ReportReason
from service.errors import NotFound
from service.store import comments, events, moving, reports
from service.store.base import new_id
from service.store.session import Database


@dataclass(frozen=True, slots=True)
class Report:
    """What a reader says of a comment, and the keyed fingerprint of the device they say it from."""

    comment_id: str
    reason: ReportReason
    note: str
    reporter_key: str


def report(database: Database, site_id: str, given: Report, now: datetime) -> bool:
    """Store a report. Whether it is this device's first of the comment; a second changes nothing.

    Raises:
        NotFound: no such comment is published on this site.
    """
    return database.transact(lambda connection: _report(connection, site_id, given, now))


def _report(connection: Connection, site_id: str, given: Report, now: datetime) -> bool:
    """The comment's row is locked: nobody withdraws it meanwhile and leaves the note behind."""
    row = next(iter(moving.lock_comments(connection, [given.comment_id])), None)
    if row is None or (row.site_id, row.status) != (site_id, Status.PUBLISHED):
        raise NotFound("comment_unknown")
    stored = _row(site_id, given, row.revision, now)
    if not reports.add_report(connection, stored):
        return False
    comments.count_report(connection, row, now)
    events.add_events(connection, [_event(stored)], now)
    return True


def _row(site_id: str, given: Report, revision: int, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "site_id": site_id,
        "comment_id": given.comment_id,
        "revision": revision,
        "reason": given.reason,
        "note": without_addresses(given.note.strip()),
        "reporter_key": given.reporter_key,
        "created_at": now,
    }


def _event(stored: dict[str, Any]) -> dict[str, Any]:
    """Without the note: events are told to others and kept for ever."""
    return {
        "site_id": stored["site_id"],
        "comment_id": stored["comment_id"],
        "type": "comment.reported",
        "data": {"report": stored["id"], "revision": stored["revision"], "reason": stored["reason"]},
    }
