"""From logits and signals to probabilities: one small logistic formula a category, readable in the model's manifest.

Fitted on texts that the network had not seen, so a result of 0.8 means that about eight such texts in ten are what it
says, among texts as mixed as those. A site with less spam than that has fewer.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from service.domain.normal import normalise
from service.domain.verdict import Estimate, Signal, Span
from workers.checks.context import Context
from workers.classifier.network import Network, Reading
from workers.classifier.weights import Weights

SIGNALS: Final = (
    "insult", "hate", "threat", "sexual", "profanity", "obfuscation", "shouting", "spam_phrase", "invitation", "links",
    "bare_link", "link_in_name",
)  # fmt: skip
"""Signals whose strength the formulas may weigh, beside the logits."""
MARKED: Final = 5
"""Words marked for one category."""
LEAST_PULL: Final = 0.4
"""Of what the strongest word pulls, a marked one pulls so much at least."""


_FRENCH: Final = (
    "le la les des un une et est pas que qui dans pour sur avec vous nous ils elle je tu il ce cette mais ou ne se au "
    "aux du par plus sont ont son ses mon ma mes tout tous faire fait comme si on"
)
_ENGLISH: Final = (
    "the a an and is are was not that this who in for on with you we they she i he it but or of to be have has my your "
    "his her all do does did as if what there would"
)
_SMALL_WORDS: Final = dict.fromkeys(_ENGLISH.split(), 0) | dict.fromkeys(_FRENCH.split(), 1)
"""English (0) or French (1). Not the lists of `checks.tongue`: the shipped formulas were fitted with these."""


def stacked(heads: Sequence[str], logits: Iterable[float], spelt: float, keys: Sequence[str]) -> dict[str, float]:
    """What the formulas weigh of a text, before its signals: logits, and how far they are to be trusted in French."""
    spoken = [_SMALL_WORDS[key] for key in keys if key in _SMALL_WORDS]
    share = sum(spoken) / max(1, len(spoken))
    inputs = {f"net.{head}": float(logit) for head, logit in zip(heads, logits, strict=True)}
    inputs["net.spelling"] = max(-8.0, min(8.0, spelt))
    return inputs | {
        "text.french": share,
        "french.toxicity": share * inputs["net.toxicity"],
        "french.hate": share * inputs["net.hate"],
    }


class Classifier:
    """A model at work: what it thinks of one comment. One per process and thread."""

    def __init__(self, weights: Weights) -> None:
        self.version = weights.version
        self._heads: tuple[str, ...] = tuple(weights.manifest["heads"])
        self._formulas = weights.formulas
        self._network = Network(weights)

    def estimate(self, comment: Context, signals: Iterable[Signal]) -> Estimate:
        """How likely the comment is spam, or toxic and in which way, given what the checks found."""
        reading, inputs = self._inputs(comment, signals)
        chances = {name: formula(inputs) for name, formula in self._formulas.items()}
        kinds = {name: chances[name] for name in self._heads if name not in {"spam", "toxicity"}}
        worst = max(kinds, key=lambda name: kinds[name]) if kinds else "toxicity"
        return Estimate(
            chances["spam"], chances["toxicity"], worst if kinds.get(worst, 0.0) >= 0.5 else "",
            self._marks(comment, reading, "spam") if chances["spam"] >= 0.5 else (),
            self._marks(comment, reading, "toxicity") if chances["toxicity"] >= 0.5 else (),
        )  # fmt: skip

    def _inputs(self, comment: Context, signals: Iterable[Signal]) -> tuple[Reading, dict[str, float]]:
        """What the network reads, and what the formulas weigh by name: `net.HEAD`, `signal.REASON` and the rest."""
        normal = normalise(comment.body)
        reading = self._network.read(normal.text, comment.body, comment.name, comment.website, normal.obfuscation)
        inputs = stacked(self._heads, reading.logits, reading.spelt, [token.key for token in reading.tokens])
        for signal in signals:
            if signal.reason in SIGNALS:
                key = f"signal.{signal.reason}"
                inputs[key] = max(signal.score, inputs.get(key, 0.0))
        return reading, inputs

    def _marks(self, comment: Context, reading: Reading, head: str) -> tuple[Span, ...]:
        """The words that pulled most, where they stand in the raw text."""
        pull = reading.pull(self._heads.index(head))
        if head == "spam":
            pull = np.maximum(pull, 0) + np.maximum(reading.spelt_pull(), 0)
        pull = pull[: len(reading.tokens)]
        strongest = float(pull.max(initial=0.0))
        best = [
            at
            for at in np.argsort(-pull)[:MARKED]
            if pull[at] > LEAST_PULL * strongest and _tells(reading.tokens[at].key)
        ]
        normal = normalise(comment.body)
        return tuple(normal.raw_span(reading.tokens[at].start, reading.tokens[at].end) for at in sorted(best))


def _tells(key: str) -> bool:
    """A word worth marking: no punctuation, and none of the small words that are everywhere."""
    return key not in _SMALL_WORDS and any(map(str.isalpha, key))
