"""Blocked words: the site's own, in the text and in the name beside it."""

from collections.abc import Iterator

from service.domain.matching import word_list
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.terms import named

_LISTED = ("zorglub",)


@check(
    reasons=("blocked_word", "blocked_name"),
    flags=(
        Context(body="Le Zorglub a encore frappé", blocked_words=_LISTED),
        Context(body="va te faire\nvoir", blocked_words=("Va te faire voir",)),
        Context(body="Tout à fait d'accord.", name="Super Zorglub", blocked_words=_LISTED),
        Context(body="Un z.o.r.g.l.u.b, deux z0rglubs, un zorgl*b, des zooorglub", blocked_words=_LISTED),
        Context(body="z\u043erglub en cyrillique", blocked_words=_LISTED),
        Context(body="Rien", name="Z o r g l u b", blocked_words=_LISTED),
    ),
    passes=(
        Context(body="Les zorglubs n'existent pas", blocked_words=_LISTED),
        Context(body="Le Conseil constitutionnel a tranché.", blocked_words=("con",)),
        Context(body="Une s a l o p e t t e en jean, les ami·e·s du co-n-seil.", blocked_words=("lopette", "con")),
        Context(body="Le Zorglub a encore frappé"),
    ),
)
def blocked_word(comment: Context) -> Iterator[Signal]:
    """A word of the site's list, in the text or in the author's name."""
    listed = word_list(comment.blocked_words)
    in_body = list(listed.find(comment.body))
    if in_body:
        yield Signal("blocked_word", 1.0, named(in_body), tuple(found.span for found in in_body))
    in_name = list(listed.find(comment.name))
    if in_name:
        yield Signal("blocked_name", 1.0, named(in_name))
