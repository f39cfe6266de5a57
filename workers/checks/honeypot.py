"""The honeypot: a field that people don't see and machines fill in."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

_TEXT = "Merci pour cet article très complet."


@check(
    reasons=("honeypot",),
    flags=(Context(body=_TEXT, honeypot_filled=True),),
    passes=(Context(body=_TEXT),),
)
def honeypot(comment: Context) -> Iterator[Signal]:
    """The form's hidden field was filled in."""
    if comment.honeypot_filled:
        yield Signal("honeypot")
