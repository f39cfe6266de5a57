"""The one route that tells an e-mail address: to owners, each time for a reason, which the audit log keeps."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint
from marshmallow import fields

from service.api.answers import private
from service.api.auth import OWNERS, staff, staff_only
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Text, as_identifier
from service.api.schemas import Strict
from service.api.shown import Shown
from service.errors import NotFound
from service.front import front
from service.operations.decide import Decider
from service.operations.reveal import reveal

blueprint = Blueprint("reveal", __name__)

LONGEST_REASON: Final = 500


class RevealIn(Strict):
    """Why somebody has to know."""

    reason = Text(
        required=True, longest=LONGEST_REASON,
        metadata={"description": "Kept in the audit log, e-mail addresses in it masked."},
    )  # fmt: skip


class Revealed(Shown):
    """The address that an author gave. It is unverified: anyone can type any."""

    email = fields.String()


@blueprint.post("/v1/moderation/comments/<comment_id>/reveal")
@described(
    Described(
        "The e-mail address of a comment's author, for a reason. It is entered in the audit log.",
        "moderators",
        {200: Answer(Revealed, headers=NOT_KEPT)},
        (*STAFF, "role", "comment_unknown", "author_unknown", *BODY),
        body=RevealIn,
    )
)
@staff_only(OWNERS)
def post_reveal(comment_id: str) -> Any:
    """For what can't be settled otherwise: a threat, a court's order, somebody in danger. The log keeps the reason."""
    who, reason, identifier = staff(), RevealIn().load(read_json())["reason"], as_identifier(comment_id)
    if identifier is None:
        raise NotFound("comment_unknown")
    email = reveal(front().database, Decider(who.token_id, who.site_id), identifier, reason, datetime.now(UTC))
    return private({"email": email.reveal()})
