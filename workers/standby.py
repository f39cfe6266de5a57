"""Before it takes anything, a worker waits for a schema that it can use: on an older one no comment could be judged.

What it can't judge it mustn't claim, either: five tries on a schema without a column would park every comment.
"""

import time
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.settings import Settings
from service.signs import show_progress
from service.store import schema
from service.store.session import Database

_GLANCE: Final = 1.0
_SAY_AGAIN: Final = 30.0

_log = structlog.get_logger(__name__)


def wait_for_the_schema(settings: Settings) -> None:
    """Return when the database is migrated at least as far as this release wants; say meanwhile what is waited for."""
    database = Database(settings)
    said, again_at = "", 0.0
    try:
        while lacking := _lacking(database):
            show_progress()  # whoever watches over us is not to end us for waiting
            if lacking != said or time.monotonic() > again_at:
                _log.warning("nothing is judged yet", lacking=lacking)
                said, again_at = lacking, time.monotonic() + _SAY_AGAIN
            time.sleep(_GLANCE)
        if said:
            _log.info("the database is ready")
    finally:
        database.close()


def _lacking(database: Database) -> str:
    try:
        with database.read() as connection:
            if schema.fit(connection).serves:
                return ""
            at = schema.revision(connection)
    except SQLAlchemyError as error:
        return f"the database is away ({type(error).__name__})"
    return f"the database is at {at or 'nothing'}, this release wants {schema.head()}: moderato migrate"
