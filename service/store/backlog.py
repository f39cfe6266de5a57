"""How much of a site waits for its verdict: over one limit what is optional is left out, over another all is refused.

Each site has its own limits: one that is flooded is refused long before others wait for it, as the oldest come first.
"""

import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, Integer, Select, bindparam, func, literal_column, select

from service.domain.comment import Lane, Status
from service.settings import Settings
from service.store.base import Id
from service.store.comments import Comment
from service.store.session import Database
from service.store.sites import Site

KEPT_SECONDS: Final = 1.0


class Stage(StrEnum):
    OK = "ok"
    OPTIONAL_SKIPPED = "optional_skipped"
    """The scorer isn't asked: what it would have been asked about is held until there is time again."""
    REFUSING = "refusing"
    """No comment is taken on this site."""


class Backlog:
    """One process's view of it: counted once a second at most for each site, and no further than to the limit."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._optional, self._limit = settings.backlog_optional, settings.backlog_limit
        self._clock = clock
        self._kept: dict[str, tuple[float, Stage]] = {}

    def stage(self, database: Database, site_id: str) -> Stage:
        """How a site stands. While it is counted for one, all others go by what was counted last."""
        until, stage = self._kept.get(site_id, (0.0, Stage.OK))
        now = self._clock()
        if now >= until:
            self._kept[site_id] = now + KEPT_SECONDS, stage
            with database.read() as connection:
                stage = self._count(connection, site_id)
            self._kept[site_id] = now + KEPT_SECONDS, stage
        return stage

    def stages(self, connection: Connection) -> Mapping[Stage, int]:
        """How many sites stand how, of those that don't stand well. Counted now."""
        found = dict.fromkeys((Stage.OPTIONAL_SKIPPED, Stage.REFUSING), 0)
        if self.is_any(connection):
            for site_id in connection.execute(select(Site.id)).scalars().all():
                stage = self._count(connection, site_id)
                if stage is not Stage.OK:
                    found[stage] += 1
        return found

    def is_any(self, connection: Connection) -> bool:
        """Whether so many wait over all sites that one may be over a limit."""
        least = min(self._optional, self._limit)
        return sum(connection.execute(_OF_LANE[lane], {"most": least}).scalar_one() for lane in Lane) >= least

    def _count(self, connection: Connection, site_id: str) -> Stage:
        asked = {"site_id": site_id, "status": Status.PENDING, "most": max(self._optional, self._limit)}
        pending = connection.execute(_OF_SITE, asked).scalar_one()
        if pending >= self._limit:
            return Stage.REFUSING
        return Stage.OPTIONAL_SKIPPED if pending >= self._optional else Stage.OK


_MOST: Final = bindparam("most", type_=Integer())


def _count(found: Select[int]) -> Select[int]:
    return select(func.count()).select_from(found.limit(_MOST).subquery())


# The status is a parameter: written out, it would tempt planners to the lanes' index, which has all sites' in it.
_OF_SITE: Final = _count(
    select(literal_column("1")).where(
        Comment.site_id == bindparam("site_id", type_=Id), Comment.status == bindparam("status")
    )
)
_OF_LANE: Final = {
    lane: _count(
        select(literal_column("1")).where(
            Comment.status == literal_column(f"'{Status.PENDING}'"), Comment.lane == literal_column(f"'{lane}'")
        )
    )
    for lane in Lane
}
