"""What one worker process works with, made after the fork and once: settings, database, handoff, scorer."""

import gc
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import random

import structlog

from service import meters
from service.domain.policy import Policy
from service.handoff import Handoff
from service.settings import Settings
from service.store.backlog import Backlog
from service.store.session import Database
from workers.checks.context import Context
from workers.classifier.serving import serving
from workers.engine import UNLIMITED, Limits, Model, moderate
from workers.learnt import Learnt
from workers.limits import limits
from workers.scorer.client import Scorer
from workers.witness import Witness, own

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Room:
    settings: Settings
    database: Database
    handoff: Handoff
    backlog: Backlog
    classifier: Model
    learnt: Learnt
    """What each site's own decisions have taught, beside the classifier."""
    scorer: Scorer | None = None
    """None where there is none: nothing is ever sent."""
    dice: Callable[[], float] = random
    """From 0 up to 1: which verdicts are shown to a person whatever they say."""
    limits: Limits = UNLIMITED
    """What one comment may cost: a process that judges, and nothing else, has some."""
    witness: Witness = field(default_factory=Witness)
    """Of what is judged here."""


def room() -> Room:
    """Give this process its room: after a fork the child gets one of its own, never the parent's connections."""
    return _room(os.getpid())


def furnish(settings: Settings, *, forks: bool = False) -> Room:
    """A room for this process. `forks`: it makes children while it works here."""
    scorer = Scorer(settings) if settings.scorer_url else None
    classifier = serving(settings.model_dir)
    return Room(
        settings,
        Database(settings, gives_up=True, forks=forks),
        Handoff(settings),
        Backlog(settings),
        classifier,
        Learnt(classifier),
        scorer,
    )


def furnish_apart(settings: Settings) -> Room:
    """The room of a process that is there to work, and may be ended when a text keeps it too long."""
    return replace(furnish(settings), limits=limits(settings.comment_seconds), witness=own())


def get_ready() -> None:
    """What a process does only once, it does before it is called: load the model, and judge a comment nobody wrote.

    What it has in memory by then stays there: the collector needn't look through it again, which takes longer than
    judging, and would have a copy made of all that the process has in common with its parent.
    """
    try:
        moderate(Context(body="Bonjour."), Policy(), model=room().classifier)
    except Exception:  # noqa: BLE001 - whoever is called first meets it again, and says so
        _log.exception("a process could not get ready")
    gc.freeze()


def measure_together(settings: Settings) -> None:
    """Measure, if there is somebody who could tell what was measured."""
    if settings.metrics_dir:
        meters.begin(settings.metrics_dir)


@lru_cache(maxsize=1)
def _room(_process: int) -> Room:
    return furnish_apart(Settings.from_env(os.environ))
