"""Metrics: what this machine's processes have measured, and how the whole service stands, asked of the database."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import structlog
from flask import Blueprint, current_app
from sqlalchemy.exc import SQLAlchemyError

from service import meters, metrics
from service.api.describe import NOT_KEPT, Answer, Described, described
from service.domain.truth import Truth, truths
from service.front import front
from service.meters import Reading
from service.metrics import Metric
from service.store.backlog import Backlog
from service.store.clock import ahead_of_database
from service.store.session import Database
from service.store.standing import Standing, standing
from service.store.truth import CHECK, MACHINE, Known, known_everywhere

KEPT_SECONDS: Final = 5.0
TRUTH_KEPT_SECONDS: Final = 300.0
_TRUTH_TIME: Final = timedelta(days=30)
_MOST_KNOWN: Final = 5_000
blueprint = Blueprint("observed", __name__)
_log = structlog.get_logger(__name__)


@blueprint.get("/metrics")
@described(
    Described(
        "Metrics for Prometheus. They hold nothing personal; who may read them is the reverse proxy's to say.",
        "operators",
        {200: Answer(None, "Prometheus' text format.", "text/plain", headers=NOT_KEPT)},
    )
)
def get_metrics() -> Any:
    text, content_type = meters.exposition(_glance())
    return current_app.response_class(text, content_type=content_type, headers={"Cache-Control": "no-store"})


def _glance() -> tuple[Reading, ...]:
    """How things stood at most five seconds ago, however many ask."""
    glance: Glance = current_app.extensions.setdefault("moderato-glance", Glance(front().database, front().backlog))
    return glance.look()


class Glance:
    """A look at the database that is kept for a while."""

    def __init__(self, database: Database, backlog: Backlog) -> None:
        self._database, self._backlog = database, backlog
        self._turn = threading.Lock()
        self._until = 0.0
        self._kept: tuple[Reading, ...] = ()
        self._truth_until = 0.0
        self._truth: tuple[Reading, ...] = ()

    def look(self) -> tuple[Reading, ...]:
        with self._turn:
            if time.monotonic() >= self._until:
                self._kept = self._ask()
                self._until = time.monotonic() + KEPT_SECONDS
            return self._kept

    def _ask(self) -> tuple[Reading, ...]:
        now = datetime.now(UTC)
        try:
            with self._database.read() as connection:
                found, crowded = standing(connection, now), self._backlog.stages(connection)
                ahead = ahead_of_database(connection)
                if time.monotonic() >= self._truth_until:
                    self._truth = tuple(truth_readings(known_everywhere(connection, now - _TRUTH_TIME, _MOST_KNOWN)))
                    self._truth_until = time.monotonic() + TRUTH_KEPT_SECONDS
        except SQLAlchemyError as error:
            _log.warning("metrics without the database", error=type(error).__name__)
            return ((metrics.DATABASE_UP, (), 0),)
        stages = ((metrics.CROWDED_SITES, (str(stage),), float(number)) for stage, number in crowded.items())
        return ((metrics.DATABASE_UP, (), 1), (metrics.CLOCK, (), ahead), *readings(found), *stages, *self._truth)


def readings(found: Standing) -> Iterator[Reading]:
    plain = {
        metrics.PENDING: found.pending,
        metrics.PENDING_AGE: found.pending_age,
        metrics.RETRYING: found.retrying,
        metrics.AWAITING: found.awaiting,
        metrics.AWAITING_AGE: found.awaiting_age,
        metrics.PARKED_NOW: found.parked,
        metrics.UNSCORED: found.unscored,
        metrics.UNTOLD: found.untold,
        metrics.WAITING_DELIVERIES: found.waiting,
        metrics.WAITING_DELIVERIES_AGE: found.waiting_age,
        metrics.FAILED_DELIVERIES: found.failed,
    }
    yield from ((metric, (), float(value)) for metric, value in plain.items())
    for action, number in found.recent_verdicts.items():
        yield metrics.RECENT_VERDICTS, (str(action),), float(number)


def truth_readings(known: Known) -> Iterator[Reading]:
    """What is known of how often the machine is right; what isn't has no series."""
    spoke = (name for each in known.evidence.labelled for name in each.found)
    checks = sorted({name for name in spoke if name.startswith(CHECK)})
    machine, *parts = truths(known.evidence, [MACHINE, *checks])
    yield from _known_rates(metrics.PRECISION, metrics.RECALL, machine)
    for each in parts:
        yield from _known_rates(metrics.CHECK_PRECISION, metrics.CHECK_RECALL, each, each.name.removeprefix(CHECK))


def _known_rates(precision: Metric, recall: Metric, truth: Truth, *labels: str) -> Iterator[Reading]:
    for metric, rate in ((precision, truth.precision), (recall, truth.recall)):
        if rate.value is not None:
            yield metric, labels, rate.value
