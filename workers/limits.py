"""What one comment may cost the process that judges it: time, and memory. What takes more fails its check and is held.

Two clocks run while a comment is judged. Both count the processor's time and not the world's: on a machine that is busy
with something else, nobody's comment is held for it. At the first a check is interrupted, and fails; each of the checks
after it gets a moment. The second ends the process: it is for what never comes back to Python to be interrupted.
Whoever watches the process gives back what it had taken (`Sweep.bury`).
"""

import resource
import signal
import sys
import threading
from contextlib import AbstractContextManager
from types import FrameType, TracebackType
from typing import Final

from workers.engine import UNLIMITED, Limits

MOMENT: Final = 0.05
"""Seconds for each further check of a comment that has used up its time."""
BEYOND: Final = 0.5
"""Seconds more, after which the process ends: the check could not be interrupted."""
_MEGABYTE: Final = 1 << 20


class Overrun(Exception):
    """A check took too long."""


class ProcessorTime:
    """The two clocks. One for a process, made and used in its main thread: signals come there."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._checking = self._over = False
        signal.signal(signal.SIGPROF, self._interrupt)
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)

    def comment(self) -> AbstractContextManager[None]:
        self._over = False
        return _Clocks(self._seconds)

    def check(self) -> AbstractContextManager[None]:
        return self

    def __enter__(self) -> None:
        if self._over:
            signal.setitimer(signal.ITIMER_PROF, MOMENT)
            signal.setitimer(signal.ITIMER_VIRTUAL, MOMENT + BEYOND)
        self._checking = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._checking = False

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        """Only in a check: what is between them is ours, and short."""
        self._over = True
        if self._checking:
            self._checking = False
            raise Overrun


class _Clocks:
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._seconds)
        signal.setitimer(signal.ITIMER_VIRTUAL, self._seconds + BEYOND)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def limits(seconds: float) -> Limits:
    """The limits of this process; none where no signal would reach whoever judges (a pool of threads)."""
    if threading.current_thread() is not threading.main_thread():
        return UNLIMITED
    return ProcessorTime(seconds)


def bound_memory(megabytes: int) -> None:
    """From now on this process gets no more: asking for it is a MemoryError. (On Linux; elsewhere nothing is asked.)

    Nor does it leave its memory on the disk when it dies: readers' texts are in there, and writing it takes seconds.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not sys.platform.startswith("linux"):
        return
    most = megabytes * _MEGABYTE
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


def died_by_itself(code: int | None) -> bool:
    """Whether an exit code says that a process died of what it did, and not because somebody ended it.

    The system's SIGKILL, when memory is short, may hit an innocent; so do operators'.
    """
    return code is not None and code < 0 and -code in _OWN_DOING


_OWN_DOING: Final = {
    signal.SIGVTALRM, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS,
}  # fmt: skip
