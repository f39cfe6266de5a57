"""What a head looks at in a comment: letter groups and words by number, checks' findings, what the model thinks."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log, sqrt
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from service.domain.normal import Normal, normalise
from service.domain.reasons import SIGNAL_REASONS
from workers.classifier.figures import NAMES, figures
from workers.classifier.spelling import SLOTS, spelling
from workers.classifier.tokens import Token, tokens

_HALF: Final = 1 << 15
"""Slots for letter groups, and as many again for words and their neighbours."""
_FOUND: Final = 1 << 10
"""Slots for what the checks found, by reason: a reason keeps its slot from release to release."""
WIDTH: Final = 2 * _HALF + _FOUND
_STRENGTH: Final = 0.5
"""What a finding counts for beside all of the words: with 1, fifty decisions taught less; with 0, far less."""
_UNTAUGHT: Final = frozenset({"author", "staff", "model", "remote", "plumbing"})
"""Groups that teach nothing: who somebody is, what people ordered, what was merely estimated or went wrong."""
DENSE: Final = ("one", "spam", "toxicity", *NAMES)
"""Numbers beside them: a constant, two logits of the shipped model, and what can be counted."""
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


def see(body: str, website: str, spam: float, toxicity: float, findings: Iterable[tuple[str, float]] = ()) -> Seen:
    """Read a comment.

    `spam` and `toxicity` are the shipped model's chances, in [0, 1]; `findings` the reason and strength of signals.
    """
    normal = normalise(body)
    found = tokens(normal.text)
    keys = [token.key for token in found] + [token.key for token in tokens(website)]
    letters, words = slots_of(keys)
    found_slots, strengths = _found(findings)
    counted = figures(body, "", website, normal.obfuscation)
    dense = np.array([1.0, _logit(spam), _logit(toxicity), *(each / 4 for each in counted)], np.float32)
    slots = np.concatenate([letters, words, found_slots])
    values = np.concatenate([_even(letters), _even(words), strengths])
    return Seen(Features(slots, values, dense), tuple(found), normal)


def slots_of(keys: list[str]) -> tuple[Slots, Slots]:
    """The slots of letter groups and of words; a shared one counts once."""
    letters, words = spelling(keys)
    return np.unique(letters % _HALF).astype(np.int32), (_HALF + np.unique((words - SLOTS) % _HALF)).astype(np.int32)


def _found(findings: Iterable[tuple[str, float]]) -> tuple[Slots, Numbers]:
    """The slots of what was found, each with its strongest finding."""
    strongest: dict[int, float] = {}
    for reason, score in findings:
        if SIGNAL_REASONS.get(reason, "plumbing") not in _UNTAUGHT:
            slot = 2 * _HALF + crc32(reason.encode()) % _FOUND
            strongest[slot] = max(_STRENGTH * score, strongest.get(slot, 0.0))
    return np.array([*strongest], np.int32), np.array([*strongest.values()], np.float32)


def _even(slots: Slots) -> Numbers:
    return np.full(len(slots), 1 / sqrt(max(1, len(slots))), np.float32)


def _logit(chance: float) -> float:
    """Within ±6, and a quarter of it: no surer than that, and of a size with the rest."""
    inside = min(max(chance, 1e-4), 1 - 1e-4)
    return max(-_MOST, min(_MOST, log(inside / (1 - inside)))) / 4
