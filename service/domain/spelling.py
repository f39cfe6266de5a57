"""How words are compared: folded, and in every way that a disguised one can be read."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import product
from typing import Final, NamedTuple

from service.domain.edits import Edit
from service.domain.normal import Normal, normalise
from service.domain.verdict import Span

# Written apart from their letter (as macOS pastes them), or not to be seen at all: neither ends a word.
INVISIBLE_MARKS: Final = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
HIDDEN: Final = "?"
"""In a pattern, a letter that was starred out."""

_WORD: Final = re.compile(rf"[^\W_]+(?:[{INVISIBLE_MARKS}]+[^\W_]*)*")
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})
_LONGEST_COMPOSED: Final = 64

# A word with digits or signs in it, where a reader sees letters or none: `f*ck`, `b!tch`, `@sshole`, `con-nard`.
# Signs that stand between whole words too (`fils-de-p*te`) are tried apart from those that hardly do.
_STRONG: Final = "*#%&@$€!|+•×·"
_WEAK: Final = "._-"
_MASKS: Final = frozenset("*#%&@•×·-._")
_STARRED: Final = re.compile(rf"[@$€]?[^\W_]+(?:[{_STRONG}]{{1,4}}[^\W_]+)*(?:[*#]{{2,4}}|(?<=\w{{4}})\*|[@$])?")
_STREWN: Final = re.compile(rf"[@$€]?[^\W_]+(?:[{_STRONG}{_WEAK}]{{1,4}}[^\W_]+)*")
_MAYBE_STARRED: Final = re.compile(rf"[{_STRONG}](?:[^\W_]|[*#@$])|[0-9][^\W\d_]|[^\W\d_][0-9*#@$]")
_MAYBE_STREWN: Final = re.compile(rf"[{_WEAK}][^\W_]")
_MEANT: Final = {
    "0": "o", "1": "il", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b",
    "$": "s", "€": "e", "!": "il", "|": "li", "+": "t",
}  # fmt: skip
_MOST_FORKS: Final = 3
_SHORTEST_PATTERN: Final = 3
_SHORTEST_STREWN: Final = 4
_APART: Final = frozenset(" \t-._*·•|/~")
_LONGEST_SIGNED: Final = 40
_STRETCHED: Final = re.compile(r"([^\W\d_])\1\1", re.IGNORECASE)
_DOUBLED: Final = re.compile(r"([^\W\d_])\1", re.IGNORECASE)
_REPEATED: Final = re.compile(r"(.)\1+")


class Word(NamedTuple):
    """A word of a text: every way to read it, folded, and where it stands in the raw text."""

    forms: tuple[str, ...]
    start: int
    end: int
    plain: bool = True
    """There is one form, and nothing else to it."""
    pattern: str = ""
    """Where letters were starred out: the others in their places, and `?`."""
    stretched: bool = False
    """Letters were repeated, and which are doubled is anybody's guess."""
    joined: bool = False
    """It was written letter by letter."""
    weak: bool = False
    """So little of it is left that only its neighbours can say what it is."""


class Reading(NamedTuple):
    """A text as words, in one way to read it."""

    words: tuple[Word, ...]
    forms: frozenset[str]
    """All forms of all words."""
    guessed: bool
    """Some words can be more than their forms say."""


def fold(text: str) -> str:
    """The text without case, accents or invisible characters, for comparing only. `Œuvre` and `oeuvre` fold alike."""
    if text.isascii():
        return text.lower()
    if len(text) > _LONGEST_COMPOSED:  # decomposing costs the square of the marks piled on one letter
        text = _seen(text)
    return _seen(unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))).translate(_LIGATURES)


def words(text: str) -> Iterator[tuple[str, Span]]:
    """The words of a text, folded, each with its place in the raw text."""
    for match in _WORD.finditer(text):
        yield fold(match[0]), Span(*match.span())


@lru_cache(maxsize=4)
def as_written(text: str) -> Reading:
    """The words of a text as they stand. Kept for a moment: several lists ask for the same text."""
    return _reading(Word((word,), span.start, span.end) for word, span in words(text))


@lru_cache(maxsize=4)
def as_read(text: str) -> tuple[Reading, ...]:
    """The words of a text in the other ways it can be read: none, where it holds nothing to see through."""
    normal = normalise(text)
    readings = []
    if normal.text != text:
        readings.append(_reading(_seen_through(normal, match) for match in _WORD.finditer(normal.text)))
    for maybe, token in ((_MAYBE_STARRED, _STARRED), (_MAYBE_STREWN, _STREWN)):
        if maybe.search(normal.text):
            readings.append(_reading(_signed(normal, match) for match in token.finditer(normal.text)))
    return tuple(readings)


def _reading(text: Iterable[Word]) -> Reading:
    text = tuple(text)
    forms = frozenset(form for word in text for form in word.forms)
    return Reading(text, forms, guessed=any(word.pattern or word.stretched or word.joined for word in text))


