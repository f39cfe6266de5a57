"""Links to where this site's readers never led before: advertising does, and so does now and then a good source."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context, Place
from workers.checks.linked import named, spans_of

_TEXT = "La source : https://rapport.example/page-12, à lire avant d'en parler."


@check(
    reasons=("new_domain",),
    flags=(
        Context(body=_TEXT, places=(Place("rapport.example"),)),
        Context(body=_TEXT, places=(Place("rapport.example", refused=1),)),
        Context(body="Bon article.", website="https://marie.example", places=(Place("marie.example"),)),
    ),
    passes=(
        Context(body=_TEXT, places=(Place("rapport.example", published=1),)),
        Context(body="Rien à voir, circulez."),
    ),
)
def new_domain(comment: Context) -> Iterator[Signal]:
    """A link to a domain to which none of the latest comments published on this site leads. Weak by itself."""
    new = [place.domain for place in comment.places if not place.published]
    if new:
        yield Signal("new_domain", 1.0, named(new), spans_of(new, comment.body))
