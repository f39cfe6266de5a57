"""All that a check may know about a comment: frozen, with `now` in it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.domain.person import Record
from service.domain.verdict import Estimate

_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recent:
    """How much came lately, this comment included, by whoever it is counted for. Counts stop at 50."""

    comments: int = 1
    """in the ten minutes before this comment"""
    same_text: int = 1
    """with exactly this text, in the day before this comment"""


@dataclass(frozen=True, slots=True)
class Context:
    """A comment and what is known around it when it is judged."""

    body: str
    name: str = "Camille"
    website: str = ""
    language: str = ""
    """The language the author says it is in (two letters), or empty."""
    now: datetime = _ANY_DAY
    honeypot_filled: bool = False
    seconds_to_fill: float | None = None
    """Seconds from the form's token to the post; None without a token (the JSON API)."""
    author: Record = field(default_factory=lambda: Record(published=1))
    by_author: Recent = field(default_factory=Recent)
    by_address: Recent = field(default_factory=Recent)
    blocked_words: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()
    estimate: Estimate = field(default_factory=Estimate)
    """What the trained model thinks; nothing before it was asked."""
