"""Jobs: have one done, and call one off. Whoever asks wakes the workers after the commit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.job import JobKind
from service.errors import Conflict, NotFound
from service.operations.decide import Decider
from service.store import jobs, sites
from service.store.base import new_id
from service.store.session import Database

MOST_OPEN: Final = 3
"""Jobs of one site that wait or run."""


def start(database: Database, asker: Decider, kind: JobKind, asked: Mapping[str, Any], now: datetime) -> str:
    """Put a job where workers find it; its id. `asked` is JSON, and holds no reader's text.

    Raises:
        Conflict: the site has as many as it may have.
    """
    return database.transact(lambda connection: _start(connection, asker, kind, asked, now))


def cancel(database: Database, site_id: str, job_id: str) -> None:
    """Call a job off. One that has ended stays as it is.

    Raises:
        NotFound: no such job on this site.
    """
    database.transact(lambda connection: _cancel(connection, site_id, job_id))


def _start(connection: Connection, asker: Decider, kind: JobKind, asked: Mapping[str, Any], now: datetime) -> str:
    sites.hold_site(connection, asker.site_id)
    if jobs.count_open(connection, asker.site_id) >= MOST_OPEN:
        raise Conflict("too_many_jobs", facts={"count": MOST_OPEN})
    job_id = new_id()
    row = {"id": job_id, "site_id": asker.site_id, "token_id": asker.token_id, "kind": kind, "asked": dict(asked)}
    jobs.add_job(connection, row | {"created_at": now})
    return job_id


def _cancel(connection: Connection, site_id: str, job_id: str) -> None:
    if jobs.find_job(connection, job_id, site_id) is None:
        raise NotFound("job_unknown")
    jobs.cancel(connection, job_id)
