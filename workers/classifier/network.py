"""From a text to one logit a category: word vectors, two convolutions, greatest and mean; beside it a flat sum.

The same arithmetic as `workers.training.net`, without what only learning needs.
"""

from collections import OrderedDict
from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from workers.classifier.figures import figures
from workers.classifier.spelling import SLOTS, spelling
from workers.classifier.tokens import Token, phrases, pieces, tokens
from workers.classifier.weights import Numbers, Weights

_REMEMBERED: Final = 8192  # word vectors: 3 MB


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network makes of one text."""

    logits: Numbers
    spelt: float
    """the logit of advertising, by spelling"""
    tokens: tuple[Token, ...]
    _greatest: Numbers
    _where: npt.NDArray[np.intp]
    _hidden: Numbers
    _weights: Weights

    def pull(self, head: int) -> Numbers:
        """By token, how much it pulled that category's logit: from where the greatest values came."""
        active = (self._hidden > 0) * self._weights.heads[:, head]
        share = (self._weights.hidden[: len(self._greatest)] @ active) * self._greatest
        out = np.zeros(max(1, len(self.tokens)), np.float32)
        np.add.at(out, self._where, share)
        return out

    def spelt_pull(self) -> Numbers:
        """By token, what its spelling alone says of advertising."""
        weights = self._weights
        each = [
            sum(
                float(weights.spelling[slots].sum(dtype=np.int64)) / sqrt(max(1, len(slots)))
                for slots in spelling([key])
            )
            for key in (token.key for token in self.tokens)
        ]
        return np.array(each or [0.0], np.float32) * np.float32(weights.spelling_scale)


class Network:
    """A model ready to read. Not shared between threads: it remembers word vectors."""

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._vectors: OrderedDict[str, Numbers] = OrderedDict()

    def read(self, normal: str, raw: str, name: str, website: str, obfuscation: float) -> Reading:
        """Read the normalised text (`normal`), count in the `raw` one."""
        found = tuple(tokens(normal))
        weights = self.weights
        width = weights.words.shape[1]
        rows = np.stack([self._vector(token.key) for token in found]) if found else _nothing(weights)
        x, spelt = rows[:, :width], rows[:, width:]
        y = np.maximum(_windows(x, 1) @ weights.first + weights.first_bias, 0)
        z = np.maximum(_windows(y, 2) @ weights.second + weights.second_bias + y, 0)
        if not found:
            z *= 0
        where = z.argmax(axis=0)
        greatest = z[where, np.arange(z.shape[1])]
        counted = np.array(figures(raw, name, website, obfuscation), np.float32)
        hidden = np.maximum(
            np.concatenate([greatest, z.mean(axis=0), counted]) @ weights.hidden + weights.hidden_bias, 0
        )
        logits = hidden @ weights.heads + weights.heads_bias + spelt.sum(axis=0) / np.sqrt(len(rows))
        keys = [token.key for token in found]
        slots = phrases(keys, SLOTS)
        if slots:
            logits += weights.slots[slots].sum(axis=0, dtype=np.int32) * np.float32(
                weights.slot_scale / np.sqrt(len(slots))
            )
        return Reading(
            logits.astype(np.float32), self._advertises(keys, slots, counted), found, greatest, where, hidden, weights
        )

    def _advertises(self, keys: list[str], words: list[int], counted: Numbers) -> float:
        """The logit of advertising, by spelling alone."""
        weights = self.weights
        total = weights.spelling_bias + float(counted @ weights.spelling_figures)
        for slots in spelling(keys, words):
            if len(slots):
                total += int(weights.spelling[slots].sum(dtype=np.int64)) * weights.spelling_scale / sqrt(len(slots))
        return total

    def _vector(self, key: str) -> Numbers:
        """A word's vector, and behind it what its letters alone say for each head."""
        known = self._vectors.get(key)
        if known is not None:
            return known
        weights = self.weights
        row = weights.known.get(key, 0)
        groups = pieces(key, len(weights.buckets))
        shared = weights.bucket_scales[groups] @ weights.buckets[groups].astype(np.float32) / len(groups)
        spelt = weights.letters[groups].sum(axis=0, dtype=np.int32) * np.float32(weights.letter_scale / len(groups))
        vector = np.concatenate([weights.words[row] * weights.word_scales[row] + shared, spelt])
        self._vectors[key] = vector
        if len(self._vectors) > _REMEMBERED:
            self._vectors.popitem(last=False)
        return vector


def _nothing(weights: Weights) -> Numbers:
    return np.zeros((1, weights.words.shape[1] + weights.letters.shape[1]), np.float32)


def _windows(rows: Numbers, apart: int) -> Numbers:
    """Each row between its neighbours `apart` before and after; nothing beyond the ends."""
    padded = np.zeros((len(rows) + 2 * apart, rows.shape[1]), np.float32)
    padded[apart:-apart] = rows
    return np.concatenate([padded[: len(rows)], rows, padded[2 * apart :]], axis=1)
