"""The same text again elsewhere: what is pasted under ten articles is seldom about any of them."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context, Recent

LONG_ENOUGH = 25
BY_AUTHOR = 1
BY_ADDRESS = 3
_PASTED = "Rejoignez-nous samedi à 14 heures devant la mairie !"


@check(
    reasons=("repeated_text", "address_repeats"),
    flags=(
        Context(body=_PASTED, by_author=Recent(same_text=2)),
        Context(body=_PASTED, by_address=Recent(same_text=4)),
    ),
    passes=(
        Context(body="Merci !", by_author=Recent(same_text=9)),
        Context(body="Tout à fait d'accord.", by_address=Recent(same_text=20)),
        Context(body=_PASTED, by_address=Recent(same_text=3)),
        Context(body=_PASTED),
    ),
)
def repeated_text(comment: Context) -> Iterator[Signal]:
    """A text of 25 characters or more, already sent that day by its author, or more than 3 times from an address."""
    if len(comment.body.strip()) < LONG_ENOUGH:
        return
    author, address = comment.by_author.same_text, comment.by_address.same_text
    if author > BY_AUTHOR:
        yield Signal("repeated_text", min(1.0, author / 4), {"count": author})
    if address > BY_ADDRESS:
        yield Signal("address_repeats", 1.0, {"count": address})
