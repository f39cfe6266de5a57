"""Sets a head so that of the comments to which it gives a chance of 0.8, people refuse eight in ten (Platt, 1999).

On decisions that it has not learnt from, each counted for as many comments of the site as it stands for: what the dice
picked out of all stands for many, what had to be decided anyway for itself. So chances are true of what comes in, not
of what is held.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from workers.learning.features import Features
from workers.learning.head import Head

FEWEST_OF_A_KIND: Final = 3
_ROUNDS: Final = 30
_CAUTION: Final = 2.0
"""So many decisions speak for leaving it as it was learnt."""
_LEAST_SCALE: Final = 0.2
_MOST_SCALE: Final = 5.0

Numbers = npt.NDArray[np.float64]


def calibrated(head: Head, rows: Sequence[Features], refused: Sequence[bool], weights: Sequence[float]) -> Head:
    """The head, set by these decisions; as it was, where there are too few of a kind."""
    label = np.asarray(refused, bool)
    if min(label.sum(), (~label).sum()) < FEWEST_OF_A_KIND:
        return head
    logits = np.array([head.logit(row) for row in rows])
    return head.set(*_fitted(logits, label.astype(float), _of_a_size(np.asarray(weights, float))))


def _of_a_size(weights: Numbers) -> Numbers:
    """Weights that add up to as many decisions as there are: a few heavy ones don't make many."""
    return weights * float(len(weights) / weights.sum())


def _fitted(logits: Numbers, label: Numbers, weights: Numbers) -> tuple[float, float]:
    """Scale and shift, by Newton's steps. The constant's caution is small: how much is refused is quickly known."""
    at = np.array([1.0, 0.0])
    rows = np.stack([logits, np.ones(len(logits))])
    caution = np.array([_CAUTION, _CAUTION / 10])
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(at @ rows, -30, 30)))
        slope = rows @ (weights * (chance - label)) + caution * (at - [1.0, 0.0])
        bend = (rows * (weights * np.maximum(chance * (1 - chance), 1e-4))) @ rows.T + np.diag(caution)
        step = np.linalg.solve(bend, slope)
        at = at - np.clip(step, -1.0, 1.0)
        at[0] = min(max(at[0], _LEAST_SCALE), _MOST_SCALE)
        if np.abs(step).max() < 1e-6:
            break
    return float(at[0]), float(at[1])
