"""The page by which a reader reports a comment, without JavaScript: whose it is, what is wrong with it, thanks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import Response, request
from sqlalchemy import Connection

from service.domain.comment import Status
from service.domain.note import LONGEST
from service.domain.reasons import ReportReason
from service.errors import NotFound
from service.front import front
from service.store import places, reading
from service.store.places import Place
from service.web.discussion import as_id
from service.web.pages import address_of_comment, pages
from service.web.reader import speak_for
from service.web.sheet import sheet

_FIELDS: Final = {"reason": f"reason-{next(iter(ReportReason))}", "note": "report-note"}
"""Where a mistake's link leads, by field."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A published comment as it is shown to whoever reports it."""

    id: str
    name: str
    html: str
    created_at: datetime
    back: str
    """Where it stands in its discussion."""


@pages.get("/sites/<site>/comments/<comment_id>/report", endpoint="report")
def show_report(
    site: str,
    comment_id: str,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    """The form, with what was typed and what was wrong with it; or, once it was sent (`?sent`), the thanks.

    `errors` are sentences by field; `notice` is one about the report as a whole.
    """
    with front().database.read() as connection:
        place, comment = _find(connection, site, comment_id)
    return sheet(
        "report.html", status=status, frames=place.origins, place=place, comment=comment, reasons=tuple(ReportReason),
        typed=typed or {}, errors=errors or {}, notice=notice, fields=_FIELDS, note_length=LONGEST,
        sent="sent" in request.args and typed is None,
    )  # fmt: skip


def _find(connection: Connection, site: str, comment_id: str) -> tuple[Place, Reported]:
    """A published comment of the site, with its place.

    Raises:
        NotFound: no such site, or no such comment that can be read there.
    """
    place = places.find_place(connection, site, "")
    if place is None:
        raise NotFound("site_unknown")
    speak_for(place.languages)
    found = as_id(comment_id)
    row = reading.find_for_author(connection, found) if found else None
    if row is None or row.site != site or row.status != Status.PUBLISHED:
        raise NotFound("comment_unknown")
    place = places.find_place(connection, site, row.article) or place
    back = address_of_comment(connection, place, row.id)
    return place, Reported(row.id, row.name, row.html, row.created_at, back)
