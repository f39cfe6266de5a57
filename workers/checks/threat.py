"""Threats: what somebody will do to whoever reads it, and calls to kill."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.lexicon.findings import finding


@check(
    reasons=("threat",),
    flags=(
        Context(body="Je vais te tuer."),
        Context(body="On va vous égorger, tous autant que vous êtes."),
        Context(body="Je te buterai, compte sur moi."),
        Context(body="Va te pendre."),
        Context(body="Je sais où tu habites."),
        Context(body="I'm going to kill you."),
        Context(body="kys"),
        Context(body="He should be hanged for this."),
    ),
    passes=(
        Context(body="La police a tué un homme, et le tueur court toujours."),
        Context(body="Je ne vais pas te tuer pour une faute d'orthographe."),
        Context(body="Cette réforme va tuer les petits commerces."),
        Context(body="On va crever de chaud cet été."),
        Context(body="Il a dit : « je vais te tuer », et personne n'a bougé."),
        Context(body="I would kill for a decent train service."),
        Context(body="The Killing Joke is a masterpiece."),
        Context(body="The judge said the man threatened to shoot his neighbour."),
        Context(body="KYS is also the name of a software company."),
    ),
)
def threat(comment: Context) -> Iterator[Signal]:
    """Violence announced to whoever reads it, or wished on somebody."""
    yield from finding("threat", comment.body)
