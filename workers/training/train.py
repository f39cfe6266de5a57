"""Learning a model from labelled texts: what is learnt, the formulas on top, and the files.

Each fold's network never saw the texts it is asked about (nor the video they stood under); the formulas that turn
logits into probabilities are fitted on those answers, and so are the figures in the manifest.
"""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from workers.checks import CHECKS
from workers.checks.context import Context
from workers.classifier.figures import NAMES
from workers.classifier.spelling import SLOTS, spelling
from workers.classifier.stack import SIGNALS, stacked
from workers.classifier.weights import FORMAT
from workers.training import net
from workers.training.corpora import HEADS, LICENCES, Example, examples
from workers.training.vectors import aligned_vectors

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
SPELLING_MIX: Final = {
    "youtube_spam": 1.0, "fox_news": 0.3, "forum_fr": 0.5, "jigsaw_en_fr": 0.2, "wikipedia_talk": 0.05,
    "goemotions": 0.2, "sms_spam": 0.05, "written": 0.15, "convabuse": 0.1,
}  # fmt: skip
MISSPELT: Final = 0.3
PROBES: Final = (
    "Merci pour cet article, enfin des chiffres que l'on peut vérifier.",
    "Vous êtes un imbécile, et vous le savez.",
    "Check out my channel http://a.example and subscribe!",
    "The council voted without reading the report.",
    "",
)
"""Texts whose logits are told in the manifest: whoever applies the weights must find the same."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A learnt flat sum: whole numbers times a scale, the figures' weights, the bias."""

    slots: Array
    scale: float
    figures: Array
    bias: float

    def logits(self, reads: Sequence[net.Read]) -> Array:
        row = np.concatenate([self.slots.astype(np.float32) * self.scale, self.figures * 2])
        return np.asarray(spelling_rows(reads) @ row + self.bias, np.float32)


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


def spelling_rows(reads: Sequence[net.Read]) -> Any:
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


def source_of(example: Example) -> str:
    return example.source.split(":")[0]


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


def formulas(material: Material, answers: Array, say: Say) -> dict[str, Any]:
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


def formula_rows(reads: Sequence[net.Read], answers: Array, signals: Array) -> tuple[list[str], Array]:
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


def write(
    folder: Path,
    material: Material,
    network: net.Network,
    spelling_: Spelling,
    found: dict[str, Any],
    figures: dict[str, Any],
    draws: int,
) -> None:
    """The two files of the model, small and without anything that runs."""
    arrays = _arrays(network, material.lexicon) | {
        "spelling": spelling_.slots, "spelling_scale": np.float32(spelling_.scale),
        "spelling_figures": spelling_.figures, "spelling_bias": np.float32(spelling_.bias),
    }  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "judge.npz").open("wb") as stream:
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    counts = Counter(source_of(each) for each in material.examples)
    manifest = {
        "name": "judge",
        "format": FORMAT,
        "sha256": hashlib.sha256((folder / "judge.npz").read_bytes()).hexdigest(),
        "made": datetime.now(UTC).strftime("%Y-%m-%d"),
        "heads": list(HEADS),
        "figures": list(NAMES),
        "languages": ["en", "fr"],
        "draws": draws,
        "sources": [{"name": name, "texts": counts[name], "licence": LICENCES[name]} for name in sorted(counts)],
        "missing": material.missing,
        "vectors": "Universal Sentence Encoder multilingual 3 (Apache-2.0), reduced"
        if material.vectors is not None
        else None,
        "probes": [
            {"text": text, "logits": [round(float(each), 3) for each in row]}
            for text, row in zip(
                PROBES, net.logits(network, [net.read(_probe(text)) for text in PROBES], material.lexicon), strict=True
            )
        ],
        "formulas": found,
        "measured": figures,
    }
    (folder / "judge.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _arrays(network: net.Network, lexicon: net.Lexicon) -> dict[str, Array]:
    state = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    words, word_scales = _small(state["words.weight"])
    buckets, bucket_scales = _small(state["buckets.weight"])
    slot_scale = max(float(np.abs(state["flat.weight"]).max()) / 127, 1e-9)
    letter_scale = max(float(np.abs(state["letters.weight"]).max()) / 127, 1e-9)
    return {
        "letters": np.round(state["letters.weight"] / letter_scale).astype(np.int8),
        "letter_scale": np.float32(letter_scale),
        "known": np.frombuffer("\n".join(lexicon.known).encode(), np.uint8),
        "words": words, "word_scales": word_scales, "buckets": buckets, "bucket_scales": bucket_scales,
        "slots": np.round(state["flat.weight"] / slot_scale).astype(np.int8), "slot_scale": np.float32(slot_scale),
        "first": state["first.weight"].transpose(2, 1, 0).reshape(-1, net.CHANNELS).astype(np.float16),
        "first_bias": state["first.bias"],
        "second": state["second.weight"].transpose(2, 1, 0).reshape(-1, net.CHANNELS).astype(np.float16),
        "second_bias": state["second.bias"],
        "hidden": state["hidden.weight"].T.astype(np.float16), "hidden_bias": state["hidden.bias"],
        "heads": state["heads.weight"].T, "heads_bias": state["heads.bias"],
    }  # fmt: skip


def _small(rows: Array) -> tuple[Array, Array]:
    """Rows as whole numbers from -127 to 127, and each row's scale."""
    scales = np.maximum(np.abs(rows).max(axis=1) / 127, 1e-9).astype(np.float16).astype(np.float32)
    return np.clip(np.round(rows / scales[:, None]), -127, 127).astype(np.int8), scales.astype(np.float16)


def _probe(text: str) -> Example:
    return Example(text, "probe", {})
