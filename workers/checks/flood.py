"""Floods: more comments in ten minutes than a person writes. A newsroom or a school shares one address."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context, Recent

BY_AUTHOR = 5
BY_ADDRESS = 30


@check(
    reasons=("flood", "address_flood"),
    flags=(
        Context(body="Encore moi.", by_author=Recent(comments=6)),
        Context(body="Encore nous.", by_address=Recent(comments=31)),
    ),
    passes=(
        Context(body="Une vraie conversation, vive et suivie.", by_author=Recent(comments=5)),
        Context(body="Toute la classe commente l'article.", by_address=Recent(comments=30)),
    ),
)
def flood(comment: Context) -> Iterator[Signal]:
    """More than 5 comments in ten minutes by one author, or more than 30 from one address."""
    author, address = comment.by_author.comments, comment.by_address.comments
    if author > BY_AUTHOR:
        yield Signal("flood", min(1.0, author / (2 * BY_AUTHOR)), {"count": author})
    if address > BY_ADDRESS:
        yield Signal("address_flood", 1.0, {"count": address})
