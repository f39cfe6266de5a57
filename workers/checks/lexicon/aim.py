"""Whom an insult is aimed at: whoever reads it, somebody else, or the writer's own self."""

from enum import Enum, auto
from typing import Final

from workers.checks.lexicon.sentences import ALL, ARE, BE, FRAME, FREE, LIKE, ME, NOT, SELF, STOP, WIDE, YOU, Sentences

_MOST_UNKNOWN: Final = 2
_CALLED: Final = frozenset({"you", "u", "ya", "yall", "toi", "vous"})
_ALL_OF_YOU: Final = frozenset({"people", "guys", "all", "autres", "tous", "lot"})
_HERDS: Final = frozenset({"espece", "especes", "bande", "tas", "bunch"})
_JOINTS: Final = (["que"], ["qu"], ["that"])
_SPOKEN_TO: Final = frozenset({"tu", "te", "toi", "vous", "you", "u", "your", "ton", "ta", "tes", "votre", "vos"})


class Aim(Enum):
    READER = auto()
    NOBODY = auto()
    """somebody who isn't addressed, or nobody in particular"""
    ALONE = auto()
    """the word is all there is: `Abruti !`"""
    DENIED = auto()
    """it is said not to be so, or of oneself"""


def aim(text: Sentences, start: int, end: int) -> Aim:
    """By the words before the term, then by those after it."""
    unknown = 0
    for at in range(start - 1, text.first(start, WIDE) - 1, -1):
        found = _spoken_here(text, at, start)
        if found:
            return found
        role = text.roles[at]
        unknown += not role & (FREE | FRAME | BE | ARE | NOT | ALL)
        if (role & STOP and not role & FRAME) or unknown > _MOST_UNKNOWN:
            break
    return _by_herd(text, start) or _by_what_follows(text, start, end)


def _spoken_here(text: Sentences, at: int, start: int) -> Aim | None:
    """What one word before the term tells: a denial, `you are`, `you`, `I am`."""
    role = text.roles[at]
    if role & BE and (role & NOT or text.any(at + 1, min(at + 3, start), NOT)):
        return Aim.DENIED
    if role & YOU:
        if role & BE or text.has(at + 1, BE | ARE) or text.has(at - 1, BE | ARE) or _all_of_you(text, at):
            return Aim.DENIED if text.any(at, start, NOT) else Aim.READER
        if all(one & FRAME for one in text.roles[at + 1 : start]):
            return Aim.READER if text.words[at] in _CALLED else Aim.NOBODY
    if role & (SELF | ME) and (role & BE or text.has(at + 1, BE | LIKE)):
        return Aim.DENIED
    return None


def _all_of_you(text: Sentences, at: int) -> bool:
    """`You people are`, `vous autres êtes`, `you really are`."""
    return text.has(at + 2, BE | ARE) and (text.has(at + 1, FREE) or text.words[at + 1] in _ALL_OF_YOU)


def _by_herd(text: Sentences, start: int) -> Aim | None:
    """`Espèce de …`, `bande d'…`, `a bunch of …`."""
    before = start - 2 if text.words[start - 1] in {"de", "d", "of"} else start - 1
    return Aim.READER if before >= text.first(start, 2) and text.words[before] in _HERDS else None


def _by_what_follows(text: Sentences, start: int, end: int) -> Aim:
    """`… que tu es`; or the term is set apart by commas in a text that speaks to somebody."""
    for at in (end, end + 1) if text.words[end : end + 1] in _JOINTS else (end,):
        if text.together(start, at + 1) and text.has(at, YOU) and text.has(at + 1, BE | ARE):
            return Aim.READER
    commas = text.reading.commas
    first, last = start == text.first(start, 1), not text.together(start, end)
    if (first or start in commas) and (last or end in commas):
        if end - start >= len(text.words) - 2:
            return Aim.ALONE
        if not (first and last) and _SPOKEN_TO.intersection(text.words[max(0, start - WIDE) : end + WIDE]):
            return Aim.READER
    return Aim.NOBODY
