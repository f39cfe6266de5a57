"""Webhooks: an owner says where a site's events go, gives their secrets out, tries them, and has them told again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.delivery import INACTIVE, Kind, State
from service.domain.event import PING
from service.errors import Conflict, Invalid, NotFound, Sentence
from service.keys import Keys, new_webhook_secret
from service.operations.decide import Decider
from service.store import audit, deliveries, events, webhooks
from service.store.base import new_id
from service.store.deliveries import Target
from service.store.session import Database

MOST: Final = 20
"""Webhooks of one site."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook as it is asked for. No types: all."""

    url: str
    types: list[str] = field(default_factory=list)
    description: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """A webhook's id and its secret, which is told this once."""

    id: str
    secret: str


def add(database: Database, keys: Keys, owner: Decider, wish: Endpoint, now: datetime) -> Made:
    """Make a webhook. It is told what happens from now on.

    Raises:
        Invalid: the site has too many already.
    """
    made = Made(new_id(), new_webhook_secret())
    database.transact(lambda connection: _add(connection, keys, owner, wish, made, now))
    return made


def change(database: Database, owner: Decider, webhook_id: str, changes: Mapping[str, Any], now: datetime) -> None:
    """Change what is given. Once it is not active, what waits for it is given up, and can be replayed later.

    Raises:
        NotFound: no such webhook on this site.
    """
    database.transact(lambda connection: _change(connection, owner, webhook_id, changes, now))


def remove(database: Database, owner: Decider, webhook_id: str, now: datetime) -> None:
    """Remove a webhook, with all that waits for it and the log of what it was told.

    Raises:
        NotFound: as above.
    """
    database.transact(lambda connection: _remove(connection, owner, webhook_id, now))


def rotate(database: Database, keys: Keys, owner: Decider, webhook_id: str, overlap: timedelta, now: datetime) -> Made:
    """A new secret; the one before signs too, for so long. One that is older still is dropped.

    Raises:
        NotFound: as above.
    """
    made = Made(webhook_id, new_webhook_secret())
    database.transact(lambda connection: _rotate(connection, keys, owner, made, overlap, now))
    return made


def ping(database: Database, owner: Decider, webhook_id: str, now: datetime) -> str:
    """Send an event that says nothing; the id of its delivery.

    Raises:
        NotFound: as above.
        Conflict: it is not active.
    """
    return database.transact(lambda connection: _ping(connection, owner, webhook_id, now))


def replay(database: Database, owner: Decider, delivery_id: str, now: datetime) -> None:
    """Tell one event again, under the id that it has.

    Raises:
        NotFound: no such delivery to a webhook of this site.
        Conflict: the webhook is not active.
    """
    database.transact(lambda connection: _replay(connection, owner, delivery_id, now))


def replay_failed(database: Database, owner: Decider, webhook_id: str, since: datetime, now: datetime) -> int:
    """Tell all that was given up since then. Returns how many.

    Raises:
        NotFound, Conflict: as above.
    """
    return database.transact(lambda connection: _replay_failed(connection, owner, webhook_id, since, now))


def reseal(database: Database, keys: Keys, now: datetime) -> int:
    """Drop secrets whose time is over, and seal the others by the newest key, so that an older one can be dropped."""
    return database.transact(lambda connection: _reseal(connection, keys, now))


def _add(connection: Connection, keys: Keys, owner: Decider, wish: Endpoint, made: Made, now: datetime) -> None:
    if webhooks.count_webhooks(connection, owner.site_id) >= MOST:
        raise Invalid({"url": [Sentence("field.too_many_webhooks", count=MOST)]})
    deliveries.ensure_channel(connection, made.id, Kind.WEBHOOK)
    webhooks.add_webhook(
        connection,
        {"id": made.id, "site_id": owner.site_id, "url": wish.url, "types": wish.types, "active": wish.active,
         "description": wish.description, "secret": keys.seal(made.secret), "created_at": now},
    )  # fmt: skip
    _note(connection, owner, Act.ADD_WEBHOOK, made.id, now, types=wish.types, active=wish.active)


