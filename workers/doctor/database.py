"""Looks at the database: whether it lets us in, its schema and clock, whether it can be written, and what waits."""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from service.store import schema
from service.store.backlog import Backlog, Stage
from service.store.clock import ahead_of_database
from service.store.schema import Fit
from service.store.session import Database, is_read_only, storage
from service.store.standing import COUNT_CAP, Standing, standing
from workers.doctor.examination import each_of
from workers.doctor.finding import Case, Finding, note, time_apart

OLDEST_POSTGRESQL: Final = 130000
LONG_WAIT: Final = 60.0
LONG_UNTOLD: Final = 3600.0
CROWDED: Final = 0.9
_WRITE: Final = (
    "CREATE TEMPORARY TABLE moderato_doctor ON COMMIT DROP AS SELECT repeat('x', 1000) FROM generate_series(1, 1000)"
)
_MIGRATE: Final = "Run `moderato migrate`; it is safe to repeat."


def database(case: Case) -> Iterator[Finding]:
    """Get in; once in, look at everything."""
    if case.lacks("database_url"):
        return
    if case.settings.is_sqlite:
        file = Path(make_url(case.settings.database_url).database or "")
        if not file.exists():
            yield Finding(f"There is no database: {file} is not there.", f"{_MIGRATE} It makes the file.")
            return
    opened = Database(replace(case.settings, database_pool=2, database_timeout=2.0))
    try:
        with opened.read() as connection:
            yield from each_of(
                partial(_version, connection),
                partial(_encoding, connection),
                partial(_schema, connection, case),
                partial(_clock, connection, case),
                partial(_writable, connection, case),
                partial(_crowd, connection),
            )
    except SQLAlchemyError as error:
        yield _no_entry(case, error)
    finally:
        opened.close()


def _encoding(connection: Connection) -> Iterator[Finding]:
    if foreign := schema.foreign_encoding(connection):
        yield Finding(f"The database keeps text as {foreign}, and people write UTF8.", f"{schema.UTF8}.")


def _no_entry(case: Case, error: SQLAlchemyError) -> Finding:
    """Why we weren't let in. The server's words are searched in English and in French, and not repeated."""
    where, words = _where(case), str(error.orig) if isinstance(error, DBAPIError) else ""
    if case.settings.is_sqlite:
        return Finding(
            f"The database can't be opened ({_plain(words)}): {where}.",
            "See that the file and its folder belong to the user that Moderato runs as, and that their disk has room.",
        )
    if re.search(r"password|mot de passe|pg_hba|authentication", words):
        return Finding(
            f"The database refuses us: wrong user or password for {where}.",
            "Correct user and password in MODERATO_DATABASE_URL (percent-encoded), or pg_hba.conf at the server.",
        )
    if re.search(r"(database|base de données) .* (does not exist|n'existe pas)", words):
        return Finding(
            f"There is no such database: {where}.", "Create it, or correct its name in MODERATO_DATABASE_URL."
        )
    if re.search(r"too many clients|trop de clients|remaining connection slots", words):
        return Finding(
            f"The database has no connection left for us: {where}.",
            "Raise max_connections, or lower MODERATO_DATABASE_POOL, MODERATO_API_PROCESSES or workers' concurrency.",
        )
    return Finding(
        f"The database can't be reached: {where}.",
        "Start it, or correct host and port in MODERATO_DATABASE_URL; then look at firewalls between.",
    )


def _where(case: Case) -> str:
    """Without user and password."""
    url = make_url(case.settings.database_url)
    return url.database or "" if case.settings.is_sqlite else f"{url.host}:{url.port or 5432}/{url.database}"


def _plain(words: str) -> str:
    """SQLite's own words, which are few and hold no data."""
    return words if words in {"unable to open database file", "attempt to write a readonly database"} else "no reason"


def _version(connection: Connection) -> Iterator[Finding]:
    if storage(connection) == "postgresql":
        number = int(connection.scalar(text("SHOW server_version_num")) or 0)
        if number < OLDEST_POSTGRESQL:
            yield Finding(f"PostgreSQL {number // 10000} is too old.", f"Use {OLDEST_POSTGRESQL // 10000} or newer.")


