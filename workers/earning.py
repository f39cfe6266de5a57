"""Earning: what people decided is looked at anew, site by site, and the thresholds follow that the bounds ask for.

By one process at a time, and only for sites whose policy states a bound.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from sqlalchemy import Connection

from service import meters, metrics
from service.domain.bounds import Found, Judged, Kind, hold_at, reject_at
from service.domain.comment import Action
from service.domain.teaching import GOOD, Category, lesson_of
from service.domain.verdict import Estimate
from service.operations.earn import earn
from service.store import policies, samples
from service.store.turns import turn
from workers.room import Room

TURN: Final = "earn"
TURN_SECONDS: Final = 60.0
WINDOW: Final = timedelta(days=180)
LATEST: Final = 1_000
"""Decisions that one threshold rests on, at most: the latest."""
LOOKED_AT: Final = 10_000
"""Decisions among which they are looked for."""

_CHANCES: Final = ("spam", "toxicity", "learnt_spam", "learnt_abuse")

_log = structlog.get_logger(__name__)


def earn_thresholds(here: Room, now: datetime) -> int:
    """Look at every site that states bounds. How many thresholds are not what they were."""
    with turn(here.database, TURN, TURN_SECONDS) as ours:
        return _earn(replace(here, database=ours), now) if ours is not None else 0


def _earn(here: Room, now: datetime) -> int:
    with here.database.read() as connection:
        sites = policies.bounded_sites(connection)
    changed = 0
    until = time.monotonic() + here.settings.task_seconds / 2
    for site in sites:
        changed += _look_at(here, site, now)
        if time.monotonic() > until:
            _log.warning("not every site's thresholds could be looked at in time")
            break
    return changed


def _look_at(here: Room, site: policies.Bounded, now: datetime) -> int:
    with here.database.read() as connection:
        found = find(connection, site, now)
    changes = earn(here.database, site.site_id, site.bounds, found, now)
    for change in changes:
        meters.count(metrics.THRESHOLDS, change["kind"], "off" if change["at"] is None else "on")
        _log.info("a threshold changed", site=site.name, **change)
    return len(changes)


def find(connection: Connection, site: policies.Bounded, now: datetime) -> dict[tuple[Kind, Category], Found]:
    """What people's decisions prove of each bound that the site states."""
    since = now - WINDOW
    found: dict[tuple[Kind, Category], Found] = {}
    if site.bounds.missed:
        labelled = samples.labelled(connection, site.site_id, since, LOOKED_AT)
        for category, bound in site.bounds.missed.items():
            found[Kind.MISSED, category] = hold_at(list(_published(labelled, category, site.hold))[:LATEST], bound)
    if site.bounds.wronged:
        decided = samples.decisions(connection, site.site_id, since, LOOKED_AT)
        for category, bound in site.bounds.wronged.items():
            found[Kind.WRONGED, category] = reject_at(list(_doubted(decided, category))[:LATEST], bound)
    return found


def _published(rows: Sequence[Any], category: Category, hold: float) -> Iterator[Judged]:
    """Samples that the weights alone would publish: an error is what people refused for the category."""
    for row in rows:
        chance = row.chances.get(category)
        if chance is not None and (row.action == Action.PUBLISH or row.score < hold):
            yield Judged(chance, lesson_of(row.decided, row.reason) == category)


def _doubted(rows: Sequence[Any], category: Category) -> Iterator[Judged]:
    """What people decided on because they were asked: an error is what they published.

    They are asked about all that is held, and about samples. Nobody is asked about the machine's other refusals: of
    those only the ones that people overturned are known, and each counts. One text counts once, however often it came:
    who decides on all copies of it has decided once.
    """
    met: set[int] = set()
    for row in rows:
        overturned = row.action == Action.REJECT and row.decided == Action.PUBLISH
        if not (row.action == Action.HOLD or row.sampled or overturned) or row.text_key in met:
            continue
        chance = _chance(row.estimate, category)
        if chance is not None:
            met.add(row.text_key)
            yield Judged(chance, lesson_of(row.decided, row.reason) == GOOD)


def _chance(estimate: Any, category: Category) -> float | None:
    """As it was when the verdict was made; None where that can't be read."""
    try:
        known: dict[str, Any] = {name: float(estimate.get(name, 0.0)) for name in _CHANCES}
    except (AttributeError, TypeError, ValueError):
        return None
    return Estimate(**known).chances[category]
