"""Remind: moderators' mailboxes are told how the queue stands, each day and when it stands badly.

Called every minute, by as many as like to: each digest and each alert is claimed in the database, in the transaction
that writes its event.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from service.store import events, mailboxes, numbers
from service.store.session import Database

DIGEST: Final = "mailbox.digest"
ALERT: Final = "mailbox.alert"
COOL_DOWN: Final = timedelta(hours=1)
"""Between two alerts to one mailbox, however often the queue goes over its limits."""


def remind(database: Database, now: datetime) -> int:
    """Write the events of all digests and alerts that are due. How many there were."""
    with database.read() as connection:
        known = mailboxes.confirmed(connection)
        waiting = {site: queue_of(connection, site, now) for site in {row.site_id for row in known}}
    return sum(_remind(database, row, waiting[row.site_id], now) for row in known)


def queue_of(connection: Connection, site_id: str, now: datetime) -> tuple[int, timedelta]:
    """How many comments wait for a person (counted up to a cap), and for how long the oldest has."""
    since = numbers.oldest_awaiting(connection, site_id)
    return numbers.count_awaiting(connection, site_id), now - since if since is not None else timedelta()


def is_over(row: Any, waiting: tuple[int, timedelta]) -> bool:
    """Whether a queue is over the limits that a mailbox was given."""
    count, oldest = waiting
    late = row.alert_minutes is not None and oldest > timedelta(minutes=row.alert_minutes)
    return late or (row.alert_waiting is not None and count > row.alert_waiting)


def _remind(database: Database, row: Any, waiting: tuple[int, timedelta], now: datetime) -> int:
    told = 0
    hour = _hour(row, now)
    if hour is not None:
        told += database.transact(
            lambda connection: (
                mailboxes.claim_digest(connection, row.id, row.digest_at, hour) and _tell(connection, row, DIGEST, now)
            )
        )
    over = is_over(row, waiting)
    if over and not row.is_over and (row.alert_at is None or now - row.alert_at >= COOL_DOWN):
        told += database.transact(
            lambda connection: (
                mailboxes.claim_alert(connection, row.id, row.alert_at, now) and _tell(connection, row, ALERT, now)
            )
        )
    elif row.is_over and not over:
        database.transact(lambda connection: mailboxes.end_episode(connection, row.id))
    return told


def _hour(row: Any, now: datetime) -> datetime | None:
    """Today's hour of the digest, if it has struck and nothing was sent today; not for one before the confirmation."""
    if row.digest_hour is None:
        return None
    hour = now.astimezone(UTC).replace(hour=row.digest_hour, minute=0, second=0, microsecond=0)
    due = row.confirmed_at < hour <= now and (row.digest_at is None or row.digest_at.date() < hour.date())
    return hour if due else None


def _tell(connection: Connection, row: Any, kind: str, now: datetime) -> bool:
    event = {"site_id": row.site_id, "comment_id": None, "type": kind, "data": {"mailbox": row.id}}
    events.add_events(connection, [event], now)
    return True
