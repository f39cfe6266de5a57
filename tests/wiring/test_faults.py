"""Each fault is seen in four places, and the operators' guide says where. `test_degraded.py` makes them really."""

import re
from pathlib import Path

import pytest

from service.api import shown
from service.metrics import METRICS

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/operator.md").read_text(encoding="utf-8")
DOCTOR = "\n".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "workers/doctor").glob("*.py")))
ROWS = ("`/readyz`", "metrics", "doctor", "readers see", "by itself", "do", "over when")
NO_FAULTS = {"The moderators' queue grows", "It doesn't start"}
WELL = {"ok", "ready", "degraded", "unready", "unknown"}


def _cards() -> dict[str, dict[str, str]]:
    """The rows of each incident card, by its title."""
    chapter = GUIDE.partition("\n## When something is wrong\n")[2].partition("\n## ")[0]
    found = {}
    for part in re.split(r"^### ", chapter, flags=re.MULTILINE)[1:]:
        title, _, text = part.partition("\n")
        if title not in NO_FAULTS:
            found[title] = dict(re.findall(r"^\| (?!---)(.+?) \| (.+) \|$", text, re.MULTILINE))
    return found


CARDS = _cards()
STATES = {
    word for field in shown.Ready().fields.values() for word in field.metadata.get("enum", ()) if word not in WELL
}


def test_there_is_a_card_for_each_fault() -> None:
    assert list(CARDS) == [
        "Redis is away", "Redis is slow", "Redis is full, or evicts", "Redis takes no writing", "The database is away",
        "The database is slow, locked or read-only", "The scorer is away", "No worker",
        "A worker runs, and judges nothing", "The backlog grows", "A disk is full", "A clock is off",
    ]  # fmt: skip


@pytest.mark.parametrize("title", CARDS)
def test_a_card_says_all_that_somebody_woken_at_night_needs(title: str) -> None:
    assert [row for row in ROWS if not CARDS[title].get(row)] == []


@pytest.mark.parametrize("title", CARDS)
def test_what_a_card_names_is_there(title: str) -> None:
    known = {metric.name: metric for metric in METRICS}
    for name, label, value in re.findall(r'`?(moderato_\w+)?(?:\{(\w+)="(\w+)"\})?', CARDS[title]["metrics"]):
        if name:
            assert name in known
        if name and label:
            assert value in known[name].labels[label]
    for sentence in re.findall(r"`([^`]+)`", CARDS[title]["doctor"]):
        assert sentence in DOCTOR
    for word in re.findall(r'"\w+": "(\w+)"', CARDS[title]["`/readyz`"]):
        assert word in STATES | WELL


def test_each_word_of_readiness_is_explained_by_a_card() -> None:
    told = " ".join(card["`/readyz`"] for card in CARDS.values())

    assert STATES
    assert {word for word in STATES if f'"{word}"' not in told and f"`{word}`" not in told} == set()
