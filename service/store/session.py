"""Connections and transactions: how SQLite and PostgreSQL are opened so that neither is silently wrong."""

import os
import random
import select
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import copy
from functools import partial
from typing import Any, Final, Self, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, InvalidRequestError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from service import meters, metrics
from service.settings import Settings
from service.store.silence import NoAnswer, Silence, connected

T = TypeVar("T")

# serialization_failure, deadlock_detected: the other transaction won, ours may simply be done again.
_AGAIN: Final = {"40001", "40P01"}
_TRIES: Final = 4

# Each of our statements has its index, and is prepared once. A plan made while a table was nearly empty reads it from
# end to end, and is kept until the first ANALYZE, however much comes in: judging cost three times as much after 6,000
# comments. Bitmap scans never clear the index of what is pending of those long decided. And compiling a plan takes
# longer than running ours.
_STEADY_PLANS: Final = "-c enable_seqscan=off -c enable_bitmapscan=off -c jit=off"


_GRACE_SECONDS: Final = 5.0
_BY_SQLSTATE: Final = {
    "53100": "disk", "25006": "read_only", "57014": "slow", "25P03": "slow", "40001": "busy", "40P01": "busy",
    "55P03": "busy",
}  # fmt: skip
_BY_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: "busy", sqlite3.SQLITE_LOCKED: "busy", sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_FULL: "disk", sqlite3.SQLITE_IOERR: "disk",
}  # fmt: skip


_forking: Final = threading.RLock()
"""Whose turn it is: whoever forks, or whoever has SQLite open in a process that forks."""
os.register_at_fork(before=_forking.acquire, after_in_parent=_forking.release, after_in_child=_forking.release)


