"""Phrases of advertising: calls to subscribe, loans from strangers, money from home."""

from collections.abc import Iterator

from service.domain.matching import word_list
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.phrases import SPAM_PHRASES
from workers.checks.terms import named


@check(
    reasons=("spam_phrase",),
    flags=(
        Context(body="Check out my channel, please subscribe :)"),
        Context(body="Make money online, $3,000 per month!"),
        Context(body="Offre de prêt entre particuliers, écrivez à Mme Martin"),
        Context(body="Retour affectif en 24 h par un grand marabout"),
        Context(body="c h e c k   o u t   m y   c h a n n e l"),
        Context(body="pl3ase $ubscribe"),
    ),
    passes=(
        Context(body="Subscribe to a newspaper if you want journalists to be paid."),
        Context(body="Je me suis abonné au journal il y a dix ans."),
        Context(body="More people are working from home since the pandemic."),
        Context(body="Mon prêt immobilier a doublé, et le crédit à la consommation aussi."),
        Context(body="The English Channel and the BBC channel are different things."),
        Context(body="Le casino de la ville et le bitcoin : deux paris perdus."),
    ),
)
def spam_phrase(comment: Context) -> Iterator[Signal]:
    """A phrase that advertises, in French or in English."""
    found = list(word_list(SPAM_PHRASES).find(comment.body))
    if found:
        yield Signal("spam_phrase", 1.0, named(found), tuple(one.span for one in found))
