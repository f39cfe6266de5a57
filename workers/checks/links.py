"""Links in a comment: one is conversation, many are advertising."""

import re
from collections.abc import Iterator

from service.domain.verdict import Signal, Span
from workers.checks.check import check
from workers.checks.context import Context

_LINK = re.compile(r"https?://\S+|www\.\S+", re.IGNORECASE)


@check(
    reasons=("links",),
    flags=(
        Context(body="Voyez http://a.example, http://b.example et http://c.example !"),
        Context(body="Click www.cheap.example www.cheaper.example www.cheapest.example"),
    ),
    passes=(
        Context(body="La source : https://www.insee.fr/fr/statistiques/1234"),
        Context(body="Deux avis opposés : https://a.example/pour et https://b.example/contre"),
        Context(body="Le site gouv.fr le dit clairement."),
    ),
)
def links(comment: Context) -> Iterator[Signal]:
    """More than two links in one comment."""
    spans = tuple(Span(*match.span()) for match in _LINK.finditer(comment.body))
    if len(spans) > 2:  # noqa: PLR2004 - the number is the check
        yield Signal("links", min(1.0, len(spans) / 3), {"count": len(spans)}, spans)
