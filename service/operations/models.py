"""Models: a version that was learnt is recorded, and serves if it is no worse; people may go back to an earlier one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.teaching import Category
from service.errors import NotFound
from service.store import audit, lessons, models
from service.store.base import new_id
from service.store.models import State
from service.store.session import Database


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it was learnt: bytes, and the manifest that describes them."""

    site_id: str
    category: Category
    content: bytes
    manifest: dict[str, Any]


def record(
    database: Database, version: Version, now: datetime, *, serves: bool, beside: str | None = None
) -> int | None:
    """Keep a version; from now on it is the champion, if it serves. Returns its number.

    `beside` is the champion with which it was compared, or None: where another serves by now, somebody went back
    meanwhile, and nothing is kept.
    """
    row = {
        "id": new_id(), "site_id": version.site_id, "category": version.category, "content": version.content,
        "manifest": version.manifest, "created_at": now,
    }  # fmt: skip
    return database.transact(lambda connection: models.add_model(connection, row, serves=serves, beside=beside))


def roll_back(
    database: Database,
    site_id: str,
    category: Category,
    now: datetime,
    *,
    version: int | None = None,
    token: str | None = None,
) -> int | None:
    """Let an earlier version serve: the given one (0: none), else the latest that served before. `token` is whose act
    it is; None: an operator's.

    What was decided after it was made is forgotten as a lesson: else the next decision would bring back what is gone
    back from. Returns its number; None if from now on none serves, because none did before.

    Raises:
        NotFound: there is no such version, or none serves now and none is named.
    """
    return database.transact(lambda connection: _roll_back(connection, site_id, category, version, now, token))


def _roll_back(
    connection: Connection, site_id: str, category: Category, version: int | None, now: datetime, token: str | None
) -> int | None:
    models.lock(connection, site_id)
    known = [row for row in models.versions(connection, site_id) if row.category == category]
    champion = next((row for row in known if row.state == State.CHAMPION), None)
    if version is None:
        if champion is None:
            raise NotFound("model_unknown")
        earlier = (row for row in known if row.state == State.RETIRED and row.version < champion.version)
        goal = next(earlier, None)
    else:
        goal = next((row for row in known if row.version == version), None)
        if goal is None and version:
            raise NotFound("model_unknown")
    models.retire(connection, site_id, category)
    if goal is not None:
        models.crown(connection, goal.id)
    since = None if goal is None else datetime.fromisoformat(goal.manifest["until"])
    lessons.forget(connection, site_id, since, now)
    data = {
        "before": champion.version if champion is not None else None,
        "version": goal.version if goal is not None else None,
    }
    audit.add_entry(connection, audit.Entry(site_id, token, Act.ROLL_BACK_MODEL, category, data), now)
    return None if goal is None else int(goal.version)
