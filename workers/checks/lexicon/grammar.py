"""Who is called what: the words of the lists, weighed by the words around them.

`vous êtes un abruti` is aimed at the reader, `cet abruti` at somebody, `je suis un abruti` at nobody. A group's name
says nothing until somebody wishes it dead. What is denied, quoted or told of others weighs little. Every question looks
at a window of a few words, so the work grows with the text and no faster.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from service.domain.normal import normalise
from service.domain.verdict import Span
from workers.checks.lexicon.aim import Aim, aim
from workers.checks.lexicon.groups import Said, said_of, said_of_them
from workers.checks.lexicon.sentences import NOT, Match, Sentences
from workers.checks.lexicon.tokens import read
from workers.checks.lexicon.violence import announced

CATEGORIES: Final = ("insult", "hate", "threat", "sexual", "self_harm", "profanity")

_AT_THE_READER: Final = 0.35
_ALONE: Final = 0.1
_CONDEMNED: Final = 0.35
_MEMORY: Final = 40
"""words after which `they` no longer means the group"""
_LATER: Final = 0.8


class Hit(NamedTuple):
    """One finding: of what kind, how sure (from 0.5 on a person should look), and where."""

    category: str
    sureness: float
    span: Span
    directed: bool
    """aimed at whoever reads it: `vous êtes …`, `espèce de …`, `you …`"""
    term: str
    """as the lists have it, never the comment's own words"""
    quoted: bool
    group: float
    """1 where a protected group is meant, 0.5 a profession or a party, 0 none"""


@lru_cache(maxsize=32)
def lexicon_hits(text: str) -> tuple[Hit, ...]:
    """Everything in the text that is of one of `CATEGORIES`, from start to end, also what is too weak to tell.

    A disguised text is read twice, as it stands and as it reads; spans are those of the raw text. Linear in the words:
    about 0.1 ms for 300 characters. The last texts are remembered, because each category has a check of its own, and
    the classifier asks too.
    """
    plain = tuple(_hits(Sentences(read(text))))
    normal = normalise(text)
    if normal.text == text:
        return plain
    seen = {(hit.category, hit.span) for hit in plain}
    unveiled = [
        hit._replace(span=normal.raw_span(hit.span.start, hit.span.end)) for hit in _hits(Sentences(read(normal.text)))
    ]
    return (*plain, *(hit for hit in unveiled if (hit.category, hit.span) not in seen))


def _hits(text: Sentences) -> Iterator[Hit]:
    group: Match | None = None
    for match in text.matches:
        category = match.entry.category
        if category in CATEGORIES:
            yield from _term(text, match)
        elif category == "group":
            group = match
            yield from _group(text, group, said_of(text, match), 1.0)
        elif category == "violence":
            yield from _violence(text, match)
        elif group and match.start - group.end < _MEMORY:
            if category == "people":
                yield from _group(text, group, said_of(text, match), _LATER)
            elif category == "they":
                yield from _group(text, group, said_of_them(text, match), _LATER)


def _term(text: Sentences, match: Match) -> Iterator[Hit]:
    """A term of the lists, as sure as what surrounds it makes it."""
    entry, start, end = match.entry, match.start, match.end
    sureness, directed = entry.sureness, entry.aimed
    if (entry.aimed or entry.category == "self_harm") and text.any(text.first(start, 3), start, NOT):
        return
    if entry.category in {"insult", "hate", "threat"} and not entry.aimed:
        aimed = aim(text, start, end)
        if aimed is Aim.DENIED:
            return
        directed = aimed is Aim.READER and not text.quoted(start)
        sureness += _AT_THE_READER if directed else _ALONE if aimed is Aim.ALONE else 0.0
    if entry.category == "hate" and text.blamed(start, end):
        sureness *= _CONDEMNED
    yield _hit(text, entry.category, sureness, start, end, entry.term, directed=directed)


def _group(text: Sentences, group: Match, found: Iterable[Said], weight: float) -> Iterator[Hit]:
    """What is said of a group. Of a profession or a party it is no hate: an insult, and a weaker one."""
    name, meant = group.entry.term, group.entry.sureness
    for said in found:
        badness = said.badness * meant * weight * (_CONDEMNED if text.blamed(said.start, said.end) else 1.0)
        category = "hate" if meant == 1.0 else "insult"
        yield _hit(text, category, badness, said.start, said.end, f"{name} … {said.term}", group=meant)


def _violence(text: Sentences, verb: Match) -> Iterator[Hit]:
    found = announced(text, verb)
    if found:
        yield _hit(text, found.category, found.sureness, found.start, found.end, found.term, directed=found.directed)


def _hit(
    text: Sentences,
    category: str,
    sureness: float,
    start: int,
    end: int,
    term: str,
    *,
    directed: bool = False,
    group: float = 0.0,
) -> Hit:
    span = Span(text.reading.starts[start], text.reading.ends[end - 1])
    sure = round(min(1.0, sureness) * text.distance(start), 3)
    return Hit(category, sure, span, directed, term, text.quoted(start), group)
