"""What one worker process works with, made after the fork and once: settings, database, judge, handoff."""

import os
from dataclasses import dataclass
from functools import lru_cache

from service.handoff import Handoff
from service.settings import Settings
from service.store.session import Database
from workers.judging import Judge


@dataclass(frozen=True, slots=True)
class Room:
    settings: Settings
    database: Database
    judge: Judge
    handoff: Handoff


def room() -> Room:
    """Give this process its room: after a fork the child gets one of its own, never the parent's connections."""
    return _room(os.getpid())


@lru_cache(maxsize=1)
def _room(_process: int) -> Room:
    settings = Settings.from_env(os.environ)
    database = Database(settings)
    return Room(settings, database, Judge(database, settings), Handoff(settings))
