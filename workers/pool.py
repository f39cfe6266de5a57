"""The worker's pool of processes: Celery's own, which says when one of them has ended, however it ended."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from celery.concurrency.asynpool import AsynPool
from celery.concurrency.prefork import TaskPool

from workers.limits import died_by_itself


class Processes(AsynPool):
    """`on_gone` is called in the worker's main thread, with the number of a process that is no more, and whether it
    died by its own doing: by a signal that nobody sends from outside.
    """

    on_gone: Callable[[int, bool], None] | None = None
    _pool: Any

    def _join_exited_workers(self, shutdown: bool = False) -> Any:  # noqa: FBT001, FBT002 - billiard's signature
        before = {process.pid: process for process in self._pool}
        ended = super()._join_exited_workers(shutdown)  # type: ignore[misc] # celery-types doesn't know it
        if self.on_gone is not None:
            for pid in before.keys() - {process.pid for process in self._pool}:
                self.on_gone(pid, died_by_itself(before[pid].exitcode))
        return ended


class Pool(TaskPool):
    """Asked to end, it lets its processes finish for `grace` seconds; who then is still at work is killed."""

    Pool = Processes
    grace = 25.0
    _pool: Any

    def tell_when_gone(self, on_gone: Callable[[int, bool], None]) -> None:
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
