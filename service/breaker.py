"""Whether Redis is worth asking. It carries hints and counts only: who gets no answer from it goes on without it.

One breaker for all that a process asks of Redis, and for all its threads: a server that hangs would otherwise cost each
request both timeouts, second after second. After a failure nobody asks for a second, and longer each time; then one
request does, for all, and pays at most one timeout.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import structlog
from redis import exceptions

from service import meters, metrics

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 5.0
"""It is asked soon after it is back, and one request in five seconds may wait for it."""

_WHY: Final[tuple[tuple[type[Exception], str], ...]] = (
    (exceptions.OutOfMemoryError, "full"),
    (exceptions.ReadOnlyError, "read_only"),
    (exceptions.BusyLoadingError, "loading"),
    (exceptions.AuthenticationError, "refused"),
    (exceptions.ConnectionError, "away"),
    (exceptions.TimeoutError, "slow"),
    (exceptions.ResponseError, "refused"),
)

_log = structlog.get_logger(__name__)


class Breaker:
    """Closed while Redis answers, open while it doesn't."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._turn = threading.Lock()
        self._failures = 0
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures > 0

    def allows(self) -> bool:
        """Whether to ask now. Whoever is told yes while it is open asks for all, and says what came of it."""
        if not self._failures:
            return True
        with self._turn:
            now = self._clock()
            if now < self._until:
                return False
            self._until = now + self._pause()
            return True

    def succeeded(self) -> None:
        if not self._failures:
            return
        with self._turn:
            was_open, self._failures = self._failures > 0, 0
        if was_open:
            meters.shift(metrics.REDIS_OPEN, -1)
            _log.info("Redis is back")

    def failed(self, error: BaseException) -> str:
        """Note a failure; in one word, what is wrong."""
        with self._turn:
            self._failures += 1
            first = self._failures == 1
            self._until = self._clock() + self._pause()
        found = why(error)
        meters.count(metrics.REDIS_FAILURES, found)
        if first:
            meters.shift(metrics.REDIS_OPEN, 1)
        return found

    def _pause(self) -> float:
        return min(FIRST_PAUSE * 2.0 ** min(max(self._failures - 1, 0), 10), LONGEST_PAUSE)


def why(error: BaseException) -> str:
    """One of `metrics.REDIS_TROUBLES`, for what Redis or a library around it has raised."""
    for each in _causes(error):
        if isinstance(each, exceptions.ResponseError) and str(each).startswith("MISCONF"):
            return "disk"
        for kind, word in _WHY:
            if isinstance(each, kind):
                return word
    return "away"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and those that it was made of, the outermost first."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = found.__cause__ or found.__context__
