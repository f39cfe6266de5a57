"""A form that could not be taken, for the database is away: given back as it was typed, to be sent again.

It asks nothing of the database, so it can't say whose discussion it is. Sent again it is the same request: its form
token is an idempotency key, and a comment that had been stored after all isn't stored twice.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from flask import Response, request

from service.web.origins import origin_of
from service.web.reader import allowed_origins
from service.web.sheet import sheet

_TEXTS: Final = {"body": "page.field.body", "note": "page.report_note"}
_LINES: Final = {"name": "text", "email": "email", "website": "url"}
"""What is shown to be read and changed, with its type; all else travels unseen."""


def show_unsent(typed: Mapping[str, str], title: str, status: int) -> Response:
    """The page with what was typed. It may be framed wherever the form was: only our own form sends our own origin."""
    origin = request.headers.get("Origin")
    return sheet(
        "unsent.html",
        status=status,
        private=True,
        anywhere=origin is not None and origin_of(origin) in allowed_origins(()),
        title=title,
        action=_same_address(),
        texts={name: label for name, label in _TEXTS.items() if name in typed},
        lines={name: kind for name, kind in _LINES.items() if name in typed},
        unseen={name: value for name, value in typed.items() if name not in {*_TEXTS, *_LINES}},
        typed=typed,
    )


def _same_address() -> str:
    query = request.query_string.decode("ascii", "replace")
    return quote(request.script_root + request.path) + (f"?{query}" if query else "")
