"""A call to click, follow or sign up, with the place to do it: advertising that has no phrase of its own."""

from collections.abc import Iterator

from service.domain.matching import hosts, word_list
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.phrases import INVITATIONS
from workers.checks.terms import named


@check(
    reasons=("invitation",),
    flags=(
        Context(body="Hey everybody, check out what I found for all of us on miley-news.example"),
        Context(body="Sign up today for the great adventure at https://earn.example/me, you won't regret it"),
        Context(body="Cliquez pour découvrir comment ma vie a changé en un mois : www.mavie.example"),
    ),
    passes=(
        Context(body="Abonnez-vous si vous voulez que les journalistes soient payés."),
        Context(body="La décision complète est sur https://www.conseil-etat.fr/decisions, lisez-la avant de juger."),
        Context(body="Click bait, as always. What does the study say?"),
        Context(body="I found the figures at https://ons.example/inflation and they say the opposite."),
    ),
)
def invitation(comment: Context) -> Iterator[Signal]:
    """A call to click, follow, join or sign up, in a text that names a web address."""
    called = list(word_list(INVITATIONS).find(comment.body))
    if called and any(True for _ in hosts(comment.body)):
        yield Signal("invitation", 1.0, named(called), tuple(one.span for one in called))
