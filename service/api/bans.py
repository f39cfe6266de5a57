"""Staff's routes to bans: what one would have met, making one, the list, lifting one."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from flask import Blueprint, request
from marshmallow import fields, post_load

from service.api import query
from service.api.answers import private
from service.api.auth import EDITORS, READERS, staff, staff_only
from service.api.body import read_json
from service.api.cursors import cursor_after, read_cursor
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, Text, UtcTime, as_identifier, one_of, wrong
from service.api.schemas import Strict
from service.api.shown import Shown, Word, whole
from service.domain.ban import BanKind
from service.domain.comment import Action, Status
from service.errors import NotFound, Sentence
from service.front import front
from service.operations.ban import EXAMPLES, Wish, ban, lift, past
from service.operations.decide import Decider
from service.store import bans

blueprint = Blueprint("bans", __name__)

LONGEST_REASON: Final = 500
LONGEST_TARGET: Final = 253
_ACTIONS: Final = (Action.HOLD, Action.REJECT)
_NOT_TEXT: Final[dict[str, Any]] = {"invalid": [Sentence("field.not_text")], "null": [Sentence("field.required")],
                    "required": [Sentence("field.required")]}  # fmt: skip
_STATES: Final = ("good", "all")


def action_field() -> fields.String:
    return fields.String(
        required=True, validate=one_of(_ACTIONS), error_messages=_NOT_TEXT, metadata={"enum": [*map(str, _ACTIONS)]}
    )


def kind_field(kinds: Iterable[BanKind]) -> fields.String:
    told = {"enum": [*map(str, kinds)]}
    return fields.String(required=True, validate=one_of(told["enum"]), error_messages=_NOT_TEXT, metadata=told)


def reason_field() -> Text:
    return Text(
        required=True, longest=LONGEST_REASON,
        metadata={"description": "For moderators, who see it wherever the ban applies. E-mail addresses are masked."},
    )  # fmt: skip


def until_field() -> fields.AwareDateTime:
    return fields.AwareDateTime(
        load_default=None, allow_none=True, format="iso",
        error_messages={"invalid": [Sentence("field.time")], "invalid_awareness": [Sentence("field.time")]},
        metadata={"description": "Until when; null: until somebody lifts it."},
    )  # fmt: skip


class BanIn(Strict):
    """A ban, made by a person for a reason. It holds or refuses what comes; nothing that came changes by it."""

    also: ClassVar[dict[str, Any]] = {
        "if": {"properties": {"kind": {"enum": [str(BanKind.AUTHOR), str(BanKind.NETWORK)]}}},
        "then": {"properties": {"target": {"format": "uuid"}}},
    }

    kind = kind_field(BanKind)
    target = Text(
        required=True, longest=LONGEST_TARGET,
        metadata={"description": "`author`: the author's id; `network`: the id of a comment that came from it; "
                  "`domain`: one domain, its subdomains included; `name`: a name, `*` for any letters; `word`: a "
                  "word, or several in a row."},
    )  # fmt: skip
    action = action_field()
    reason = reason_field()
    expires_at = until_field()

    @post_load
    def _as_wish(self, data: dict[str, Any], **_: Any) -> Wish:
        kind, target = BanKind(data["kind"]), data["target"]
        if kind in {BanKind.AUTHOR, BanKind.NETWORK}:
            target = as_identifier(target)
            if target is None:
                raise _of(wrong("identifier"), "target")
        return Wish(kind, target, Action(data["action"]), data["reason"], future(data["expires_at"]))


def _of(error: Any, name: str) -> Any:
    error.field_name = name
    return error


def future(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    try:
        later = moment.astimezone(UTC)
    except OverflowError:
        raise _of(wrong("time"), "expires_at") from None
    if later <= datetime.now(UTC):
        raise _of(wrong("in_the_past"), "expires_at")
    return later


class LiftIn(Strict):
    """Why a ban is lifted."""

    reason = Text(required=True, longest=LONGEST_REASON, metadata={"description": "Kept in the audit log."})


class Brief(Shown):
    """A comment in one line."""

    id = Identifier()
    status = Word(Status)
    name = fields.String()
    created_at = UtcTime()


class BanPast(Shown):
    """What a ban would have met among the comments that came. Nothing has been banned."""

    count = whole({"minimum": 0}, f"Comments; {bans.MOST_PAST:,} stands for more. For names and words, the newest are "
                  "looked at, for five seconds at most.")  # fmt: skip
    authors = whole({"minimum": 0}, "By how many authors: of a network or a name, often more than one.")
    statuses = fields.Dict(keys=fields.String(), values=whole({"minimum": 1}), metadata={"description": "By status."})
    examples = fields.List(fields.Nested(Brief), metadata={"description": f"The newest {EXAMPLES}."})


class BanOut(Shown):
    """A ban as it was made, and whether it still counts."""

    id = Identifier()
    kind = Word(BanKind)
    author = Identifier(allow_none=True, metadata={"description": "Whose, for a ban of an author."})
    pattern = fields.String(allow_none=True, metadata={"description": "The domain, the name or the words."})
    action = Word(_ACTIONS)
    reason = fields.String()
    good = fields.Boolean(metadata={"description": "Neither lifted nor over."})
    expires_at = UtcTime(allow_none=True)
    created_at = UtcTime()
    who = fields.String(metadata={"description": "The name of the token that made it."})
    lifted_at = UtcTime(allow_none=True)
    lifted_by = fields.String(allow_none=True, metadata={"description": "The name of the token that lifted it."})


class Bans(Shown):
    """One page of a site's bans."""

    bans = fields.List(fields.Nested(BanOut))
    next = fields.String(allow_none=True, metadata={"description": "The cursor of the next page."})


