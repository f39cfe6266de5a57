"""Bans: what people have decided about authors, networks, domains and names to come. The machine only applies them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from service.domain.comment import Action
from service.domain.matching import domain_list, fold, hosts, word_list
from service.domain.normal import normalise

_LEAST_LETTERS: Final = 3
_ALIKE: Final = str.maketrans("i10", "llo")


class BanKind(StrEnum):
    """What a ban goes by."""

    AUTHOR = "author"  # one author, known by the address they give
    NETWORK = "network"  # where a comment came from: an IPv4 address, or an IPv6 /64
    DOMAIN = "domain"  # what a comment or its author's website links to, with its subdomains
    NAME = "name"  # the name above a comment


@dataclass(frozen=True, slots=True)
class Ban:
    """A ban that is good today. `pattern` is a domain or a name's; authors and networks were compared before."""

    id: str
    kind: BanKind
    action: Action
    reason: str
    """In the words of whoever made it, for moderators only."""
    pattern: str = ""

    def meets(self, name: str, body: str, website: str) -> bool:
        """Whether it is meant for a comment like this."""
        if self.kind is BanKind.DOMAIN:
            listed = domain_list((self.pattern,))
            return any(True for text in (body, website) for _ in listed.find(text))
        return self.kind is not BanKind.NAME or name_pattern(self.pattern).meets(name)


class NamePattern:
    """A name as it reads: case, accents, spaces and disguises don't count. `*` stands for anything, or nothing."""

    def __init__(self, pattern: str) -> None:
        self._parts = tuple(_letters(part) for part in pattern.split("*"))

    @property
    def letters(self) -> int:
        return sum(map(len, self._parts))

    def meets(self, name: str) -> bool:
        """One look at the name, from left to right: each part where it first fits, the last one at the end."""
        first, *rest = self._parts
        text = _letters(name)
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
