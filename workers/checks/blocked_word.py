"""Blocked words: the site's own, and the insults every site starts with, in the text and in the name beside it."""

from collections.abc import Iterator

from service.domain.matching import Found, word_list
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.insults import INSULTS
from workers.checks.terms import named


@check(
    reasons=("blocked_word", "blocked_name"),
    flags=(
        Context(body="Ce ministre est un connard."),
        Context(body="Va te faire\nfoutre"),
        Context(body="ENCULÉ !"),
        Context(body="Bande d'encules"),
        Context(body="You are a piece of shit."),
        Context(body="Le Zorglub a encore frappé", blocked_words=("zorglub",)),
        Context(body="Tout à fait d'accord.", name="Gros Connard"),
    ),
    passes=(
        Context(body="Le Conseil constitutionnel a tranché."),
        Context(body="Encore des retards à la SNCF, et le FDP allemand s'en moque."),
        Context(body="Il ne reste qu'à poser des tapettes à souris dans le Rio Negro."),
        Context(body="Quel con, ce Macron, quand même !"),
        Context(body="C'est idiot, débile et méchant, mais c'est une opinion."),
        Context(body="Le film « Nègre je suis » et la négritude de Césaire."),
        Context(body="Les réputés disputent la Coupe ; Scunthorpe perd, Arsenal gagne."),
        Context(body="La communauté juive et les musulmans de la ville ont marché ensemble."),
        Context(body="Dick Cheney's memoir is a damn good read."),
        Context(body="This is stupid policy and a shitty deal for the poor."),
        Context(body="Les zorglubs n'existent pas", blocked_words=("zorglub",)),
    ),
)
def blocked_word(comment: Context) -> Iterator[Signal]:
    """A word of the site's list, or an insult of the built-in one, in the text or in the author's name."""
    in_body = list(_find(comment, comment.body))
    if in_body:
        yield Signal("blocked_word", 1.0, named(in_body), tuple(found.span for found in in_body))
    in_name = list(_find(comment, comment.name))
    if in_name:
        yield Signal("blocked_name", 1.0, named(in_name))


def _find(comment: Context, text: str) -> Iterator[Found]:
    yield from word_list(comment.blocked_words).find(text)
    yield from word_list(INSULTS).find(text)
