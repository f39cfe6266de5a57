"""Whether a worker gets on. That its process lives proves little, and a thread that goes round proves itself alone.

Two looks, from inside and from outside. From inside, here: a pool that begins nothing while there is something to do is
deaf, and a deaf worker ends itself, for whoever keeps it to start another. From outside: the sweep says each time it
comes round that it does (`service.signs`); who hears nothing for long ends it.
"""

import time
from collections.abc import Callable


class Pool:
    """A worker's pool, as the sweep sees it: `begun` says how many tasks it has begun so far."""

    def __init__(self, begun: Callable[[], int], patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._begun, self._patience, self._clock = begun, patience, clock
        self._before = self._asked = -1
        self._since = self._latest = clock()

    def has_begun(self) -> bool:
        """Whether it has begun anything since this was last asked: what it has no time for now, it will come to."""
        before, self._asked = self._asked, self._begun()
        return self._asked != before

    def is_deaf(self) -> bool:
        """Asked whenever nobody has come for what waits, though they were called: whether the pool has begun nothing
        for as long as our patience lasts, and was called again and again meanwhile.
        """
        now, begun = self._clock(), self._begun()
        if begun != self._before or now - self._latest > self._patience:
            self._before, self._since = begun, now
        self._latest = now
        return now - self._since > self._patience
