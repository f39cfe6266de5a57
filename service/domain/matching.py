"""Word and domain lists: whole words, accents and case folded, in time linear in the text."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from service.domain.verdict import Span

_WORD = re.compile(r"\w+")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})
_HOST = re.compile(
    r"(?<![\w@.-])(?:https?://|www\.)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})(?![\w.-]*@)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A term of a list and where in the raw text it stands."""

    term: str
    span: Span


def fold(text: str) -> str:
    """The text without case or accents, for comparing only. `Œuvre` and `oeuvre` fold alike."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark)).translate(_LIGATURES)


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
        tokens = list(words(text))
        for at, (word, span) in enumerate(tokens):
            for parts, term in self._terms.get(word, ()):
                run = tokens[at : at + len(parts)]
                if tuple(token for token, _ in run) == parts:
                    yield Found(term, Span(span.start, run[-1][1].end))


class DomainList:
    """Domains, each with its subdomains. `spam.example` matches `www.spam.example`, never `notspam.example`."""

    def __init__(self, domains: Iterable[str]) -> None:
        self._domains = frozenset(domain.strip().strip(".").casefold() for domain in domains) - {""}

    def find(self, text: str) -> Iterator[Found]:
        for host, span in hosts(text):
            parts = host.split(".")
            listed = (".".join(parts[at:]) for at in range(len(parts) - 1))
            hit = next((domain for domain in listed if domain in self._domains), None)
            if hit:
                yield Found(hit, span)


def hosts(text: str) -> Iterator[tuple[str, Span]]:
    """Host names in a text, with or without a scheme, lower-cased; those of e-mail addresses are passed over."""
    for match in _HOST.finditer(text):
        yield match[1].casefold(), Span(*match.span())


@lru_cache(maxsize=256)
def word_list(terms: tuple[str, ...]) -> WordList:
    """A compiled list, kept while its policy version is in use."""
    return WordList(terms)


@lru_cache(maxsize=256)
def domain_list(domains: tuple[str, ...]) -> DomainList:
    """A compiled list, kept while its policy version is in use."""
    return DomainList(domains)
