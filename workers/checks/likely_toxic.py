"""What the trained model thinks of a comment's tone. It ranks and holds; it never refuses by itself."""

from collections.abc import Iterator

from service.domain.verdict import Estimate, Signal
from workers.checks.check import check
from workers.checks.context import Context

LIKELY = 0.9
"""Below this most that a news comment is suspected of is heat, and moderators would learn to overlook it."""


@check(
    reasons=("likely_toxic",),
    flags=(
        Context(body="Vous êtes un abruti.", estimate=Estimate(toxicity=0.98, kind="insult")),
        Context(body="They should all go back.", estimate=Estimate(toxicity=0.9)),
    ),
    passes=(
        Context(body="Je ne suis pas du tout d'accord avec vous.", estimate=Estimate(toxicity=0.85)),
        Context(body="Prêt entre particuliers, réponse en 24 h", estimate=Estimate(spam=0.97)),
    ),
)
def likely_toxic(comment: Context) -> Iterator[Signal]:
    """The trained model finds the comment likely to insult, hate or threaten."""
    chance = comment.estimate.toxicity
    if chance >= LIKELY:
        yield Signal("likely_toxic", chance, {"percent": round(100 * chance)}, comment.estimate.toxic_spans)
