"""What is asked of the scorer, and what is heard. Private by shape: a question has no field for a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

LONGEST_EXPLANATION: Final = 300
LONGEST_WORD: Final = 40
MOST_SCORES: Final = 64


class Nonsense(Exception):
    """An answer that can't be read. Its words are ours: nothing of the answer is in them."""


@dataclass(frozen=True, slots=True)
class Question:
    """All that leaves the house."""

    text: str
    language: str = ""
    policy: str = ""
    """The site's rules in its own words."""
    article_title: str = ""
    """As the publisher gave it; never one that came from a reader."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the scorer thinks: probabilities by what it looked for. Every word in it is a stranger's."""

    scores: Mapping[str, float]
    explanation: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of one question. `outcome` is one of `metrics.SCORER_OUTCOMES`, or `unset` where there is none to ask.

    Only `ok` has an answer.
    """

    outcome: str
    milliseconds: float = 0.0
    answer: Answer | None = None
    status: int = 0
    """The HTTP status where it is to blame, else 0."""
    facts: Mapping[str, str | int] = field(default_factory=dict)


PROBE: Final = Question("Merci pour cet article très clair.", "fr")
"""Asked to see whether the scorer answers. Nobody wrote it."""


def answer_of(scores: Any, explanation: Any = "", model: Any = "") -> Answer:
    """Read what a scorer said; whatever isn't what it should be makes it nonsense.

    Raises:
        Nonsense: no scores, too many, or one that isn't a number from 0 to 1.
    """
    if not isinstance(scores, dict) or not 0 < len(scores) <= MOST_SCORES:
        raise Nonsense("there are no scores in it")
    read: dict[str, float] = {}
    for name, score in scores.items():
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            raise Nonsense("a score is not a number from 0 to 1")
        shown = plain(name, LONGEST_WORD)
        read[shown] = max(float(score), read.get(shown, 0.0))  # of two that read alike the worse counts
    return Answer(read, plain(explanation, LONGEST_EXPLANATION), plain(model, LONGEST_WORD))


def plain(words: Any, longest: int) -> str:
    """A stranger's words on one line: cut, and without marks that could turn a line round, end it or hide in it."""
    if not isinstance(words, str):
        return ""
    shown = "".join(mark if mark.isprintable() else " " for mark in words[: longest * 4])
    shown = " ".join(shown.split())
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"
