"""Moderators' route to campaigns: near copies of one text, by whomever, counted together."""

from typing import Any, Final

from flask import Blueprint

from service.api import query, shown
from service.api.answers import private
from service.api.auth import READERS, staff, staff_only
from service.api.describe import NOT_KEPT, STAFF, Answer, Described, described
from service.domain.comment import Status
from service.front import front
from service.store import campaigns
from service.store.campaigns import COUNTED, Sort

blueprint = Blueprint("campaigns", __name__)

_ORDER: Final = {
    "type": "string", "enum": list(map(str, Sort)), "default": str(Sort.WAITING),
    "description": "By how many of them wait, by how many there are, or by the latest of them.",
}  # fmt: skip
_schema: Final = shown.Campaigns()


@blueprint.get("/v1/moderation/campaigns")
@described(
    Described(
        f"Near copies of one text within a week: by two authors, or three by one. Of each, the newest {COUNTED:,}.",
        "moderators",
        {200: Answer(shown.Campaigns, headers=NOT_KEPT)},
        (*STAFF, "invalid"),
        query={"order": _ORDER, "limit": query.LIMIT},
    )
)
@staff_only(READERS)
def get_campaigns() -> Any:
    """Figures as of `counted_at`. Their members are a selection by `campaign`, with the versions to decide on."""
    sort, limit = Sort(query.choice("order", tuple(Sort), Sort.WAITING)), query.limit()
    with front().database.read() as connection:
        rows = campaigns.campaigns(connection, staff().site_id, sort, limit)
    return private(_schema.dump({"campaigns": [_told(row) for row in rows]}))


def _told(row: Any) -> dict[str, Any]:
    held = row.members - row.pending - row.published - row.rejected
    by_status = {
        Status.PENDING: row.pending, Status.HELD: held, Status.PUBLISHED: row.published, Status.REJECTED: row.rejected,
    }  # fmt: skip
    return {**row._asdict(), "counts": {str(status): count for status, count in by_status.items() if count}}
