"""Makes a process die at its n-th call of anything outside it: a statement, a commit, the broker, a receiver."""

import json
import os
import signal
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import redis
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from service.handoff import Handoff
from workers.webhooks.teller import Webhooks

NEVER: Final = 0
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

    def lay(self) -> None:
        """A point before each call outside; behind those, too, that change something there."""

        @event.listens_for(Engine, "before_cursor_execute")
        def _statement(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, many: bool) -> None:  # noqa: FBT001
            self.point(f"{' '.join(statement.split())[:_LONGEST]}{' …' if many else ''}")

        self._surround(DefaultDialect, "do_commit", "COMMIT")
        self._surround(redis.Redis, "execute_command", "Redis")
        self._surround(Handoff, "_send", "the broker's message")
        send = Webhooks._send

        async def _send(*arguments: Any) -> Any:
            self.point("before telling a receiver")
            told = await send(*arguments)
            self.point("after telling a receiver")
            return told

        Webhooks._send = _send  # type: ignore[method-assign, assignment]

    def _surround(self, owner: Any, name: str, what: str) -> None:
        inner = getattr(owner, name)

        def outer(*arguments: Any, **named: Any) -> Any:
            self.point(f"before {what}")
            found = inner(*arguments, **named)
            self.point(f"after {what}")
            return found

        setattr(owner, name, outer)


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
    answers = [fact["answer"] for fact in said if "answer" in fact]
    return Ending([fact["point"] for fact in said if "point" in fact], code == _DIED, answers[0] if answers else None)


def _be_the_child(work: Callable[[], Any], at: int, writer: int) -> None:
    way = _Way(at, writer)
    try:
        signal.alarm(_PATIENCE)  # nobody waits for ever
        way.lay()
        way.say(answer=work())
    except BaseException:  # noqa: BLE001 - told to the parent; a child that returned would be a second test run
        way.say(fault=traceback.format_exc())
        os._exit(1)
    os._exit(0)
