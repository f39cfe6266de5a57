"""The schema as a whole: all tables, bringing a database up to date, and whether models and migrations agree."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib import resources
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, RootTransaction, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.types import TypeDecorator

from service.store import (
    audit,
    authors,
    bans,
    campaigns,
    claims,
    comments,
    deliveries,
    events,
    jobs,
    lessons,
    mailboxes,
    marks,
    models,
    moderation,
    notes,
    policies,
    reports,
    revisions,
    samples,
    signins,
    sites,
    submissions,
    subscriptions,
    thresholds,
    traces,
    turns,
    webhooks,
    wordings,
)
from service.store.base import Base, UtcTime
from service.store.migrations.steps import LOCK_MILLISECONDS
from service.store.session import Database

METADATA = Base.metadata
TABLES = (
    sites,
    policies,
    comments,
    authors,
    submissions,
    revisions,
    moderation,
    events,
    traces,
    campaigns,
    reports,
    claims,
    audit,
    bans,
    jobs,
    notes,
    subscriptions,
    mailboxes,
    marks,
    turns,
    lessons,
    models,
    samples,
    thresholds,
    deliveries,
    webhooks,
    signins,
    wordings,
)
_LOCK = 0x6D6F6465
_BUSY: Final = {"55P03", "40P01"}
"""lock_not_available, deadlock_detected: others were quicker, and we try again."""
_LONGEST_PAUSE: Final = 5.0

Tell = Callable[[str], None]
UTF8: Final = "Make it anew: createdb --owner moderato --encoding UTF8 --template template0 moderato"


class Unfit(Exception):
    """A database that can't keep what people write: a sentence to the operator."""


def config(connection: Connection | None = None, tell: Tell | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(resources.files("service.store").joinpath("migrations")))
    made.attributes["connection"] = connection
    made.attributes["tell"] = tell
    return made


def _silent(_what: str) -> None:
    """Nobody listens."""


class Fit(StrEnum):
    """How a database's schema stands to this code."""

    EMPTY = "empty"
    OLD = "old"
    CURRENT = "current"
    NEWER = "newer"
    """Of a release that we don't know. It has only added to what we use (docs/decisions/0034)."""

    @property
    def serves(self) -> bool:
        return self in {Fit.CURRENT, Fit.NEWER}


def fit(connection: Connection) -> Fit:
    """How the database's schema stands to this code: two short statements."""
    at = revision(connection)
    if at is None:
        return Fit.EMPTY
    if at == head():
        return Fit.CURRENT
    return Fit.OLD if knows(at) else Fit.NEWER


def migrate(database: Database, tell: Tell = _silent) -> tuple[str | None, str | None]:
    """Bring the database up to date, beside services that run. Returns the revisions before and after.

    Two at once wait for each other. The first schema is one transaction. On PostgreSQL each later step is one of its
    own, so that no lock is kept while another is waited for; and none is waited for longer than others may wait behind
    us, but again and again. A newer release's database is left as it is. `tell` hears what is going on.
    """
    tell("Reaching the database")
    with database.read() as reader:
        if foreign := foreign_encoding(reader):
            raise Unfit(f"The database keeps text as {foreign}, and people write UTF8. {UTF8}.")
    tell("Waiting until nobody else migrates or locks this database")
    with (_patient if database.engine.dialect.name == "sqlite" else _in_turn)(database) as writer:
        before = revision(writer)
        if before is not None and not knows(before):
            return before, before
        if writer.dialect.name == "sqlite":
            command.upgrade(config(writer, tell), "head")
        else:
            _upgrade(writer, tell)
        after = revision(writer)
        tell("Committing")
    return before, after


@contextmanager
def _in_turn(database: Database) -> Iterator[Connection]:
    """A connection beside which nobody else migrates; it is waited for as long as it takes.

    We ask again and again: whoever waits inside a statement keeps an index from being built beside the others.
    """
    with database.engine.connect() as writer:
        try:
            while not writer.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}):
                writer.rollback()
                time.sleep(0.1)
            writer.rollback()
            yield writer
        finally:
            writer.invalidate()  # its session ends with us, and with it our turn


def _upgrade(writer: Connection, tell: Tell) -> None:
    """On PostgreSQL: a step that doesn't soon get its lock lets those pass who wait behind it, and is tried again."""
    pause = LOCK_MILLISECONDS / 1000
    while True:
        tell("Migrating")
        writer.execute(text("SET statement_timeout = 0"))
        writer.execute(text(f"SET lock_timeout = {LOCK_MILLISECONDS}"))
        writer.commit()
        try:
            command.upgrade(config(writer, tell), "head")
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _BUSY:
                raise
            writer.rollback()
        else:
            return
        tell("Waiting for a lock that others hold")
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 - spreads the rivals, keeps no secret
        pause = min(pause * 2, _LONGEST_PAUSE)


@contextmanager
def _patient(database: Database) -> Iterator[Connection]:
    """SQLite's one writer. Its own waiting is over after ten seconds and hears no Ctrl-C: ours is in short steps."""
    with database.engine.connect() as writer:
        _set_waiting(writer, milliseconds=100)
        try:
            with _begun(writer):
                yield writer
        finally:
            _set_waiting(writer, milliseconds=10_000)


def _set_waiting(writer: Connection, *, milliseconds: int) -> None:
    writer.connection.cursor().execute(f"PRAGMA busy_timeout = {milliseconds:d}")


def _begun(writer: Connection) -> RootTransaction:
    while True:
        try:
            return writer.begin()
        except OperationalError as error:
            if "locked" not in str(error.orig):
                raise
            time.sleep(0.1)


def foreign_encoding(connection: Connection) -> str:
    """The encoding of a PostgreSQL that isn't UTF8; empty where all is well."""
    if connection.dialect.name != "postgresql":
        return ""
    found = str(connection.execute(text("SHOW server_encoding")).scalar_one())
    return "" if found == "UTF8" else found


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
