"""What a site's own decisions say of a comment as advertising."""

from collections.abc import Iterator

from service.domain.verdict import Estimate, Signal
from workers.checks.check import check
from workers.checks.context import Context

LIKELY = 0.5
"""From here on people would rather refuse it; it takes more to hold a comment by itself."""


@check(
    reasons=("learnt_spam",),
    flags=(
        Context(body="Gagnez 900 € avec notre méthode", estimate=Estimate(learnt_spam=0.93)),
        Context(body="Gagnez 900 € avec notre méthode", estimate=Estimate(learnt_spam=0.5)),
    ),
    passes=(
        Context(body="Merci pour cet article.", estimate=Estimate(learnt_spam=0.49)),
        Context(body="Gagnez 900 € avec notre méthode", estimate=Estimate(spam=0.98)),
    ),
)
def learnt_spam(comment: Context) -> Iterator[Signal]:
    """The comment looks like what moderators of this site refuse as spam."""
    chance = comment.estimate.learnt_spam
    if chance >= LIKELY:
        yield Signal("learnt_spam", chance, {"percent": round(100 * chance)}, comment.estimate.learnt_spam_spans)
