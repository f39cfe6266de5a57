"""The undertaker: what a process had that is no more is given back, and what it died of is a person's."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.settings import Settings
from service.store import queues
from service.store.session import Database
from workers.heartbeat import is_gone, name_of
from workers.room import Room
from workers.tasks import park
from workers.witness import NOTHING, Death

_log = structlog.get_logger(__name__)


def bury(here: Room, death: Death) -> int:
    """What a process died of by itself is a person's: what it judged then or, if nobody knows, what it had alone and
    not for the first time. The rest is tried again: how many there were.

    Should the database be away: all is free when the lease is over.
    """
    holder, judged = name_of(death.process), death.judged
    try:
        if death.by_itself:
            judged = judged or None  # it judged nothing, and died all the same: of which of them, nobody knows
            with here.database.read() as connection:
                deadly = queues.deadly(connection, holder, judged)
            park(here, deadly, {row.id: row.attempts for row in deadly})
        found = _give_back(here.database, holder, judged, here.settings.lease_seconds)
    except SQLAlchemyError as error:
        _log.warning("what a process had that died can't be given back now", error=type(error).__name__)
        return 0
    if found:
        _log.warning("a process died in mid-work: what it had is tried again", comments=found)
    return found


def succeed(settings: Settings) -> None:
    """A worker that was killed whole left nobody to bury its processes: whoever starts next on its machine does, before
    it has any, for in a container they get the numbers of the dead. A comment kills a process and not its worker:
    nothing is suspected for it.

    Two containers that call themselves alike may take each other for dead: what they have is judged twice then, and
    written down once.
    """
    database = Database(settings)
    try:
        with database.read() as connection:
            found = queues.holders(connection, settings.lease_seconds)
        for holder in filter(is_gone, found):
            freed = _give_back(database, holder, NOTHING, settings.lease_seconds)
            _log.warning("a worker died here before: what it had is tried again", comments=freed)
    except SQLAlchemyError as error:
        _log.warning("whether a worker died here before can't be seen now", error=type(error).__name__)
    finally:
        database.close()


def _give_back(database: Database, holder: str, judged: str | None, lease_seconds: float) -> int:
    return database.transact(
        lambda connection: queues.give_back(connection, holder, judged, lease_seconds=lease_seconds)
    )
