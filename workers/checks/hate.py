"""Hate: slurs, and groups of people called vermin, wished dead or shown the door. A group's name alone says nothing."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.lexicon.findings import finding


@check(
    reasons=("hate",),
    flags=(
        Context(body="Encore un bougnoule."),
        Context(body="Les Roms sont de la vermine."),
        Context(body="Dehors les migrants !"),
        Context(body="Les homosexuels devraient être brûlés."),
        Context(body="Les juifs ne méritent pas de vivre."),
        Context(body="Je hais les femmes."),
        Context(body="All Muslims should be deported."),
        Context(body="Women are inferior, and everybody knows."),
        Context(body="I don't mind the tourists. But those immigrants… These people are cockroaches."),
        Context(body="You faggot."),
    ),
    passes=(
        Context(body="La communauté juive et les musulmans de la ville ont marché ensemble."),
        Context(body="Les migrants ne sont pas de la vermine."),
        Context(body="C'est raciste de dire que les Noirs sont paresseux."),
        Context(body="Le film « Nègre je suis » et la négritude de Césaire."),
        Context(body="Un nègre littéraire a écrit ses mémoires."),
        Context(body="Les femmes afghanes sont privées d'école, et tuées si elles protestent."),
        Context(body="Personne ne devrait traiter quelqu'un de gouine."),
        Context(body="Muslims are not vermin, and whoever says so is a bigot."),
        Context(body="I don't hate women, I hate this law."),
        Context(body="Black people should be paid the same."),
        Context(body="There was a chink in his armour; the dykes of Holland held."),
    ),
)
def hate(comment: Context) -> Iterator[Signal]:
    """A slur, or a group of people called less than human, threatened or told to leave for what they are."""
    yield from finding("hate", comment.body)
