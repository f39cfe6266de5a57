"""The schema as a whole: all tables, bringing a database up to date, and whether models and migrations agree."""

from importlib import resources
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, create_engine, text
from sqlalchemy.types import TypeDecorator

from service.store import authors, comments, events, moderation, policies, revisions, sites, submissions
from service.store.base import Base, UtcTime
from service.store.session import Database

METADATA = Base.metadata
TABLES = (sites, policies, comments, authors, submissions, revisions, moderation, events)
_LOCK = 0x6D6F6465


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(resources.files("service.store").joinpath("migrations")))
    made.attributes["connection"] = connection
    return made


def migrate(database: Database) -> tuple[str | None, str | None]:
    """Bring the database up to date. Two at once wait for each other. Returns the revisions before and after."""
    with database.read() as reader:
        before = revision(reader)
    with database.write() as writer:
        if writer.dialect.name == "postgresql":
            writer.execute(text("SET LOCAL statement_timeout = 0"))
            writer.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(config(writer), "head")
        after = revision(writer)
    return before, after


def revision(connection: Connection) -> str | None:
    """The revision the database is at; None before the first migration."""
    return MigrationContext.configure(connection).get_current_revision()


def head() -> str | None:
    """The revision this code wants."""
    return ScriptDirectory.from_config(config()).get_current_head()


def knows(revision: str) -> bool:
    """Whether it is one of this code's revisions; else it is a newer release's."""
    return revision in {each.revision for each in ScriptDirectory.from_config(config()).walk_revisions()}


def differences(connection: Connection) -> list[Any]:
    """What the models say that the migrated database doesn't, and the other way round. Empty when they agree."""
    context = MigrationContext.configure(connection, opts={"compare_type": compare_type})
    return list(compare_metadata(context, METADATA))


def compare_type(
    _context: Any, _inspected: Any, _metadata: Any, inspected_type: Any, metadata_type: Any
) -> bool | None:
    """Our own column types look different on each database; compare what they are there."""
    if isinstance(metadata_type, UtcTime):
        return not isinstance(inspected_type, BigInteger) and not getattr(inspected_type, "timezone", False)
    if isinstance(metadata_type, TypeDecorator):
        return False
    return None


def check() -> list[Any]:
    """Migrate an empty database in memory and compare it with the models: needs no server."""
    with create_engine("sqlite://").begin() as connection:
        command.upgrade(config(connection), "head")
        return differences(connection)
