"""Makes a process die at its n-th call of anything outside it: a statement, a commit, the broker, a receiver.

The points lie in the drivers, below all that could go around something: whatever a process says to SQLite, PostgreSQL
or Redis passes here, word by word. Behind what has an effect there is a point too: it is done, and nobody knows yet.
"""

import json
import os
import signal
import sqlite3
import traceback
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from redis.connection import AbstractConnection
from sqlalchemy.engine.default import DefaultDialect

from workers.webhooks.teller import Webhooks

NEVER: Final = 0
STATEMENT: Final = "statement: "
COMMAND: Final = "command: "
TELLING: Final = "telling"
_DIED: Final = 42
_PATIENCE: Final = 60
_LONGEST: Final = 70


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended: at a point, or after it had said its answer."""

    points: list[str]
    """All that it came to, in order; it died at the last one, if it died."""
    died: bool
    answer: Any
    """What it acknowledged; None when it died before that."""
    traced: list[str]
    """The statements that SQLite itself says it was given, with their values."""

    @property
    def statements(self) -> int:
        return sum(point.startswith(STATEMENT) for point in self.points)

    @property
    def commands(self) -> list[str]:
        """What Redis was asked, by the commands' names; but for how connections introduce themselves."""
        asked = (point.removeprefix(COMMAND) for point in self.points if point.startswith(COMMAND))
        return [name for names in asked for name in names.split() if name != "CLIENT"]


class _Way:
    """The child's way through its points."""

    def __init__(self, at: int, out: int) -> None:
        self._at, self._out, self._reached = at, out, 0

    def say(self, **fact: Any) -> None:
        os.write(self._out, json.dumps(fact).encode() + b"\n")

    def point(self, what: str) -> None:
        self._reached += 1
        self.say(point=what)
        if self._reached == self._at:
            os._exit(_DIED)

    def statement(self, text: str) -> None:
        self.point(f"{STATEMENT}{' '.join(text.split())[:_LONGEST]}")

    def each(self, text: str, rows: Iterable[Any]) -> Iterator[Any]:
        """A statement with many rows is given to the database as often."""
        for row in rows:
            self.statement(text)
            yield row

    def lay(self) -> None:
        """A point before each call outside; behind those, too, that change something there."""
        self._lay_at_connecting()
        self._lay_in_psycopg()
        self._lay_in_redis()
        send = Webhooks._send

        async def _send(*arguments: Any) -> Any:
            self.point(TELLING)
            told = await send(*arguments)
            self.point("told")
            return told

        _put(Webhooks, _send)

    def _lay_at_connecting(self) -> None:
        inner, way, cursor = DefaultDialect.connect, self, self._sqlite_cursor()

        class Connection(sqlite3.Connection):
            def cursor(self, *_: Any) -> Any:
                return super().cursor(cursor)

            def commit(self) -> None:
                if self.in_transaction:
                    way.statement("COMMIT")
                    super().commit()
                    way.point("committed")

            def rollback(self) -> None:
                if self.in_transaction:
                    way.statement("ROLLBACK")
                    super().rollback()

        def connect(dialect: DefaultDialect, *arguments: Any, **named: Any) -> Any:
            way.point("connecting")
            sqlite = dialect.name == "sqlite"
            made: Any = inner(dialect, *arguments, **(named | ({"factory": Connection} if sqlite else {})))
            if sqlite:
                made.set_trace_callback(lambda text: way.say(traced=text))
            return made

        _put(DefaultDialect, connect)

    def _sqlite_cursor(self) -> type[sqlite3.Cursor]:
        way = self

        class Cursor(sqlite3.Cursor):
            def execute(self, text: str, *values: Any) -> Any:
                way.statement(text)
                return super().execute(text, *values)

            def executemany(self, text: str, rows: Iterable[Any]) -> Any:
                return super().executemany(text, way.each(text, rows))

        return Cursor

    def _lay_in_psycopg(self) -> None:
        inner: Any = psycopg.Cursor.execute
        inner_many: Any = psycopg.Cursor.executemany
        inner_own: Any = psycopg.Connection._exec_command

        def execute(cursor: Any, text: Any, *arguments: Any, **named: Any) -> Any:
            self.statement(str(text))
            return inner(cursor, text, *arguments, **named)

        def executemany(cursor: Any, text: Any, rows: Iterable[Any], **named: Any) -> None:
            inner_many(cursor, text, self.each(str(text), rows), **named)

        def _exec_command(connection: Any, command: Any, *arguments: Any) -> Generator[Any, Any, Any]:
            """Of BEGIN, COMMIT, ROLLBACK and the like the driver sees to by itself."""
            text = command.decode() if isinstance(command, bytes) else str(command)
            self.statement(text)
            result = yield from inner_own(connection, command, *arguments)
            if text == "COMMIT":
                self.point("committed")
            return result

        _put(psycopg.Cursor, execute, executemany)
        _put(psycopg.Connection, _exec_command)

    def _lay_in_redis(self) -> None:
        send: Any = AbstractConnection.send_packed_command
        read: Any = AbstractConnection.read_response

        def send_packed_command(connection: Any, command: Any, *arguments: Any, **named: Any) -> Any:
            packed = b"".join([command] if isinstance(command, bytes) else command)
            self.point(f"{COMMAND}{' '.join(_names(packed))}")
            return send(connection, command, *arguments, **named)

        def read_response(*arguments: Any, **named: Any) -> Any:
            answer = read(*arguments, **named)
            self.point("answered")
            return answer

        _put(AbstractConnection, send_packed_command, read_response)


def _put(owner: type, *ours: Callable[..., Any]) -> None:
    """Ours in place of theirs, each by its name."""
    for each in ours:
        setattr(owner, each.__name__, each)


def _names(packed: bytes) -> Iterator[str]:
    """The names of commands as they go over the wire: `*2`, `$3`, `GET`, `$1`, `x`, line by line."""
    while packed:
        head, _, packed = packed.partition(b"\r\n")
        for at in range(int(head[1:])):
            size, _, packed = packed.partition(b"\r\n")
            length = int(size[1:])
            if at == 0:
                yield packed[:length].decode()
            packed = packed[length + 2 :]


def apart(work: Callable[[], Any], at: int = NEVER) -> Ending:
    """Do some work in a child process that dies at its `at`-th point; what it returns (JSON) is its acknowledgement."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the child runs one thread, and ends without ceremony
        child = os.fork()
    if child == 0:
        _be_the_child(work, at, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as heard:
        said = [json.loads(line) for line in heard]
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in {0, _DIED}:
        raise ChildProcessError(f"the child ended with {code}: {[fact for fact in said if 'fault' in fact]}")

    def of(kind: str) -> list[Any]:
        return [fact[kind] for fact in said if kind in fact]

    return Ending(of("point"), code == _DIED, next(iter(of("answer")), None), of("traced"))


def _be_the_child(work: Callable[[], Any], at: int, writer: int) -> None:
    way = _Way(at, writer)
    try:
        signal.alarm(_PATIENCE)  # nobody waits for ever
        warnings.simplefilter("ignore", DeprecationWarning)  # Celery's, about its own ways
        way.lay()
        way.say(answer=work())
    except BaseException:  # noqa: BLE001 - told to the parent; a child that returned would be a second test run
        way.say(fault=traceback.format_exc())
        os._exit(1)
    os._exit(0)
