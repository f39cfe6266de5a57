"""Links in a comment: one is conversation, many are advertising."""

import re
from collections.abc import Iterator

from service.domain.verdict import Signal, Span
from workers.checks.check import check
from workers.checks.context import Context

FEW = 2
LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?)»\u2019']", re.IGNORECASE)


@check(
    reasons=("links",),
    flags=(
        Context(body="Voyez http://a.example, http://b.example et http://c.example !"),
        Context(body="Click www.cheap.example www.cheaper.example www.cheapest.example"),
    ),
    passes=(
        Context(body="La source : https://www.insee.fr/fr/statistiques/1234"),
        Context(body="Deux avis opposés : https://a.example/pour et https://b.example/contre"),
        Context(body="The same page, archived: https://archive.example/web/https://www.a.example/page"),
        Context(body="Le site gouv.fr le dit clairement."),
    ),
)
def links(comment: Context) -> Iterator[Signal]:
    """More than two links in one comment."""
    spans = tuple(Span(*match.span()) for match in LINK.finditer(comment.body))
    if len(spans) > FEW:
        yield Signal("links", 1.0, {"count": len(spans)}, spans)
