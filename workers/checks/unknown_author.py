"""A name made for the occasion. Several things speak for that, and the signal never tells which: see decision 9."""

from collections.abc import Iterator

from service.domain.person import Record
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context, Recent

MANY_NAMES = 5
_TEXT = "Bonjour à tous, très bon article."
_NEW = Record()


@check(
    reasons=("unknown_author",),
    flags=(
        Context(body=_TEXT, author=_NEW, by_address=Recent(comments=6, authors=6)),
        Context(body=_TEXT, author=Record(throwaway=True)),
    ),
    passes=(
        Context(body=_TEXT, author=_NEW),
        Context(body=_TEXT, author=_NEW, by_address=Recent(comments=5, authors=5)),
        Context(body=_TEXT, by_address=Recent(comments=20, authors=20)),
        Context(body=_TEXT, author=Record(published=1, throwaway=True)),
    ),
)
def unknown_author(comment: Context) -> Iterator[Signal]:
    """A new author, and signs that the name won't be used again, such as six names in an hour from one connection.

    The other signs are not told one by one, and it is always of the same strength.
    """
    if comment.author.is_new and (comment.author.throwaway or comment.by_address.authors > MANY_NAMES):
        yield Signal("unknown_author")
