"""How work grows with its input: the same machine, the same run, so a slow or busy one changes nothing."""

import time
from collections.abc import Callable

TRIES = 3


def growth(work: Callable[[str], object], small: str, large: str) -> float:
    """How many times the processor time of `small` the one of `large` is; the kindest of a few tries of each.

    Four times the text should cost four times as much, sixteen times if it is squared. A busy neighbour can slow one
    try; a bad algorithm slows all.
    """
    for text in (small, large):
        work(text)  # what is made once is made before
    quickest = [min(_seconds(work, text) for _ in range(TRIES)) for text in (small, large)]
    return quickest[1] / quickest[0]


def _seconds(work: Callable[[str], object], text: str) -> float:
    begun = time.process_time()
    work(text)
    return time.process_time() - begun
