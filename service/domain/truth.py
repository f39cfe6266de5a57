"""How often each check, and the machine as a whole, is right: precision and recall against what people decide. Pure.

A finding is right where people refused the comment, wrong where they published it. Precision is the share of what was
found that people refuse; recall, the share of what people refuse that was found.

**The estimator.** Every current verdict belongs to one of two kinds.

- *Asked*: the verdict asked for a person. People decide these anyway; those decided stand for all of them, those that
  still wait included, so each weighs `(decided + waiting) / decided`, which is 1 where nothing waits.
- *Automatic*: the machine published or refused by itself. A fair sample of these is drawn by dice, with the chance
  `share`, and shown to people; each weighs `1 / share` (Horvitz and Thompson), times what the answered ones stand for
  while some of the sample are still open.

What people came upon by themselves among the automatic ones, by a report or on their own initiative, is known for sure
but is no sample: people come upon what is wrong. Weighing it beside the sample would count it twice, for the sample
stands for all of them, the ones come upon included. So it counts for itself, with weight 1, and the sample for the
rest: for whatever it says there is beyond what is known already. Where it says less than is known, the known counts.

**The interval.** Where everything weighs the same, the exact one of Clopper and Pearson. Else both totals are sums of
weighted counts, each with its own interval for a count (Byar's), which also an empty cell has: of fifty samples without
a fault one learns that there are few, not that there are none. From the totals' limits come those of the share
(Donner and Zou's MOVER), which take whatever weighs much for as little evidence as it is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, lgamma, log, log1p, sqrt
from typing import Final

_Z: Final = 1.959963984540054
_TAIL: Final = 0.025
_HALVINGS: Final = 60
_STEPS: Final = 400
_ENOUGH: Final = 1e-13
_TINY: Final = 1e-300


class Unknown(StrEnum):
    """Why there is no figure."""

    NO_AUDITS = "no_audits"  # no audit has been answered: what the machine let through, nobody has looked at
    NOTHING_DECIDED = "nothing_decided"  # people have decided on nothing of what was found
    NOTHING_REFUSED = "nothing_refused"  # people have refused nothing


@dataclass(frozen=True, slots=True)
class Rate:
    """A share and the interval in which it lies, at 95 %; or why it isn't known."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    unknown: Unknown | None = None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A current verdict on which people's decision stands."""

    found: frozenset[str]
    """What spoke in it: whatever is to be told apart."""
    refused: bool
    share: float | None = None
    """With which chance the dice drew it; None: it wasn't drawn."""
    asked: bool = True
    """Whether the verdict asked for a person."""


@dataclass(frozen=True, slots=True)
class Open:
    """A drawn verdict on which nobody has decided."""

    found: frozenset[str]
    share: float
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """All there is to know about the current verdicts of a time."""

    labelled: Sequence[Labelled]
    open: Sequence[Open] = ()
    waiting: int = 0
    """How many that asked for a person have none yet."""

    @property
    def drawn(self) -> list[Open]:
        """All that the dice drew, whether decided or not."""
        decided = (Open(each.found, each.share, each.asked) for each in self.labelled if each.share is not None)
        return [*decided, *self.open]

    @property
    def audits(self) -> int:
        """How many of them are decided."""
        return sum(each.share is not None for each in self.labelled)


@dataclass(frozen=True, slots=True)
class Truth:
    """How often one of what may be found was right."""

    name: str
    flagged: float | None
    """In how many verdicts it spoke, about; None without any that the dice drew."""
    decided: int
    refused: int
    precision: Rate
    recall: Rate


@dataclass(frozen=True, slots=True)
class Cell:
    """Verdicts of one kind and one label: how many are known, what each weighs, and how many there are at least."""

    count: int
    weight: float
    known: int = 0
    """Besides the counted, without a weight of their own."""

    @property
    def total(self) -> float:
        return max(self.count * self.weight, self.count + self.known)

    @property
    def low(self) -> float:
        return max(_fewest(self.count) * self.weight, min(self.count + self.known, self.total))

    @property
    def high(self) -> float:
        return max(_most(self.count) * self.weight, self.total)


def truths(evidence: Evidence, names: Iterable[str]) -> list[Truth]:
    """Precision and recall of each of these, in their order."""
    weigh = _Weights(evidence)
    return [weigh.truth(name) for name in names]


