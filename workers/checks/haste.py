"""Haste: a text sent sooner than it can be typed. Without a form's clock nothing is known, and nothing is said."""

from collections.abc import Iterator
from math import ceil

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

SECONDS = 3.0
_LONG = 60
_TEXT = "Votre enquête oublie de dire que la région avait déjà promis ces travaux en 2019."


@check(
    reasons=("haste",),
    flags=(
        Context(body=_TEXT, seconds_to_fill=1.2),
        Context(body="Thanks!", seconds_to_fill=0.4),
    ),
    passes=(
        Context(body=_TEXT),
        Context(body=_TEXT, seconds_to_fill=3.0),
        Context(body="Merci !", seconds_to_fill=4.0),
    ),
)
def haste(comment: Context) -> Iterator[Signal]:
    """The form came back in less than three seconds: likelier a machine if the text is long."""
    seconds = comment.seconds_to_fill
    if seconds is not None and seconds < SECONDS:
        strength = 1.0 if len(comment.body) >= _LONG else 0.5
        yield Signal("haste", strength, {"seconds": max(1, ceil(seconds)), "length": len(comment.body)})
