"""Near copies: one text with its names, numbers and links changed, from many pens. Short texts are never compared."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context, Copies

_SOLD = "Mon ami Marc a gagné 3 400 euros en une semaine grâce à ce site, essayez donc vous aussi."
_SIGNED = "Nous demandons au conseil municipal de renoncer à la fermeture de la piscine et de nous entendre."


@check(
    reasons=("near_copies", "refused_copies", "near_repeats"),
    flags=(
        Context(body=_SOLD, copies=Copies(by_others=1, authors=1, hours=3)),
        Context(body=_SOLD, copies=Copies(by_others=12, authors=9, refused=2, hours=40)),
        Context(body=_SOLD, copies=Copies(own=2, hours=1)),
    ),
    passes=(
        Context(body=_SIGNED),
        Context(body=_SIGNED, copies=Copies(own=1, hours=1)),
        Context(body=_SIGNED, copies=Copies(own=1, accepted=1, hours=1)),
    ),
)
def near_copies(comment: Context) -> Iterator[Signal]:
    """Nearly this text in seven days by another author, or twice by this one; weaker where people published it."""
    copies = comment.copies
    doubt = 1.0 if copies.accepted <= copies.refused else 0.3
    if copies.by_others:
        sure = 1.0 if copies.by_others > 1 else 0.85
        facts = {"count": copies.by_others, "authors": copies.authors, "hours": copies.hours}
        yield Signal("near_copies", sure * doubt, facts)
    if copies.refused:
        share = copies.refused / (copies.refused + copies.accepted)
        yield Signal("refused_copies", share, {"count": copies.refused})
    if copies.own > 1:
        yield Signal("near_repeats", min(1.0, copies.own / 3) * doubt, {"count": copies.own})
