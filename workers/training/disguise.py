"""Ten ways to hide words from a machine: for measuring what they cost."""

import unicodedata
from collections.abc import Callable
from random import Random
from typing import Final

_LEET: Final = str.maketrans({"a": "@", "e": "3", "i": "1", "o": "0", "s": "$"})
_CYRILLIC: Final = str.maketrans({"a": "а", "e": "е", "o": "о", "p": "р", "c": "с", "x": "х"})
_LONG: Final = 4


def _words(change: Callable[[str, Random], str], share: float = 0.5) -> Callable[[str], str]:
    """Half of the longer words, chosen by the text itself: the same text is always disguised alike."""

    def disguise(text: str) -> str:
        dice = Random(text)
        return " ".join(
            change(word, dice) if len(word) >= _LONG and word.isalpha() and dice.random() < share else word
            for word in text.split()
        )

    return disguise


def _bold(word: str, _: Random) -> str:
    return "".join(chr(0x1D41A + ord(mark) - 97) if "a" <= mark <= "z" else mark for mark in word)


def _wide(word: str, _: Random) -> str:
    return "".join(chr(ord(mark) + 0xFEE0) if "!" <= mark <= "~" else mark for mark in word)


def _stretched(word: str, dice: Random) -> str:
    at = dice.randrange(1, len(word))
    return word[:at] + word[at - 1] * 4 + word[at:]


def _swapped(word: str, dice: Random) -> str:
    at = dice.randrange(1, len(word) - 2) if len(word) > 3 else 1
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


DISGUISES: Final[dict[str, Callable[[str], str]]] = {
    "spaced": _words(lambda word, _: " ".join(word)),
    "dotted": _words(lambda word, _: ".".join(word)),
    "zero width": _words(lambda word, _: "\u200b".join(word)),
    "leet": _words(lambda word, _: word.lower().translate(_LEET)),
    "cyrillic": _words(lambda word, _: word.lower().translate(_CYRILLIC)),
    "fullwidth": _words(_wide),
    "bold": _words(_bold),
    "stretched": _words(_stretched),
    "marks": _words(lambda word, _: unicodedata.normalize("NFD", "".join(mark + "\u0336\u0301" for mark in word))),
    "typos": _words(_swapped),
}
