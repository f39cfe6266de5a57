"""Staff's routes to speak as the newsroom: in reply to a comment, or under an article."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint

from service.api import shown
from service.api.answers import private
from service.api.auth import KEEPERS, own_site, staff, staff_only
from service.api.body import idempotency_key, read_json
from service.api.describe import BODY, IDEMPOTENCY_KEY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Text, as_identifier
from service.api.places import check_key
from service.api.schemas import Strict
from service.domain.site import BODY_BYTES, NAME_LENGTH
from service.errors import NotFound
from service.front import front
from service.handoff import TELL_LANE
from service.operations.decide import Decider
from service.operations.speak import Statement, speak
from service.store import places
from service.store.places import Place

blueprint = Blueprint("newsroom", __name__)

_schema: Final = shown.Standing()
_ANSWER: Final = {200: Answer(shown.Standing, headers=NOT_KEPT)}


class NewsroomComment(Strict):
    """What the newsroom has to say."""

    body = Text(
        required=True, most_bytes=BODY_BYTES, lines=True, metadata={"description": "In Markdown, as readers write."}
    )
    name = Text(
        longest=NAME_LENGTH, load_default="",
        metadata={"description": "One of the site's `reserved_names`. Without it, the site's title."},
    )  # fmt: skip


@blueprint.post("/v1/moderation/comments/<comment_id>/replies")
@described(
    Described(
        "Reply to a published comment as the newsroom, with its badge. It is published at once, also where the "
        "discussion is closed.",
        "moderators",
        _ANSWER,
        (*STAFF, "role", "comment_unknown", "not_published", "duplicate", "key_used", *BODY),
        body=NewsroomComment,
        headers=IDEMPOTENCY_KEY,
    )
)
@staff_only(KEEPERS)
def post_reply(comment_id: str) -> Any:
    """It is a decision, in the audit log as `comment.reply`; another one takes it down."""
    data, identifier, key = NewsroomComment().load(read_json()), as_identifier(comment_id), idempotency_key()
    if identifier is None:
        raise NotFound("comment_unknown")
    with front().database.read() as connection:
        place = places.place_of(connection, identifier)
    if place is None or place.site_id != staff().site_id:
        raise NotFound("comment_unknown")
    return _speak(place, Statement(**data, parent=identifier, idempotency_key=key))


@blueprint.post("/v1/moderation/sites/<site>/newsroom/<path:article>")
@described(
    Described(
        "Comment on an article as the newsroom. As a reply, but to nobody.",
        "moderators",
        _ANSWER,
        (*STAFF, "role", "site_unknown", "duplicate", "key_used", *BODY),
        body=NewsroomComment,
        headers=IDEMPOTENCY_KEY,
    )
)
@staff_only(KEEPERS)
def post_newsroom_comment(site: str, article: str) -> Any:
    own_site(site)
    check_key(article)
    data, key = NewsroomComment().load(read_json()), idempotency_key()
    with front().database.read() as connection:
        place = places.find_place(connection, site, article)
    if place is None:
        raise NotFound("site_unknown")
    return _speak(place, Statement(**data, idempotency_key=key))


def _speak(place: Place, words: Statement) -> Any:
    who = staff()
    desk, keeper = front(), Decider(who.token_id, who.site_id)
    standing = speak(desk.database, desk.keys, keeper, place, words, datetime.now(UTC))
    desk.handoff.wake(TELL_LANE)
    return private(_schema.dump({"id": standing.id, "status": standing.status, "version": standing.version}))
