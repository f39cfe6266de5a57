"""Earn: what a site's decisions prove becomes the thresholds in force; each change is written down and told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.bounds import Bounds, Found, Kind
from service.domain.event import THRESHOLD_CHANGED
from service.domain.teaching import Category
from service.store import audit, events, thresholds
from service.store.session import Database

Findings = Mapping[tuple[Kind, Category], Found]


def earn(database: Database, site_id: str, bounds: Bounds, found: Findings, now: datetime) -> list[dict[str, Any]]:
    """Put in force what was found for the bounds; what no bound asks for any more goes. Returns what has changed."""
    return database.transact(lambda connection: _earn(connection, site_id, bounds, found, now))


def _earn(connection: Connection, site_id: str, bounds: Bounds, found: Findings, now: datetime) -> list[dict[str, Any]]:
    thresholds.forget(connection, site_id, bounds)
    changes = []
    for (kind, category), each in found.items():
        before = thresholds.keep(connection, site_id, kind, category, each, now)
        was = None if before is None else before.at
        if was == each.at:
            continue
        change = {"kind": str(kind), "category": str(category), "before": was, "at": each.at, **each.evidence()}
        data = {name: value for name, value in change.items() if name != "category"}
        audit.add_entry(connection, audit.Entry(site_id, None, Act.SET_THRESHOLD, category, data), now)
        event = {"site_id": site_id, "comment_id": None, "type": THRESHOLD_CHANGED, "data": change}
        events.add_events(connection, [event], now)
        changes.append(change)
    return changes