class _Weights:
    """What the evidence weighs, the same for all who ask."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        asked = sum(each.asked for each in evidence.labelled)
        self._asked = (asked + evidence.waiting) / asked if asked else 0.0
        answered = [each.share for each in evidence.labelled if each.share is not None and not each.asked]
        still = [each.share for each in evidence.open if not each.asked]
        self.audits = len(answered)
        standing = sum(1 / share for share in answered)
        stands_for = (standing + sum(1 / share for share in still)) / standing if answered else 0.0
        self._drawn = standing * stands_for / len(answered) if answered else 0.0
        self._all_drawn = evidence.drawn
        self._cells = self._counted()

    def _counted(self) -> dict[str, list[int]]:
        """By name, how many labelled verdicts spoke of it: asked, drawn and come upon, each published and refused."""
        counts: dict[str, list[int]] = {}
        for each in self._evidence.labelled:
            kind = 0 if each.asked else 1 if each.share is not None else 2
            for name in (*each.found, ""):
                counts.setdefault(name, [0] * 6)[2 * kind + each.refused] += 1
        return counts

    def truth(self, name: str) -> Truth:
        all_ = self._cells.get("", [0] * 6)
        mine = self._cells.get(name, [0] * 6)
        rest = [whole - part for whole, part in zip(all_, mine, strict=True)]
        drawn = self._all_drawn
        alone = any(name in each.found for each in drawn if not each.asked)
        return Truth(
            name=name,
            flagged=sum(1 / each.share for each in drawn if name in each.found) if drawn else None,
            decided=sum(mine),
            refused=mine[1] + mine[3] + mine[5],
            precision=self._precision(mine, alone=alone and self.audits > 0),
            recall=self._recall(mine, rest, alone=alone),
        )

    def _precision(self, mine: list[int], *, alone: bool) -> Rate:
        """Automatic ones count if the dice drew any: what people came upon by themselves isn't like the others."""
        right, wrong = [], []
        if mine[0] or mine[1]:
            right, wrong = [self._asked_cell(mine[1])], [self._asked_cell(mine[0])]
        if alone:
            right.append(Cell(mine[3], self._drawn, mine[5]))
            wrong.append(Cell(mine[2], self._drawn, mine[4]))
        return share_of(right, wrong) or Rate(unknown=Unknown.NOTHING_DECIDED)

    def _recall(self, mine: list[int], rest: list[int], *, alone: bool) -> Rate:
        if not self.audits:
            return Rate(unknown=Unknown.NO_AUDITS)
        found, missed = [self._asked_cell(mine[1])], [self._asked_cell(rest[1])]
        if alone:
            found.append(Cell(mine[3], self._drawn, mine[5]))
        missed.append(Cell(rest[3], self._drawn, rest[5]))
        return share_of(found, missed) or Rate(unknown=Unknown.NOTHING_REFUSED)

    def _asked_cell(self, count: int) -> Cell:
        return Cell(count, self._asked)


def share_of(these: Sequence[Cell], others: Sequence[Cell]) -> Rate | None:
    """The share that these have of both; None where there is nothing of either.

    Cells with weight 0 are ones of which nothing could be seen.
    """
    these, others = [each for each in these if each.weight], [each for each in others if each.weight]
    one, other = sum(each.total for each in these), sum(each.total for each in others)
    if not one + other:
        return None
    value = one / (one + other)
    cells = [*these, *others]
    if len({each.weight for each in cells}) == 1 and not any(each.known for each in cells):
        hits = sum(each.count for each in these)
        low, high = clopper_pearson(hits, hits + sum(each.count for each in others))
        return Rate(value, low, high)
    one_low, one_high = _limits(these, one)
    other_low, other_high = _limits(others, other)
    low = 1 / (1 + _ratio(other, other_high, one, one_low))
    high = 1 - 1 / (1 + _ratio(one, one_high, other, other_low))
    return Rate(value, min(low, value), max(high, value))


def _limits(cells: Sequence[Cell], total: float) -> tuple[float, float]:
    """Of a sum of independent totals, by what each may lack or have beyond its estimate."""
    lacks = sqrt(sum((each.total - each.low) ** 2 for each in cells))
    beyond = sqrt(sum((each.high - each.total) ** 2 for each in cells))
    return max(0.0, total - lacks), total + beyond


def _ratio(upper: float, upper_high: float, lower: float, lower_low: float) -> float:
    """The upper limit of `upper / lower`: each at its estimate, with its own limit in the direction that matters."""
    if not lower_low:
        return inf
    product = upper * lower
    under = product**2 - upper_high * lower_low * (2 * upper - upper_high) * (2 * lower - lower_low)
    return (product + sqrt(max(0.0, under))) / (lower_low * (2 * lower - lower_low))


def _fewest(count: int) -> float:
    return count * max(0.0, 1 - 1 / (9 * count) - _Z / (3 * sqrt(count))) ** 3 if count else 0.0


def _most(count: int) -> float:
    more = count + 1
    return more * (1 - 1 / (9 * more) + _Z / (3 * sqrt(more))) ** 3


def clopper_pearson(hits: int, of: int) -> tuple[float, float]:
    """The exact interval of a share, at 95 %, of which `hits` of so many were seen; all of [0, 1] of none."""
    low = _where(lambda share: at_most(of - hits, of, 1 - share) >= _TAIL) if hits else 0.0
    high = _where(lambda share: at_most(hits, of, share) < _TAIL) if hits < of else 1.0
    return low, high


def _where(holds: Callable[[float], bool]) -> float:
    """The share from which on it holds."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def at_most(hits: int, of: int, share: float) -> float:
    """The chance of so many hits or fewer, where each comes with the chance `share`."""
    if hits >= of or share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    return _beta(1 - share, of - hits, hits + 1)


def _beta(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function, by its continued fraction."""
    if not 0 < x < 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    return front * _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """Lentz's way of reckoning it: each step is a fraction's next two parts."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    found = d
    for step in range(1, _STEPS):
        for part in (
            step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step)),
            -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1)),
        ):
            d, c = 1 / (1 + part * d or _TINY), 1 + part / c or _TINY
            found *= c * d
        if abs(c * d - 1) < _ENOUGH:
            break
    return found
