"""A text as the grammar reads it: folded words with their places, sentences, commas and quotation marks."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from service.domain.matching import fold

_MARKS: Final = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
# A word; its inclusive endings (connard·e·s, con(ne)s, abruti-e-s) belong to it and are passed over. Every repetition
# is bounded or possessive, so that a hostile text costs no more than a long one.
_TOKEN: Final = re.compile(
    rf"(?P<word>(?!https?://)[^\W_]++(?:[{_MARKS}]++[^\W_]*+)*+(?:(?<=n)['\u2019]t(?![^\W_]))?)"
    r"(?:[·•‧(](?:e|es|s|x|ne|nes|se|ses|le|les|te|tes|ice|rice|rices|trice|trices|euse|euses|ve|ves)(?:\)s?|\b)"
    r"|[./-](?:e|es|s|ne|nes|se|ses|euse|euses|rice|rices)\b){0,3}"
    r"|(?P<address>@\w++|https?://\S++)"
    r"|(?P<end>[.!?;:…\n]+)|(?P<comma>[,()–—])|(?P<open>[«“])|(?P<close>[»”])|(?P<quote>\")"
)
_LONGEST: Final = 40
_LONGEST_QUOTE: Final = 40
_NO_END: Final = 1 << 60


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text, in parallel lists. `sentences[i]` is the index of the first word of the i-th's sentence."""

    text: str
    words: list[str]
    starts: list[int]
    ends: list[int]
    sentences: list[int]
    commas: frozenset[int]
    """words that a comma, a dash or a bracket precedes"""
    asked: frozenset[int]
    """sentences that end with a question mark, by their first word"""
    quoted: frozenset[int]
    """words inside quotation marks, unless the whole text stands in them"""


def read(text: str) -> Reading:
    """One pass over the text."""
    words: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    sentences: list[int] = []
    commas: list[int] = []
    quoted: list[int] = []
    asked: list[int] = []
    sentence, opened = 0, _NO_END
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "word":
            words.append(_folded(match["word"]))
            starts.append(match.start())
            ends.append(match.end("word"))
            sentences.append(sentence)
        elif kind == "end":
            if "?" in match[0]:
                asked.append(sentence)
            sentence = len(words)
        elif kind == "comma":
            commas.append(len(words))
        elif kind == "open" or (kind == "quote" and opened == _NO_END):
            opened = len(words)
        elif kind != "address":
            if len(words) - opened <= _LONGEST_QUOTE:
                quoted.extend(range(opened, len(words)))
            opened = _NO_END
    if len(quoted) >= len(words):
        quoted.clear()
    return Reading(text, words, starts, ends, sentences, frozenset(commas), frozenset(asked), frozenset(quoted))


def _folded(word: str) -> str:
    return _remembered(word) if len(word) <= _LONGEST else ""


@lru_cache(maxsize=8192)
def _remembered(word: str) -> str:
    return fold(word).replace("'", "").replace("\u2019", "")