_TARGETS: Final = ("author_unknown", "comment_unknown")


@blueprint.post("/v1/moderation/bans/preview")
@described(
    Described(
        "What a ban would have met among the comments that came, before it is made.",
        "authors",
        {200: Answer(BanPast, headers=NOT_KEPT)},
        (*STAFF, "role", *_TARGETS, *BODY),
        body=BanIn,
    )
)
@staff_only(EDITORS)
def post_ban_preview() -> Any:
    wish: Wish = BanIn().load(read_json())
    with front().database.read() as connection:
        found = past(connection, front().keys, staff().site_id, wish, datetime.now(UTC))
    return private(BanPast().dump(found))


@blueprint.post("/v1/moderation/bans")
@described(
    Described(
        "Ban an author, a network, a domain, a name or a word: until a time, or until it is lifted.",
        "authors",
        {200: Answer(BanOut, headers=NOT_KEPT, links={"lift": {"operationId": "post_ban_lift",
                                                             "parameters": {"ban_id": "$response.body#/id"}}})},
        (*STAFF, "role", *_TARGETS, "ban_known", *BODY),
        body=BanIn,
    )
)  # fmt: skip
@staff_only(EDITORS)
def post_ban() -> Any:
    """Who is banned is told nothing: they send, and their comment is held or refused. Only people ban."""
    wish: Wish = BanIn().load(read_json())
    return _one(ban(front().database, front().keys, _editor(), wish, datetime.now(UTC)))


@blueprint.get("/v1/moderation/bans")
@described(
    Described(
        "The site's bans, the newest first.",
        "authors",
        {200: Answer(Bans, headers=NOT_KEPT)},
        (*STAFF, "invalid"),
        query={
            "kind": {"type": "string", "enum": [*map(str, BanKind)], "description": "Only these; else all."},
            "state": {"type": "string", "enum": list(_STATES), "default": "good",
                      "description": "`all`: also those that are lifted or over."},
            "limit": query.LIMIT,
            "cursor": query.CURSOR,
        },
    )
)  # fmt: skip
@staff_only(READERS)
def get_bans() -> Any:
    now, limit = datetime.now(UTC), query.limit()
    good_at = now if query.choice("state", _STATES, "good") == "good" else None
    after = read_cursor(request.args.get("cursor"))
    kind = BanKind(query.choice("kind", BanKind, "")) if request.args.get("kind") else None
    with front().database.read() as connection:
        rows = bans.list_bans(connection, staff().site_id, kind=kind, good_at=good_at, after=after, limit=limit + 1)
    shown = rows[:limit]
    following = cursor_after(shown[-1]) if len(rows) > limit else None
    return private(Bans().dump({"bans": [ban_shown(row, now) for row in shown], "next": following}))


@blueprint.post("/v1/moderation/bans/<ban_id>/lift")
@described(
    Described(
        "Lift a ban, for a reason. Lifted twice, it stays as the first has left it.",
        "authors",
        {200: Answer(BanOut, headers=NOT_KEPT)},
        (*STAFF, "role", "ban_unknown", *BODY),
        body=LiftIn,
    )
)
@staff_only(EDITORS)
def post_ban_lift(ban_id: str) -> Any:
    reason, identifier = LiftIn().load(read_json())["reason"], as_identifier(ban_id)
    if identifier is None:
        raise NotFound("ban_unknown")
    lift(front().database, _editor(), identifier, reason, datetime.now(UTC))
    return _one(identifier)


def _editor() -> Decider:
    return Decider(staff().token_id, staff().site_id)


def _one(ban_id: str) -> Any:
    with front().database.read() as connection:
        row = bans.find_ban(connection, ban_id, staff().site_id)
    return private(BanOut().dump(ban_shown(row, datetime.now(UTC))))


def ban_shown(row: Any, now: datetime) -> dict[str, Any]:
    """A ban for people to read. A network is never told: it isn't known here either."""
    return {
        "id": row.id, "kind": row.kind, "author": row.author_id, "pattern": row.pattern or None, "action": row.action,
        "reason": row.reason, "good": row.lifted_at is None and (row.expires_at is None or row.expires_at > now),
        "expires_at": row.expires_at, "created_at": row.created_at, "who": row.who, "lifted_at": row.lifted_at,
        "lifted_by": row.lifted_who,
    }  # fmt: skip
