"""The database's clock, and how a machine's stands to it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, select

from service.store.base import database_time

TOLERANCE: Final = 2.0
"""Seconds that two clocks may be apart without harm."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def now_by_database(connection: Connection) -> datetime:
    """What the database's clock says: what is forgotten or given up for good goes by no worker's."""
    return connection.execute(select(database_time())).scalar_one()


def ahead_of_database(connection: Connection, clock: Callable[[], datetime] = utc_now) -> float:
    """By how many seconds a clock is ahead of the database's; below 0: behind; 0: they agree within the tolerance."""
    before, there, after = clock(), now_by_database(connection), clock()
    ahead = (after - there).total_seconds()
    return ahead if abs(ahead) > (after - before).total_seconds() + TOLERANCE else 0.0
