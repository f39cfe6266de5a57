"""A text as the classifier reads it: words without case or accents, addresses and numbers by kind, and their places."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from zlib import crc32

from service.domain.matching import fold

HEAD: Final = 384
TAIL: Final = 128
"""A long text is read at its beginning and at its end. (The checks of words and links read all of it.)"""

_LINK: Final = r"(?:https?://|www\.)[^\s<>\"]+"
_ENDINGS: Final = "com|net|org|info|biz|ru|tk|ly|gl|be|tv|me|co|io|fr|uk|xyz|top|shop"
_HOST: Final = rf"(?<![\w.-])(?:[a-zA-Z0-9-]{{1,63}}\.){{1,4}}(?:{_ENDINGS})\b(?:/[^\s<>\"]*)?"
_TOKEN: Final = re.compile(rf"(?P<link>{_LINK}|{_HOST})|(?P<mention>@\w+)|(?P<word>[^\W_]+)|(?P<mark>[^\w\s'’])")
_NAMES: Final = re.compile(r"[a-z]{3,}", re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d")
_DULL: Final = frozenset({"http", "https", "www", "com", "net", "org"})
LINK: Final = "<link>"
MENTION: Final = "<mention>"


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is looked up, and where it stands in the text that was read."""

    key: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The tokens of a text: all of a comment, beginning and end of a treatise."""
    if len(text) <= 8 * (HEAD + TAIL):
        found = list(_tokens(text))
        return found if len(found) <= HEAD + TAIL else found[:HEAD] + found[-TAIL:]
    half = len(text) - 8 * TAIL
    last = [Token(each.key, each.start + half, each.end + half) for each in _tokens(text[half:])]
    return list(_tokens(text[: 8 * HEAD]))[:HEAD] + last[-TAIL:]


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        kind = match.lastgroup
        if kind == "word":
            yield Token(written_word(match[0]), start, end)
        elif kind == "link":
            yield Token(LINK, start, end)
            name = next((name for name in _NAMES.findall(match[0][:80]) if name.lower() not in _DULL), None)
            if name:
                yield Token(f"<{name.lower()}>", start, end)
        elif kind == "mention":
            yield Token(MENTION, start, end)
        else:
            yield Token(match[0], start, end)


@lru_cache(maxsize=20_000)
def written_word(written: str) -> str:
    if written.isdigit():
        return "0" * min(len(written), 4)
    return _DIGITS.sub("0", fold(written[:40]))


def pieces(key: str, buckets: int) -> list[int]:
    """Numbers of a word's letter groups (3 to 5 letters, its ends marked): what a misspelt word still shares."""
    marked = f"<{key}>"
    found = {
        crc32(marked[at : at + size].encode("utf-8", "surrogatepass")) % buckets
        for size in (3, 4, 5)
        for at in range(len(marked) - size + 1)
    }
    return sorted(found) or [crc32(marked.encode("utf-8", "surrogatepass")) % buckets]


def phrases(keys: list[str], slots: int) -> list[int]:
    """Numbers of a text's words, pairs (also with one word between) and triples, each once."""
    found: set[int] = set()
    hashes = [_hash(key) for key in keys]
    for at, one in enumerate(hashes):
        found.add(one % slots)
        if at + 1 < len(hashes):
            found.add((one * 31 + hashes[at + 1]) % slots)
        if at + 2 < len(hashes):
            found.add((one * 37 + hashes[at + 2] + 7) % slots)
            found.add(((one * 31 + hashes[at + 1]) * 31 + hashes[at + 2] + 1) % slots)
    return sorted(found)


@lru_cache(maxsize=20_000)
def _hash(key: str) -> int:
    return crc32(key.encode("utf-8", "surrogatepass"))
