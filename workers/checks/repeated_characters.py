"""Floods of one character: `!!!!!!!!!!`, `nooooooooon`. Rules and rows of dots are typography."""

import re
from collections.abc import Iterator

from service.domain.verdict import Signal, Span
from workers.checks.check import check
from workers.checks.context import Context

MANY = 8
_FLOOD = re.compile(rf"([^\s\d.'\"_:=*#~/|\\<>\u2012-\u2015\u2500-])\1{{{MANY - 1},}}", re.IGNORECASE)


@check(
    reasons=("repeated_characters",),
    flags=(
        Context(body="Scandaleux !!!!!!!!!!!!!!!!"),
        Context(body="looooooooooool"),
        Context(body="Nooooooooooon, pas encore lui"),
        Context(body="Why?????????? Nobody asked us."),
        Context(body="😂😂😂😂😂😂😂😂😂😂😂😂"),
    ),
    passes=(
        Context(body="Bravo !!!"),
        Context(body="Pfff... lool"),
        Context(body="Un milliard, c'est 1000000000 d'euros."),
        Context(body="Première partie\n--------------------\nSeconde partie"),
        Context(body="Et ensuite............ plus rien."),
        Context(body="Bof 😂😂😂"),
        Context(body="::::::::::: je réponds à la troisième question"),
    ),
)
def repeated_characters(comment: Context) -> Iterator[Signal]:
    """The same character eight times in a row or more; digits, dots, quotes and drawn lines don't count."""
    spans = tuple(Span(*match.span()) for match in _FLOOD.finditer(comment.body))
    if spans:
        longest = max(span.end - span.start for span in spans)
        yield Signal("repeated_characters", min(1.0, longest / (2 * MANY)), {"count": longest}, spans)
