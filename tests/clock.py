"""Processor time of work that must stay quick, whatever else the machine does."""

import time
from collections.abc import Callable


def quickest(work: Callable[[], object], tries: int = 3) -> float:
    """Seconds of processor time in the best of a few tries: a busy neighbour slows one, a bad algorithm all."""
    seconds = []
    for _ in range(tries):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return min(seconds)
