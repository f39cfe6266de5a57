"""Keys struck at random: `sdfghjk`, `asdasdasd`, `xkcvbnq`. Names, acronyms and laughter are none."""

import re
from collections.abc import Iterator
from typing import Final

from service.domain.verdict import Signal, Span
from workers.checks.check import check
from workers.checks.context import Context

_WORD: Final = re.compile(r"(?<![\w/@#.&=?%-])[a-zà-ÿ]{6,60}(?![\w/@=&%-])", re.IGNORECASE)
_VOWELS: Final = frozenset("aeiouyàâäéèêëîïôöùûüœæ")
_ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop", "qsdfghjklm", "wxcvbn")
_RUN: Final = 5
_RUNS: Final = frozenset(
    way[at : at + _RUN] for row in _ROWS for way in (row, row[::-1]) for at in range(len(way) - _RUN + 1)
)
_CONSONANTS: Final = 6
_LAUGHTER: Final = re.compile(
    r"(?:p?t?dr+|mdr+|lo+l|ha+|he+|hi+|ah+|ja+|xd+|kk+|rs+|lm+f?a+o+|[hjmpg]+)+|(.)\1+", re.IGNORECASE
)
_MOSTLY: Final = 0.4
"""of the words have to be mashed: one odd word in a sentence is a name or a slip"""
_ALL_WORDS: Final = re.compile(r"[^\W\d_]+")


@check(
    reasons=("gibberish",),
    flags=(
        Context(body="sdfghjkl"),
        Context(body="qsdfqsdfqsdf qsdf"),
        Context(body="xkcvbnqw pzrtklmn"),
        Context(body="asdasdasd asdasd"),
    ),
    passes=(
        Context(body="ptdrrrrr mdrrrrr"),
        Context(body="Hahahahahaha"),
        Context(body="Krzysztof Szczęsny et Przemysław Wójcik"),
        Context(body="Schwarzschild, Knightsbridge, Eyjafjallajökull"),
        Context(body="CFTC CGTFO UNSA SNCF CFDTUNSA"),
        Context(body="Azerty ou qwerty ? Mon clavier est azerty."),
        Context(body="Voir https://a.example/sdfghjkl?id=qsdfgh"),
        Context(body="pfffffffff grrrrrr brrrrrr"),
        Context(body="zzzzzzzzzz"),
        Context(body="Mon chat a écrit sdfghjkl en marchant sur le clavier."),
        Context(body="Les rhythms, les twelfths et les catchphrases"),
    ),
)
def gibberish(comment: Context) -> Iterator[Signal]:
    """Most words are keys struck at random: a row of the keyboard, the same few keys again, no vowels."""
    mashed = [match for match in _WORD.finditer(comment.body) if _is_mashed(match[0])]
    if mashed and len(mashed) >= _MOSTLY * sum(1 for _ in _ALL_WORDS.finditer(comment.body)):
        yield Signal("gibberish", 1.0, {"count": len(mashed)}, tuple(Span(*match.span()) for match in mashed))


def _is_mashed(word: str) -> bool:
    if word.isupper() or word[0].isupper() or _LAUGHTER.fullmatch(word):
        return False
    word = word.lower()
    return _along_a_row(word) or _without_vowels(word) or _again_and_again(word)


def _along_a_row(word: str) -> bool:
    """Five neighbouring keys in a row, in either direction; `azerty` and `qwerty` are the keyboards' names."""
    if word in {"azerty", "qwerty", "qwertz", "azertyuiop", "qwertyuiop"}:
        return False
    return any(word[at : at + _RUN] in _RUNS for at in range(len(word) - _RUN + 1))


def _without_vowels(word: str) -> bool:
    """Six consonants on end, no letter twice in a row: `Schwarzschild` begins with a capital, laughter repeats."""
    run = 0
    for at, letter in enumerate(word):
        run = 0 if letter in _VOWELS or (at and letter == word[at - 1]) else run + 1
        if run >= _CONSONANTS:
            return True
    return False


def _again_and_again(word: str) -> bool:
    """Three or four keys of one row, three times over."""
    for size in (3, 4):
        part = word[:size]
        if len(word) >= 3 * size and part * (len(word) // size) == word[: len(word) // size * size]:
            return any(set(part) <= set(row) for row in _ROWS[1:2] + _ROWS[4:5]) and len(set(part)) >= 3
    return False
