"""How work grows with its input: the same machine, the same run, so a slow or busy one changes nothing."""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TRIES = 16
PLAINLY_LINEAR = 8.0


def growth(work: Callable[[str], object], small: str, large: str) -> float:
    """How many times this thread's processor time of `small` the one of `large` is; the kindest of a few tries of each.

    Four times the text should cost four times as much, sixteen times if it is squared. A busy neighbour can slow one
    try; a bad algorithm slows all. So a try that is plainly good is the last.
    """
    with _undisturbed():
        work(small)  # what is made once is made before
        quickest = [_seconds(work, text) for text in (small, large)]
        for _ in range(TRIES - 1):
            if quickest[1] < PLAINLY_LINEAR * quickest[0]:
                break
            again = [_seconds(work, text) for text in (small, large)]
            quickest = list(map(min, quickest, again))
    return quickest[1] / quickest[0]


def _seconds(work: Callable[[str], object], text: str) -> float:
    begun = time.thread_time()
    work(text)
    return time.thread_time() - begun


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Without what costs by the size of the whole test run: the collector of garbage, and the tracer of coverage.

    Tracing takes thrice what is measured, and such texts show no line that others don't.
    """
    tracer = sys.gettrace()
    sys.settrace(None)
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        sys.settrace(tracer)
