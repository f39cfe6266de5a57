"""Emptiness and length: a comment without a word, and a comment as long as an article."""

import unicodedata
from collections.abc import Iterator
from itertools import islice

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

LEAST = 2
MOST = 5_000
_MEANS_SOMETHING = frozenset({"L", "N"})  # letters and digits of any script
_PICTURES = frozenset({"So"})


@check(
    reasons=("too_short", "too_long"),
    flags=(
        Context(body="..."),
        Context(body="?!?!"),
        Context(body="\u200b \u200b"),
        Context(body="x"),
        Context(body="Et je maintiens. " * 400),
    ),
    passes=(
        Context(body="Ok"),
        Context(body="+1"),
        Context(body="👏👏👏"),
        Context(body="Oui !"),
        Context(body="好"),
        Context(body="Un long témoignage, mais un seul. " * 100),
    ),
)
def length(comment: Context) -> Iterator[Signal]:
    """Nothing to read (fewer than two letters, digits or pictures), or more than 5,000 characters."""
    telling = sum(islice((_weight(mark) for mark in comment.body if _weight(mark)), LEAST))
    if telling < LEAST:
        yield Signal("too_short", 1.0 if not telling else 0.5, {"count": telling})
    if len(comment.body) > MOST:
        yield Signal("too_long", min(1.0, len(comment.body) / (2 * MOST)), {"count": len(comment.body), "most": MOST})


def _weight(mark: str) -> int:
    """How much one character says: a picture or an ideograph can be a whole comment."""
    category = unicodedata.category(mark)
    if category in _PICTURES or category == "Lo":
        return LEAST
    return int(category[0] in _MEANS_SOMETHING or mark == "+")
