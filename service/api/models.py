"""Staff's routes to what a site's decisions have taught: versions, how each did, and the way back to an earlier one."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint
from marshmallow import fields
from sqlalchemy import Connection

from service.api.answers import private
from service.api.auth import OWNERS, READERS, own_site, staff, staff_only
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import UtcTime, one_of, wrong
from service.api.schemas import Strict
from service.api.shown import Shown, Word, whole
from service.domain.teaching import LESSONS, Category, Why
from service.errors import Sentence
from service.front import front
from service.operations.models import roll_back
from service.store import lessons, models
from service.store.models import State

blueprint = Blueprint("models", __name__)

_FROM_ZERO: Final = {"minimum": 0}
_MOST: Final = 2**31 - 1
_NOT_TEXT: Final = [Sentence("field.not_text")]
_NOT_A_VERSION: Final = [Sentence("field.version")]
_FROM_ONE: Final = {"minimum": 1}


class AnswersOut(Shown):
    """How a version answered on the latest decisions that no version learns from."""

    questions = whole(_FROM_ZERO)
    refused = whole(_FROM_ZERO, "How many of them people had refused for it.")
    log_loss = fields.Float(metadata={"minimum": 0, "description": "Mean; 0 is perfect, 0.69 knows nothing."})
    recall = fields.Float(
        metadata={"minimum": 0, "maximum": 1, "description": "Found, at one false alarm in a hundred."}
    )


class ModelOut(Shown):
    """A version: what it was made from, how it did beside the one that served then, and where it stands."""

    category = Word(Category)
    version = whole(_FROM_ONE)
    state = Word(State)
    why = Word(Why, metadata={"description": "Why it serves, or not."})
    decisions = whole(_FROM_ZERO, "What it was made from, and is asked about.")
    refused = whole(_FROM_ZERO)
    created_at = UtcTime()
    answers = fields.Nested(AnswersOut)
    answers_before = fields.Nested(
        AnswersOut, allow_none=True, metadata={"description": "Of the one that served then; null if none did."}
    )


class ModelsOut(Shown):
    """What a site has taught."""

    models = fields.List(fields.Nested(ModelOut), metadata={"description": "By category, the latest first."})
    lessons = fields.Dict(
        keys=Word(LESSONS), values=whole(_FROM_ZERO),
        metadata={"description": "Decisions that are learnt from, by what they teach."},
    )  # fmt: skip


def _is_version(number: int) -> None:
    if not 0 <= number <= _MOST:
        raise wrong("version")


class RollbackIn(Strict):
    """Which version is to serve."""

    category = fields.String(
        required=True, validate=one_of(Category), metadata={"enum": [*map(str, Category)]},
        error_messages=dict.fromkeys(("invalid", "null"), _NOT_TEXT),
    )  # fmt: skip
    version = fields.Integer(
        strict=True, validate=_is_version,
        metadata=_FROM_ZERO | {"maximum": _MOST, "description": "0: none. If it isn't given, what served before."},
        error_messages=dict.fromkeys(("invalid", "null", "too_large"), _NOT_A_VERSION),
    )  # fmt: skip


@blueprint.get("/v1/moderation/sites/<site>/models")
@described(
    Described(
        "What the site's decisions have taught: the versions kept, which one serves, and how each did.",
        "policies",
        {200: Answer(ModelsOut, headers=NOT_KEPT)},
        (*STAFF, "site_unknown"),
    )
)
@staff_only(READERS)
def get_models(site: str) -> Any:
    own_site(site)
    return private(_taught())


@blueprint.post("/v1/moderation/sites/<site>/models/rollback")
@described(
    Described(
        "Let an earlier version serve, or none. What was decided since it was made is forgotten as a lesson.",
        "policies",
        {200: Answer(ModelsOut, headers=NOT_KEPT)},
        (*STAFF, "role", "site_unknown", "model_unknown", *BODY),
        body=RollbackIn,
    )
)
@staff_only(OWNERS)
def post_rollback(site: str) -> Any:
    """Workers take it up within seconds."""
    own_site(site)
    given = RollbackIn().load(read_json())
    roll_back(
        front().database, staff().site_id, Category(given["category"]), datetime.now(UTC),
        version=given.get("version"), token=staff().token_id,
    )  # fmt: skip
    return private(_taught())


def _taught() -> dict[str, Any]:
    with front().database.read() as connection:
        return {"models": _models(connection), "lessons": lessons.counts(connection, staff().site_id)}


def _models(connection: Connection) -> list[dict[str, Any]]:
    return [
        {
            "category": row.category, "version": row.version, "state": row.state, "created_at": row.created_at,
            "why": row.manifest["why"], "decisions": row.manifest["decisions"], "refused": row.manifest["refused"],
            "answers": row.manifest["challenger"], "answers_before": row.manifest["champion"],
        }
        for row in models.versions(connection, staff().site_id)
    ]  # fmt: skip
