"""A link and next to nothing about it: nobody can tell why it should be followed."""

import re
from collections.abc import Iterator

from service.domain.verdict import Signal, Span
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.links import LINK

FEW_WORDS = 4
_WORD = re.compile(r"[^\W\d_]{2,}")


@check(
    reasons=("bare_link",),
    flags=(
        Context(body="https://shop.example/offer?ref=1234"),
        Context(body="click here -----> http://a.example <-----"),
        Context(body="À voir : www.a.example"),
    ),
    passes=(
        Context(body="La source : https://www.insee.fr/fr/statistiques/1234, page douze"),
        Context(body="Lisez plutôt ce que la Cour en dit : https://www.ccomptes.fr/rapport"),
        Context(body="The council published the minutes: https://council.example/minutes"),
        Context(body="Merci beaucoup"),
    ),
)
def bare_link(comment: Context) -> Iterator[Signal]:
    """A link with fewer than four words beside it."""
    links = tuple(Span(*match.span()) for match in LINK.finditer(comment.body))
    if not links:
        return
    said = sum(1 for _ in _WORD.finditer(LINK.sub(" ", comment.body)))
    if said < FEW_WORDS:
        yield Signal("bare_link", 1.0, {"count": said}, links)
