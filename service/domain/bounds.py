"""Error bounds: what an owner wants at most, what people's decisions prove, and the thresholds that follow. Pure.

A bound is a share of errors; what is proven is Clopper and Pearson's upper bound of it, one-sided, at 95 %. A threshold
is chosen by testing those of a fixed grid in a fixed order, the most careful first, and stopping at the first that is
not proven (Angelopoulos et al., "Learn then Test", 2021): so that choosing among many does not break the promise.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from math import ceil, exp, lgamma, log, log1p
from typing import Any, Final

from service.domain.teaching import Category
from service.domain.verdict import Signal

CONFIDENCE: Final = 0.95
_DOUBT: Final = 1 - CONFIDENCE
LEAST_BOUND: Final = 0.003
"""Less could not be proven by a thousand decisions, though none of them were an error."""
MOST_BOUND: Final = 0.5
MISSED_GRID: Final = tuple(step / 100 for step in range(1, 100))
"""From the most careful on: all that is as likely as this is held."""
WRONGED_GRID: Final = tuple(step / 100 for step in range(99, 49, -1))
"""From the most careful on: only what is as likely as this is refused."""


class Kind(StrEnum):
    """Of which errors a bound is."""

    MISSED = "missed"  # published, and people would have refused it
    WRONGED = "wronged"  # refused by the machine, and people would have published it


class State(StrEnum):
    """What is known of a bound."""

    UNKNOWN = "unknown"  # too few decisions: nothing is claimed
    KEPT = "kept"
    BROKEN = "broken"  # enough decisions, and they don't prove it


SIGNALS: Final[Mapping[tuple[Kind, Category], str]] = {
    (Kind.MISSED, Category.SPAM): "spam_bound",
    (Kind.MISSED, Category.ABUSE): "abuse_bound",
    (Kind.WRONGED, Category.SPAM): "spam_earned",
    (Kind.WRONGED, Category.ABUSE): "abuse_earned",
}
"""The reason of what is held, or refused, for a threshold's sake."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """By category, the share of errors that an owner accepts at most; what isn't named has no bound."""

    missed: Mapping[Category, float] = field(default_factory=dict)
    wronged: Mapping[Category, float] = field(default_factory=dict)

    @classmethod
    def from_document(cls, document: Mapping[str, Mapping[str, float]]) -> "Bounds":
        return cls(*({Category(name): share for name, share in document.get(kind, {}).items()} for kind in Kind))

    def to_document(self) -> dict[str, dict[str, float]]:
        return {str(kind): {str(category): share for category, share in self.of(kind).items()} for kind in Kind}

    def of(self, kind: Kind) -> Mapping[Category, float]:
        return self.missed if kind is Kind.MISSED else self.wronged

    def stated(self) -> Iterator[tuple[Kind, Category, float]]:
        for kind in Kind:
            for category, share in self.of(kind).items():
                yield kind, category, share


@dataclass(frozen=True, slots=True)
class Thresholds:
    """By category, the chance from which on a comment is held, or refused: as people's decisions have it today."""

    hold_at: Mapping[Category, float] = field(default_factory=dict)
    reject_at: Mapping[Category, float] = field(default_factory=dict)

    def findings(self, chances: Mapping[Category, float]) -> Iterator[Signal]:
        """What is over a threshold. The policy decides whether that counts."""
        for kind, over in ((Kind.MISSED, self.hold_at), (Kind.WRONGED, self.reject_at)):
            for category, at in over.items():
                chance = chances.get(category, 0.0)
                if chance >= at:
                    facts = {"percent": round(100 * chance), "from": round(100 * at)}
                    yield Signal(SIGNALS[kind, category], chance, facts)


NO_THRESHOLDS: Final = Thresholds()


@dataclass(frozen=True, slots=True)
class Judged:
    """A comment that people decided on: how likely the machine thought a refusal was, and whether it was an error."""

    chance: float
    error: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A threshold (None: none), and what it rests on: so many decisions, errors among them, and the proven share."""

    state: State
    at: float | None
    asked: int
    errors: int
    upper: float
    bound: float

    def evidence(self) -> dict[str, Any]:
        return {
            "state": str(self.state), "asked": self.asked, "errors": self.errors, "upper": round(self.upper, 6),
            "bound": self.bound,
        }  # fmt: skip


def needed(bound: float) -> int:
    """So many decisions without an error prove it: 299 for 1 %."""
    return 1 if bound >= CONFIDENCE else ceil(log(_DOUBT) / log1p(-bound))


def tail(errors: int, asked: int, share: float) -> float:
    """How likely so few errors, or fewer, are among so many, if each is an error with this chance."""
    if errors >= asked or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    yes, no = log(share), log1p(-share)
    ways = lgamma(asked + 1)
    logs = [ways - lgamma(k + 1) - lgamma(asked - k + 1) + k * yes + (asked - k) * no for k in range(errors + 1)]
    most = max(logs)
    return min(1.0, exp(most) * sum(exp(each - most) for each in logs))


@lru_cache(maxsize=1_000)
def upper(errors: int, asked: int) -> float:
    """The least share of errors that is refuted by so few among so many: the truth is above it once in twenty times."""
    if errors >= asked:
        return 1.0
    low, high = errors / asked, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if tail(errors, asked, middle) <= _DOUBT else (middle, high)
    return high


def hold_at(known: Sequence[Judged], bound: float) -> Found:
    """The highest threshold below which so few are errors. Too few decisions: none; none is proven: the lowest."""
    return _choose(known, bound, MISSED_GRID, lambda chance, at: chance < at, at_worst=MISSED_GRID[0])


def reject_at(known: Sequence[Judged], bound: float) -> Found:
    """The lowest threshold from which on so few are errors; None until that is proven."""
    return _choose(known, bound, WRONGED_GRID, lambda chance, at: chance >= at, at_worst=None)


def _choose(
    known: Sequence[Judged],
    bound: float,
    grid: Iterable[float],
    within: Callable[[float, float], bool],
    *,
    at_worst: float | None,
) -> Found:
    """The last of the grid up to which each is proven.

    The walk begins where there are enough decisions to prove anything: of which, and not of whose errors, it goes by.
    """
    best: Found | None = None
    first: Found | None = None
    least = needed(bound)
    for at in grid:
        there = [each for each in known if within(each.chance, at)]
        if len(there) < least:
            continue
        errors = sum(each.error for each in there)
        found = Found(State.KEPT, at, len(there), errors, upper(errors, len(there)), bound)
        first = first or found
        if tail(errors, len(there), bound) > _DOUBT:
            break
        best = found
    if best is not None:
        return best
    if first is not None:
        return Found(State.BROKEN, at_worst, first.asked, first.errors, first.upper, bound)
    errors = sum(each.error for each in known)
    return Found(State.UNKNOWN, None, len(known), errors, upper(errors, len(known)) if known else 1.0, bound)
