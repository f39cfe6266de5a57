"""The worker's pool of processes: Celery's own, which says when one of them has ended, however it ended."""

from collections.abc import Callable
from typing import Any

from celery.concurrency.asynpool import AsynPool
from celery.concurrency.prefork import TaskPool


class Processes(AsynPool):
    """`on_gone` is called in the worker's main thread, with the number of a process that is no more."""

    on_gone: Callable[[int], None] | None = None
    _pool: Any

    def _join_exited_workers(self, shutdown: bool = False) -> Any:  # noqa: FBT001, FBT002 - billiard's signature
        before = {process.pid for process in self._pool}
        ended = super()._join_exited_workers(shutdown)  # type: ignore[misc] # celery-types doesn't know it
        if self.on_gone is not None:
            for pid in before - {process.pid for process in self._pool}:
                self.on_gone(pid)
        return ended


class Pool(TaskPool):
    Pool = Processes
    _pool: Any

    def tell_when_gone(self, on_gone: Callable[[int], None]) -> None:
        if isinstance(self._pool, Processes):
            self._pool.on_gone = on_gone
