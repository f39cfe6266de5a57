"""Many authors, one new place: what several people link to on the day it turns up is news, or a campaign."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context, Place
from workers.checks.linked import named, spans_of

AUTHORS = 3
DAYS = 7
_TEXT = "J'ai trouvé bien moins cher sur www.promo.example, livré en deux jours."


@check(
    reasons=("link_campaign",),
    flags=(Context(body=_TEXT, places=(Place("promo.example", published=4, authors=3),)),),
    passes=(
        Context(body=_TEXT, places=(Place("promo.example", published=2, authors=2),)),
        Context(body=_TEXT, places=(Place("promo.example", published=9, authors=9, days=30),)),
        Context(body=_TEXT, places=(Place("promo.example", published=9, authors=9, accepted=1),)),
        Context(body=_TEXT),
    ),
)
def link_campaign(comment: Context) -> Iterator[Signal]:
    """The fourth author in a day, or a later one, to link to a domain that is new here this week and in doubt."""
    found = [place for place in comment.places if place.authors >= AUTHORS and place.days < DAYS and not place.accepted]
    if found:
        authors = max(place.authors for place in found) + 1
        domains = [place.domain for place in found]
        facts = named(domains) | {"count": authors}
        yield Signal("link_campaign", min(1.0, authors / 5), facts, spans_of(domains, comment.body))