def _change(connection: Connection, owner: Decider, webhook_id: str, changes: Mapping[str, Any], now: datetime) -> None:
    _locked(connection, owner, webhook_id)
    if changes:
        webhooks.change_webhook(connection, webhook_id, dict(changes))
    if changes.get("active") is False:
        deliveries.stop(connection, webhook_id, INACTIVE, now)
    if changes.get("active") or "url" in changes:
        deliveries.channel_is_well(connection, webhook_id, now)
    _note(connection, owner, Act.CHANGE_WEBHOOK, webhook_id, now, changed=list(changes))


def _remove(connection: Connection, owner: Decider, webhook_id: str, now: datetime) -> None:
    _locked(connection, owner, webhook_id)
    webhooks.remove_webhook(connection, webhook_id)
    deliveries.forget_target(connection, webhook_id)
    deliveries.forget_channel(connection, webhook_id)
    _note(connection, owner, Act.REMOVE_WEBHOOK, webhook_id, now)


def _rotate(connection: Connection, keys: Keys, owner: Decider, made: Made, overlap: timedelta, now: datetime) -> None:
    row = _locked(connection, owner, made.id)
    old = {"old_secret": row.secret, "old_until": now + overlap} if overlap else {"old_secret": None, "old_until": None}
    webhooks.change_webhook(connection, made.id, {"secret": keys.seal(made.secret), **old})
    hours = round(overlap / timedelta(hours=1), 2)
    _note(connection, owner, Act.ROTATE_WEBHOOK, made.id, now, hours=hours)


def _ping(connection: Connection, owner: Decider, webhook_id: str, now: datetime) -> str:
    _active(connection, owner, webhook_id)
    event_id = new_id()
    event: dict[str, Any] = {
        "id": event_id,
        "site_id": owner.site_id,
        "comment_id": None,
        "type": PING,
        "data": {},
        "untold": False,
    }
    events.add_events(connection, [event], now)
    deliveries.add_deliveries(connection, [Target(event_id, owner.site_id, Kind.WEBHOOK, webhook_id, webhook_id)], now)
    deliveries.channel_is_well(connection, webhook_id, now)
    _note(connection, owner, Act.TEST_WEBHOOK, webhook_id, now)
    [newest] = deliveries.list_deliveries(connection, webhook_id, State.WAITING, after=None, limit=1)
    return str(newest.id)


def _replay(connection: Connection, owner: Decider, delivery_id: str, now: datetime) -> None:
    found = deliveries.find_delivery(connection, delivery_id, owner.site_id)
    if found is None or found.kind != Kind.WEBHOOK:
        raise NotFound("delivery_unknown")
    _active(connection, owner, found.target_id)
    deliveries.replay(connection, delivery_id, now)
    _note(connection, owner, Act.REPLAY_WEBHOOK, found.target_id, now, delivery=delivery_id, event=found.event_id)


def _replay_failed(connection: Connection, owner: Decider, webhook_id: str, since: datetime, now: datetime) -> int:
    _active(connection, owner, webhook_id)
    count = deliveries.replay_failed(connection, webhook_id, since, now)
    _note(connection, owner, Act.REPLAY_WEBHOOK, webhook_id, now, since=since.isoformat(), count=count)
    return count


def _reseal(connection: Connection, keys: Keys, now: datetime) -> int:
    webhooks.forget_old_secrets(connection, now)
    count = 0
    for row in webhooks.all_secrets(connection):
        stale = {
            name: keys.seal(secret)
            for name in ("secret", "old_secret")
            if (sealed := getattr(row, name)) is not None and not keys.is_newest(sealed)
            and (secret := keys.unseal(sealed)) is not None
        }  # fmt: skip
        if stale:
            webhooks.change_webhook(connection, row.id, stale)
            count += 1
    return count


def _locked(connection: Connection, owner: Decider, webhook_id: str) -> Any:
    row = webhooks.lock_webhook(connection, webhook_id, owner.site_id)
    if row is None:
        raise NotFound("webhook_unknown")
    return row


def _active(connection: Connection, owner: Decider, webhook_id: str) -> None:
    if not _locked(connection, owner, webhook_id).active:
        raise Conflict("webhook_inactive")


def _note(connection: Connection, owner: Decider, act: Act, webhook_id: str, now: datetime, **data: Any) -> None:
    """Never with the address: it may have a secret in it."""
    audit.add_entry(connection, audit.Entry(owner.site_id, owner.token_id, act, webhook_id, data), now)
