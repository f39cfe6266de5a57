"""Crude talk of sex. News of rape, of prostitution or of a clinic speaks of it otherwise."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.lexicon.findings import finding


@check(
    reasons=("sexual",),
    flags=(
        Context(body="Envoie tes nudes"),
        Context(body="Je vais te baiser"),
        Context(body="sit on my face"),
        Context(body="Nice tits, nice ass"),
    ),
    passes=(
        Context(body="Il est accusé de viol et d'agression sexuelle sur mineure."),
        Context(body="Les prostituées de la rue Saint-Denis demandent des droits."),
        Context(body="L'éducation sexuelle à l'école, enfin !"),
        Context(body="Ma chatte a eu trois petits."),
        Context(body="Moby Dick is about a whale; sexual health matters."),
    ),
)
def sexual(comment: Context) -> Iterator[Signal]:
    """Crude words of sex, or an offer of it."""
    yield from finding("sexual", comment.body)
