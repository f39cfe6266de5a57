"""The reference pages that are made from the code: `python -m workers.reference` writes them, `--check` compares them.

To add a page: a function that returns its Markdown, and a line in `PAGES`.
"""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click

from service.domain.ban import BanList
from service.domain.policy import DEFAULT_CAPS, DEFAULT_WEIGHTS
from service.domain.reasons import ALWAYS_HOLD, PUBLIC_REASONS, SIGNAL_REASONS, DecisionReason, ReportReason
from service.words import catalogue, languages
from workers.card import model_page
from workers.checks import CHECKS, OPINIONS
from workers.checks.check import Check
from workers.checks.context import Context
from workers.manual import acts_page, commands_page, metrics_page, openapi_document, roles_page, settings_page

ROOT: Final = Path(__file__).parents[1]
_MADE: Final = "<!-- Made by `python -m workers.reference`: change the code, not this page. -->"
_LONGEST_EXAMPLE: Final = 120
_HOW_CHECKS_RUN: Final = (
    "Every check always runs, in this order, so that a moderator sees every reason. A check that fails becomes the "
    "signal `check_failed`, and the comment is held. A finding adds its strength times its weight to the score; no "
    "group adds more than its cap. From 0.5 on, by default, a person decides. A site sets its own weights, caps and "
    "thresholds."
)


def checks_page() -> str:
    """Every check: its purpose, what it may find and what that weighs, and its own examples."""
    opening = [
        "# Checks",
        _MADE,
        _HOW_CHECKS_RUN,
        "The examples are promises: a test holds every check to them.",
        "\n".join(f"- [{check.name}](#{check.name}): {_brief(check)}" for check in (*CHECKS, *OPINIONS)),
    ]
    return _page([*opening, *(part for check in (*CHECKS, *OPINIONS) for part in _check(check))])


def reasons_page() -> str:
    """The four lists of reasons: what checks find, why people decide, what the public is told, what readers report."""
    return _page(
        [
            "# Reasons",
            _MADE,
            (
                "Stable words for why. A reason is never renamed and never reused: verdicts and decisions of years ago "
                "still name it."
            ),
            "## Signal reasons",
            "What the machine finds. Those marked *always held* go to a person whatever the policy says.",
            _table(
                ("reason", "group", "weight", "", *languages()),
                (
                    (_code(reason), group, _weight(reason), "always held" if reason in ALWAYS_HOLD else "", *sentences)
                    for reason, group in SIGNAL_REASONS.items()
                    for sentences in [_sentences(f"signal.{reason}")]
                ),
            ),
            "## Decision reasons",
            "Why a moderator decided. A site adds its own: `reasons` of `PUT /v1/moderation/sites/{site}`.",
            _table(
                ("reason", *languages()),
                ((_code(reason), *_sentences(f"decision.{reason}")) for reason in DecisionReason),
            ),
            "## Public wordings",
            (
                "What the author of a rejected comment is told. `automatic` stands for every refusal by the machine; a "
                "person's refusal is told by its decision reason. A site puts its own wordings in their place "
                "(`wordings` of the same), and a moderator those of one decision (`public_reason`)."
            ),
            _table(
                ("reason", *languages()),
                ((_code(reason), *_sentences(f"public.{reason}")) for reason in sorted(PUBLIC_REASONS)),
            ),
            "## Report reasons",
            (
                "Why a reader reports a comment, in the order in which they are asked. Each is a decision reason too; "
                "nothing follows from it by itself."
            ),
            _table(
                ("reason", *languages()),
                ((_code(reason), *_sentences(f"report.{reason}")) for reason in ReportReason),
            ),
        ]
    )


PAGES: Final[tuple[tuple[str, Callable[[], str]], ...]] = (
    ("docs/reference/checks.md", checks_page),
    ("docs/reference/reasons.md", reasons_page),
    ("docs/reference/model.md", model_page),
    ("docs/reference/settings.md", settings_page),
    ("docs/reference/commands.md", commands_page),
    ("docs/reference/metrics.md", metrics_page),
    ("docs/reference/roles.md", roles_page),
    ("docs/reference/audit.md", acts_page),
    ("docs/reference/openapi.json", openapi_document),
)


def stale(root: Path) -> Iterator[tuple[Path, str]]:
    """The pages whose files differ from the code, each with the text it should have."""
    for name, page in PAGES:
        path, text = root / name, page()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            yield path, text


@click.command()
@click.option("--check", "only_check", is_flag=True, help="Write nothing; exit 1 if a page is stale.")
def main(*, only_check: bool) -> None:
    """Write the reference pages."""
    old = list(stale(ROOT))
    for path, text in old:
        click.echo(f"{'stale' if only_check else 'written'}: {path.relative_to(ROOT)}")
        if not only_check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    if only_check and old:
        raise SystemExit(1)


def _check(check: Check) -> Iterator[str]:
    yield f"## {check.name}"
    yield check.purpose
    yield _table(
        ("reason", "weight", "group", "cap", *languages()),
        (
            (_code(reason), _weight(reason), group, f"{DEFAULT_CAPS[group]:g}", *_sentences(f"signal.{reason}"))
            for reason in check.reasons
            for group in [SIGNAL_REASONS[reason]]
        ),
    )
    yield "Flagged:"
    yield "\n".join(f"- {_example(example)}" for example in check.flags)
    yield "Passed:"
    yield "\n".join(f"- {_example(example)}" for example in check.passes)


def _brief(check: Check) -> str:
    """The purpose up to its first full stop or colon."""
    return check.purpose.partition(".")[0].partition(":")[0]


def _weight(reason: str) -> str:
    return f"{DEFAULT_WEIGHTS[reason]:g}"


def _sentences(key: str) -> Iterator[str]:
    for language in languages():
        sentence = catalogue(language)[key]
        yield sentence["other"] if isinstance(sentence, dict) else sentence


def _example(example: Context) -> str:
    """The text, and whatever else about the comment is out of the ordinary."""
    usual = Context(body=example.body)
    unusual = ", ".join(
        f"{field.name.replace('_', ' ')} {_plain(getattr(example, field.name))}"
        for field in dataclasses.fields(example)
        if getattr(example, field.name) != getattr(usual, field.name)
    )
    return _code(_shown(example.body)) + (f" ({unusual})" if unusual else "")


def _plain(value: object) -> str:
    """A fact about a comment as a reader of the page would say it."""
    if dataclasses.is_dataclass(value):
        names = (field.name for field in dataclasses.fields(value))
        return " and ".join(f"{name.replace('_', ' ')} {getattr(value, name)}" for name in names)
    if isinstance(value, tuple):
        return ", ".join(map(_code, value))
    return _code(value) if isinstance(value, str | BanList) else str(value)


def _shown(text: str) -> str:
    """A text on one line, its invisible characters made visible, its repetitions cut."""
    whole = "".join(mark if mark.isprintable() else mark.encode("unicode_escape").decode() for mark in text)
    return whole if len(text) <= _LONGEST_EXAMPLE else f"{whole[:60].rstrip()}… ({len(text)} characters)"


def _code(text: object) -> str:
    return f"`{text}`"


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _page(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    main()
