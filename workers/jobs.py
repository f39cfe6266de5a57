"""Jobs, step by step. A job is taken up for one step, which reads a page and saves what it found; then another may be.

A worker that is killed loses the step it was at: after its lease somebody else takes the job up from where it stood.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import Connection

from service.domain.job import JobKind, JobStatus
from service.operations import rehearse
from service.store import jobs
from service.store.session import is_away
from workers.room import Room

_log = structlog.get_logger(__name__)


class Step(Protocol):
    """Where a job stands after a step: what it found so far (JSON), how far it is, and whether that was the last."""

    @property
    def found(self) -> dict[str, Any]: ...
    @property
    def looked_at(self) -> int: ...
    @property
    def total(self) -> int: ...
    @property
    def done(self) -> bool: ...


STEPS: Final[Mapping[JobKind, Callable[[Connection, Any], Step]]] = {JobKind.BANS_PREVIEW: rehearse.take_step}
"""Who takes the next step of a job (a row of `jobs`): it reads, changes nothing, and takes a second at most."""


def waiting_job(here: Room) -> tuple[str, int] | None:
    """The job that could be taken up now, and its step; None when there is none."""
    with here.database.read() as connection:
        return jobs.next_job(connection, STEPS, here.settings.lease_seconds)


def take_step(here: Room) -> bool:
    """Take one step of the job whose turn it is; False when there is none."""
    settings = here.settings
    job = here.database.transact(lambda connection: jobs.take_up(connection, STEPS, settings.lease_seconds))
    if job is None:
        return False
    if job.attempts > settings.max_attempts:
        here.database.transact(lambda connection: jobs.save_step(connection, job, {}, JobStatus.FAILED))
        _log.error("a job is given up", job=job.id, kind=job.kind)
        return True
    try:
        with here.database.read() as connection:
            step = STEPS[JobKind(job.kind)](connection, job)
    except Exception as error:
        if is_away(error):
            raise
        # What went wrong may quote a text: its type is all that is told. It is tried again after the lease.
        _log.error("a job stumbled", job=job.id, kind=job.kind, attempts=job.attempts, error=type(error).__name__)
        return True
    _save(here, job, step)
    return True


def _save(here: Room, job: Any, step: Step) -> None:
    changes = {"found": step.found, "looked_at": step.looked_at, "total": step.total}
    end = JobStatus.DONE if step.done else None
    saved = here.database.transact(lambda connection: jobs.save_step(connection, job, changes, end))
    if saved and end is not None:
        _log.info("a job is done", job=job.id, kind=job.kind, looked_at=step.looked_at)
