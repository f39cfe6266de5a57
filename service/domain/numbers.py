"""How moderation goes, in figures: how long people take, what they overturn, and how often each check was right."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from service.domain.comment import Action

MOST_ARTICLES: Final = 10


@dataclass(frozen=True, slots=True)
class Decided:
    """A comment on which people have decided, by their latest decision, and what the machine had made of it."""

    article: str
    machine: Action | None
    """None: a person was faster than the machine."""
    reasons: tuple[str, ...]
    """What the machine had found."""
    people: Action
    waited: float
    """Seconds from the comment to the first decision."""


@dataclass(frozen=True, slots=True)
class Record:
    """One signal reason among comments that people decided on. They refused `refused` of `decided`."""

    reason: str
    decided: int
    refused: int

    @property
    def precision(self) -> float:
        """How often people refused what it was found in: of what people saw, which is no fair sample of all."""
        return self.refused / self.decided


@dataclass(frozen=True, slots=True)
class Numbers:
    """The figures of a time."""

    decided: int
    by_action: dict[Action, int]
    released: int
    """Held or refused by the machine, published by people."""
    taken_down: int
    """Published by the machine, refused by people."""
    waited_p50: float | None
    waited_p95: float | None
    reasons: tuple[Record, ...]
    """The most frequent first."""
    articles: tuple[tuple[str, int], ...]
    """Those with the most decisions."""


def numbers(cases: Iterable[Decided]) -> Numbers:
    """Add up."""
    cases = tuple(cases)
    met: Counter[str] = Counter()
    refused: defaultdict[str, int] = defaultdict(int)
    for case in cases:
        for reason in set(case.reasons):
            met[reason] += 1
            refused[reason] += case.people is Action.REJECT
    waits = sorted(case.waited for case in cases)
    people = Counter(case.people for case in cases)
    busiest = Counter(case.article for case in cases)
    return Numbers(
        decided=len(cases),
        by_action={action: people[action] for action in Action},
        released=sum(case.people is Action.PUBLISH and case.machine in {Action.HOLD, Action.REJECT} for case in cases),
        taken_down=sum(case.people is Action.REJECT and case.machine is Action.PUBLISH for case in cases),
        waited_p50=_percentile(waits, 0.5),
        waited_p95=_percentile(waits, 0.95),
        reasons=tuple(Record(reason, count, refused[reason]) for reason, count in _ranked(met)),
        articles=tuple(_ranked(busiest)[:MOST_ARTICLES]),
    )


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    """The most frequent first; what is as frequent, by its name."""
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def _percentile(ordered: Sequence[float], part: float) -> float | None:
    """The smallest value that so many lie at or below; None without any."""
    return ordered[max(0, ceil(part * len(ordered)) - 1)] if ordered else None
