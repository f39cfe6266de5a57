"""A model that is damaged, of another release or none at all is refused with a sentence; the last good one serves."""

import hashlib
import io
import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workers.classifier import serving as door
from workers.classifier.weights import BadModel, load, shipped
from workers.training.corpora import HEADS

Change = Callable[[dict[str, Any]], None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped model."""
    for name in ("judge.npz", "judge.json"):
        (tmp_path / name).write_bytes((shipped() / name).read_bytes())
    return tmp_path


def rewrite(folder: Path, change: Change) -> None:
    """Change the arrays, and let the manifest agree with them."""
    with np.load(folder / "judge.npz") as found:
        arrays = {name: found[name] for name in found.files}
    change(arrays)
    stream = io.BytesIO()
    np.savez(stream, **arrays)
    replace(folder, stream.getvalue())


def replace(folder: Path, content: bytes) -> None:
    (folder / "judge.npz").write_bytes(content)
    declare(folder, sha256=hashlib.sha256(content).hexdigest())


def declare(folder: Path, **changes: object) -> None:
    manifest = json.loads((folder / "judge.json").read_text(encoding="utf-8"))
    (folder / "judge.json").write_text(json.dumps(manifest | changes), encoding="utf-8")


def test_a_copy_of_the_shipped_model_is_as_good(folder: Path) -> None:
    assert load(folder).version == load(shipped()).version


def test_a_byte_that_changed_is_noticed(folder: Path) -> None:
    content = bytearray((folder / "judge.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "judge.npz").write_bytes(content)
    with pytest.raises(BadModel, match=r"is not what judge\.json describes: its SHA-256 is"):
        load(folder)


def without(name: str) -> Change:
    return lambda arrays: arrays.pop(name)


def put(name: str, change: Callable[[Any], Any]) -> Change:
    def apply(arrays: dict[str, Any]) -> None:
        arrays[name] = change(arrays[name])

    return apply


@pytest.mark.parametrize(
    "change",
    [
        without("words"),
        without("known"),
        put("words", lambda each: each[:-1]),
        put("first", lambda each: each.T),
        put("heads", lambda each: each[:, :-1]),
        put("hidden", lambda each: each * np.nan),
        put("words", lambda each: each.astype(np.float64) + 0.5),
        put("slots", lambda each: each.ravel()),
    ],
)
def test_arrays_that_do_not_fit_are_refused(folder: Path, change: Change) -> None:
    rewrite(folder, change)
    with pytest.raises(BadModel, match="cannot be read"):
        load(folder)


def test_a_pickle_is_never_unpacked(folder: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (pytest.fail, ("code in a model was run",))

    rewrite(folder, lambda arrays: arrays.update(words=np.array([Trap()], dtype=object)))
    with pytest.raises(BadModel, match="cannot be read"):
        load(folder)
    replace(folder, pickle.dumps(Trap()))
    with pytest.raises(BadModel):
        load(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 99}, "has format 99; this release reads"),
        ({"format": None}, "has format None"),
        ({"figures": ["length"]}, "trained with other figures"),
        ({"sha256": None}, "it has no sha256"),
        ({"heads": ["spam"]}, "its heads are not"),
        ({"heads": "spam toxicity"}, "its heads are not"),
        ({"formulas": None}, "its formulas lack something"),
        ({"formulas": {"spam": {"bias": 0, "weights": {}}}}, "its formulas lack something"),
        ({"formulas": {head: {"bias": "much", "weights": {}} for head in HEADS}}, "could not convert"),
        (
            {"formulas": {head: {"bias": 0, "weights": {"net.spam": "nan"}} for head in HEADS}},
            "holds what is no number",
        ),
    ],
)
def test_a_manifest_of_another_kind_is_refused(folder: Path, changes: dict[str, object], said: str) -> None:
    declare(folder, **changes)
    with pytest.raises(BadModel, match=said):
        load(folder)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", "\x00"])
def test_what_is_no_manifest_is_refused(folder: Path, text: str) -> None:
    (folder / "judge.json").write_text(text)
    with pytest.raises(BadModel):
        load(folder)


def test_another_formula_is_another_version(folder: Path) -> None:
    manifest = json.loads((folder / "judge.json").read_text(encoding="utf-8"))
    manifest["formulas"]["spam"]["bias"] += 1
    declare(folder, formulas=manifest["formulas"])
    assert load(folder).version != load(shipped()).version


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match=r"judge\.json cannot be read: No such file"):
        load(tmp_path)


def test_with_a_damaged_model_of_the_operators_the_shipped_one_serves_and_it_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "judge.npz").write_bytes(b"nothing")
    assert door.serving.__wrapped__(str(folder)).version == load(shipped()).version
    told = capsys.readouterr().out + caplog.text  # a test before may have said where logs go
    assert "the model cannot serve" in told


def test_a_sound_model_of_the_operators_serves(folder: Path) -> None:
    rewrite(folder, put("heads_bias", lambda each: each + 1))
    assert door.serving.__wrapped__(str(folder)).version == load(folder).version != load(shipped()).version


def test_without_any_sound_model_nothing_starts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.rmtree(folder)
    monkeypatch.setattr(door, "shipped", lambda: folder)
    with pytest.raises(BadModel):
        door.serving.__wrapped__("")
