"""A trained model on disk: `judge.npz` (numbers) and `judge.json` (what they are, from what, with their checksum)."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workers.classifier.figures import NAMES
from workers.classifier.formulas import Formula, formulas
from workers.classifier.spelling import SLOTS as SPELLING_SLOTS

FORMAT: Final = 1
"""Of tokens, figures and arrays together. A model of another format is refused."""
MOST_BYTES: Final = 64 * 1024 * 1024

Numbers = npt.NDArray[np.float32]

_NUMBERS: Final = (
    "word_scales", "bucket_scales", "spelling_figures", "first", "first_bias", "second", "second_bias", "hidden",
    "hidden_bias", "heads", "heads_bias",
)  # fmt: skip


class BadModel(Exception):
    """A model that cannot serve; the sentence is for the operator."""


@dataclass(frozen=True, slots=True)
class Weights:
    """A model as it was learnt.

    `version` is a digest of the manifest, and so of the numbers too. Rows of `words` and `buckets` are whole numbers
    times their row's scale.
    """

    manifest: Mapping[str, Any]
    version: str
    formulas: Mapping[str, Formula]
    known: Mapping[str, int]
    """word → row of `words`; row 0 is for all others"""
    words: npt.NDArray[np.int8]
    word_scales: Numbers
    buckets: npt.NDArray[np.int8]
    bucket_scales: Numbers
    slots: npt.NDArray[np.int8]
    slot_scale: float
    letters: npt.NDArray[np.int8]
    letter_scale: float
    spelling: npt.NDArray[np.int8]
    spelling_scale: float
    spelling_figures: Numbers
    spelling_bias: float
    first: Numbers
    first_bias: Numbers
    second: Numbers
    second_bias: Numbers
    hidden: Numbers
    hidden_bias: Numbers
    heads: Numbers
    heads_bias: Numbers


def shipped() -> Traversable:
    """The folder of the model that comes with the program."""
    return resources.files("workers.classifier") / "data"


def load(folder: Path | Traversable) -> Weights:
    """Read and check a model. Raises `BadModel` with a sentence that says what is wrong and where."""
    described = _bytes(folder / "judge.json")
    manifest = _manifest(folder, described)
    content = _bytes(folder / "judge.npz")
    found = hashlib.sha256(content).hexdigest()
    if found != manifest["sha256"]:
        raise BadModel(f"{folder}/judge.npz is not what judge.json describes: its SHA-256 is {found}.")
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            version = f"model-{hashlib.sha256(described).hexdigest()[:10]}"
            return _weights(manifest, version, {name: arrays[name] for name in arrays.files})
    except (KeyError, ValueError, TypeError, OSError, zipfile.BadZipFile, EOFError) as error:
        raise BadModel(f"{folder}/judge.npz cannot be read: {error}.") from None


def _manifest(folder: Path | Traversable, described: bytes) -> dict[str, Any]:
    try:
        manifest = json.loads(described)
    except ValueError:
        raise BadModel(f"{folder}/judge.json is not JSON.") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("sha256"), str):
        raise BadModel(f"{folder}/judge.json is no manifest: it has no sha256.")
    if manifest.get("format") != FORMAT:
        raise BadModel(f"{folder} has format {manifest.get('format')!r}; this release reads {FORMAT}.")
    if manifest.get("figures") != list(NAMES):
        raise BadModel(f"{folder} was trained with other figures than this release counts.")
    try:
        formulas(manifest.get("heads"), manifest.get("formulas"))
    except ValueError as error:
        raise BadModel(f"{folder}/judge.json is no manifest of ours: {error}.") from None
    return manifest


def _bytes(file: Path | Traversable) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadModel(f"{file} cannot be read: {error.strerror or error}.") from None
    if len(content) > MOST_BYTES:
        raise BadModel(f"{file} is larger than any model of ours.")
    return content


def _weights(manifest: dict[str, Any], version: str, arrays: dict[str, Any]) -> Weights:
    words = bytes(arrays["known"]).decode().split("\n")
    numbers = {name: np.ascontiguousarray(arrays[name], dtype=np.float32) for name in _NUMBERS}
    if not all(np.isfinite(each).all() for each in numbers.values()):
        raise ValueError("a weight is no number")
    heads, groups = len(manifest["heads"]), arrays["buckets"].shape[0]
    width, channels, inner = arrays["words"].shape[1], numbers["first"].shape[1], numbers["hidden"].shape[1]
    shapes = {
        "words": (len(words) + 1, width),
        "word_scales": (len(words) + 1,),
        "buckets": (groups, width),
        "bucket_scales": (groups,),
        "slots": (SPELLING_SLOTS, heads),
        "letters": (groups, heads),
        "spelling": (2 * SPELLING_SLOTS,),
        "spelling_figures": (len(NAMES),),
        "first": (3 * width, channels),
        "second": (3 * channels, channels),
        "hidden": (2 * channels + len(NAMES), inner),
        "heads": (inner, heads),
        "first_bias": (channels,),
        "second_bias": (channels,),
        "hidden_bias": (inner,),
        "heads_bias": (heads,),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has the shape {arrays[name].shape}, not {shape}")
    whole = {
        name: arrays[name].astype(np.int8, casting="safe")
        for name in ("words", "buckets", "slots", "letters", "spelling")
    }
    alone = {name: float(arrays[name]) for name in ("slot_scale", "letter_scale", "spelling_scale", "spelling_bias")}
    named: dict[str, Any] = {**numbers, **whole, **alone}  # an array's name is its field's
    return Weights(
        manifest=manifest,
        version=version,
        formulas=formulas(manifest["heads"], manifest["formulas"]),
        known={word: at + 1 for at, word in enumerate(words)},
        **named,
    )
