"""Fan out: for each event, a delivery for everybody whom it is to be told; all of it with the mark that it is done."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.delivery import Kind
from service.domain.event import EVENTS, PING
from service.operations import notify
from service.store import events, webhooks
from service.store.deliveries import Target, add_deliveries
from service.store.session import Database

BATCH: Final = 500


def _webhooks(connection: Connection, batch: Sequence[Any]) -> Iterable[Target]:
    """Every webhook of the site that wants events of this type, and was there when it happened."""
    there = webhooks.listening(connection, {event.site_id for event in batch})
    for event in batch:
        if event.type not in EVENTS and event.type != PING:
            continue  # of the house alone
        for hook in there:
            wanted = not hook.types or event.type in hook.types
            if hook.site_id == event.site_id and wanted and hook.created_at <= event.created_at:
                yield Target(event.id, event.site_id, Kind.WEBHOOK, hook.id, hook.id)


Source = Callable[[Connection, Sequence[Any]], Iterable[Target]]
SOURCES: Final[tuple[Source, ...]] = (_webhooks, notify.targets)
"""Each says who is to be told of a batch of events (id, site_id, comment_id, type, data, created_at)."""


def fan_out(database: Database, now: datetime, *, sends_mail: bool = False) -> int:
    """One batch of events, the oldest first. Returns how many there were. No mail is to be sent unless it can be.

    It can be done twice: whoever dies on the way has done nothing, and a delivery that is there is not made again.
    """
    with database.read() as connection:
        if not events.any_untold(connection):
            return 0
    sources = SOURCES if sends_mail else (_webhooks,)
    return database.transact(lambda connection: _fan_out(connection, sources, now))


def _fan_out(connection: Connection, sources: Iterable[Source], now: datetime) -> int:
    batch = events.take_untold(connection, BATCH)
    if batch:
        add_deliveries(connection, (target for source in sources for target in source(connection, batch)), now)
        events.mark_told(connection, [event.id for event in batch])
    return len(batch)
