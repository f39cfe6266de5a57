"""A comment's statuses and the one table of moves between them."""

from enum import StrEnum
from typing import Final


class Status(StrEnum):
    """Where a comment stands. Only `PUBLISHED` is shown to readers."""

    PENDING = "pending"
    HELD = "held"
    PUBLISHED = "published"
    REJECTED = "rejected"
    REMOVED = "removed"


class Action(StrEnum):
    """What a verdict or a decision asks for."""

    PUBLISH = "publish"
    HOLD = "hold"
    REJECT = "reject"

    @property
    def status(self) -> Status:
        return _OUTCOME[self]


_OUTCOME: Final = {
    Action.PUBLISH: Status.PUBLISHED,
    Action.HOLD: Status.HELD,
    Action.REJECT: Status.REJECTED,
}


class Lane(StrEnum):
    """By which lane a comment is to be judged."""

    JUDGE = "judge"  # by our own checks, as every comment at first
    SCORE = "score"  # by the scorer too, which is somebody else's machine


class Cause(StrEnum):
    """Who or what moves a comment."""

    VERDICT = "verdict"
    DECISION = "decision"
    REVISION = "revision"  # the author's edit, or the re-check of an undecided held comment
    REMOVAL = "removal"  # the author's withdrawal, or legal erasure


_SHOWABLE: Final = frozenset({Status.HELD, Status.PUBLISHED, Status.REJECTED})
_LIVING: Final = frozenset(Status) - {Status.REMOVED}

MOVES: Final[dict[Cause, dict[Status, frozenset[Status]]]] = {
    Cause.VERDICT: {Status.PENDING: _SHOWABLE},
    Cause.DECISION: dict.fromkeys(_LIVING, _SHOWABLE),
    Cause.REVISION: dict.fromkeys((Status.HELD, Status.PUBLISHED), frozenset({Status.PENDING}))
    | {Status.PENDING: frozenset({Status.PENDING})},
    Cause.REMOVAL: dict.fromkeys(_LIVING, frozenset({Status.REMOVED})),
}


def may_move(cause: Cause, start: Status, goal: Status) -> bool:
    """Whether the table of moves has a way from `start` to `goal` for this cause.

    A decision may confirm the status it finds (publish what is published): it is still a decision, and recorded.
    """
    return goal in MOVES[cause].get(start, frozenset())


def starts(cause: Cause, goal: Status) -> frozenset[Status]:
    """The statuses from which this cause may lead to `goal`: the guard of every compare-and-set."""
    return frozenset(start for start, goals in MOVES[cause].items() if goal in goals)
