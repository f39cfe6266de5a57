"""A check that does what no check should when a comment asks for it by a word of `POISONS`.

`tests/poisoned.py` is a worker that has it. `WAIT` is no poison: the check waits until the file named by
POISONED_GATE is there, so that a test can stop a worker in mid-work.
"""

import itertools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

WAIT = "ATTENDEZ"


def loop() -> None:
    while True:
        pass


def stick() -> None:
    """In C, with the interpreter's lock, and deaf to signals."""
    all(itertools.repeat(True))


def devour() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(64 << 20))


def wait() -> None:
    begun, gate = (Path(os.environ["POISONED_GATE"] + end) for end in ("-begun", ""))
    begun.touch()
    while not gate.exists():
        time.sleep(0.02)


POISONS: dict[str, Callable[[], None]] = {"PLANTE": os.abort, "TOURNE": loop, "BLOQUE": stick, "DEVORE": devour}


@check(reasons=("check_failed",), flags=(Context(body="PLANTE"),), passes=(Context(body="Bonjour"),))
def poison(comment: Context) -> Iterator[Signal]:
    """It does what it is asked for."""
    for word, act in (POISONS | {WAIT: wait}).items():
        if word in comment.body:
            act()
    yield from ()
