"""The formulas that turn logits and signals into chances, fitted on answers about texts that nobody had seen."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from workers.checks import CHECKS
from workers.checks.context import Context
from workers.classifier.stack import SIGNALS, stacked
from workers.training.corpora import HEADS, Example
from workers.training.material import Material, source_of
from workers.training.net import Read

Array = npt.NDArray[Any]
Say = Callable[[str], None]

# How much a text of each source counts when logits become probabilities: news, forums and blogs first, because that is
# what comes in; the sets that were labelled by machine or by two words, little.
SPAM_MIX: Final = {
    "youtube_spam": 10.0, "fox_news": 0.5, "forum_fr": 1.0, "jigsaw_en_fr": 0.2, "wikipedia_talk": 0.05,
    "goemotions": 0.1, "commonvoice_fr": 0.05, "sms_spam": 0.05, "written": 0.12, "civil_toxic": 0.05,
}  # fmt: skip
TOXIC_MIX: Final = {
    "forum_fr": 25.0, "dynabench_hate": 0.5, "measuring_hate_speech": 0.3, "jigsaw_en_fr": 1.0, "wikipedia_talk": 0.1,
    "hatexplain_val_test": 0.2, "hatemoji_build": 0.3, "convabuse": 0.3, "mlma_fr": 0.2, "ftr_fr": 0.2,
    "goemotions": 0.1, "commonvoice_fr": 0.05, "written": 0.3,
}  # fmt: skip


def fitted(material: Material, answers: Array, say: Say) -> dict[str, Any]:
    """The logistic formula of each head, fitted on answers about unseen texts."""
    mixed = [
        at
        for at, each in enumerate(material.examples)
        if source_of(each) in SPAM_MIX.keys() | TOXIC_MIX.keys() and not np.isnan(answers[at]).any()
    ]
    mixed = [at for at in mixed if not material.examples[at].source.endswith(":misspelt")]
    chosen = [material.examples[at] for at in mixed]
    say(f"formulas from {len(chosen):,} unseen texts")
    signals = signal_rows(chosen)
    names, inputs = formula_rows([material.reads[at] for at in mixed], answers[mixed], signals)
    out = {}
    for at, head in enumerate(HEADS):
        mix = SPAM_MIX if head == "spam" else TOXIC_MIX
        weight = np.array([mix.get(source_of(each), 0.0) for each in chosen])
        label = material.targets[mixed, at]
        use = (weight > 0) & ~np.isnan(label)
        columns = _columns(head, names)
        out[head] = _formula(inputs[use], label[use], weight[use], names, columns)
    return out


def formula_rows(reads: Sequence[Read], answers: Array, signals: Array) -> tuple[list[str], Array]:
    """What a formula may weigh, by name, and its rows. `answers` are the heads' logits and, last, that of spelling."""
    rows = [stacked(HEADS, row[:-1], float(row[-1]), read.keys) for read, row in zip(reads, answers, strict=True)]
    names = list(rows[0])
    table = np.array([[row[name] for name in names] for row in rows], np.float32)
    return names + [f"signal.{reason}" for reason in SIGNALS], np.hstack([table, signals])


def _formula(inputs: Array, label: Array, weight: Array, names: list[str], columns: list[int]) -> dict[str, Any]:
    """A logistic regression in which no signal speaks for a comment: what would is left out, and it is fitted again."""
    while True:
        model = LogisticRegression(C=1.0, max_iter=2000).fit(inputs[:, columns], label, sample_weight=weight)
        fitted = dict(zip(columns, map(float, model.coef_[0]), strict=True))
        kept = [column for column in columns if fitted[column] > 0 or not names[column].startswith("signal.")]
        if kept == columns:
            return {
                "bias": round(float(model.intercept_[0]), 5),
                "weights": {names[column]: round(fitted[column], 5) for column in columns},
            }
        columns = kept


def _columns(head: str, names: list[str]) -> list[int]:
    """What a head's formula may weigh: spam what advertises, the others what offends."""
    spam = {
        "signal.spam_phrase",
        "signal.invitation",
        "signal.links",
        "signal.bare_link",
        "signal.link_in_name",
        "signal.obfuscation",
    }
    if head == "spam":
        return [
            at
            for at, name in enumerate(names)
            if name in spam | {"net.spam", "net.toxicity", "net.spelling", "text.french"}
        ]
    return [
        at
        for at, name in enumerate(names)
        if name not in spam - {"signal.obfuscation"} and name not in {"net.spam", "net.spelling"}
    ]


def signal_rows(chosen: Sequence[Example]) -> Array:
    """What the checks find in each text, as the formulas weigh it: examples × `SIGNALS`."""
    lookers = [check for check in CHECKS if set(check.reasons) & set(SIGNALS)]
    out = np.zeros((len(chosen), len(SIGNALS)), np.float32)
    for at, each in enumerate(chosen):
        context = Context(body=each.text, name=each.name, website=each.website)
        for check in lookers:
            for signal in check.look(context):
                if signal.reason in SIGNALS:
                    place = SIGNALS.index(signal.reason)
                    out[at, place] = max(out[at, place], signal.score)
    return out
