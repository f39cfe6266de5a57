"""Campaigns: what was judged lately is gathered into clusters, counted, and told what people decided on its copies.

Never in a request, and by one process at a time. Each step is a transaction of its own that leaves a mark for the next:
whoever is killed in between is followed by somebody who goes on.
"""

import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog

from service.operations.recheck import recheck_copies
from service.store import campaigns, marks
from service.store.marks import Follower
from service.store.turns import turn
from workers.room import Room

TURN: Final = "campaigns"
TURN_SECONDS: Final = 60.0
GATHERED: Final = 50
"""Comments that are given their clusters in one transaction."""
COUNTED: Final = 50
"""Campaigns that are counted in one turn."""
JUDGED_AGAIN: Final = 200
"""Comments that are judged again after one turn: they are older than what has just come, and go before it."""

_log = structlog.get_logger(__name__)


def follow(here: Room) -> int:
    """Take one turn, if nobody else is at it. Returns how many comments are judged again."""
    with turn(here.database, TURN, TURN_SECONDS) as ours:
        if ours is None:
            return 0
        return _follow(replace(here, database=ours), time.monotonic() + here.settings.task_seconds / 2)


def _follow(here: Room, until: float) -> int:
    while here.database.transact(lambda connection: campaigns.gather(connection, GATHERED, _now())) == GATHERED:
        if time.monotonic() > until:
            return 0  # what is older is gathered before anything is counted
    with here.database.read() as connection:
        sites = marks.sites_behind(connection, Follower.CAMPAIGNS)
    for site in sites:
        place, is_last = marks.beginning(site.mark), False
        while not is_last and time.monotonic() < until:
            _, place, is_last = here.database.transact(partial(campaigns.take_in, site_id=site.id, after=place))
    with here.database.read() as connection:
        due = campaigns.due(connection, COUNTED)
    again = 0
    for campaign in due:
        again += _see_to(here, campaign, JUDGED_AGAIN - again)
        if time.monotonic() > until:
            break
    return again


def _see_to(here: Room, campaign: str, limit: int) -> int:
    here.database.transact(lambda connection: campaigns.count(connection, campaign, _now()))
    here.database.transact(lambda connection: campaigns.announce(connection, campaign, _now()))
    if limit <= 0:
        return 0
    again = recheck_copies(here.database, campaign, limit, _now())
    if again:
        _log.info("copies of what people decided on are judged again", campaign=campaign, comments=again)
        here.handoff.wake()
    return again


def _now() -> datetime:
    return datetime.now(UTC)
