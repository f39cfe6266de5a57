"""An author of whom staff want to see everything first."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

_TEXT = "Le conseil a voté hier soir, et personne n'en parle."


@check(
    reasons=("author_held",),
    flags=(Context(body=_TEXT, on_hold=True),),
    passes=(Context(body=_TEXT),),
)
def author_held(comment: Context) -> Iterator[Signal]:
    """Staff have said that all that this author sends is held."""
    if comment.on_hold:
        yield Signal("author_held")
