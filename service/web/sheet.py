"""A page as browsers get it: a template, the reader's language, and the headers that keep it private and still."""

import re
from collections.abc import Iterable
from typing import Any, Final

from babel import Locale
from babel.dates import format_date
from flask import Response, render_template
from markupsafe import Markup, escape

from service.web.reader import language
from service.words import Fact, moment, say, zone

_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+\Z")
# Not `no-referrer`: from such a page browsers post forms with `Origin: null`, which is nobody's.
_PRIVATE: Final = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex"}
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cache-Control": "no-store",  # most hold a form token, or what somebody typed
    "Vary": "Accept-Language",
}


def sheet(
    template: str,
    *,
    status: int = 200,
    private: bool = False,
    frames: Iterable[str] = (),
    anywhere: bool = False,
    scripts: bool = False,
    **facts: Any,
) -> Response:
    """The template, filled.

    `private` pages tell nobody else where they are; `frames` are origins that may embed it, `anywhere` lets all
    do so; `scripts` lets it run those that a publisher includes, which are ours.
    """
    spoken = language()
    html = render_template(template, **phrases(spoken), **facts)
    answer = Response(html, status, mimetype="text/html")
    answer.headers.update(_HEADERS | (_PRIVATE if private else {}))
    answer.headers["Content-Language"] = spoken
    answer.headers["Content-Security-Policy"] = _security(frames, anywhere=anywhere, scripts=scripts)
    return answer


def phrases(spoken: str) -> dict[str, Any]:
    """What every template needs to speak a language."""
    return {
        "spoken": spoken,
        "direction": Locale.parse(spoken).text_direction,
        "say": lambda key, **named: say(key, spoken, **named),
        "tell": lambda key, **named: tell(key, spoken, **named),
        "moment": lambda when: moment(when, spoken),
        "day": lambda when: format_date(when.astimezone(zone(spoken)), "full", locale=spoken),
    }


def tell(key: str, spoken: str, **facts: Fact) -> Markup:
    """The sentence as HTML: facts that are `Markup` stay markup, all else is escaped."""
    marks = {name: f"\ue000{number}\ue001" for number, name in enumerate(facts) if isinstance(facts[name], Markup)}
    html = str(escape(say(key, spoken, **{**facts, **marks})))
    for name, mark in marks.items():
        html = html.replace(mark, str(facts[name]))
    return Markup(html)  # noqa: S704 - the sentence and plain facts were escaped above


_SCRIPTS: Final = "; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types moderato"


def _security(frames: Iterable[str], *, anywhere: bool, scripts: bool) -> str:
    """Nothing but our own style and pictures, and our own scripts where they belong; framed by whom it may be."""
    ancestors = "*" if anywhere else " ".join(["'self'", *(origin for origin in frames if _ORIGIN.match(origin))])
    return (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        f"frame-ancestors {ancestors}{_SCRIPTS if scripts else ''}"
    )
