"""What is learnt from: corpora and our own sentences as numbers; and a network that has learnt from a part of it."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workers.training import net
from workers.training.corpora import HEADS, Example, examples
from workers.training.vectors import aligned_vectors

Array = npt.NDArray[Any]
Say = Callable[[str], None]

MISSPELT: Final = 0.3
"""The share of texts that are learnt misspelt too, and how much such a copy counts."""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything to learn from, as numbers. `targets` is examples × heads, NaN where unknown."""

    examples: list[Example]
    reads: list[net.Read]
    targets: Array
    weights: Array
    lexicon: net.Lexicon
    vectors: Array | None
    missing: list[str]


def source_of(example: Example) -> str:
    return example.source.split(":")[0]


def gather(folders: list[Path], say: Say) -> Material:
    """Read the corpora and our own sentences, with misspelt copies of a part of them."""
    found, missing = examples(folders)
    say(f"{len(found):,} texts" + (f"; not there: {', '.join(missing)}" if missing else ""))
    dice = Random(1)
    found += [
        replace(
            each,
            text=net.misspelt(each.text, dice),
            group=each.group or each.text,
            weight=each.weight * MISSPELT,
            source=f"{each.source}:misspelt",
        )
        for each in found
        if dice.random() < MISSPELT
    ]
    reads = [net.read(each) for each in found]
    counts = Counter(key for read in reads for key in set(read.keys))
    known = [key for key, count in counts.most_common(net.WORDS) if count >= 3]
    vectors = aligned_vectors(known, (each.text for each in found), net.WIDTH)
    say(
        f"{len(known):,} words, "
        + ("with vectors aligned over languages" if vectors is not None else "without vectors")
    )
    targets = np.full((len(found), len(HEADS)), np.nan, np.float32)
    for at, each in enumerate(found):
        for head, value in each.labels.items():
            targets[at, HEADS.index(head)] = value
    return Material(
        found, reads, targets, np.array([each.weight for each in found]), net.Lexicon(known), vectors, missing
    )


def taught(material: Material, chosen: Array, draws: int, seed: int, say: Say) -> net.Network:
    """A network that learnt from the chosen examples."""
    began = time.monotonic()
    reads = [material.reads[at] for at in chosen]
    learning = net.learn(
        reads, material.targets[chosen], material.weights[chosen], material.lexicon, material.vectors,
        draws=draws, seed=seed,
    )  # fmt: skip
    for step, loss, network in learning:  # noqa: B007 - the last one is the result
        if step % 500 == 0:
            say(f"step {step} of {draws // 64}, loss {loss:.3f}, {time.monotonic() - began:.0f} s")
    return network
