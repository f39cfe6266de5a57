"""Links that say one thing and lead to another: look-alike letters, a text that shows another host, a shortener."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from service.domain.matching import DomainList, hosts
from service.domain.verdict import Signal, Span
from workers.checks.check import check
from workers.checks.context import Context

_MARKDOWN: Final = re.compile(r"\[([^\]\n]{1,300})\]\(\s{0,3}<?(https?://[^\s)>]{1,2000})", re.IGNORECASE)
_SHORTENERS: Final = DomainList(
    (
        "bit.ly", "tinyurl.com", "t.ly", "goo.gl", "is.gd", "v.gd", "ow.ly", "buff.ly", "cutt.ly",
        "rebrand.ly", "shorturl.at", "rb.gy", "tiny.cc", "adf.ly", "bl.ink", "short.io", "s.id", "urlz.fr",
        "lc.cx", "shorte.st", "ouo.io", "bc.vc", "linktr.ee", "t2m.io", "clck.ru", "u.to", "surl.li",
        "shorturl.gg", "tny.im", "qr.ae", "x.gd", "gg.gg", "bitly.com", "kutt.it", "dub.sh", "urlr.me",
        "han.gl", "soo.gd",
    )
)  # fmt: skip
_SCRIPTS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
# A Cyrillic host made of nothing but these reads as a Latin one.
_LOOKALIKES: Final = frozenset(
    "\u0430\u0441\u0435\u0456\u0458\u043e\u0440\u051b\u0455\u051d\u0445\u0443\u04bb\u0501\u04cf"
)


@check(
    reasons=("deceptive_link", "short_link"),
    flags=(
        Context(body="[www.impots.gouv.fr](https://impots.spam.example/login)"),
        Context(body="Connectez-vous sur https://p\u0430ypal.com/fr"),
        Context(body="https://xn--80ak6aa92e.com"),
        Context(body="Tout est là : https://bit.ly/3xYz"),
        Context(body="Bon article.", website="https://tinyurl.com/abc"),
    ),
    passes=(
        Context(body="[le rapport de la Cour](https://www.ccomptes.fr/rapport)"),
        Context(body="[www.insee.fr](https://www.insee.fr/fr/statistiques)"),
        Context(body="[insee.fr](https://www.insee.fr/)"),
        Context(body="[https://fr.wikipedia.org/wiki/Loi](https://fr.wikipedia.org/wiki/Loi)"),
        Context(body="https://café.example et https://xn--caf-dma.example, c'est le même"),
        Context(body="https://яндекс.рф est un site russe"),
        Context(body="Fini à la bit, ly a perdu."),
    ),
)
def deceptive_link(comment: Context) -> Iterator[Signal]:
    """A link whose host is written to look like another's, or shown as another's; or one that hides where it leads."""
    masked = [*_mismatched(comment.body), *_disguised(comment.body)]
    if masked:
        yield Signal("deceptive_link", 1.0, {"count": len(masked)}, tuple(masked))
    short = list(_SHORTENERS.find(comment.body))
    if short or any(_SHORTENERS.find(comment.website)):
        yield Signal("short_link", 1.0, {"count": max(1, len(short))}, tuple(found.span for found in short))


def _mismatched(body: str) -> Iterator[Span]:
    """Markdown links whose text is a host that isn't the target's, nor its parent or its subdomain."""
    for match in _MARKDOWN.finditer(body) if "](" in body else ():
        shown = [host.removeprefix("www.") for host, _ in hosts(match[1])]
        target = next((host.removeprefix("www.") for host, _ in hosts(match[2])), "")
        if shown and target and not any(_related(one, target) for one in shown):
            yield Span(*match.span())


def _related(one: str, other: str) -> bool:
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _disguised(body: str) -> Iterator[Span]:
    """Hosts that mix scripts in one label, or spell a Latin name in Cyrillic look-alikes."""
    for host, span in hosts(body):
        if not host.isascii() and any(_deceives(label) for label in host.split(".")):
            yield span


def _deceives(label: str) -> bool:
    letters = [mark for mark in label if mark.isalpha()]
    scripts = {script for mark in letters for script in _SCRIPTS if unicodedata.name(mark, "").startswith(script)}
    return len(scripts) > 1 or (bool(letters) and _LOOKALIKES.issuperset(letters))
