"""Characters that are not what they look like: invisible, piled with marks, in fancy dress, from another script."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from service.domain.edits import Draft, Edit, Trick
from service.domain.lookalikes import FOREIGN, LOOSE, STYLED

# Scripts whose letters pile no marks by nature, and among which lookalikes are: Latin, Greek, Cyrillic, Armenian.
_LAST_PLAIN: Final = "\u058f"

# Zero-width, bidirectional, tag and filler characters; the soft hyphen; variation selectors. Unicode calls them
# default-ignorable: a text reads the same without them.
_INVISIBLE: Final = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_MARK: Final = "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f"
# What Unicode writes twice: superscripts, letterlike, circled, squared, mathematical, fullwidth and presentation forms;
# small capitals beside them.
_DOUBLE: Final = (
    "\u0192\u0262\u026a\u0274\u0280\u0299\u029c\u029f\u02b0-\u02ff\u1d00-\u1dbf\u2070-\u209c\u2100-\u218f\u2460-\u24ff"
    "\u3200-\u33ff\ua730\ua731\ua7af\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufefc\uff01-\uff9f\uffa1-\uffef"
    "\U0001d400-\U0001d7ff\U0001f100-\U0001f189"
)
_CLUSTER: Final = re.compile(f"[^{_INVISIBLE}{_MARK}]?[{_INVISIBLE}{_MARK}]+|[{_DOUBLE}]")
_IS_DOUBLE: Final = re.compile(f"[{_DOUBLE}]")
_IS_MARK: Final = re.compile(f"[{_MARK}]")
# Struck through, circled: one such mark already changes how a letter looks to a machine.
_OVERLAY: Final = re.compile("[\u0334-\u0338\u20d0-\u20ff]")
_SOFT_HYPHEN: Final = "\u00ad"
_FIRST_TAG: Final = "\U000e0000"
_BLACK_FLAG: Final = "\U0001f3f4"
_OVERRIDE: Final = "\u202d\u202e"
_RIGHT_TO_LEFT: Final = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Scripts that keep fullwidth letters as their own typography.
_EAST_ASIAN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_STYLED: Final = re.compile(
    f"[{''.join(STYLED)}\u249c-\u24e9\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7cb\U0001f110-\U0001f189]"
)
_MOST_MARKS: Final = 2
_LONGEST_KEPT: Final = 8

_SPACE: Final = re.compile("[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
# A cheap look first: where a text has only these, nothing here is of interest. Most texts of Europe have only these.
_MAYBE: Final = re.compile("[^\0-\u009f\u00a1-\u00ac\u00ae-\u024f\u2010-\u2027\u2030-\u205e\u20a0-\u20bf]")

_FOREIGN_LETTER: Final = re.compile("[\u0192\u0370-\u058f\u13a0-\u13ff\u1d00-\u1dff]")
_GREEK: Final = re.compile("[\u0370-\u03ff]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_LAST_LATIN: Final = "\u024f"


def plain_spaces(text: str) -> str:
    """Every space an ordinary one. One for one: no place moves."""
    return text if text.isascii() else _SPACE.sub(" ", text)


def plain_glyphs(draft: Draft) -> list[Trick]:
    """Take away what is invisible, compose or clear marks, undress letters in fancy dress."""
    text = draft.text
    if not _MAYBE.search(text):
        return []
    explained = _explained(text)
    edits: list[Edit] = []
    tricks: list[Trick] = []
    for match in _CLUSTER.finditer(text):
        start, end = match.span()
        cluster = match[0]
        new = _read(cluster) if len(cluster) <= _LONGEST_KEPT else _compose(cluster)
        if new == cluster:
            continue
        edits.append(Edit(start, end, new))
        kinds = _kinds(text[start - 1 : start], cluster[:_LONGEST_KEPT], text[end : end + 1])
        tricks += (draft.trick(kind, start, end) for kind in kinds if kind not in explained)
    draft.apply(edits)
    return tricks


def lookalikes(draft: Draft) -> list[Trick]:
    """Read letters of other scripts as the Latin ones they pass for: in words that mix scripts, and in Latin texts."""
    text = draft.text
    if not _FOREIGN_LETTER.search(text):
        return []
    words = [(match.start(), match[0]) for match in _WORD.finditer(text)]
    strange = [(at, word) for at, word in words if _FOREIGN_LETTER.search(word)]
    latin_text = len(strange) < len(words) and all(
        _is_latin(word) or all(letter in FOREIGN for letter in word) for _, word in strange
    )
    edits: list[Edit] = []
    tricks: list[Trick] = []
    for at, word in strange:
        if _is_latin(word):
            new = "".join(FOREIGN.get(letter) or LOOSE.get(letter) or letter for letter in word)
            if new != word and not _has_symbol(word):
                tricks.append(draft.trick("mixed", at, at + len(word)))
        elif latin_text and len(word) > 1:
            new = "".join(FOREIGN[letter] for letter in word)
        else:
            continue
        edits += (Edit(at + i, at + i + 1, new[i]) for i, letter in enumerate(word) if letter != new[i])
    draft.apply(edits)
    return tricks


def _is_latin(word: str) -> bool:
    """Whether a word is mostly Latin, once the letters that pass for Latin are taken for it."""
    latin = sum(letter <= _LAST_LATIN for letter in word)
    strangers = sum(letter > _LAST_LATIN and letter not in FOREIGN and letter not in LOOSE for letter in word)
    return latin > strangers


def _has_symbol(word: str) -> bool:
    """A Greek letter at the edge of a word stands for itself, as in `TNF\u03b1` or `\u0394t`."""
    return any(
        _GREEK.match(edge) and all(letter <= _LAST_LATIN for letter in rest)
        for edge, rest in ((word[0], word[1:]), (word[-1], word[:-1]))
    )


@lru_cache(maxsize=4096)
def _plain(glyph: str) -> str:
    """What one character stands for: a letter for a fancy letter, nothing for what is not seen."""
    if glyph in STYLED:
        return STYLED[glyph]
    if _CLUSTER.fullmatch(glyph) and not _IS_DOUBLE.match(glyph):
        return glyph if _IS_MARK.match(glyph) else ""
    plain = unicodedata.normalize("NFKC", glyph)
    return plain if plain.isalnum() else glyph


@lru_cache(maxsize=4096)
def _read(cluster: str) -> str:
    return _plain(cluster) if len(cluster) == 1 else _compose(cluster)


def _compose(cluster: str) -> str:
    """A character with what is piled on it, as it is read."""
    marks = "".join(_IS_MARK.findall(cluster))
    base = cluster[0] if not _is_piled(cluster[0]) else ""
    base = _plain(base) if base and _IS_DOUBLE.match(base) else base
    if not marks:
        return base
    few = len(marks) <= _MOST_MARKS and not _OVERLAY.search(marks)
    if not few and base[-1:] <= _LAST_PLAIN:
        return base
    # No more than four: composing costs the square of the marks on one letter.
    return base[:-1] + unicodedata.normalize("NFC", base[-1:] + marks[:4])


def _is_piled(glyph: str) -> bool:
    return not _IS_DOUBLE.match(glyph) and bool(_CLUSTER.fullmatch(glyph))


def _explained(text: str) -> set[str]:
    """The kinds of trick that are none in this text: other scripts have good use for such characters."""
    explained: set[str] = set()
    if _EAST_ASIAN.search(text):
        explained.add("styled")
    if _RIGHT_TO_LEFT.search(text):
        explained.add("override")
    return explained


@lru_cache(maxsize=4096)
def _kinds(before: str, cluster: str, after: str) -> tuple[str, ...]:
    """Which tricks were played with this cluster, standing between these two characters (empty at the text's ends)."""
    return tuple(_find_kinds(before, cluster, after))


def _find_kinds(before: str, cluster: str, after: str) -> Iterator[str]:
    glyph, piled = cluster[0], cluster[1:]
    if _STYLED.match(glyph):
        if _STYLED.match(before):
            yield "styled"
        elif before.isascii() and before.isalpha() and after.isascii() and after.isalpha():
            yield "mixed"
    if any(mark >= _FIRST_TAG for mark in piled) and glyph != _BLACK_FLAG:
        yield "hidden"
    if any(mark in _OVERRIDE for mark in cluster):
        yield "override"
    if _is_letter(glyph) and piled:
        marks = _IS_MARK.findall(piled)
        if len(marks) > _MOST_MARKS or any(map(_OVERLAY.match, marks)):
            yield "marks"
        if len(marks) < len(piled) and _is_letter(after):
            yield from _between_letters(piled, before)


def _between_letters(piled: str, before: str) -> Iterator[str]:
    """A soft hyphen is where a word may break, and no word breaks around every letter."""
    if any(mark != _SOFT_HYPHEN and not _IS_MARK.match(mark) for mark in piled):
        yield "hidden"
    elif before == _SOFT_HYPHEN:
        yield "hyphens"


def _is_letter(glyph: str) -> bool:
    """Of a script in which nothing invisible belongs between letters."""
    return glyph.isalpha() and (glyph <= _LAST_PLAIN or bool(_STYLED.match(glyph)))
