"""Moderators' route to a selection: what an act on many comments would be about, before it is done."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Blueprint

from service.api import query, schemas, shown
from service.api.answers import private
from service.api.auth import READERS, staff, staff_only
from service.api.describe import NOT_KEPT, STAFF, Answer, Described, described
from service.api.lists import SELECTION, wanted
from service.errors import Invalid, NotFound, Sentence
from service.front import front
from service.store import campaigns, lists, traces
from service.store.asked import List

blueprint = Blueprint("selection", __name__)

_COPIES: Final = timedelta(days=7)
_schema: Final = shown.Selection()


@blueprint.get("/v1/moderation/selection")
@described(
    Described(
        f"What a bulk act would be about: by author, domain, copies of one text, list; up to {schemas.MAX_DECISIONS}.",
        "moderators",
        {200: Answer(shown.Selection, headers=NOT_KEPT)},
        (*STAFF, "comment_unknown", "invalid"),
        query=SELECTION,
    )
)
@staff_only(READERS)
def get_selection() -> Any:
    """Nothing is done by it: the ids and versions go back as decisions, each bound to the version that was seen."""
    asked, copies_of, campaign = wanted(), query.identifier("copies_of"), query.identifier("campaign")
    if copies_of is not None and campaign is not None:
        raise Invalid({"campaign": [Sentence("field.copies_or_campaign")]})
    site_id, now = staff().site_id, datetime.now(UTC)
    with front().database.read() as connection:
        ids = traces.cluster(connection, site_id, copies_of, now - _COPIES) if copies_of is not None else None
        if copies_of is not None and ids is None:
            raise NotFound("comment_unknown")
        if campaign is not None:
            waiting = asked[0].list is List.AWAITING and asked[0].status is None
            ids = campaigns.members(connection, site_id, campaign, waiting=waiting, limit=schemas.MAX_DECISIONS + 1)
        rows, more = lists.selection(connection, site_id, asked, ids, limit=schemas.MAX_DECISIONS, now=now)
    return private(_schema.dump(_document(rows) | {"more": more or len(ids or ()) > schemas.MAX_DECISIONS}))


def _document(rows: Iterable[Any]) -> dict[str, Any]:
    rows = list(rows)
    return {
        "items": [_selected(row) for row in rows],
        "counts": dict(Counter(row.status for row in rows)),
        "authors": len({row.author_id for row in rows}),
    }


def _selected(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "version": row.version,
        "status": row.status,
        "name": row.name,
        "excerpt": row.excerpt,
        "article": {
            "id": row.article,
            "title": row.article_title,
            "title_confirmed": row.title_confirmed,
            "url": row.article_url,
        },
        "created_at": row.created_at,
    }
