"""Shouting: a text in capitals. Acronyms are not shouted, and a single word in capitals is only stressed."""

import re
from collections.abc import Iterator

from service.domain.verdict import Signal, Span
from workers.checks.check import check
from workers.checks.context import Context

ENOUGH_LETTERS = 20
MOSTLY = 0.6
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_ACRONYM = 5


@check(
    reasons=("shouting",),
    flags=(
        Context(body="VOUS ÊTES TOUS DES INCAPABLES ET DES VENDUS !"),
        Context(body="WAKE UP PEOPLE, THE MEDIA NEVER TELLS THE TRUTH"),
        Context(body="C'EST TOUJOURS LES MÊMES QUI PAIENT, TOUJOURS, et personne ne dit rien"),
    ),
    passes=(
        Context(body="La SNCF, la RATP, l'OTAN et le RSA : même combat."),
        Context(body="SNCF, CGT, FO, SUD, CFDT, UNSA, CFTC, CGC, RATP, EDF, LFI, PS, RN"),
        Context(body="NATO, the EU, the US and the UK met at the UN in NYC."),
        Context(body="BRAVO !"),
        Context(body="Je ne suis PAS d'accord, mais alors PAS DU TOUT."),
        Context(body="日本語のコメントには大文字がありません。とても静かです。"),
    ),
)
def shouting(comment: Context) -> Iterator[Signal]:
    """Most letters of a text of at least twenty are capitals, and not only those of acronyms."""
    words = list(_WORD.finditer(comment.body))
    letters = sum(len(word[0]) for word in words)
    capitals = sum(sum(map(str.isupper, word[0])) for word in words)
    loud = tuple(Span(*word.span()) for word in words if word[0].isupper() and len(word[0]) > _LONGEST_ACRONYM)
    if letters >= ENOUGH_LETTERS and loud and capitals / letters >= MOSTLY:
        yield Signal("shouting", capitals / letters, {"percent": round(100 * capitals / letters)}, loud)