def _seen_through(normal: Normal, match: re.Match[str]) -> Word:
    span = normal.raw_span(*match.span())
    written = normal.raw[span.start : span.end]
    forms = (fold(match[0]),)
    if written == match[0]:
        return Word(forms, span.start, span.end)
    stretched = bool(_STRETCHED.search(written))
    return Word(forms, span.start, span.end, plain=not stretched, stretched=stretched, joined=_is_joined(written))


def _signed(normal: Normal, match: re.Match[str]) -> Word:
    token = match[0]
    span = normal.raw_span(*match.span())
    letters = sum(map(str.isalpha, token))
    if letters in {0, len(token)} or len(token) > _LONGEST_SIGNED:
        return Word((fold(token),), span.start, span.end)
    stretched = bool(_STRETCHED.search(normal.raw[span.start : span.end]))
    pattern = _pattern(token)
    weak = letters == 1 or len(token) == _SHORTEST_PATTERN
    return Word(_forms(token), span.start, span.end, plain=False, pattern=pattern, stretched=stretched, weak=weak)


class Vocabulary:
    """The folded words that terms are made of, by their letters and by their looks."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._words = frozenset(vocabulary)
        self._squeezed: defaultdict[str, list[str]] = defaultdict(list)
        self._by_shape: defaultdict[tuple[int, str], list[str]] = defaultdict(list)
        for word in sorted(self._words):
            self._squeezed[squeezed(word)].append(word)
            self._by_shape[len(word), word[0]].append(word)

    def meant(self, word: Word) -> Sequence[str]:
        """Which of these words a word of a text can be."""
        if word.plain:
            return word.forms if word.forms[0] in self._words else ()
        meant = [form for form in word.forms if form in self._words]
        if word.stretched:
            meant += (one for form in word.forms for one in self._squeezed.get(squeezed(form), ()))
        if word.pattern:
            shape = word.pattern
            meant += (one for one in self._by_shape.get((len(shape), shape[0]), ()) if _fits(shape, one))
        return list(dict.fromkeys(meant))


def _fits(shape: str, word: str) -> bool:
    return all(seen in (HIDDEN, letter) for seen, letter in zip(shape, word, strict=True))


def spelled(text: str, vocabulary: Vocabulary) -> Normal:
    """The normalised view with `f*ck` spelled out, where a word of the vocabulary is what it says; for grammars.

    What several words could be becomes the first of them.
    """
    normal = normalise(text)
    for maybe, token in ((_MAYBE_STARRED, _STARRED), (_MAYBE_STREWN, _STREWN), (_DOUBLED, _WORD)):
        if maybe.search(normal.text):
            normal = normal.edited(_spellings(normal, token, vocabulary))
    return normal


def _spellings(normal: Normal, token: re.Pattern[str], vocabulary: Vocabulary) -> Iterator[Edit]:
    read = _seen_through if token is _WORD else _signed
    for match in token.finditer(normal.text):
        word = read(normal, match)
        if word.plain or word.weak:
            continue
        meant = vocabulary.meant(word)
        if meant and meant[0] != fold(match[0]):
            yield Edit(*match.span(), meant[0])


@lru_cache(maxsize=1024)
def _forms(token: str) -> tuple[str, ...]:
    """What a word with digits and signs may say: signs for letters, or letters with signs strewn in."""
    choices = [_choices(mark) for mark in token]
    if sum(len(choice) > 1 for choice in choices) > _MOST_FORKS:
        choices = [choice[:1] for choice in choices]
    read = ["".join(letters) for letters in product(*choices)]
    strewn = "".join(_choices(mark)[0] for mark in token if mark.isalnum())
    likely = (form for form in (*read, strewn) if len(form) >= min(len(token), _SHORTEST_STREWN))
    return tuple(dict.fromkeys(likely)) or (fold(token),)


def _choices(mark: str) -> tuple[str, ...]:
    if mark.isalpha():
        return (fold(mark),)
    return tuple(_MEANT.get(mark, "")) or ("a" if mark == "@" else mark if mark.isalnum() else "",)


def _pattern(token: str) -> str:
    """`f?ck` of `f*ck`, if enough of it is left to read."""
    marks = [HIDDEN if mark in _MASKS else _choices(mark)[0] for mark in token]
    shape = "".join(marks)
    hidden = marks.count(HIDDEN)
    enough = len(shape) >= _SHORTEST_PATTERN and len(shape) >= 2 * hidden and shape[0] != HIDDEN
    return shape if hidden and enough else ""


def _is_joined(written: str) -> bool:
    """Whether a word stood letter by letter: between two of its letters there is something to be seen."""
    return any(mark in _APART for mark in written)


def squeezed(word: str) -> str:
    """A word without doubled letters: `connnard` and `connard` are the same then, and so are `fuuck` and `fuck`."""
    return _REPEATED.sub(r"\1", word)


def is_invisible(mark: str) -> bool:
    """Whether a character is only there to steer others."""
    return unicodedata.category(mark) == "Cf"


def _seen(text: str) -> str:
    return "".join(mark for mark in text if not (unicodedata.combining(mark) or is_invisible(mark)))
