"""A worker with one check more: `python -m tests.poisoned worker`, or `celery -A tests.poisoned worker`.

By the first the sweep's child has it as well: it imports what its parent was started from.
"""

import sys
from functools import partial

from tests.poison import poison
from workers import tasks
from workers.app import app
from workers.checks import CHECKS
from workers.engine import moderate

tasks.moderate = partial(moderate, checks=(*CHECKS, poison))  # type: ignore[attr-defined]

if __name__ == "__main__":
    app.start(sys.argv[1:])
