"""Bans: what people have decided about authors, networks, domains, names, words to come. The machine applies them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from service.domain.comment import Action
from service.domain.matching import DomainList, WordList, fold, hosts, word_list, words
from service.domain.normal import normalise
from service.domain.verdict import Span

_LEAST_LETTERS: Final = 3
_LEAST_OF_A_WORD: Final = 2
_ALIKE: Final = str.maketrans("i10", "llo")


class BanKind(StrEnum):
    """What a ban goes by."""

    AUTHOR = "author"  # one author, known by the address they give
    NETWORK = "network"  # where a comment came from: an IPv4 address, or an IPv6 /64
    DOMAIN = "domain"  # what a comment or its author's website links to, with its subdomains
    NAME = "name"  # the name above a comment
    WORD = "word"  # a word, or several in a row, in a comment or in the name above it


LISTED: Final = (BanKind.DOMAIN, BanKind.NAME, BanKind.WORD)
"""What goes by a pattern: a site has lists of these."""


@dataclass(frozen=True, slots=True)
class Ban:
    """A ban that isn't lifted. `pattern` is a domain, a name's or words; authors and networks were compared before."""

    id: str
    kind: BanKind
    action: Action
    reason: str
    """In the words of whoever made it, for moderators only."""
    pattern: str = ""
    expires_at: datetime | None = None

    def __str__(self) -> str:
        return " ".join(filter(None, (self.action, self.kind, self.pattern)))

    def is_good(self, now: datetime) -> bool:
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True)
class Met:
    """A ban that is meant for a comment, and where in the text what it is of stands."""

    ban: Ban
    spans: tuple[Span, ...] = ()


class BanList:
    """A site's bans by domain, name and word. However many they are, a text is read once for each kind."""

    def __init__(self, bans: Iterable[Ban] = ()) -> None:
        self._all = tuple(bans)
        self._bans: dict[tuple[BanKind, str], list[Ban]] = defaultdict(list)
        for ban in self._all:
            self._bans[ban.kind, pattern_key(ban.kind, ban.pattern)].append(ban)
        self._words, self._domains = WordList(self._keys(BanKind.WORD)), DomainList(self._keys(BanKind.DOMAIN))
        self._names = [(name_pattern(key), key) for key in self._keys(BanKind.NAME)]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BanList) and other._all == self._all

    def __hash__(self) -> int:
        return hash(self._all)

    def __str__(self) -> str:
        return ", ".join(map(str, self._all))

    def met(self, name: str, body: str, website: str, now: datetime) -> Iterator[Met]:
        """Those that are good now and meant for a comment like this, the oldest first."""
        found: dict[tuple[BanKind, str], list[Span]] = defaultdict(list)
        for kind, here, beside in (
            (BanKind.WORD, self._words.find(body), self._words.find(name)),
            (BanKind.DOMAIN, self._domains.find(body), self._domains.find(website)),
        ):
            for one in here:
                found[kind, one.term].append(one.span)
            for one in beside:
                found[kind, one.term] += ()
        letters = _letters(name) if self._names else ""
        found |= {(BanKind.NAME, key): [] for pattern, key in self._names if pattern.fits(letters)}
        met = (Met(ban, tuple(spans)) for key, spans in found.items() for ban in self._bans[key] if ban.is_good(now))
        return iter(sorted(met, key=lambda one: one.ban.id))

    def _keys(self, kind: BanKind) -> Sequence[str]:
        return [key for known, key in self._bans if known is kind]


class NamePattern:
    """A name as it reads: case, accents, spaces and disguises don't count. `*` stands for anything, or nothing."""

    def __init__(self, pattern: str) -> None:
        self._parts = tuple(_letters(part) for part in pattern.split("*"))

    @property
    def letters(self) -> int:
        return sum(map(len, self._parts))

    def meets(self, name: str) -> bool:
        return self.fits(_letters(name))

    def fits(self, text: str) -> bool:
        """One look at a name's letters, left to right: each part where it first fits, the last one at the end."""
        first, *rest = self._parts
        if not rest:
            return text == first
        if not text.startswith(first) or not text[len(first) :].endswith(rest[-1]):
            return False
        at, end = len(first), len(text) - len(rest[-1])
        for part in rest[:-1]:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True


@lru_cache(maxsize=1024)
def name_pattern(pattern: str) -> NamePattern:
    return NamePattern(pattern)


def is_name_pattern(pattern: str) -> bool:
    """Whether it says enough of a name: `*` alone would ban everybody."""
    return name_pattern(pattern).letters >= _LEAST_LETTERS


def is_word_pattern(pattern: str) -> bool:
    """Whether there is a word in it that can be looked for: signs alone are none, and one letter is everywhere."""
    return sum(len(word) for word, _ in words(pattern)) >= _LEAST_OF_A_WORD


def pattern_key(kind: BanKind, pattern: str) -> str:
    """The pattern as it is compared: two that read alike are one."""
    if kind is BanKind.WORD:
        return " ".join(word for word, _ in words(pattern))
    return "*".join(map(_letters, pattern.split("*"))) if kind is BanKind.NAME else pattern


def as_domain(text: str) -> str | None:
    """The one domain that a text is, as it is compared; None where it is none, or more."""
    found = [host.removeprefix("www.") for host, _ in hosts(text)]
    return found[0] if len(found) == 1 else None


def taken(name: str, reserved: Iterable[str]) -> Iterator[str]:
    """Those of the reserved names that a name is, or has in it, however it is written."""
    reserved = tuple(reserved)
    words = {found.term for found in word_list(reserved).find(name)} if reserved else set()
    shape = _shape(name)
    for each in reserved:
        if each in words or _shape(each) == shape:
            yield each


def reads_as(name: str, other: str) -> bool:
    """Whether somebody would take one name for the other: the whole of it, however it is written."""
    return bool(_shape(other)) and _shape(name) == _shape(other)


def _shape(name: str) -> str:
    """The letters as the eye takes them: `CIaire` with a capital i is `Claire` to whoever reads it."""
    return _letters(name).translate(_ALIKE).replace("rn", "m").replace("vv", "w")


def _letters(text: str) -> str:
    """Its letters and digits alone, as they read."""
    return "".join(character for character in fold(normalise(text).text) if character.isalnum())
