"""The worker's pool of processes: Celery's own, which says when one of them has ended, however it ended."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from typing import Any, Final

from billiard.process import current_process
from celery.concurrency.asynpool import AsynPool
from celery.concurrency.prefork import TaskPool

from workers.limits import died_by_itself
from workers.witness import Death, of_the_pool


def place_of_this_process() -> int | None:
    """Its place in the pool, from 0; None if it isn't of one."""
    place = getattr(current_process(), "index", None)
    return place if isinstance(place, int) else None


MOMENT: Final = 0.01
"""Seconds between two looks whether a process that dies is dead."""


class Processes(AsynPool):
    """`on_gone` is called in the worker's main thread, with the death of a process, before another takes its place."""

    on_gone: Callable[[Death], None] | None = None
    _pool: Any

    def _event_process_exit(self, hub: Any, process: Any) -> None:
        """A process's end of a pipe was closed: it is dying. Celery looks whether it is dead once and never again. But
        a process closes its files before it can be waited for: one in three was found to live still, and its place
        stayed empty until another died (https://github.com/celery/celery/issues/9588).
        """
        self._untrack_child_process(process, hub)  # type: ignore[attr-defined] # celery-types doesn't know it
        self._look_until_dead(hub, process)

    def _look_until_dead(self, hub: Any, process: Any) -> None:
        self.maintain_pool()
        if process in self._pool:
            hub.call_later(MOMENT, self._look_until_dead, hub, process)

    def _join_exited_workers(self, shutdown: bool = False) -> Any:  # noqa: FBT001, FBT002 - billiard's signature
        before = {process.pid: process for process in self._pool}
        ended = super()._join_exited_workers(shutdown)  # type: ignore[misc] # celery-types doesn't know it
        if self.on_gone is not None:
            for pid in before.keys() - {process.pid for process in self._pool}:
                self.on_gone(self._death(before[pid]))
        return ended

    @staticmethod
    def _death(process: Any) -> Death:
        witness = of_the_pool(process.index)
        judged = witness.account(process.pid) if witness is not None else None
        return Death(process.pid, died_by_itself(process.exitcode), judged)


class Pool(TaskPool):
    """Asked to end, it lets its processes finish for `grace` seconds; who then is still at work is killed."""

    Pool = Processes
    grace = 25.0
    _pool: Any

    def tell_when_gone(self, on_gone: Callable[[Death], None]) -> None:
        if isinstance(self._pool, Processes):
            self._pool.on_gone = on_gone

    def on_stop(self) -> None:
        late = threading.Timer(self.grace, self._kill, [self._pool])
        late.start()
        try:
            super().on_stop()
        finally:
            late.cancel()
            late.join()

    @staticmethod
    def _kill(pool: Any) -> None:
        for process in list(pool._pool if pool is not None else ()):  # noqa: SLF001 - billiard has no other name for it
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
