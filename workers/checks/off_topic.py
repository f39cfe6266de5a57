"""A long text that shares no word with its article's title. A faint hint, and never more: titles are short."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from service.domain.matching import fold
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

LONG: Final = 40
TITLED: Final = 3
_STEM: Final = 6
_MOST: Final = 2_000
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_TITLE = "Le tramway de nuit circulera jusqu'à deux heures"
_ADVERT = (
    "Bonjour, j'avais perdu tout espoir après notre séparation, quand une amie m'a parlé d'un maître très "
    "puissant qui m'a rendu mon mari en trois jours seulement, sans rien demander avant le résultat. Depuis, "
    "notre couple est heureux comme au premier matin, mes enfants rient, mes finances vont mieux et ma santé "
    "aussi. Si vous souffrez comme j'ai souffert, prenez contact avec cet homme sérieux, honnête et discret, qui "
    "soigne aussi les maladies graves et qui protège votre foyer contre les mauvais esprits, les voisins jaloux, "
    "les collègues envieux, les concurrents malhonnêtes, et qui vous portera chance aux examens, aux concours, "
    "aux jeux, au travail. Travail garanti, paiement après satisfaction complète. "
)


@check(
    reasons=("off_topic",),
    flags=(Context(body=_ADVERT, title=_TITLE),),
    passes=(
        Context(body=_ADVERT),
        Context(body=_ADVERT, title="Quoi ?"),
        Context(body=_ADVERT + " Les trams, eux, passent.", title="Les tramways de nuit, enfin, après dix ans"),
        Context(body="Et pendant ce temps-là, on ferme des lits à l'hôpital.", title=_TITLE),
        Context(body=_ADVERT.replace("Bonjour", "La nuit"), title="Tramways : la nuit appartient aux fêtards"),
    ),
)
def off_topic(comment: Context) -> Iterator[Signal]:
    """Forty long words or more, none of which stands in the article's title."""
    title = _stems(comment.title)
    words = _stems(comment.body) if len(title) >= TITLED else frozenset()
    if len(words) >= LONG and title.isdisjoint(words):
        yield Signal("off_topic", 1.0, {"count": len(words)})


def _stems(text: str) -> frozenset[str]:
    """The beginnings of the longer words: enough to tell `tramways` from `tramontane` most of the time."""
    return frozenset(fold(match[0])[:_STEM] for match in islice(_WORD.finditer(text), _MOST))
