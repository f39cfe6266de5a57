"""What a head looks at in a comment: letter groups and words by number, beside what the shipped model thinks of it."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from service.domain.normal import Normal, normalise
from workers.classifier.figures import NAMES, figures
from workers.classifier.spelling import SLOTS, spelling
from workers.classifier.tokens import Token, tokens

WIDTH: Final = 1 << 16
"""Half of it for letter groups, half for words and their neighbours."""
DENSE: Final = ("one", "spam", "toxicity", *NAMES)
"""Numbers beside them: a constant, two logits of the shipped model, and what can be counted."""
_HALF: Final = WIDTH // 2
_MOST: Final = 6.0

Slots = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """One comment as a row: the slots that are filled, with what, and the dense numbers."""

    slots: Slots
    values: Numbers
    dense: Numbers


@dataclass(frozen=True, slots=True)
class Seen:
    """A comment as it is read: its row, its words and where they stand."""

    features: Features
    tokens: tuple[Token, ...]
    normal: Normal


def see(body: str, website: str, spam: float, toxicity: float) -> Seen:
    """Read a comment. `spam` and `toxicity` are the shipped model's chances, in [0, 1]."""
    normal = normalise(body)
    found = tokens(normal.text)
    keys = [token.key for token in found] + [token.key for token in tokens(website)]
    letters, words = slots_of(keys)
    values = np.concatenate([_even(letters), _even(words)])
    counted = figures(body, "", website, normal.obfuscation)
    dense = np.array([1.0, _logit(spam), _logit(toxicity), *(each / 4 for each in counted)], np.float32)
    return Seen(Features(np.concatenate([letters, words]), values, dense), tuple(found), normal)


def slots_of(keys: list[str]) -> tuple[Slots, Slots]:
    """The slots of letter groups and of words; a shared one counts once."""
    letters, words = spelling(keys)
    return np.unique(letters % _HALF).astype(np.int32), (_HALF + np.unique((words - SLOTS) % _HALF)).astype(np.int32)


def _even(slots: Slots) -> Numbers:
    return np.full(len(slots), 1 / sqrt(max(1, len(slots))), np.float32)


def _logit(chance: float) -> float:
    """Within ±6, and a quarter of it: no surer than that, and of a size with the rest."""
    inside = min(max(chance, 1e-4), 1 - 1e-4)
    return max(-_MOST, min(_MOST, log(inside / (1 - inside)))) / 4
