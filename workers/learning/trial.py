"""Champion and challenger: a new head serves only if it is no worse on decisions that neither has learnt from.

One decision in five is such a question, by the number of its comment, and is never learnt from by any version: so what
served for a year and what was made a minute ago are asked the same, and neither knows the answers.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import fsum, log
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workers.learning.features import Features
from workers.learning.fitting import fit
from workers.learning.head import Head

PARTS: Final = 5
FEWEST: Final = 20
"""Decisions, below which nothing is learnt."""
FEWEST_OF_A_KIND: Final = 5
LATEST: Final = 200
"""Questions asked: the latest decisions count."""
FALSE_ALARMS: Final = 0.01
_CLEAR: Final = 0.9
"""A first head's loss must be so much smaller than that of one who merely knows how many are refused."""
_LOSS_MARGIN: Final = 0.02
_RECALL_MARGIN: Final = 0.05
_ENOUGH: Final = 20
"""Questions of each kind, from which on recall says something."""
_SUREST: Final = 0.02


@dataclass(frozen=True, slots=True)
class Lesson:
    """A decision: what was decided on, and whether it was refused for what this head is about."""

    features: Features
    refused: bool
    part: int
    """0 to 4; 0 is for questions."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a head answered: how many questions, how many of them refused, mean loss, recall at 1 % false alarms."""

    questions: int
    refused: int
    log_loss: float
    recall: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a challenger: whether it is to serve, why, and the figures of both."""

    head: Head
    serves: bool
    why: str
    """`first`, `no_worse`; or `no_better_than_nothing`, `worse`."""
    decisions: int
    refused: int
    challenger: Figures
    champion: Figures | None

    def document(self) -> dict[str, Any]:
        """All but the head, as JSON holds it."""
        return {
            "why": self.why, "decisions": self.decisions, "refused": self.refused,
            "challenger": asdict(self.challenger), "champion": asdict(self.champion) if self.champion else None,
        }  # fmt: skip


def enough(lessons: Sequence[Lesson]) -> bool:
    """Whether there is something to learn: enough decisions, and of both kinds."""
    refused = sum(each.refused for each in lessons if each.part)
    others = sum(not each.refused for each in lessons if each.part)
    return len(lessons) >= FEWEST and min(refused, others) >= FEWEST_OF_A_KIND


def challenge(lessons: Sequence[Lesson], champion: Head | None) -> Outcome:
    """Learn from these decisions (in the order in which they were made, and `enough`), and compare.

    The first head has nobody to be compared with: each fifth is asked of one that learnt from the other four, and it
    serves if they know more than that so many are refused.
    """
    head = _learn([each for each in lessons if each.part])
    questions = [each for each in lessons if not each.part][-LATEST:]
    if champion is None or not questions:
        found, before = _crosswise(lessons), None
        serves = found.log_loss < _CLEAR * _ignorant(lessons)
        why = "first" if serves else "no_better_than_nothing"
    else:
        found, before = _asked(head, questions), _asked(champion, questions)
        serves = _no_worse(found, before)
        why = "no_worse" if serves else "worse"
    return Outcome(head, serves, why, len(lessons), sum(each.refused for each in lessons), found, before)


def _no_worse(found: Figures, before: Figures) -> bool:
    few = min(found.refused, found.questions - found.refused) < _ENOUGH
    return found.log_loss <= before.log_loss + _LOSS_MARGIN and (few or found.recall >= before.recall - _RECALL_MARGIN)


def _learn(lessons: Sequence[Lesson]) -> Head:
    return fit([each.features for each in lessons], [each.refused for each in lessons])


def _asked(head: Head, questions: Sequence[Lesson]) -> Figures:
    return _figures(questions, [head.chance(each.features) for each in questions])


def _crosswise(lessons: Sequence[Lesson]) -> Figures:
    asked: list[Lesson] = []
    chances: list[float] = []
    for part in range(PARTS):
        head = _learn([each for each in lessons if each.part != part])
        questions = [each for each in lessons if each.part == part]
        asked += questions
        chances += [head.chance(each.features) for each in questions]
    return _figures(asked, chances)


def _figures(questions: Sequence[Lesson], chances: Sequence[float]) -> Figures:
    refused = np.array([each.refused for each in questions])
    chance = np.array(chances)
    losses = [_loss(each.refused, one) for each, one in zip(questions, chances, strict=True)]
    return Figures(len(questions), int(refused.sum()), round(fsum(losses) / len(losses), 4), _recall(refused, chance))


def _recall(refused: npt.NDArray[np.bool_], chance: npt.NDArray[np.float64]) -> float:
    """Of the refused, how many lie above the threshold that flags one in a hundred of the others; 0 without any."""
    if refused.all() or not refused.any():
        return 0.0
    threshold = np.quantile(chance[~refused], 1 - FALSE_ALARMS, method="higher")
    return round(float((chance[refused] > threshold).mean()), 4)


def _ignorant(lessons: Sequence[Lesson]) -> float:
    """The loss of one who knows how many are refused, and nothing of the comments."""
    share = sum(each.refused for each in lessons) / len(lessons)
    return fsum(_loss(each.refused, share) for each in lessons) / len(lessons)


def _loss(refused: bool, chance: float) -> float:  # noqa: FBT001 - a label
    """Cut off where one wrong label would outweigh fifty right ones."""
    inside = min(max(chance, _SUREST), 1 - _SUREST)
    return -log(inside if refused else 1 - inside)
