"""A server that holds the connection and says nothing: it is left after a while, and one thread finds out for all."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError


class NoAnswer(psycopg.OperationalError):
    """The server still holds the connection, and has said nothing for longer than any statement may take."""


class _Impatient(psycopg.Connection[Any]):
    """A connection that is closed when its server says nothing for too long."""

    patience: float

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except psycopg.OperationalError as error:
            if self.pgconn.transaction_status != psycopg.pq.TransactionStatus.ACTIVE:
                raise
            self.pgconn.finish()
            raise NoAnswer("the server says nothing") from error


def connected(patience: float, _dialect: Any, _record: Any, arguments: Any, named: Any) -> _Impatient:
    """For SQLAlchemy's `do_connect`: a connection that is given up on after `patience` seconds without a word."""
    made = _Impatient.connect(*arguments, **named)
    made.patience = patience
    return made


class Silence:
    """While the server says nothing, one thread finds out whether it does again; the others are told so at once.

    Else each would wait for all the time that one statement may take, until no thread is left to say anything: not even
    that the process lives.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent = False
        self._asks: int | None = None
        """The thread that finds out."""

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Around one use of the database. Raises OperationalError, of `NoAnswer`, when somebody else finds out."""
        finds_out = self._silent and self._begin()
        try:
            yield
        except DBAPIError as error:
            self._silent = isinstance(error.orig, NoAnswer | psycopg.errors.ConnectionTimeout)
            raise
        except BaseException:
            self._silent = self._silent and not finds_out
            raise
        else:
            self._silent = False
        finally:
            if finds_out:
                self._asks = None

    def _begin(self) -> bool:
        """Whether this thread is now the one that finds out; it may have begun already."""
        me = threading.get_ident()
        with self._lock:
            if self._asks is None:
                self._asks = me
                return True
        if self._asks != me:
            raise OperationalError("connect", None, NoAnswer("the server said nothing when it was last asked"))
        return False
