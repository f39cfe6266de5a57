"""`moderato train` and `moderato evaluate`, as they are typed."""

import gzip
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from workers.training.command import evaluate, train


def run(command: object, *arguments: object) -> Result:
    return CliRunner().invoke(command, [str(each) for each in arguments])  # type: ignore[arg-type]


def corpus(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


def test_without_what_learning_needs_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "workers.training.run", raising=False)
    result = run(train, "--corpora", tmp_path, "--out", tmp_path / "model")
    assert result.exit_code == 1
    assert "In the clone: pip install '.[train]'" in result.output
    assert not (tmp_path / "model").exists()


def test_what_is_there_is_measured_and_what_is_not_is_named(tmp_path: Path) -> None:
    corpus(
        tmp_path, "surge",
        [
            {"text": "You are all worthless idiots, drop dead", "toxic": "1"},
            {"text": "The council voted without reading the report", "toxic": "0"},
        ],
    )  # fmt: skip
    result = run(evaluate, "--corpora", tmp_path, "--worst", 1)
    assert result.exit_code == 0, result.output
    assert "Surge: AUC" in result.output
    assert "fox_news is not there" in result.output
    assert "worst misses" in result.output


def test_a_damaged_model_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "judge.json").write_text("{}")
    result = run(evaluate, "--corpora", tmp_path, "--model", tmp_path)
    assert result.exit_code == 1
    assert "is no manifest" in result.output
    assert "Traceback" not in result.output
