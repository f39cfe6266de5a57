"""An address where a name should be: the oldest trick to be read and clicked beside somebody else's article."""

import re
from collections.abc import Iterator

from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context

_ADDRESS = re.compile(r"https?:|www\.|\.(?:com|net|org|info|biz|shop|xyz|top|online|site|ru|cn)\b", re.IGNORECASE)


@check(
    reasons=("link_in_name",),
    flags=(
        Context(body="Great article, thanks for sharing!", name="www.cheap-pills.example"),
        Context(body="Merci pour cet article.", name="Crédit rapide https://pret.example"),
        Context(body="So true.", name="BestCasino.com"),
    ),
    passes=(
        Context(body="Je suis d'accord avec M. Dupont.", name="J.-P. Martin"),
        Context(body="Très juste.", name="Lecteur.assidu"),
        Context(body="Indeed.", name="St. John"),
        Context(body="Mon site est a.example", name="Zoé"),
    ),
)
def link_in_name(comment: Context) -> Iterator[Signal]:
    """A web address in the author's name."""
    if _ADDRESS.search(comment.name):
        yield Signal("link_in_name")
