"""Domains that the site doesn't want linked, their subdomains included."""

from collections.abc import Iterator

from service.domain.matching import domain_list
from service.domain.verdict import Signal
from workers.checks.check import check
from workers.checks.context import Context
from workers.checks.terms import MOST

_LISTED = ("spam.example",)


@check(
    reasons=("blocked_domain",),
    flags=(
        Context(body="Voyez https://www.Spam.example/promo", blocked_domains=_LISTED),
        Context(body="spam.example, le meilleur", blocked_domains=_LISTED),
        Context(body="Look: https://bank.example@spam.example:8443/", blocked_domains=_LISTED),
        Context(body="Bon article.", website="https://shop.spam.example", blocked_domains=_LISTED),
    ),
    passes=(
        Context(body="https://notspam.example et https://spam.example.org", blocked_domains=_LISTED),
        Context(body="Écrivez-moi : jo@spam.example", blocked_domains=_LISTED),
        Context(body="Spam, par exemple.", blocked_domains=_LISTED),
        Context(body="https://spam.example"),
    ),
)
def blocked_domain(comment: Context) -> Iterator[Signal]:
    """A domain of the site's list, in the text or as the author's website."""
    listed = domain_list(comment.blocked_domains)
    found = list(listed.find(comment.body))
    domains = tuple(dict.fromkeys(one.term for one in (*found, *listed.find(comment.website))))
    if domains:
        spans = tuple(one.span for one in found)
        yield Signal("blocked_domain", 1.0, {"count": len(domains), "domains": ", ".join(domains[:MOST])}, spans)
