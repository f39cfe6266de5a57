"""The reference pages say what the code says."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from service.domain.reasons import PUBLIC_REASONS, SIGNAL_REASONS, DecisionReason, ReportReason
from workers import reference
from workers.checks import CHECKS


def test_the_pages_are_fresh() -> None:
    old = [path.name for path, _ in reference.stale(reference.ROOT)]
    assert not old, f"stale: {old}; run python -m workers.reference"


def test_every_check_is_documented_with_all_its_examples() -> None:
    page = reference.checks_page()
    for check in CHECKS:
        section = page.partition(f"\n## {check.name}\n")[2].partition("\n## ")[0]
        assert check.purpose in section
        assert section.count("\n- ") == len(check.flags) + len(check.passes)


def test_every_reason_is_documented() -> None:
    page = reference.reasons_page()
    signals, decisions, public, reports = page.split("\n## ")[1:]
    assert all(f"| `{reason}` |" in signals for reason in SIGNAL_REASONS)
    assert all(f"| `{reason}` |" in decisions for reason in DecisionReason)
    assert all(f"| `{reason}` |" in public for reason in PUBLIC_REASONS)
    assert all(f"| `{reason}` |" in reports for reason in ReportReason)


def test_a_stale_page_is_named_and_then_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "ROOT", tmp_path)
    monkeypatch.setattr(reference, "PAGES", (("docs/a.md", lambda: "# A\n"),))
    run = CliRunner().invoke
    assert run(reference.main, ["--check"]).exit_code == 1
    assert run(reference.main).stdout == "written: docs/a.md\n"
    assert run(reference.main, ["--check"]).exit_code == 0
    assert (tmp_path / "docs/a.md").read_text() == "# A\n"
