"""Advertising by its spelling, learnt: a flat sum beside the network, over letter groups, words and figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from workers.classifier.spelling import SLOTS, spelling
from workers.training.material import Material, source_of
from workers.training.net import Read

Array = npt.NDArray[Any]

SPELLING_MIX: Final = {
    "youtube_spam": 1.0, "fox_news": 0.3, "forum_fr": 0.5, "jigsaw_en_fr": 0.2, "wikipedia_talk": 0.05,
    "goemotions": 0.2, "sms_spam": 0.05, "written": 0.15, "convabuse": 0.1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spelling:
    """A learnt flat sum: whole numbers times a scale, the figures' weights, the bias."""

    slots: Array
    scale: float
    figures: Array
    bias: float

    def logits(self, reads: Sequence[Read]) -> Array:
        row = np.concatenate([self.slots.astype(np.float32) * self.scale, self.figures * 2])
        return np.asarray(spelling_rows(reads) @ row + self.bias, np.float32)


def spelt(material: Material, chosen: Array) -> Spelling:
    """The flat sum over letters and words that tells advertising, learnt from the chosen examples."""
    asked = [
        at
        for at in chosen
        if source_of(material.examples[at]) in SPELLING_MIX and not np.isnan(material.targets[at, 0])
    ]
    weight = np.array([SPELLING_MIX[source_of(material.examples[at])] for at in asked])
    model = LogisticRegression(C=20, solver="liblinear").fit(
        spelling_rows([material.reads[at] for at in asked]), material.targets[asked, 0], sample_weight=weight
    )
    row = model.coef_[0].astype(np.float32)
    scale = float(np.abs(row[: 2 * SLOTS]).max()) / 127
    return Spelling(
        np.round(row[: 2 * SLOTS] / scale).astype(np.int8), scale, row[2 * SLOTS :] * 0.5, float(model.intercept_[0])
    )


def spelling_rows(reads: Sequence[Read]) -> Any:
    """The sparse rows that the flat sum is over: letter groups, words, figures."""
    indices, values, ends = [], [], [0]
    for read in reads:
        for slots in spelling(list(read.keys)):
            indices.append(slots)
            values.append(np.full(len(slots), 1 / np.sqrt(max(1, len(slots))), np.float32))
        ends.append(ends[-1] + len(indices[-1]) + len(indices[-2]))
    rows = sparse.csr_matrix((np.concatenate(values), np.concatenate(indices), ends), shape=(len(reads), 2 * SLOTS))
    counted = sparse.csr_matrix(np.array([read.figures for read in reads], np.float32) * 0.5)
    return sparse.hstack([rows, counted], format="csr")
