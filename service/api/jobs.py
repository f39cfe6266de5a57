"""Staff's routes to jobs: how far one is, what it found, and calling it off."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, Response, url_for
from marshmallow import fields
from sqlalchemy import Connection

from service.api.answers import private
from service.api.auth import EDITORS, READERS, staff, staff_only
from service.api.describe import NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, UtcTime, as_identifier
from service.api.rehearsals import RehearsalOut, rehearsed_job
from service.api.shown import Shown, Word, whole
from service.domain.job import JobKind, JobStatus
from service.errors import NotFound
from service.front import front
from service.handoff import UPKEEP_LANE
from service.operations import jobs as operations
from service.store import jobs

blueprint = Blueprint("jobs", __name__)

TAKEN_ON: Final[Mapping[str, Mapping[str, Any]]] = NOT_KEPT | {
    "Location": {"description": "The job's.", "schema": {"format": "uri-reference"}}
}
"""Headers of the answer that tells of a new job."""
_RESULTS: Final[Mapping[JobKind, Callable[[Connection, Any], dict[str, Any]]]] = {JobKind.BANS_PREVIEW: rehearsed_job}
_FROM_ZERO: Final = {"minimum": 0}


class JobOut(Shown):
    """A job: how far it is, and once it is done what it found. It is kept for a week."""

    id = Identifier()
    kind = Word(JobKind)
    status = Word(JobStatus)
    looked_at = whole(_FROM_ZERO)
    total = whole(_FROM_ZERO, "Null until it has begun.", allow_none=True)
    who = fields.String(metadata={"description": "The name of the token that asked for it."})
    created_at = UtcTime()
    started_at = UtcTime(allow_none=True)
    ended_at = UtcTime(allow_none=True)
    result = fields.Nested(RehearsalOut, allow_none=True, metadata={"description": "Null unless it is `done`."})


@blueprint.get("/v1/moderation/jobs/<job_id>")
@described(
    Described(
        "How far a job is, and what it found.",
        "moderators",
        {200: Answer(JobOut, headers=NOT_KEPT)},
        (*STAFF, "role", "job_unknown"),
    )
)
@staff_only(READERS)
def get_job(job_id: str) -> Any:
    """A comment that was taken back meanwhile is counted, and not told."""
    return _one(_identifier(job_id))


@blueprint.delete("/v1/moderation/jobs/<job_id>")
@described(
    Described(
        "Call a job off. One that has ended stays as it is.",
        "moderators",
        {200: Answer(JobOut, headers=NOT_KEPT)},
        (*STAFF, "role", "job_unknown"),
    )
)
@staff_only(EDITORS)
def delete_job(job_id: str) -> Any:
    identifier = _identifier(job_id)
    operations.cancel(front().database, staff().site_id, identifier)
    return _one(identifier)


def taken_on(job_id: str) -> Response:
    """The answer to whoever asked for a job that is new: where to look after it. Wakes the workers."""
    front().handoff.wake(UPKEEP_LANE)
    answer = _one(job_id, 202)
    answer.headers["Location"] = url_for("jobs.get_job", job_id=job_id)
    return answer


def _identifier(job_id: str) -> str:
    identifier = as_identifier(job_id)
    if identifier is None:
        raise NotFound("job_unknown")
    return identifier


def _one(job_id: str, status: int = 200) -> Response:
    with front().database.read() as connection:
        row = jobs.find_job(connection, job_id, staff().site_id)
        if row is None:
            raise NotFound("job_unknown")
        result = _RESULTS[JobKind(row.kind)](connection, row) if row.status == JobStatus.DONE else None
    return private(JobOut().dump(row._asdict() | {"result": result}), status)
