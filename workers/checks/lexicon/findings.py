"""From hits to the signal of one category."""

from collections.abc import Iterable, Iterator
from math import prod
from typing import Final

from service.domain.verdict import Signal
from workers.checks.lexicon.grammar import Hit, lexicon_hits
from workers.checks.terms import MOST

FLOOR: Final = 0.4
"""Below this a finding isn't told: a mild word about nobody."""


def finding(category: str, text: str) -> Iterator[Signal]:
    """The signal of one category, if there is anything to tell: two findings weigh more than one."""
    hits = [hit for hit in lexicon_hits(text) if hit.category == category and hit.sureness >= FLOOR]
    if hits:
        terms = dict.fromkeys(hit.term for hit in hits)
        facts: dict[str, str | int] = {"count": len(terms), "words": ", ".join(list(terms)[:MOST])}
        yield Signal(category, strength(hits), facts, tuple(hit.span for hit in hits))


def strength(hits: Iterable[Hit]) -> float:
    """How sure several hits are together: each term counts once, the four surest at most."""
    surest: dict[str, float] = {}
    for hit in hits:
        surest[hit.term] = max(hit.sureness, surest.get(hit.term, 0.0))
    return round(1.0 - prod(1.0 - sureness for sureness in sorted(surest.values())[-4:]), 4)
