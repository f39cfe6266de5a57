"""How a machine's clock stands to the database's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection

from service.store.base import now_by_database

TOLERANCE: Final = 2.0
"""Seconds that two clocks may be apart without harm."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def ahead_of_database(connection: Connection, clock: Callable[[], datetime] = utc_now) -> float:
    """By how many seconds a clock is ahead of the database's; below 0: behind; 0: they agree within the tolerance."""
    before, there, after = clock(), now_by_database(connection), clock()
    ahead = (after - there).total_seconds()
    return ahead if abs(ahead) > (after - before).total_seconds() + TOLERANCE else 0.0
