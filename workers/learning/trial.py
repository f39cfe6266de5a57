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

from service.domain.teaching import Why
from workers.learning.calibration import calibrated
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
    weight: float = 1.0
    """For how many comments of the site it stands."""
    new: bool = False
    """Decided after the champion was made."""


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
    why: Why
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
    serves if they know more than that so many are refused. A later one is no worse on the latest questions, and no
    worse on those among them that were there when the champion was made: what contradicts all that people said before,
    a slip of the hand or a moderator gone mad, does not serve until it is most of what they say.
    """
    questions = [each for each in lessons if not each.part][-LATEST:]
    head = _set(_learn([each for each in lessons if each.part]), questions)
    if champion is None or not questions:
        found, before = _crosswise(lessons[-LATEST:]), None
        serves = found.log_loss < _CLEAR * _ignorant(lessons[-LATEST:])
        why = Why.FIRST if serves else Why.NO_BETTER_THAN_NOTHING
    else:
        found, before = _asked(head, questions), _asked(champion, questions)
        why = _compared(found, before, head, champion, [each for each in questions if not each.new])
        serves = why is Why.NO_WORSE
    return Outcome(head, serves, why, len(lessons), sum(each.refused for each in lessons), found, before)


def _compared(found: Figures, before: Figures, head: Head, champion: Head, known: Sequence[Lesson]) -> Why:
    few = min(found.refused, found.questions - found.refused) < _ENOUGH
    if found.log_loss > before.log_loss + _LOSS_MARGIN or not (few or found.recall >= before.recall - _RECALL_MARGIN):
        return Why.WORSE
    if known and _asked(head, known).log_loss > _asked(champion, known).log_loss + _LOSS_MARGIN:
        return Why.UNLEARNS
    return Why.NO_WORSE


def _learn(lessons: Sequence[Lesson]) -> Head:
    return fit([each.features for each in lessons], [each.refused for each in lessons])


def _set(head: Head, questions: Sequence[Lesson]) -> Head:
    return calibrated(
        head, [each.features for each in questions], [each.refused for each in questions],
        [each.weight for each in questions],
    )  # fmt: skip


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
