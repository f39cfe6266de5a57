"""Whether the service lives, whether it is ready and what it lacks, and what its API is."""

from typing import Any, Final, cast

import structlog
from flask import Blueprint, current_app
from redis import Redis, RedisError, ResponseError
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from service.api import shown
from service.api.answers import private
from service.api.describe import NOT_KEPT, Answer, Described, described
from service.api.openapi import document
from service.breaker import why
from service.front import front
from service.handoff import redis_client
from service.store import schema
from service.store.backlog import Stage
from service.store.clock import ahead_of_database
from service.store.session import is_read_only, trouble
from service.store.standing import misses_scorer

blueprint = Blueprint("health", __name__)
_log = structlog.get_logger(__name__)
_PROBE: Final = "moderato:ready"


@blueprint.get("/healthz")
@described(Described("Whether the process lives: it asks nothing of anyone.", "operators", {200: shown.Alive}))
def healthz() -> Any:
    return {"status": "ok"}


@blueprint.get("/readyz")
@described(
    Described(
        "Whether comments can be taken, and what is lacking. Without Redis they can: slower to be judged, and said so.",
        "operators",
        {
            200: Answer(shown.Ready, headers=NOT_KEPT),
            503: Answer(shown.Ready, "Not ready: what is missing is said.", headers=NOT_KEPT),
        },
    )
)
def readyz() -> Any:
    state = {
        "database": "ok",
        "redis": _redis(),
        "scorer": "unknown",
        "backlog": "unknown",
        "disk": "ok",
        "clock": "unknown",
        "migrations": "ok",
    }
    if front().database.disk_is_full:
        state["disk"] = "full"
    try:
        with front().database.read() as connection:
            fit, at = schema.fit(connection), schema.revision(connection)
            state["migrations"] = _migrations(fit, at)
            state["clock"] = "off" if ahead_of_database(connection) else "ok"
            if fit.serves:
                state["backlog"] = _backlog(connection)
                state["scorer"] = "missed" if misses_scorer(connection) else "ok"
            if is_read_only(connection):
                state["database"] = "read_only"
    except SQLAlchemyError as error:
        _log.warning("not ready: no database", error=type(error).__name__)
        state |= {"database": trouble(error) or "away", "migrations": "unknown"}
        fit = schema.Fit.EMPTY
    unready = state["database"] != "ok" or not fit.serves
    well = all(word == "ok" for part, word in state.items() if part != "migrations")
    status = "unready" if unready else "ready" if well else "degraded"
    return private({"status": status, **state}, 503 if unready else 200)


def _backlog(connection: Connection) -> str:
    """How the site stands that stands worst."""
    stages = front().backlog.stages(connection)
    return str(next((stage for stage in (Stage.REFUSING, Stage.OPTIONAL_SKIPPED) if stages[stage]), Stage.OK))


def _migrations(fit: schema.Fit, at: str | None) -> str:
    """A newer release's schema serves this one: while a rolling upgrade is going on, the old API stays in its place."""
    if fit is schema.Fit.CURRENT:
        return "ok"
    if fit is schema.Fit.NEWER:
        return f"newer: the database is at {at}, this release knows {schema.head()} and works beside it"
    return f"the database is at {at or 'nothing'}, this release wants {schema.head()}: moderato migrate"


def _redis() -> str:
    """In one word. It is written to: one that is full, or a replica, would answer a ping."""
    client = redis_client(front().settings)
    try:
        client.set(_PROBE, 1, px=1000)
        return "evicting" if _evicts(client) else "ok"
    except RedisError as error:
        return why(error)
    finally:
        client.close()


def _evicts(client: "Redis") -> bool:
    """Whether it throws away what it was given, and has done so. One that doesn't tell us is believed."""
    try:
        memory, stats = cast("dict[str, Any]", client.info("memory")), cast("dict[str, Any]", client.info("stats"))
    except ResponseError:
        return False
    return memory.get("maxmemory_policy") != "noeviction" and bool(stats.get("evicted_keys"))


@blueprint.get("/openapi.json")
@described(Described("This document.", "operators", {200: Answer(None, "An OpenAPI 3.1 document.")}))
def openapi() -> Any:
    return document(current_app)
