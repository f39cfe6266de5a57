"""Owners' routes to tokens: who works here, as what; a new one; one that opens nothing any more."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint
from marshmallow import fields

from service.api.answers import private
from service.api.auth import OWNERS, staff, staff_only
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Text, UtcTime, one_of, wrong
from service.api.schemas import Strict
from service.api.shown import Shown, Word
from service.domain.roles import Role
from service.errors import Sentence
from service.front import front
from service.operations.decide import Decider
from service.operations.tokens import create_token, revoke_token
from service.store import moderation

blueprint = Blueprint("tokens", __name__)

MOST_DAYS: Final = 3650
_LONGEST_NAME: Final = 200
_NOT_TEXT: Final[dict[str, Any]] = {
    "invalid": [Sentence("field.not_text")], "null": [Sentence("field.not_text")],
    "required": [Sentence("field.required")],
}  # fmt: skip


def _is_days(number: int) -> None:
    if not 1 <= number <= MOST_DAYS:
        raise wrong("limit", most=MOST_DAYS)


class TokenIn(Strict):
    """Somebody who shall work here, or a program."""

    name = Text(
        required=True, longest=_LONGEST_NAME,
        metadata={"description": "Whose it is: colleagues see it beside what is decided with it."},
    )  # fmt: skip
    role = fields.String(
        required=True, validate=one_of(Role), error_messages=_NOT_TEXT, metadata={"enum": [*map(str, Role)]}
    )
    days = fields.Integer(
        strict=True, load_default=None, allow_none=True, validate=_is_days,
        metadata={"minimum": 1, "maximum": MOST_DAYS, "description": "After so many it lapses; null: never."},
        error_messages={"invalid": [Sentence("field.limit", most=MOST_DAYS)]},
    )  # fmt: skip


class TokenOut(Shown):
    """A token as it may be seen: never what opens."""

    prefix = fields.String(metadata={"description": "By which it is known, also in the audit log."})
    name = fields.String()
    role = Word(Role)
    good = fields.Boolean(metadata={"description": "Neither revoked nor lapsed."})
    own = fields.Boolean(metadata={"description": "The asker's."})
    created_at = UtcTime()
    expires_at = UtcTime(allow_none=True)
    revoked_at = UtcTime(allow_none=True)


class TokensOut(Shown):
    """All tokens of the site, the oldest first."""

    tokens = fields.List(fields.Nested(TokenOut))


class NewTokenOut(TokenOut):
    """A new token, this once with what opens."""

    token = fields.String(metadata={"description": "It is shown this once: of it only a hash is kept."})


@blueprint.get("/v1/moderation/tokens")
@described(Described("Who may use this API, as what.", "audit", {200: Answer(TokensOut, headers=NOT_KEPT)},
                     (*STAFF, "role")))  # fmt: skip
@staff_only(OWNERS)
def get_tokens() -> Any:
    return private(TokensOut().dump({"tokens": [_told(row) for row in _rows()]}))


@blueprint.post("/v1/moderation/tokens")
@described(
    Described(
        "Make a token for somebody.",
        "audit",
        {200: Answer(NewTokenOut, headers=NOT_KEPT)},
        (*STAFF, "role", *BODY),
        body=TokenIn,
    )
)
@staff_only(OWNERS)
def post_token() -> Any:
    given = TokenIn().load(read_json())
    prefix, token = create_token(
        front().database, _owner(), given["role"], given["name"], datetime.now(UTC), days=given["days"]
    )
    return private(NewTokenOut().dump(_one(prefix) | {"token": token}))


@blueprint.post("/v1/moderation/tokens/<prefix>/revoke")
@described(
    Described(
        "Revoke a token: it opens nothing any more, and whoever signed in with it is signed out.",
        "audit",
        {200: Answer(TokenOut, headers=NOT_KEPT)},
        (*STAFF, "role", "token_unknown", "own_token"),
    )
)
@staff_only(OWNERS)
def post_token_revoke(prefix: str) -> Any:
    """Its holder's decisions stay, under its name. The asker's own can't be revoked by themselves."""
    revoke_token(front().database, _owner(), prefix, datetime.now(UTC))
    return private(TokenOut().dump(_one(prefix)))


def _owner() -> Decider:
    return Decider(staff().token_id, staff().site_id)


def _rows() -> Any:
    with front().database.read() as connection:
        return moderation.list_tokens(connection, staff().site)


def _one(prefix: str) -> dict[str, Any]:
    return next(_told(row) for row in _rows() if row.prefix == prefix)


def _told(row: Any) -> dict[str, Any]:
    return {
        "prefix": row.prefix, "name": row.name, "role": row.role,
        "good": moderation.is_in_force(row, datetime.now(UTC)),
        "own": row.id == staff().token_id, "created_at": row.created_at, "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
    }  # fmt: skip
