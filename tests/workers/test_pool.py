"""The pool looks after a process that dies until it is dead: Celery looks once, and one time in three too early."""

from collections.abc import Callable
from typing import Any

from workers.pool import Processes


class Dying:
    """A process whose files are closed, and which can be waited for only some looks later."""

    _sentinel_poll = None


class Hub:
    """An event loop of which nothing is asked but to call later."""

    def __init__(self) -> None:
        self.later: list[tuple[float, Callable[..., None], tuple[Any, ...]]] = []

    def call_later(self, seconds: float, act: Callable[..., None], *arguments: object) -> None:
        self.later.append((seconds, act, arguments))

    def go_on(self) -> None:
        _, act, arguments = self.later.pop()
        act(*arguments)


class Few(Processes):
    """A pool without processes of its own, in which one is found dead at the third look."""

    def __init__(self, process: Dying) -> None:
        self._pool = [process]
        self.looks = 0

    def maintain_pool(self) -> None:
        self.looks += 1
        if self.looks == 3:
            self._pool.clear()


def test_who_is_not_dead_yet_is_looked_at_again_until_it_is() -> None:
    process, hub = Dying(), Hub()
    pool = Few(process)

    pool._event_process_exit(hub, process)
    assert (pool.looks, len(hub.later)) == (1, 1)
    hub.go_on()
    hub.go_on()

    assert pool.looks == 3
    assert hub.later == [], "it is dead, and nobody looks any more"
