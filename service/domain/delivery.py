"""Deliveries: what is told to whom, how often it is tried, and when it is given up."""

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """To what kind of target something is told."""

    WEBHOOK = "webhook"
    MAIL = "mail"


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"  # given up; a replay makes it wait again


UNTRIED: Final = "untried"
INACTIVE: Final = "inactive"
WHY: Final[dict[str, str]] = {
    "refused": "It answered with a status other than 2xx.",
    "redirect": "It answered with 3xx, which isn't followed: the address has to be that of the receiver itself.",
    "timeout": "It took longer than ten seconds, or three to connect.",
    "unreachable": "No connection, or it broke off.",
    "certificate": "Its certificate is not good for its name.",
    "not_found": "Its name leads nowhere.",
    "private": "Its name leads into somebody's own network, which the operator doesn't allow.",
    INACTIVE: "The webhook was not active.",
    "secret_lost": "The key by which its secret was sealed is no more: rotate it.",
    UNTRIED: "It was away for so long that this one was never tried.",
    "broken": "A fault of ours; the workers' log tells more.",
}
"""What was wrong with an attempt."""

FIRST_PAUSE: Final = 10.0
LONGEST_PAUSE: Final = 6 * 3600.0
LONGEST_REST: Final = 3600.0
GIVEN_UP_AFTER: Final = timedelta(days=3)
KEPT: Final = timedelta(days=30)
"""How long what was delivered, or given up, can be looked up."""
FAILURES: Final = 5
"""So many in a row, and a channel rests: then one delivery at a time finds out whether it is back."""


def pause(attempts: int, dice: float) -> float:
    """Seconds until the next attempt, after so many: twice as long each time. `dice`, from 0 to 1, spreads them."""
    longest = min(FIRST_PAUSE * 2.0 ** min(attempts - 1, 20), LONGEST_PAUSE)
    return max(FIRST_PAUSE, longest * (0.5 + dice / 2))


def rest(failures: int, dice: float) -> float:
    """Seconds for which a channel is left alone after so many failures in a row; 0 before it is a habit.

    It grows to an hour only: who is back is noticed within it, however long each delivery would wait by itself.
    """
    return min(pause(failures - FAILURES + 1, dice), LONGEST_REST) if failures >= FAILURES else 0.0
