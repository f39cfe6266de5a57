"""Swearing at nobody: rude, and no more than that."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.lexicon.findings import finding


@check(
    reasons=("profanity",),
    flags=(
        Context(body="Putain, encore une grève !"),
        Context(body="What the fuck is this?"),
        Context(body="C'est vraiment un truc de merde."),
    ),
    passes=(
        Context(body="Mince alors, encore une grève !"),
        Context(body="Le cul-de-sac est en travaux, et il a la gueule de bois."),
        Context(body="Hello, Scunthorpe and Essex."),
    ),
)
def profanity(comment: Context) -> Iterator[Signal]:
    """Swear words: a little weight, so that they tell in company and never alone."""
    yield from finding("profanity", comment.body)
