"""Word and domain lists: whole words, accents and case folded, in time linear in the text."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from service.domain.verdict import Span

# Written apart from their letter (as macOS pastes them), or not to be seen at all: neither ends a word.
_MARKS: Final = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
_WORD: Final = re.compile(rf"[^\W_]+(?:[{_MARKS}]+[^\W_]*)*")
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})

# What stands where a host could: past a user name (`//bank.example@spam.example` leads to the second), after a quoted
# slash, or anywhere else. Each alternative reads a character once, so a hostile text costs no more than a long one.
_PLACE: Final = re.compile(rf"(?://(?:[^\s/?#@]*@)+|%2[fF])?([\w@{_MARKS}-]+(?:\.[\w@{_MARKS}-]+)*)")
_LONGEST_HOST: Final = 253
_LONGEST_LABEL: Final = 63


@dataclass(frozen=True, slots=True)
class Found:
    """A term of a list and where in the raw text it stands."""

    term: str
    span: Span


def fold(text: str) -> str:
    """The text without case, accents or invisible characters, for comparing only. `Œuvre` and `oeuvre` fold alike."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(mark for mark in decomposed if not _unseen(mark)).translate(_LIGATURES)


def words(text: str) -> Iterator[tuple[str, Span]]:
    """The words of a text, folded, each with its place in the raw text."""
    for match in _WORD.finditer(text):
        yield fold(match[0]), Span(*match.span())


class WordList:
    """Terms of one or more words. `con` doesn't match in `conseil`; `va te faire` matches over line breaks."""

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for term in terms:
            parts = tuple(word for word, _ in words(term))
            if parts:
                self._terms.setdefault(parts[0], []).append((parts, term))

    def find(self, text: str) -> Iterator[Found]:
        places = list(_WORD.finditer(text)) if self._terms else []
        folded = tuple(fold(place[0]) for place in places)
        if self._terms.keys().isdisjoint(folded):
            return
        for at, word in enumerate(folded):
            for parts, term in self._terms.get(word, ()):
                end = at + len(parts)
                if folded[at:end] == parts:
                    yield Found(term, Span(places[at].start(), places[end - 1].end()))


class DomainList:
    """Domains, each with its subdomains. `spam.example` matches `www.spam.example`, never `notspam.example`.

    An entry may be written as people paste it: `https://www.Spam.example/`, `*.spam.example`, `.spam.example`.
    """

    def __init__(self, domains: Iterable[str]) -> None:
        self._domains = frozenset(host.removeprefix("www.") for domain in domains for host, _ in hosts(domain))

    def find(self, text: str) -> Iterator[Found]:
        for host, span in hosts(text) if self._domains else ():
            parts = host.split(".")
            listed = (".".join(parts[at:]) for at in range(len(parts) - 1))
            hit = next((domain for domain in listed if domain in self._domains), None)
            if hit:
                yield Found(hit, span)


def hosts(text: str) -> Iterator[tuple[str, Span]]:
    """Host names in a text, wherever they stand: in an address, in its path or query (a redirect), or bare.

    Lower-cased, without port or final dot, in letters rather than punycode (`xn--caf-dma.fr` is `café.fr`). The hosts
    of e-mail addresses are passed over.
    """
    for match in _PLACE.finditer(text):
        raw = match[1].rstrip("_-")
        written = raw.lstrip("_-")
        host = _host(written)
        if host:
            yield host, Span(match.end(1) - len(match[1]) + len(raw) - len(written), match.start(1) + len(raw))


def _host(written: str) -> str | None:
    """The host as it is compared, or None where no host is written."""
    if len(written) > _LONGEST_HOST or "@" in written or "." not in written:
        return None
    labels = written.split(".")
    names = [_label(label) for label in labels]
    top = labels[-1].lower()
    if not all(names) or len(top) < 2 or not (names[-1].isalpha() or top.startswith("xn--")):
        return None
    return ".".join(names)


def _label(written: str) -> str:
    """One part of a host as it is compared; empty where none could be written so."""
    label = "".join(mark for mark in unicodedata.normalize("NFKC", written).lower() if not _invisible(mark))
    if label.startswith("xn--") and label.isascii():
        try:
            label = label.removeprefix("xn--").encode().decode("punycode")
        except UnicodeError:
            return ""
    return label if len(label) <= _LONGEST_LABEL else ""


def _unseen(mark: str) -> bool:
    return bool(unicodedata.combining(mark)) or _invisible(mark)


def _invisible(mark: str) -> bool:
    return unicodedata.category(mark) == "Cf"


@lru_cache(maxsize=256)
def word_list(terms: tuple[str, ...]) -> WordList:
    """A compiled list, kept while its policy version is in use."""
    return WordList(terms)


@lru_cache(maxsize=256)
def domain_list(domains: tuple[str, ...]) -> DomainList:
    """A compiled list, kept while its policy version is in use."""
    return DomainList(domains)
