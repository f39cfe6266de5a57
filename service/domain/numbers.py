"""How moderation goes, in figures: how long people take, what they overturn, and how often each check was right."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Final

from service.domain.comment import Action, Status

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
    day: date
    """On which the comment was sent in."""
    stands: bool
    """Whether the comment is where that decision brought it: it hasn't been edited or withdrawn since."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Comments that were sent in on one day and stand alike now; people's decisions brought `decided` of them there."""

    day: date
    status: Status
    count: int
    decided: int


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


@dataclass(frozen=True, slots=True)
class Machine:
    """What the machine made of the comments of some days, by its latest verdict on each."""

    by_action: dict[Action, int]
    overturned: int
    """Published and then refused by people, or the other way round. What it holds is a question: no answer to that
    overturns anything."""
    alone: int
    """Published or refused without anybody's decision."""

    @property
    def judged(self) -> int:
        return sum(self.by_action.values())

    @property
    def share_alone(self) -> float | None:
        return self.alone / self.judged if self.judged else None


_VERDICT: Final = {action.status: action for action in Action}
_OVERTURNED: Final = {(Action.PUBLISH, Action.REJECT), (Action.REJECT, Action.PUBLISH)}


def machine(standing: Iterable[Standing], cases: Iterable[Decided]) -> Machine:
    """Add up: where nobody has decided, a comment stands where its verdict put it; the others' verdicts are told."""
    alone: Counter[Action] = Counter()
    first: date | None = None
    for each in standing:
        first = each.day if first is None else min(first, each.day)
        if each.status in _VERDICT:
            alone[_VERDICT[each.status]] += each.count - each.decided
    decided = [case for case in cases if case.stands and first is not None and case.day >= first]
    verdicts = Counter(case.machine for case in decided)
    return Machine(
        by_action={action: alone[action] + verdicts[action] for action in Action},
        overturned=sum((case.machine, case.people) in _OVERTURNED for case in decided),
        alone=alone[Action.PUBLISH] + alone[Action.REJECT],
    )


def series(standing: Iterable[Standing]) -> list[tuple[date, dict[Status, int]]]:
    """Day by day, without a gap, how many stand where."""
    days: defaultdict[date, Counter[Status]] = defaultdict(Counter)
    for each in standing:
        days[each.day][each.status] += each.count
    if not days:
        return []
    first, last = min(days), max(days)
    every = (first + timedelta(days=at) for at in range((last - first).days + 1))
    return [(day, {status: days[day][status] for status in Status if status is not Status.REMOVED}) for day in every]


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
