"""All that a check may know about a comment: frozen, with `now` in it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.domain.ban import Ban, BanList
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
    articles: int = 1
    """different articles, in the hour before this comment"""
    authors: int = 1
    """different authors, in the hour before this comment"""


@dataclass(frozen=True, slots=True)
class Copies:
    """Earlier comments of the last seven days whose text is nearly this one's, by what became of them."""

    by_others: int = 0
    authors: int = 0
    """how many others wrote those"""
    own: int = 0
    """by this comment's author"""
    refused: int = 0
    """rejected by a person, whoever wrote them"""
    accepted: int = 0
    """published by a person, whoever wrote them"""
    hours: int = 0
    """since the first of them, begun hours counted"""


@dataclass(frozen=True, slots=True)
class Place:
    """A domain that the comment links to, and the latest comments (at most 20) that linked there before."""

    domain: str
    published: int = 0
    refused: int = 0
    """rejected by a person"""
    accepted: int = 0
    """published by a person"""
    authors: int = 0
    """other authors who linked there in the day before this comment"""
    days: int = 0
    """since the earliest of them; 0 also for one that was never linked"""


@dataclass(frozen=True, slots=True)
class Context:
    """A comment and what is known around it when it is judged."""

    body: str
    name: str = "Camille"
    website: str = ""
    language: str = ""
    """The language the author says it is in (two letters), or empty."""
    languages: tuple[str, ...] = ()
    """Those that the site is read in (two letters each); empty where that isn't known."""
    title: str = ""
    """The article's, or empty."""
    now: datetime = _ANY_DAY
    honeypot_filled: bool = False
    seconds_to_fill: float | None = None
    """Seconds from the form's token to the post; None without a token (the JSON API)."""
    author: Record = field(default_factory=lambda: Record(published=1))
    by_author: Recent = field(default_factory=Recent)
    by_address: Recent = field(default_factory=Recent)
    copies: Copies = field(default_factory=Copies)
    places: tuple[Place, ...] = ()
    blocked_words: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()
    bans: tuple[Ban, ...] = ()
    """Those of its author and its network."""
    listed: BanList = field(default_factory=BanList)
    """The site's, by domain, name and word: they may be meant for it."""
    on_hold: bool = False
    """Whether staff want to see everything by its author."""
    badge: str = ""
    """What its author, by the address they gave, may call themselves; or empty."""
    reserved_names: tuple[str, ...] = ()
    """The site's."""
    site_title: str = ""
    estimate: Estimate = field(default_factory=Estimate)
    """What the trained model thinks; nothing before it was asked."""
