"""A name that insults: it would stand above every comment of its author."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.lexicon import lexicon_hits

SURE = 0.4
_TOLD = frozenset({"insult", "hate", "threat", "sexual"})
_TEXT = "Tout à fait d'accord."


@check(
    reasons=("offensive_name",),
    flags=(
        Context(body=_TEXT, name="Gros Connard"),
        Context(body=_TEXT, name="bougnoule"),
        Context(body=_TEXT, name="Suck my dick"),
    ),
    passes=(
        Context(body=_TEXT, name="Dick Van Dyke"),
        Context(body=_TEXT, name="Cécile Laconne"),
        Context(body=_TEXT, name="Jean Cocu"),
        Context(body=_TEXT, name="Le Fou du Roi"),
    ),
)
def offensive_name(comment: Context) -> Iterator[Signal]:
    """An insult, a slur, a threat or crude words of sex in the author's name."""
    terms = dict.fromkeys(
        hit.term for hit in lexicon_hits(comment.name) if hit.category in _TOLD and hit.sureness >= SURE
    )
    if terms:
        yield Signal("offensive_name", 1.0, {"count": len(terms), "words": ", ".join(terms)})
