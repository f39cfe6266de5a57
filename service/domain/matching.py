"""Word and domain lists: whole words, accents and case folded, disguises seen through, in time linear in the text."""

import re
import unicodedata
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Final

from service.domain.spelling import (
    INVISIBLE_MARKS,
    Reading,
    Vocabulary,
    Word,
    as_read,
    as_written,
    fold,
    is_invisible,
    words,
)
from service.domain.verdict import Span

__all__ = ["DomainList", "Found", "WordList", "domain_list", "fold", "hosts", "word_list", "words"]

# What stands where a host could: past a user name (`//bank.example@spam.example` leads to the second), after a quoted
# slash, or anywhere else. Each alternative reads a character once, so a hostile text costs no more than a long one.
_PLACE: Final = re.compile(rf"(?://(?:[^\s/?#@]*@)+|%2[fF])?([\w@{INVISIBLE_MARKS}-]+(?:\.[\w@{INVISIBLE_MARKS}-]+)*)")
_LONGEST_HOST: Final = 253
_LONGEST_LABEL: Final = 63
_SHORTEST_TOGETHER: Final = 7
_MARGIN: Final = 2  # what is left is a word or two itself, not a plural: `s a l o p e t t e`


@dataclass(frozen=True, slots=True)
class Found:
    """A term of a list and where in the raw text it stands."""

    term: str
    span: Span


class WordList:
    """Terms of one or more words. `con` doesn't match in `conseil`; `va te faire` matches over line breaks.

    A term is found as it stands and as it reads: in letters of another script, spaced, starred out, in leet.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._terms: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        self._together: dict[str, str] = {}
        vocabulary: set[str] = set()
        for term in terms:
            parts = tuple(word for word, _ in words(term))
            if parts:
                self._terms.setdefault(parts[0], []).append((parts, term))
                self._together["".join(parts)] = term
                vocabulary.update(parts)
        self._vocabulary = Vocabulary(vocabulary)

    def find(self, text: str) -> Iterator[Found]:
        """Every term, with its place in the raw text, in order; once, however many ways it can be read."""
        if not self._terms:
            return
        found = list(self._look(as_written(text)))
        hidden = [one for reading in as_read(text) for one in self._look(reading)]
        if hidden:
            found = sorted(_once((*found, *hidden)), key=lambda one: one.span.start)
        yield from found

    def _look(self, reading: Reading) -> Iterator[Found]:
        if not reading.guessed and self._terms.keys().isdisjoint(reading.forms):
            return
        text = reading.words
        meant = [self._vocabulary.meant(word) for word in text]
        for at, choices in enumerate(meant):
            for choice in choices:
                for parts, term in self._terms.get(choice, ()):
                    end = at + len(parts)
                    sure = len(parts) > 1 or not text[at].weak
                    if sure and end <= len(meant) and all(map(_among, parts[1:], meant[at + 1 : end])):
                        yield Found(term, Span(text[at].start, text[end - 1].end))
        if any(word.joined for word in text):
            yield from self._run_together(text)

    def _run_together(self, text: tuple[Word, ...]) -> Iterator[Found]:
        """Letters set apart one by one tell nothing of where words end: `m y c h a n n e l`."""
        whole = "".join(word.forms[0] for word in text)
        starts = list(accumulate((len(word.forms[0]) for word in text), initial=0))
        for together, term in self._together.items():
            at = whole.find(together) if len(together) >= _SHORTEST_TOGETHER else -1
            while at >= 0:
                end = at + len(together)
                first, last = bisect_right(starts, at) - 1, bisect_left(starts, end) - 1
                if _may_end_there(text[first], at - starts[first]) and _may_end_there(
                    text[last], starts[last + 1] - end
                ):
                    yield Found(term, Span(text[first].start, text[last].end))
                at = whole.find(together, end)


def _may_end_there(word: Word, rest: int) -> bool:
    """Whether a term may begin or end inside a word, so many letters from its edge."""
    return not rest or (word.joined and rest > _MARGIN)


def _among(part: str, choices: Iterable[str]) -> bool:
    return part in choices


def _once(found: Iterable[Found]) -> Iterator[Found]:
    """Each finding but those of a term that was found at the same place before."""
    places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for one in found:
        start, end = one.span.start, one.span.end
        taken = places[one.term]
        at = bisect_left(taken, (start, end))
        if (at and taken[at - 1][1] > start) or (at < len(taken) and taken[at][0] < end):
            continue
        insort(taken, (start, end))
        yield one


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
    label = "".join(mark for mark in unicodedata.normalize("NFKC", written).lower() if not is_invisible(mark))
    if label.startswith("xn--") and label.isascii():
        try:
            label = label.removeprefix("xn--").encode().decode("punycode")
        except UnicodeError:
            return ""
    return label if len(label) <= _LONGEST_LABEL else ""


@lru_cache(maxsize=256)
def word_list(terms: tuple[str, ...]) -> WordList:
    """A compiled list, kept while its policy version is in use."""
    return WordList(terms)


@lru_cache(maxsize=256)
def domain_list(domains: tuple[str, ...]) -> DomainList:
    """A compiled list, kept while its policy version is in use."""
    return DomainList(domains)
