"""Fits a head: a logistic regression kept small, by coordinates of its dual, one comment at a time.

Before, each slot is weighed by how much it tells the two kinds apart by itself, as Wang and Manning do ("Baselines and
Bigrams", 2012): that is what makes fifty decisions worth something. Half of the weight is the same for all slots.

Shalev-Shwartz and Zhang, "Stochastic Dual Coordinate Ascent", 2013: no step size to choose, and it ends where the best
fit is. The dice fall alike every time, so the same decisions make the same head.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import exp
from typing import Final

import numpy as np
import numpy.typing as npt

from workers.learning.features import DENSE, WIDTH, Features
from workers.learning.head import Head, Tells, weighed

ROUNDS: Final = 12
SMALLNESS: Final = 0.1
"""How much a weight costs, by comment: divided by their number it is the usual lambda."""
_DOUBT: Final = 0.3
"""So often a slot counts as filled in both kinds before anything is known."""
MOST_WEIGHT: Final = 4.0
"""What one of the rarer kind may count at most against one of the other."""


def fit(rows: Sequence[Features], labels: Sequence[bool]) -> Head:
    """The head that tells these apart. Both kinds have to be among them."""
    tells = _tells(rows, labels)
    rows = [replace(row, values=weighed(row, tells)) for row in rows]
    sparse, dense = np.zeros(WIDTH, np.float32), np.zeros(len(DENSE), np.float32)
    counts = _counts(labels)
    sizes = [float(row.values @ row.values + row.dense @ row.dense) for row in rows]
    duals = np.zeros(len(rows))
    order = np.random.default_rng(8)
    for _ in range(ROUNDS):
        for at in order.permutation(len(rows)):
            row, sign, count = rows[at], (1.0 if labels[at] else -1.0), counts[at]
            margin = sign * float(sparse[row.slots] @ row.values + dense @ row.dense)
            goal = sign * count / (1.0 + exp(min(margin, 30.0)))
            step = (goal - duals[at]) / max(1.0, 0.25 * count + count * sizes[at] / SMALLNESS)
            duals[at] += step
            sparse[row.slots] += (step / SMALLNESS) * row.values
            dense += (step / SMALLNESS) * row.dense
    return Head(sparse, dense, tells)


def _tells(rows: Sequence[Features], labels: Sequence[bool]) -> Tells:
    """By slot, how differently often it is filled in the two kinds: the logarithm of the ratio, either way."""
    filled = np.full((2, WIDTH), _DOUBT)
    for row, label in zip(rows, labels, strict=True):
        filled[int(label), row.slots] += 1
    of = np.asarray(labels, bool)
    shares = filled / np.array([[(~of).sum() + 2 * _DOUBT], [of.sum() + 2 * _DOUBT]])
    ratio = np.abs(np.log(shares[1] / shares[0]))
    told = ratio + ratio.mean()
    tells: Tells = np.maximum(1, np.rint(255 * told / told.max())).astype(np.uint8)
    return tells


def _counts(labels: Sequence[bool]) -> npt.NDArray[np.float64]:
    """Both kinds count alike together, unless one is very rare."""
    of = np.asarray(labels, bool)
    rare, common = sorted((int(of.sum()), int((~of).sum())))
    weight = min(MOST_WEIGHT, common / max(1, rare))
    return np.where(of == (of.sum() * 2 <= len(of)), weight, 1.0)