class Database:
    """One process's way to the data. Make it after forking; `close()` it before.

    `gives_up`: a PostgreSQL that has stopped answering is left after `database_timeout` and five seconds, so that a
    request can be told so. Its own timeout ends what takes too long, but not while the whole server stands still.

    `forks`: the process makes children while this is in use. SQLite's locks are the process's, and a child would take
    its parent's for its own: so nothing of SQLite's is open while we fork. (psycopg leaves a parent's alone.)
    """

    def __init__(self, settings: Settings, *, gives_up: bool = False, forks: bool = False) -> None:
        patience = settings.database_timeout + _GRACE_SECONDS if gives_up else None
        self._apart = forks and settings.is_sqlite
        self._readers = _engine(settings, writes=False, patience=patience, keeps=not self._apart)
        self._writers = _engine(settings, writes=True, keeps=not self._apart) if settings.is_sqlite else self._readers
        self.disk_is_full = False
        """Whether the latest writing failed for want of room."""
        self._most = settings.database_pool + settings.is_sqlite
        self._fence: Callable[[Connection], None] | None = None
        self._silence = Silence()
        meters.shift(metrics.POOL, self._most)

    @property
    def engine(self) -> Engine:
        return self._writers

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading: autocommit, each statement sees the latest commit."""
        with _told(), self._silence.heard(), self._no_fork(), _counted(self._readers.connect) as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends, rolled back when it raises."""
        try:
            with (
                _told(), self._silence.heard(), self._no_fork(), _counted(self._writers.connect) as connection,
                connection.begin(),
            ):  # fmt: skip
                if self._fence is not None:
                    self._fence(connection)
                yield connection
        except SQLAlchemyError as error:
            self.disk_is_full = trouble(error) == "disk" or (self.disk_is_full and bool(trouble(error)))
            raise
        self.disk_is_full = False

    def _no_fork(self) -> AbstractContextManager[object]:
        return _forking if self._apart else nullcontext()

    def transact(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction; again, up to three times, when it lost a deadlock or a serialization race."""
        for attempt in range(_TRIES):
            try:
                with self.write() as connection:
                    return work(connection)
            except DBAPIError as error:
                if attempt == _TRIES - 1 or getattr(error.orig, "sqlstate", None) not in _AGAIN:
                    raise
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)  # noqa: S311 - spreads the rivals, keeps no secret
        raise AssertionError("the last attempt returns or raises")

    def fenced(self, fence: Callable[[Connection], None]) -> Self:
        """The same way to the data, on which each transaction begins with `fence`: it raises where none may go on."""
        fenced = copy(self)
        fenced._fence = fence  # noqa: SLF001 - our own
        return fenced

    def close(self) -> None:
        meters.shift(metrics.POOL, -self._most)
        self._readers.dispose()
        self._writers.dispose()

    def forget(self) -> None:
        """After a fork: drop the parent's connections without closing them under it."""
        self._readers.dispose(close=False)
        self._writers.dispose(close=False)


@contextmanager
def _counted(connect: Callable[[], Connection]) -> Iterator[Connection]:
    """A connection, which counts as one in use until it is given back."""
    try:
        connection = connect()
    except PoolTimeoutError:
        meters.count(metrics.POOL_TIMEOUTS)
        raise
    meters.shift(metrics.CONNECTIONS, 1)
    try:
        with connection:
            yield connection
    finally:
        meters.shift(metrics.CONNECTIONS, -1)


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with the database is counted, whoever meets it."""
    try:
        yield
    except SQLAlchemyError as error:
        if word := trouble(error):
            meters.count(metrics.DATABASE_FAILURES, word)
        raise


_CLOSED_TWICE: Final = "This connection is closed"
"""SQLAlchemy's words when a connection that it has just made anew is dead as well (`_ConnectionFairy._checkout`)."""


def is_away(error: BaseException) -> bool:
    """Whether the database couldn't be reached or can't serve now: a matter of waiting, not of the request."""
    return bool(trouble(error))


def trouble(error: BaseException) -> str:
    """One of `metrics.DATABASE_TROUBLES`, if the database is to blame; empty if the request is."""
    if isinstance(error, PoolTimeoutError):
        return "busy"
    if isinstance(error, InvalidRequestError) and error.args == (_CLOSED_TWICE,):
        return "away"
    if not isinstance(error, DBAPIError):
        return ""
    found = _BY_SQLSTATE.get(getattr(error.orig, "sqlstate", None) or "")
    found = found or _BY_SQLITE.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
    if found:
        return found
    if isinstance(error.orig, NoAnswer):
        return "slow"
    return "away" if isinstance(error, OperationalError) or error.connection_invalidated else ""


def _engine(settings: Settings, *, writes: bool, patience: float | None = None, keeps: bool = True) -> Engine:
    if settings.is_sqlite:
        return _sqlite(settings, writes=writes, keeps=keeps)
    milliseconds = int(settings.database_timeout * 1000)
    engine = create_engine(
        settings.database_url,
        hide_parameters=True,  # an error's text must not carry a reader's data into a log
        pool_size=settings.database_pool,
        max_overflow=0,
        pool_timeout=5,
        pool_reset_on_return="rollback",
        connect_args={
            "connect_timeout": 5,
            "client_encoding": "utf8",  # a server without an encoding of its own would hand out bytes
            "tcp_user_timeout": 5000,
            "keepalives_idle": 30,
            # A lock that is waited for too long is the database's matter (55P03), a slow statement may be a comment's.
            "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds * 4 // 5}"
            f" -c idle_in_transaction_session_timeout={milliseconds * 2} -c timezone=UTC {_STEADY_PLANS}",
            "prepare_threshold": 3,
        },
    )
    event.listen(engine, "checkout", _refuse_the_dead)
    if patience is not None:
        event.listen(engine, "do_connect", partial(connected, patience))
    return engine


def _refuse_the_dead(connection: psycopg.Connection[Any], _record: ConnectionPoolEntry, _proxy: object) -> None:
    """Drop connections whose server has ended. An idle server says nothing: what can be read is its farewell.

    Looking costs no round trip, as a ping would, twice a submission.
    """
    if not connection.closed:
        ear = select.poll()
        ear.register(connection.fileno(), select.POLLIN)
        if not ear.poll(0):
            return
    raise InvalidatePoolError


def _sqlite(settings: Settings, *, writes: bool, keeps: bool) -> Engine:
    """The driver's own transactions lose updates without an error: it must keep out, and writers begin at once.

    Unless it `keeps` connections, each is closed after use.
    """
    most = 1 if writes else settings.database_pool
    kept: dict[str, Any] = {"pool_size": most, "max_overflow": 0, "pool_timeout": 15}
    engine = create_engine(
        settings.database_url,
        hide_parameters=True,
        **(kept if keeps else {"poolclass": NullPool}),
        connect_args={"timeout": 10, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -16000")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.close()

    if writes:

        @event.listens_for(engine, "begin")
        def _begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def is_read_only(connection: Connection) -> bool:
    """Whether a server takes no writing: a standby, or set so."""
    return storage(connection) == "postgresql" and connection.scalar(text("SHOW transaction_read_only")) == "on"


def storage(connection: Connection) -> str:
    """`sqlite` or `postgresql`."""
    return connection.dialect.name


Row = Any
