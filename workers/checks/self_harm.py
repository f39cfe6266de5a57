"""A reader in distress: somebody who writes that they want to die. It isn't a fault: a person should read it soon."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.lexicon.findings import finding


@check(
    reasons=("self_harm",),
    flags=(
        Context(body="Je n'ai plus personne. Je veux mourir."),
        Context(body="J'ai envie d'en finir."),
        Context(body="I want to kill myself."),
        Context(body="There is no reason to live any more."),
    ),
    passes=(
        Context(body="Le suicide des agriculteurs n'intéresse personne."),
        Context(body="Je ne veux pas mourir idiot, expliquez-moi."),
        Context(body="Il voulait mourir, on l'a sauvé ; le 3114 répond jour et nuit."),
        Context(body="Mourir dans la dignité est un droit."),
        Context(body="I nearly died laughing, I could kill for more."),
        Context(body="Suicide rates are rising among farmers."),
    ),
)
def self_harm(comment: Context) -> Iterator[Signal]:
    """Somebody writes of wanting to die or to harm themselves."""
    yield from finding("self_harm", comment.body)
