"""One author under many articles at once: who has something to say everywhere has mostly something to sell."""

from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context, Recent

MANY = 8
_TEXT = "Très bon article, je le recommande à tous."


@check(
    reasons=("many_articles",),
    flags=(Context(body=_TEXT, by_author=Recent(comments=3, articles=9)),),
    passes=(
        Context(body=_TEXT, by_author=Recent(comments=3, articles=8)),
        Context(body=_TEXT, by_author=Recent(comments=5, articles=1)),
    ),
)
def many_articles(comment: Context) -> Iterator[Signal]:
    """More than 8 articles commented on by one author within an hour: more than a reader reads."""
    count = comment.by_author.articles
    if count > MANY:
        yield Signal("many_articles", 1.0, {"count": count})
