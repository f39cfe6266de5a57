"""The two files of a model: numbers, and a manifest that says what they are and where they come from."""

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workers.classifier.figures import NAMES
from workers.classifier.weights import FORMAT
from workers.training import net
from workers.training.corpora import HEADS, LICENCES, Example
from workers.training.material import Material, source_of
from workers.training.spelt import Spelling

Array = npt.NDArray[Any]

PROBES: Final = (
    "Merci pour cet article, enfin des chiffres que l'on peut vérifier.",
    "Vous êtes un imbécile, et vous le savez.",
    "Check out my channel http://a.example and subscribe!",
    "The council voted without reading the report.",
    "",
)
"""Texts whose logits are told in the manifest: whoever applies the weights must find the same."""


def write(
    folder: Path,
    material: Material,
    network: net.Network,
    advertising: Spelling,
    found: dict[str, Any],
    figures: dict[str, Any],
    draws: int,
) -> None:
    """The two files of the model, small and without anything that runs."""
    arrays = _arrays(network, material.lexicon) | {
        "spelling": advertising.slots, "spelling_scale": np.float32(advertising.scale),
        "spelling_figures": advertising.figures, "spelling_bias": np.float32(advertising.bias),
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
