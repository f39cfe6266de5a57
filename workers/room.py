"""What one worker process works with, made after the fork and once: settings, database, handoff."""

import os
from dataclasses import dataclass
from functools import lru_cache

from service import meters
from service.handoff import Handoff
from service.settings import Settings
from service.store.session import Database
from workers.classifier.serving import serving
from workers.classifier.stack import Classifier


@dataclass(frozen=True, slots=True)
class Room:
    settings: Settings
    database: Database
    handoff: Handoff
    classifier: Classifier


def room() -> Room:
    """Give this process its room: after a fork the child gets one of its own, never the parent's connections."""
    return _room(os.getpid())


def furnish(settings: Settings) -> Room:
    return Room(settings, Database(settings), Handoff(settings), serving(settings.model_dir))


def measure_together(settings: Settings) -> None:
    """Measure, if there is somebody who could tell what was measured."""
    if settings.metrics_dir:
        meters.begin(settings.metrics_dir)


@lru_cache(maxsize=1)
def _room(_process: int) -> Room:
    return furnish(Settings.from_env(os.environ))
