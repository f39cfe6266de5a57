"""A worker with one check more: `celery -A tests.poisoned worker`."""

from functools import partial

from tests.poison import poison
from workers import tasks
from workers.app import app as app  # noqa: PLC0414 - celery looks for it here
from workers.checks import CHECKS
from workers.engine import moderate

tasks.moderate = partial(moderate, checks=(*CHECKS, poison))  # type: ignore[attr-defined]
