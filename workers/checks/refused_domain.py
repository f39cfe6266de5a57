"""Links to where comments led that people on this site rejected."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context, Place
from workers.checks.linked import named, spans_of

_TEXT = "Comparez donc sur https://www.credits.example, c'est parlant."


@check(
    reasons=("refused_domain",),
    flags=(
        Context(body=_TEXT, places=(Place("credits.example", refused=1),)),
        Context(body=_TEXT, places=(Place("credits.example", published=2, refused=5),)),
    ),
    passes=(
        Context(body=_TEXT, places=(Place("credits.example", published=48, refused=2),)),
        Context(body=_TEXT, places=(Place("credits.example"),)),
        Context(body=_TEXT),
    ),
)
def refused_domain(comment: Context) -> Iterator[Signal]:
    """A link to a domain whose comments people rejected on this site, at least as many as were published."""
    refused = [place for place in comment.places if place.refused and place.refused >= place.published]
    if refused:
        domains = [place.domain for place in refused]
        share = max(place.refused / (place.refused + place.published) for place in refused)
        yield Signal("refused_domain", share, named(domains), spans_of(domains, comment.body))
