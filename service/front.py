"""What one web process works with, made once by `create_app`."""

from dataclasses import dataclass
from typing import Final

from flask import current_app

from service.handoff import Handoff
from service.keys import Keys
from service.limits import Limits
from service.settings import Settings
from service.store.backlog import Backlog
from service.store.session import Database

_NAME: Final = "moderato"


@dataclass(frozen=True, slots=True)
class Front:
    settings: Settings
    database: Database
    keys: Keys
    handoff: Handoff
    limits: Limits
    backlog: Backlog


def place_front(extensions: dict[str, object], front: Front) -> None:
    extensions[_NAME] = front


def front() -> Front:
    """The running application's front."""
    found: Front = current_app.extensions[_NAME]
    return found
