"""Tidying: what is over is forgotten, each kind for itself and a part at a time, so that no amount of it is too much.

What can't be told for days is given up; secrets whose time is over go, the others are sealed by the newest key.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from service.domain.delivery import GIVEN_UP_AFTER, KEPT
from service.keys import Keys
from service.operations.webhook import reseal
from service.store import campaigns, deliveries, jobs, signins, submissions, subscriptions, traces
from service.store.clock import now_by_database
from service.store.forgetting import PART
from workers.past import ALIKE_WINDOW
from workers.room import Room

KEYS_KEPT: Final = timedelta(days=3)
JOBS_KEPT: Final = timedelta(days=7)

_log = structlog.get_logger(__name__)


class Part(Protocol):
    """Forgets a part of what is over `now`, in one transaction. Returns how many: less than a `PART` at its end."""

    def __call__(self, connection: Connection, /, now: datetime) -> int: ...


PARTS: Final[dict[str, Part]] = {
    "idempotency_keys": lambda connection, now: submissions.forget_keys(connection, now - KEYS_KEPT),
    "likenesses": lambda connection, now: traces.forget_likenesses(connection, now - ALIKE_WINDOW),
    "campaigns": lambda connection, now: campaigns.forget(connection, now - ALIKE_WINDOW),
    "sign_ins": signins.forget_sign_ins,
    "jobs": lambda connection, now: jobs.forget_jobs(connection, now - JOBS_KEPT),
    "given_up": lambda connection, now: deliveries.give_up(connection, now - GIVEN_UP_AFTER, now),
    "deliveries": lambda connection, now: deliveries.forget(connection, now - KEPT),
    "askings": lambda connection, now: subscriptions.forget_askings(connection, now - subscriptions.REMEMBERED),
}


def tidy_up(here: Room, seconds: float) -> dict[str, int]:
    """Forget what is over by the database's clock, in turn a part of each kind, until nothing is or the time is up.

    What one kind stumbles over costs the others nothing. Returns how many of each were forgotten.
    """
    database, until = here.database, time.monotonic() + seconds
    with database.read() as connection:
        now = now_by_database(connection)
    done, left, stumbled = dict.fromkeys(PARTS, 0), dict(PARTS), set[str]()
    while left and time.monotonic() < until:
        for name, part in list(left.items()):
            found = _without_stumbling(name, partial(database.transact, partial(part, now=now)))
            done[name] += found or 0
            if found is None:
                stumbled.add(name)
            if found is None or found < PART:
                del left[name]
    sealed = _without_stumbling("secrets", lambda: reseal(database, Keys(here.settings), now))
    _log.info("tidied", **done, sealed=sealed or 0, left=sorted({*left, *stumbled}))
    return done


def _without_stumbling(name: str, work: Callable[[], int]) -> int | None:
    """None: it stumbled."""
    try:
        return work()
    except SQLAlchemyError as error:
        _log.warning("what is over could not be forgotten now", what=name, error=type(error).__name__)
        return None
