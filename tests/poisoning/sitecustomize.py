"""Poison for a whole service: with this folder on PYTHONPATH every Python process of it has the check of `poison.py`.

So what is poisoned is the real commands, `moderato run` and all that it starts among them.
"""

import workers.checks
from tests.poison import poison

setattr(workers.checks, "CHECKS", (*workers.checks.CHECKS, poison))  # noqa: B010 - it is final
