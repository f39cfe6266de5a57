"""The normalised view of a text: what a reader reads, however it was written. For matching only; never published.

`connard` with a Cyrillic o, `c o n n a r d`, `c0nn4rd` and `connnnnard` all read the same here. Accents and case stay;
words that only look strange to a machine (`4x4`, `S.N.C.F.`, whole sentences of Russian) stay too, as do addresses.
"""

import re
from array import array
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from typing import Final

from service.domain.disguises import joined, leet, masked, unstretched
from service.domain.edits import Draft, Edit, Trick
from service.domain.glyphs import lookalikes, plain_glyphs, plain_spaces
from service.domain.verdict import Span

# What one word that was disguised so says of intent, by how often the trick was played in that word: once, more often.
_WEIGHTS: Final = {
    "hidden": (0.3, 0.5),  # characters that nobody sees, between letters
    "override": (0.5, 0.5),  # right-to-left overrides: the text reads backwards
    "hyphens": (0.0, 0.3),  # soft hyphens around every letter
    "marks": (0.15, 0.45),  # floods of marks on a letter, letters struck out
    "mixed": (0.45, 0.5),  # letters of several scripts in one word
    "styled": (0.0, 0.3),  # mathematical, circled, fullwidth letters
    "joined": (0.4, 0.4),  # letters set apart
    "leet": (0.15, 0.35),  # digits and signs for letters
    "masked": (0.15, 0.2),  # letters starred out: often by someone who is being polite
}
_ROUNDS: Final = 6
_CHUNK: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Normal:
    """A text as it reads."""

    raw: str
    text: str
    """The normalised view. Case and accents are the author's: `matching.fold` folds them."""
    obfuscation: float = 0.0
    """How much was hidden on purpose: 0 (nothing) to 1 (word upon word)."""
    disguised: tuple[Span, ...] = ()
    """The words that were hidden, as they stand in the raw text."""
    _starts: Sequence[int] | None = field(default=None, repr=False, compare=False)
    _ends: Sequence[int] | None = field(default=None, repr=False, compare=False)

    def raw_span(self, start: int, end: int) -> Span:
        """Where `text[start:end]` (not empty) stands in the raw text."""
        if self._starts is None or self._ends is None:
            return Span(start, end)
        return Span(self._starts[start], self._ends[end - 1])

    def edited(self, edits: Iterable[Edit]) -> "Normal":
        """The view with some words written otherwise."""
        draft = Draft(self.text, self._starts, self._ends)
        draft.apply(edits)
        return _normal(self.raw, draft, self.obfuscation, self.disguised)


@lru_cache(maxsize=64)
def normalise(raw: str) -> Normal:
    """Read a text. Never raises; takes time linear in the text; what was normalised stays as it is."""
    draft = Draft(plain_spaces(raw))
    tricks: list[Trick] = []
    for _ in range(_ROUNDS):
        before = draft.text
        tricks += _read(draft)
        if draft.text == before:
            break
    tricks += masked(draft)
    doubts = [(span, doubt) for span, doubt in _doubts(raw, tricks) if doubt]
    score = round(1.0 - prod(1.0 - doubt for _, doubt in doubts), 4)
    return _normal(raw, draft, score, tuple(span for span, _ in doubts))


def _normal(raw: str, draft: Draft, obfuscation: float, disguised: tuple[Span, ...]) -> Normal:
    starts = None if draft.starts is None else array("I", draft.starts)
    ends = None if draft.ends is None else array("I", draft.ends)
    return Normal(raw, draft.text, obfuscation, disguised, starts, ends)


def _read(draft: Draft) -> Iterator[Trick]:
    if not draft.text.isascii():
        yield from plain_glyphs(draft)
        yield from lookalikes(draft)
    yield from joined(draft)
    yield from leet(draft)
    unstretched(draft)


def _doubts(raw: str, tricks: list[Trick]) -> Iterator[tuple[Span, float]]:
    """By word that was disguised, in order: where it stands, and how much its disguise says of intent."""
    for (start, end), played in sorted(_by_word(raw, tricks).items()):
        counts = Counter(trick.kind for trick in played)
        doubt = 1.0 - prod(1.0 - _WEIGHTS[kind][count > 1] for kind, count in counts.items())
        first, last = min(trick.start for trick in played), max(trick.end for trick in played)
        yield _trimmed(raw, start, end, first, last), doubt


def _trimmed(raw: str, start: int, end: int, first: int, last: int) -> Span:
    """`raw[start:end]` without the punctuation around the word, but never without `raw[first:last]`."""
    while start < first and not raw[start].isalnum():
        start += 1
    while end > last and not raw[end - 1].isalnum():
        end -= 1
    return Span(start, end)


def _by_word(raw: str, tricks: list[Trick]) -> dict[tuple[int, int], list[Trick]]:
    """Tricks by the word they were played in: what stands between spaces, or letters that were set apart together."""
    if not tricks:
        return {}
    words = sorted({(trick.start, trick.end) for trick in tricks if trick.kind == "joined"})
    apart = [start for start, _ in words]
    chunks = [chunk.span() for chunk in _CHUNK.finditer(raw)]
    starts = [start for start, _ in chunks]
    played: defaultdict[tuple[int, int], list[Trick]] = defaultdict(list)
    for trick in tricks:
        at = bisect_right(apart, trick.start) - 1
        if at < 0 or trick.start >= words[at][1]:
            at = bisect_right(starts, trick.start) - 1
            played[chunks[at] if at >= 0 and trick.start < chunks[at][1] else (trick.start, trick.end)].append(trick)
        else:
            played[words[at]].append(trick)
    return played
