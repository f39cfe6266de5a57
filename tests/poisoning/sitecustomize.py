"""Poison for workers: with this folder on PYTHONPATH every Python process gets checks that a marked text breaks.

So the processes under test are the real ones, started by the real commands, the sweep's children among them.
"""

import os
import time
from collections.abc import Iterator
from typing import Any

import workers.checks
from workers.checks.check import Check
from workers.checks.context import Context

CRASH, HANG = "zqx-crash-zqx", "zqx-hang-zqx"  # marks.py has them for tests; the processes here know no tests


def _look(comment: Context) -> Iterator[Any]:
    """Find nothing; or don't come back."""
    if CRASH in comment.body:
        os.abort()
    while HANG in comment.body:
        time.sleep(0.01)
    yield from ()


_POISON = Check("poison", "For tests.", (), (), (), _look)
setattr(workers.checks, "CHECKS", (*workers.checks.CHECKS, _POISON))  # noqa: B010 - it is final
