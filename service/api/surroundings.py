"""Moderators' route to what stands around a comment: nobody should judge a reply without what it answers."""

from typing import Any, Final

from flask import Blueprint
from marshmallow import fields

from service.api.answers import private
from service.api.auth import READERS, staff, staff_only
from service.api.describe import NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, UtcTime, as_identifier
from service.api.shown import Shown, Word, whole
from service.domain.comment import Status
from service.domain.site import MAX_DEPTH
from service.errors import NotFound
from service.front import front
from service.store.surroundings import BESIDE, REPLIES, surroundings

blueprint = Blueprint("surroundings", __name__)

_EXCERPT: Final = 1_000


class Neighbour(Shown):
    """One comment of the discussion."""

    id = Identifier()
    parent = Identifier(attribute="parent_id", allow_none=True)
    depth = whole({"minimum": 0, "maximum": MAX_DEPTH})
    status = Word(Status)
    name = fields.String(allow_none=True)
    body = fields.String(allow_none=True, metadata={"description": f"Its first {_EXCERPT:,} characters."})
    created_at = UtcTime()


class Surroundings(Shown):
    """The comment among its neighbours: those it answers, then by time, then its own replies."""

    comments = fields.List(
        fields.Nested(Neighbour),
        metadata={"description": f"{BESIDE} before it and {BESIDE} after it, and up to {REPLIES} replies."},
    )


@blueprint.get("/v1/moderation/comments/<comment_id>/surroundings")
@described(
    Described(
        "What stands around a comment: what it answers, its neighbours, its replies.",
        "moderators",
        {200: Answer(Surroundings, headers=NOT_KEPT)},
        (*STAFF, "comment_unknown"),
    )
)
@staff_only(READERS)
def get_surroundings(comment_id: str) -> Any:
    identifier = as_identifier(comment_id)
    if identifier is None:
        raise NotFound("comment_unknown")
    with front().database.read() as connection:
        rows = surroundings(connection, identifier, staff().site_id)
    if not rows:
        raise NotFound("comment_unknown")
    return private(Surroundings().dump({"comments": [row._asdict() | {"body": row.body[:_EXCERPT]} for row in rows]}))
