"""The word lists in `french.txt` and `english.txt`, read once: what a word may be, and what part it plays."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntFlag, auto
from importlib import resources
from itertools import product
from typing import Final

from workers.checks.lexicon.tokens import read

_OPTIONAL: Final = re.compile(r"\((\w+)\)")
_SECTION: Final = re.compile(r"\[(\w+)(?: ([\w.]+))?((?: \w+)*)\]")


class Role(IntFlag):
    """The part a small word plays in a sentence."""

    YOU = auto()
    YOUR = auto()
    SELF = auto()
    ME = auto()
    BE = auto()
    ARE = auto()
    NOT = auto()
    SAID = auto()
    NAMED = auto()
    BLAMED = auto()
    FRAME = auto()
    FREE = auto()
    STOP = auto()
    LIKE = auto()
    ALL = auto()
    ANY = auto()
    SHOULD = auto()
    WILL = auto()
    WHY = auto()
    FRENCH = auto()
    ENGLISH = auto()


@dataclass(frozen=True, slots=True)
class Entry:
    """One form of one term."""

    term: str
    words: tuple[str, ...]
    category: str
    sureness: float
    aimed: bool
    small: bool
    first: bool
    tongue: Role | None
    """the language that a text has to speak for this word to count, if another knows it as an innocent one"""


def expand(term: str) -> Iterator[str]:
    """All forms of a term: `con(ne)(s)` is con, cons, conne, connes."""
    parts = _OPTIONAL.split(term)
    choices = [(part, "") if at % 2 else (part,) for at, part in enumerate(parts)]
    for choice in product(*choices):
        yield "".join(choice)


def sections(language: str) -> Iterator[tuple[str, str, tuple[str, ...], list[str]]]:
    """The sections of a list: name, second word of its head, flags, and its terms as written."""
    head: tuple[str, str, tuple[str, ...]] | None = None
    terms: list[str] = []
    for line in resources.files(__package__).joinpath(f"{language}.txt").read_text(encoding="utf-8").splitlines():
        section = _SECTION.fullmatch(line)
        if section:
            if head:
                yield (*head, terms)
            head, terms = (section[1], section[2] or "", tuple(section[3].split())), []
        elif line and not line.startswith("#"):
            terms += [term.strip() for term in line.split(",") if term.strip()]
    if head:
        yield (*head, terms)


def _add(known: dict[tuple[str, tuple[str, ...]], Entry], entry: Entry) -> None:
    """The first list to name a term keeps it; a word of both languages needs neither to be spoken."""
    key = (entry.category, entry.words)
    first = known.setdefault(key, entry)
    if first.tongue is not entry.tongue:
        known[key] = replace(first, tongue=None)


def _load() -> tuple[dict[str, int], dict[str, tuple[Entry, ...]]]:
    """Roles by word, and terms by their first word, the longest first."""
    roles: dict[str, int] = {}
    entries: dict[str, dict[tuple[str, tuple[str, ...]], Entry]] = {}
    for language in ("french", "english"):
        for name, second, flags, terms in sections(language):
            for written in terms:
                for form in expand(written.removesuffix("*")):
                    words = tuple(read(form).words)
                    if name == "role":
                        role = Role[{"tongue": language, "i": "self"}.get(second, second).upper()]
                        roles[words[0]] = roles.get(words[0], 0) | role.value
                        continue
                    tongue = Role[language.upper()] if written.endswith("*") else None
                    entry = Entry(
                        form,
                        words,
                        name,
                        float(second or 1),
                        "aimed" in flags,
                        "small" in flags,
                        "first" in flags,
                        tongue,
                    )
                    _add(entries.setdefault(words[0], {}), entry)
    longest_first = {
        first: tuple(sorted(found.values(), key=lambda entry: -len(entry.words))) for first, found in entries.items()
    }
    return roles, longest_first


ROLES, ENTRIES = _load()
