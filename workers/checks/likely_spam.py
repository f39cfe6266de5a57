"""What the trained model thinks of a comment as advertising."""

from collections.abc import Iterator

from service.domain.verdict import Estimate, Signal
from workers.checks.check import check
from workers.checks.context import Context

LIKELY = 0.7
"""Below this honest comments with a link are among them; a new place would hold them together with it."""


@check(
    reasons=("likely_spam",),
    flags=(
        Context(body="Prêt entre particuliers, réponse en 24 h", estimate=Estimate(spam=0.97)),
        Context(body="Great blog, visit mine", estimate=Estimate(spam=0.7)),
    ),
    passes=(
        Context(body="La source : https://www.insee.fr/fr/statistiques/1234", estimate=Estimate(spam=0.69)),
        Context(body="Vous êtes un abruti.", estimate=Estimate(toxicity=0.98)),
    ),
)
def likely_spam(comment: Context) -> Iterator[Signal]:
    """The trained model finds the comment likely to be advertising."""
    chance = comment.estimate.spam
    if chance >= LIKELY:
        yield Signal("likely_spam", chance, {"percent": round(100 * chance)}, comment.estimate.spam_spans)
