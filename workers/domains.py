"""The places a comment links to, by the domain that somebody registered: for `a.b.example.co.uk`, `example.co.uk`."""

from functools import cache, lru_cache
from itertools import chain
from typing import Final

from publicsuffixlist import PublicSuffixList

from service.domain.matching import hosts
from workers.checks.linked import linked

MOST: Final = 10
"""Domains of one comment that are looked up and kept: a text with fifty links is told by its links already."""


def domains(body: str, website: str) -> tuple[str, ...]:
    """The registrable domains that a comment links to, in its text or as its author's website, each once."""
    found: dict[str, None] = {}
    for host, _ in chain(hosts(website), linked(body)):
        found[_registrable(host)] = None
        if len(found) == MOST:
            break
    return tuple(found)


@lru_cache(maxsize=4096)
def _registrable(host: str) -> str:
    """A host that is an ending itself (`blogspot.com`) stands for itself."""
    return _endings().privatesuffix(host) or host


@cache
def _endings() -> PublicSuffixList:
    """The public suffix list that the library brings along; nothing is fetched."""
    return PublicSuffixList()
