"""The author's record: somebody whose latest comments were mostly rejected. A good record speaks for nothing."""

from collections.abc import Iterator

from service.domain.person import Record
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

_TEXT = "Le conseil a voté hier soir, et personne n'en parle."


@check(
    reasons=("rejected_before",),
    flags=(
        Context(body=_TEXT, author=Record(published=1, rejected=3, lately=4, lately_rejected=3)),
        Context(body=_TEXT, author=Record(rejected=1, lately=1, lately_rejected=1)),
    ),
    passes=(
        Context(body=_TEXT, author=Record(published=9, rejected=2, lately=11, lately_rejected=2)),
        Context(body=_TEXT, author=Record(published=1, rejected=7)),
        Context(body=_TEXT, author=Record(published=40, lately=20)),
        Context(body=_TEXT, author=Record()),
    ),
)
def rejected_before(comment: Context) -> Iterator[Signal]:
    """At least half of the author's comments of the last thirty days were rejected: the more of them, the stronger."""
    rejected, all_ = comment.author.lately_rejected, comment.author.lately
    if rejected and rejected * 2 >= all_:
        yield Signal("rejected_before", rejected / all_ * min(1.0, rejected / 3), {"count": rejected, "all": all_})
