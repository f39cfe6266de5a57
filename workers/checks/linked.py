"""Hosts that a text links to: after `//`, with `www.`, or bare with an ending that is no word. `fini.La` is none."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from service.domain.matching import hosts
from service.domain.verdict import Span
from workers.checks.terms import MOST

_ENDINGS: Final = frozenset({
    "com", "net", "org", "info", "biz", "shop", "store", "xyz", "top", "online", "site", "website", "club", "vip",
    "icu", "blog", "link", "click", "live", "fr", "eu", "be", "ch", "uk", "ru", "cn", "io", "app", "dev", "gg",
})  # fmt: skip
_BEFORE: Final = ("//", "2f")


def linked(text: str) -> Iterator[tuple[str, Span]]:
    """Hosts as `hosts` gives them, without those that a missing space after a full stop, or a file's name, makes."""
    for host, span in hosts(text):
        before = text[max(0, span.start - 2) : span.start].lower()
        if before in _BEFORE or before.endswith("@") or host.startswith("www.") or _ending(host) in _ENDINGS:
            yield host, span


def spans_of(domains: Iterable[str], text: str) -> tuple[Span, ...]:
    """Where a text links to one of these domains, or to a subdomain."""
    listed = frozenset(domains)
    return tuple(span for host, span in linked(text) if not listed.isdisjoint(_parents(host)))


def named(domains: Sequence[str]) -> dict[str, str | int]:
    """The facts `count` and `domains`: the first five by name."""
    return {"count": len(domains), "domains": ", ".join(domains[:MOST])}


def _parents(host: str) -> Iterator[str]:
    labels = host.split(".")
    return (".".join(labels[at:]) for at in range(len(labels)))


def _ending(host: str) -> str:
    return host.rpartition(".")[2]
