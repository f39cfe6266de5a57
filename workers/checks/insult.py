"""Insults: words that wound, and those that only wound when they are aimed at whoever reads them."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.lexicon.findings import finding


@check(
    reasons=("insult",),
    flags=(
        Context(body="Ce ministre est un connard."),
        Context(body="Va te faire\nfoutre"),
        Context(body="ENCULÉ !"),
        Context(body="Bande d'encules"),
        Context(body="Vous êtes vraiment un abruti."),
        Context(body="T'es qu'un con, et tu le sais."),
        Context(body="Tu n'as rien compris, crétin."),
        Context(body="Bande d'abruti·e·s !"),
        Context(body="You are a piece of shit."),
        Context(body="You really are an idiot."),
        Context(body="Les journalistes sont des parasites."),
    ),
    passes=(
        Context(body="Le Conseil constitutionnel a tranché."),
        Context(body="Encore des retards à la SNCF, et le FDP allemand s'en moque."),
        Context(body="Il ne reste qu'à poser des tapettes à souris dans le Rio Negro."),
        Context(body="Quel con, ce Macron, quand même !"),
        Context(body="C'est idiot, débile et méchant, mais c'est une opinion."),
        Context(body="Je suis con, j'ai oublié le lien. Vous n'êtes pas idiot, vous comprendrez."),
        Context(body="I'm such an idiot, I meant Tuesday."),
        Context(body="« Connard », lui a-t-il lancé devant les caméras."),
        Context(body="Les Enfoirés chantent samedi, et le Dîner de cons repasse dimanche."),
        Context(body="Dick Cheney's memoir is a damn good read."),
        Context(body="This is stupid policy and a shitty deal for the poor."),
        Context(body="Les réputés disputent la Coupe ; Scunthorpe perd, Arsenal gagne."),
    ),
)
def insult(comment: Context) -> Iterator[Signal]:
    """An insult, in French or in English: `vous êtes …` weighs more than `cet …`, and `je suis …` nothing."""
    yield from finding("insult", comment.body)
