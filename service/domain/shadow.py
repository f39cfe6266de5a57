"""A policy and its shadow side by side: both judged the same signals at the same moment, and only one counted.

The trial (`trial.py`) looks back: it judges stored signals by a draft, and can't know what a check that has changed
since would have found. The shadow looks forward: it judges what comes as it comes, and people's decisions, audits among
them, tell which of both was right.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from service.domain.comment import Action

EXAMPLES: Final = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """What both made of one comment, and people after them."""

    id: str
    now: Action
    then: Action
    """The shadow's."""
    asks_now: bool
    asks_then: bool
    people: Action | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Comments of which the shadow would have made something else, all in one way."""

    before: Action
    after: Action
    count: int
    decided: int
    """People published or refused so many of them."""
    refused: int
    examples: tuple[str, ...]
    """The ids of the first few, in the order they came."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one of both makes of all of them."""

    actions: dict[Action, int]
    awaiting: int

    @property
    def judged(self) -> int:
        return sum(self.actions.values())


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both, on the same comments."""

    now: Load
    then: Load
    disagreements: tuple[Disagreement, ...]
    """The most frequent first."""


def compare(pairs: Iterable[Pair]) -> Comparison:
    """Set both beside each other."""
    pairs = tuple(pairs)
    apart: dict[tuple[Action, Action], list[Pair]] = {}
    for pair in pairs:
        if pair.now is not pair.then:
            apart.setdefault((pair.now, pair.then), []).append(pair)
    return Comparison(
        now=_load((pair.now, pair.asks_now) for pair in pairs),
        then=_load((pair.then, pair.asks_then) for pair in pairs),
        disagreements=tuple(
            sorted(
                (_disagreement(*ways, found) for ways, found in apart.items()),
                key=lambda each: (-each.count, each.before, each.after),
            )
        ),
    )


def _load(judged: Iterable[tuple[Action, bool]]) -> Load:
    judged = tuple(judged)
    found = Counter(action for action, _ in judged)
    return Load({action: found[action] for action in Action}, sum(asks for _, asks in judged))


def _disagreement(before: Action, after: Action, found: list[Pair]) -> Disagreement:
    people = Counter(pair.people for pair in found)
    return Disagreement(
        before, after, len(found), people[Action.PUBLISH] + people[Action.REJECT], people[Action.REJECT],
        tuple(pair.id for pair in found[:EXAMPLES]),
    )  # fmt: skip