def _schema(connection: Connection, case: Case) -> Iterator[Finding]:
    """The schema; and, if it is the one we know, what lies in it."""
    fit, at, wanted = schema.fit(connection), schema.revision(connection), schema.head()
    if fit.serves:
        found = standing(connection, case.clock())
        yield from _work(found)
        yield from _backlog(connection, case)
        yield from _telling(found)
    if fit is Fit.EMPTY:
        yield Finding("The database is empty: no migration has been run.", _MIGRATE)
    elif fit is Fit.OLD:
        yield Finding(f"The database's schema is old: it is at {at}, this release wants {wanted}.", _MIGRATE)
    elif fit is Fit.NEWER:
        yield note(
            f"The database's schema, {at}, is of a newer release; this one knows {wanted}, and works beside it.",
            "Finish the upgrade: install the newer release here as well.",
        )


def _work(found: Standing) -> Iterator[Finding]:
    if found.pending_age > LONG_WAIT:
        many = f"{found.pending:,}{' or more' if found.pending == COUNT_CAP else ''}"
        yield Finding(
            f"{many} comments wait for their verdict, the oldest for {found.pending_age:.0f} s.",
            "See that workers run and read their log for errors; if they are merely too few, start more.",
        )
    if found.parked:
        yield Finding(
            f"{found.parked} comments could not be judged and wait for a moderator (reason gave_up).",
            "Look for `could not be judged` in the workers' log and mend the cause; then decide on them at the desk.",
        )


def _backlog(connection: Connection, case: Case) -> Iterator[Finding]:
    stages = Backlog(case.settings).stages(connection)
    many = "Is it a flood, `moderato site set NAME --rule per_minute=5`; is it a success, start more workers."
    if number := stages[Stage.REFUSING]:
        yield Finding(
            f"Sites that take no comments, for {case.settings.backlog_limit:,} of each wait to be judged: {number}.",
            many,
        )
    if number := stages[Stage.OPTIONAL_SKIPPED]:
        yield Finding(
            f"Sites for which the scorer isn't asked, for {case.settings.backlog_optional:,} of each wait: {number}. "
            "What it would have been asked about is held until there is time.",
            many,
        )


def _telling(found: Standing) -> Iterator[Finding]:
    if found.untold == COUNT_CAP:
        yield Finding(
            f"{found.untold:,} events or more wait to be told, and nobody is at it.",
            "See that a worker takes from the lane tell, and read its log for errors.",
        )
    if found.waiting_age > LONG_UNTOLD:
        yield note(
            f"{found.waiting:,} deliveries wait, the oldest for {found.waiting_age / 3600:.0f} h.",
            "A receiver is away: its owner sees by GET /v1/moderation/webhooks which, and in its log why.",
        )
    if found.failed:
        yield note(
            f"{found.failed:,} deliveries were given up within a day.",
            "Once the receiver is well, its owner has them told again: POST /v1/moderation/webhooks/ID/replay.",
        )


def _clock(connection: Connection, case: Case) -> Iterator[Finding]:
    ahead = 0.0 if case.settings.is_sqlite else ahead_of_database(connection, case.clock)
    if ahead:
        yield Finding(
            f"This machine's clock is {time_apart(ahead)} the database's.",
            "Keep both right by NTP: form tokens, leases and lists go by the time.",
        )


def _writable(connection: Connection, case: Case) -> Iterator[Finding]:
    """Write something and take it back."""
    if case.settings.is_sqlite:
        yield from _sqlite_writable(make_url(case.settings.database_url).database or "")
        return
    if is_read_only(connection):
        yield Finding(
            "The database is read-only: a standby, or set so.",
            "Put the primary's address into MODERATO_DATABASE_URL, or end default_transaction_read_only.",
        )
        return
    try:
        connection.execute(text(_WRITE))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") == "53100":
            yield Finding("The database server's disk is full.", "Make room there: no comment can be taken.")


def _sqlite_writable(file: str) -> Iterator[Finding]:
    connection = sqlite3.connect(file, timeout=1, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            yield note(
                f"Somebody has held the database's lock for a second: {file}.",
                "If it stays so, see who has the file open: `fuser`. `moderato backup` copies it and locks nobody out.",
            )
        else:
            yield Finding(
                f"The database can't be written: {file}.",
                "Give it and its folder to the user that Moderato runs as, on a disk mounted for writing.",
            )
    finally:
        connection.close()


def _crowd(connection: Connection) -> Iterator[Finding]:
    if storage(connection) != "postgresql":
        return
    most = int(connection.scalar(text("SHOW max_connections")) or 0)
    used = int(
        connection.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")) or 0
    )
    if most and used > most * CROWDED:
        yield note(
            f"{used} of the database's {most} connections are in use.",
            "Raise max_connections, or lower MODERATO_DATABASE_POOL.",
        )


LOOKS: Final = {"database": database}
