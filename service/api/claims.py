"""Moderators' routes for claiming: the next comment that nobody else reads, and reading one for longer or no longer."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint
from marshmallow import ValidationError, fields

from service.api import query, shown
from service.api.answers import private
from service.api.auth import DECIDERS, decider, staff_only
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, RUN, STAFF, Answer, Described, described
from service.api.fields import Identifier, Text, as_identifier, as_moment, one_of, wrong
from service.api.lists import CHECK, LANGUAGE, asked_of
from service.api.moderation import items_of
from service.api.schemas import Strict
from service.domain.reasons import SIGNAL_REASONS
from service.errors import NotFound, Sentence
from service.front import front
from service.operations.claim import Held, claim, claim_next, give_back
from service.store import lists
from service.store.asked import List, Order

blueprint = Blueprint("claims", __name__)

MOST_SKIPPED: Final = 100
_NOT_TEXT: Final = [Sentence("field.not_text")]
_NOT_A_SHARE: Final = [Sentence("field.share")]
_SKIP: Final = [Sentence("field.skip", count=MOST_SKIPPED)]


class Moment(fields.String):
    """A time of RFC 3339."""

    def __init__(self, about: str) -> None:
        super().__init__(
            metadata={"format": "date-time", "description": about}, error_messages={"invalid": [Sentence("field.time")]}
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **rest: Any) -> Any:  # noqa: ARG002 - a fixed shape
        found = as_moment(value)
        if found is None:
            raise wrong("time")
        return found


def _word(choices: Any, about: str) -> fields.String:
    return fields.String(
        validate=one_of(choices), metadata={"enum": [*map(str, choices)], "description": about},
        error_messages={"invalid": _NOT_TEXT, "null": _NOT_TEXT},
    )  # fmt: skip


def _formed(pattern: str, sentence: str, about: str) -> fields.String:
    def look(value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise ValidationError([Sentence(sentence)])

    return fields.String(
        validate=look,
        metadata={"pattern": pattern, "description": about},
        error_messages={"invalid": _NOT_TEXT, "null": _NOT_TEXT},
    )


def _share(about: str) -> fields.Float:
    def look(value: float) -> None:
        if not 0 <= value <= 1:
            raise wrong("share")

    return fields.Float(
        validate=look, metadata={"minimum": 0, "maximum": 1, "description": about},
        error_messages=dict.fromkeys(("invalid", "null", "special", "too_large"), _NOT_A_SHARE),
    )  # fmt: skip


def _few(ids: Sequence[str]) -> None:
    if len(ids) > MOST_SKIPPED:
        raise ValidationError(_SKIP)


class Next(Strict):
    """Of which list the next one is wanted, by the lists' own filters. Empty: the most urgent that awaits a person."""

    list = _word(tuple(List), "`awaiting`, if it isn't given.")
    order = _word(tuple(Order), "`priority`, if it isn't given, where the list has that.")
    article = Text(longest=255, metadata={"description": "The publisher's own id of an article."})
    reason = _word(tuple(sorted(SIGNAL_REASONS)), "Found by the machine.")
    check = _formed(CHECK, "field.check", "A check that found something.")
    language = _formed(LANGUAGE, "field.language", "Of the reader's form, as `fr`.")
    author = Identifier(metadata={"description": "An author's opaque id."})
    domain = Text(longest=253, metadata={"description": "What the text links to."})
    q = Text(longest=query.LONGEST_WORDS, metadata={"description": "Words in the text or the name."})
    min_score = _share("The machine's score, from this on.")
    max_score = _share("The machine's score, up to this.")
    since = Moment("Sent in at this time or later.")
    until = Moment("Sent in before this time.")
    beside = Identifier(
        metadata={"description": "A comment just read: what waits of its campaign comes before all else of the list."}
    )
    skip = fields.List(
        Identifier(), validate=_few,
        metadata={"maxItems": MOST_SKIPPED, "description": "Comments that the asker doesn't want now."},
        error_messages={"invalid": _SKIP, "null": _SKIP},
    )  # fmt: skip


_next_schema: Final = Next()
_item_schema: Final = shown.NextItem()
_claim_schema: Final = shown.ClaimOut()


@blueprint.post("/v1/moderation/queue/next")
@described(
    Described(
        "Take up the next comment of a list. Nobody else is given it until the claim lapses.",
        "moderators",
        {200: Answer(shown.NextItem, headers=NOT_KEPT)},
        (*(code for code in STAFF if code != "not_found"), "role", *BODY),
        body=Next,
        headers=RUN,
    )
)
@staff_only(DECIDERS)
def post_next() -> Any:
    """What the asker reads already comes first, for longer: so the same request again gives the same comment."""
    given = _next_schema.load(read_json())
    skip, beside, now = frozenset(given.pop("skip", ())), given.pop("beside", None), datetime.now(UTC)
    asked = asked_of({name: value for name, value in given.items() if value != ""})
    who = decider()
    held = claim_next(front().database, who, asked, skip, front().settings.claim_seconds, now, beside=beside)
    if held is None:
        return private(_item_schema.dump({"item": None}))
    with front().database.read() as connection:
        items = items_of(connection, lists.by_id(connection, held.id))
    awaits = asked.list is List.AWAITING and asked.status is None
    return private(_item_schema.dump({"item": _blind(items[0]) if awaits else items[0]}))


def _blind(item: dict[str, Any]) -> dict[str, Any]:
    """Without what the machine made of it: among those that wait are audits, of what is published or refused already,
    and who knew of them might decide otherwise.
    """
    verdict = item["verdict"]
    return item | {"status": None, "verdict": None if verdict is None else verdict | {"action": None}}


@blueprint.put("/v1/moderation/comments/<comment_id>/claim")
@described(
    Described(
        "Take up this comment, or read it for longer. 409 if somebody else does.",
        "moderators",
        {200: Answer(shown.ClaimOut, headers=NOT_KEPT)},
        (*STAFF, "role", "comment_unknown", "claimed", "moved_on", "invalid"),
        headers=RUN,
    )
)
@staff_only(DECIDERS)
def put_claim(comment_id: str) -> Any:
    held = claim(front().database, decider(), _identifier(comment_id), front().settings.claim_seconds)
    return private(_claim_schema.dump(_told(held)))


@blueprint.delete("/v1/moderation/comments/<comment_id>/claim")
@described(
    Described(
        "Give this comment back to whoever asks next.",
        "moderators",
        {200: Answer(shown.ClaimOut, headers=NOT_KEPT)},
        (*STAFF, "role", "comment_unknown", "claimed", "invalid"),
        headers=RUN,
    )
)
@staff_only(DECIDERS)
def delete_claim(comment_id: str) -> Any:
    identifier = _identifier(comment_id)
    give_back(front().database, decider(), identifier)
    return private(_claim_schema.dump({"id": identifier, "claimed_by": None, "claimed_until": None}))


def _identifier(text: str) -> str:
    found = as_identifier(text)
    if found is None:
        raise NotFound("comment_unknown")
    return found


def _told(held: Held) -> dict[str, Any]:
    return {"id": held.id, "claimed_by": held.name, "claimed_until": held.until}
