"""Whether the service lives, whether it is ready and what it lacks, and what its API is."""

from typing import Any

import structlog
from flask import Blueprint, current_app
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service.api import shown
from service.api.answers import private
from service.api.describe import NOT_KEPT, Answer, Described, described
from service.api.openapi import document
from service.front import front
from service.handoff import redis_client
from service.store import schema

blueprint = Blueprint("health", __name__)
_log = structlog.get_logger(__name__)


@blueprint.get("/healthz")
@described(Described("Whether the process lives: it asks nothing of anyone.", "operators", {200: shown.Alive}))
def healthz() -> Any:
    return {"status": "ok"}


@blueprint.get("/readyz")
@described(
    Described(
        "Whether comments can be taken. Without Redis they can: slower to be judged, and said so.",
        "operators",
        {
            200: Answer(shown.Ready, headers=NOT_KEPT),
            503: Answer(shown.Ready, "Not ready: what is missing is said.", headers=NOT_KEPT),
        },
    )
)
def readyz() -> Any:
    state = {"database": "ok", "migrations": "ok", "redis": _redis()}
    try:
        with front().database.read() as connection:
            fit, at = schema.fit(connection), schema.revision(connection)
        state["migrations"] = _migrations(fit, at)
    except SQLAlchemyError as error:
        _log.warning("not ready: no database", error=type(error).__name__)
        state |= {"database": "away", "migrations": "unknown"}
        fit = schema.Fit.EMPTY
    unready = state["database"] != "ok" or not fit.serves
    status = "unready" if unready else "ready" if state["redis"] == "ok" else "degraded"
    return private({"status": status, **state}, 503 if unready else 200)


def _migrations(fit: schema.Fit, at: str | None) -> str:
    """A newer release's schema serves this one: while a rolling upgrade is going on, the old API stays in its place."""
    if fit is schema.Fit.CURRENT:
        return "ok"
    if fit is schema.Fit.NEWER:
        return f"newer: the database is at {at}, this release knows {schema.head()} and works beside it"
    return f"the database is at {at or 'nothing'}, this release wants {schema.head()}: moderato migrate"


def _redis() -> str:
    client = redis_client(front().settings)
    try:
        client.ping()
    except RedisError:
        return "away"
    finally:
        client.close()
    return "ok"


@blueprint.get("/openapi.json")
@described(Described("This document.", "operators", {200: Answer(None, "An OpenAPI 3.1 document.")}))
def openapi() -> Any:
    return document(current_app)
