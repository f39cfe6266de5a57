"""A first comment: an author of whom nothing has been published yet on this site."""

from collections.abc import Iterator

from service.domain.person import Record
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

_TEXT = "Bonjour à tous, je lis ce journal depuis dix ans."


@check(
    reasons=("first_comment",),
    flags=(
        Context(body=_TEXT, author=Record()),
        Context(body=_TEXT, author=Record(published=0, rejected=3)),
    ),
    passes=(Context(body=_TEXT, author=Record(published=1, rejected=3)),),
)
def first_comment(comment: Context) -> Iterator[Signal]:
    """Nothing by this author has been published here yet. It weighs nothing: the policy says whether it holds."""
    if comment.author.is_new:
        yield Signal("first_comment")
