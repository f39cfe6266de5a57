"""Advertising by its letters: groups of two to five of them anywhere in the text, and words, in one flat sum.

Beside the network because it learns what the network forgets: how `check my channel` is written when it is misspelt.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from workers.classifier.tokens import phrases

SLOTS: Final = 1 << 17
"""for letter groups, and as many again for words"""
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)
_STEP: Final = np.uint64(0x100000001B3)

Slots = npt.NDArray[np.int64]


def spelling(keys: list[str], words: list[int] | None = None) -> tuple[Slots, Slots]:
    """The numbers of a text's letter groups and of its words and pairs, each once.

    `keys` are its tokens' keys; `words` their `phrases(keys, SLOTS)`, if somebody has them already.
    """
    line = f" {' '.join(keys)} "
    letters = np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    found = []
    group = letters
    for size in range(2, 6):
        if len(letters) < size:
            break
        group = group[: len(letters) - size + 1] * _STEP ^ letters[size - 1 :]
        found.append((group * _MIX >> np.uint64(40)) % np.uint64(SLOTS))
    groups = np.unique(np.concatenate(found)).astype(np.int64) if found else np.zeros(0, np.int64)
    return groups, np.array(phrases(keys, SLOTS) if words is None else words, np.int64) + SLOTS
