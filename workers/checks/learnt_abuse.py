"""What a site's own decisions say of a comment as abuse."""

from collections.abc import Iterator

from service.domain.verdict import Estimate, Signal
from workers.checks.check import check
from workers.checks.context import Context

LIKELY = 0.5
"""From here on people would rather refuse it; it takes more to hold a comment by itself."""


@check(
    reasons=("learnt_abuse",),
    flags=(
        Context(body="Encore un de ces guignols", estimate=Estimate(learnt_abuse=0.93)),
        Context(body="Encore un de ces guignols", estimate=Estimate(learnt_abuse=0.5)),
    ),
    passes=(
        Context(body="Merci pour cet article.", estimate=Estimate(learnt_abuse=0.49)),
        Context(body="Encore un de ces guignols", estimate=Estimate(toxicity=0.98)),
    ),
)
def learnt_abuse(comment: Context) -> Iterator[Signal]:
    """The comment looks like what moderators of this site refuse as insulting, hateful, threatening or crude."""
    chance = comment.estimate.learnt_abuse
    if chance >= LIKELY:
        yield Signal("learnt_abuse", chance, {"percent": round(100 * chance)}, comment.estimate.learnt_abuse_spans)
