"""The checks, in the order they run: all of them, so that a moderator sees every reason. See README.md."""

from workers.checks.check import Check
from workers.checks.links import links

CHECKS: tuple[Check, ...] = (links,)
