"""Staff's routes to many bans at once: a list of words, domains or names, made, or rehearsed on the last days."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint
from marshmallow import ValidationError, fields, post_load

from service.api.answers import private
from service.api.auth import EDITORS, staff, staff_only
from service.api.bans import LONGEST_TARGET, action_field, future, kind_field, reason_field, until_field
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, Text, wrong
from service.api.jobs import TAKEN_ON, JobOut, taken_on
from service.api.problems import as_invalid, document_of, readable
from service.api.rehearsals import RehearsalOut, rehearsed
from service.api.schemas import Strict
from service.api.shown import Problem, Shown
from service.domain.ban import LISTED, BanKind
from service.domain.comment import Action
from service.domain.job import JobKind
from service.domain.note import without_addresses
from service.errors import Invalid, Sentence
from service.errors import Problem as Told
from service.front import front
from service.operations.ban import Wish, ban_listed
from service.operations.decide import Decider
from service.operations.jobs import start
from service.operations.rehearse import AT_ONCE, Draft, is_long, rehearse

blueprint = Blueprint("ban_lists", __name__)

MOST_TARGETS: Final = 500
_MOST_DAYS: Final = 90
_BULK_BYTES: Final = 2 * 1024 * 1024
_target = Text(required=True, longest=LONGEST_TARGET)


class Targets(fields.List[Any]):
    """Up to 500 targets, whatever they are: each is looked at by itself."""

    def __init__(self) -> None:
        also = {"also": {"type": "string", "minLength": 1, "maxLength": LONGEST_TARGET}}
        super().__init__(
            fields.Raw(allow_none=True, metadata=also), required=True,
            metadata={"minItems": 1, "maxItems": MOST_TARGETS, "description": "Words, domains or names, as in a ban."},
            error_messages={
                fault: [Sentence("field.list", least=1, most=MOST_TARGETS)] for fault in ("required", "null", "invalid")
            },
        )  # fmt: skip

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> list[Any]:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_TARGETS:
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **rest)


def _is_days(number: int) -> None:
    if not 1 <= number <= _MOST_DAYS:
        raise wrong("limit", most=_MOST_DAYS)


class BanListIn(Strict):
    """Bans by word, domain or name that are alike in all but what they are of."""

    kind = kind_field(LISTED)
    targets = Targets()
    action = action_field()
    reason = reason_field()
    expires_at = until_field()

    @post_load
    def _in_time(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"expires_at": future(data["expires_at"])}


class BanListTrial(Strict):
    """A list of bans that isn't made, and the days on which it is rehearsed."""

    kind = kind_field(LISTED)
    targets = Targets()
    action = action_field()
    days = fields.Integer(
        strict=True, load_default=30, validate=_is_days,
        metadata={"minimum": 1, "maximum": _MOST_DAYS, "description": "How far back."},
        error_messages={"invalid": [Sentence("field.limit", most=_MOST_DAYS)],
                        "null": [Sentence("field.limit", most=_MOST_DAYS)]},
    )  # fmt: skip


class BanListResult(Shown):
    """What became of one target: the ban that was made, or a problem."""

    may_lack = frozenset({"id", "problem"})

    target = fields.String(allow_none=True, metadata={"description": "As it was given; null if it was no text."})
    id = Identifier(metadata={"description": "The new ban's."})
    problem = fields.Nested(
        Problem, metadata={"description": "`ban_known`, with its id: a good ban does the same for as long."}
    )


class BanListResults(Shown):
    """A result for each target, in order."""

    results = fields.List(fields.Nested(BanListResult))


@blueprint.post("/v1/moderation/bans/list")
@described(
    Described(
        "Up to 500 bans by word, domain or name at once, each with a result of its own, in order.",
        "authors",
        {200: Answer(BanListResults, headers=NOT_KEPT)},
        (*(code for code in STAFF if code != "not_found"), "role", *BODY),
        body=BanListIn,
    )
)
@staff_only(EDITORS)
def post_ban_list() -> Any:
    """What can be banned is; all of it, or nothing if the service fails meanwhile. What can't hinders no other."""
    given = BanListIn().load(read_json(_BULK_BYTES))
    read = [_read(target) for target in given["targets"]]
    kind, action = BanKind(given["kind"]), Action(given["action"])
    wishes = [Wish(kind, each, action, given["reason"], given["expires_at"]) for each in read if isinstance(each, str)]
    editor = Decider(staff().token_id, staff().site_id)
    made = iter(ban_listed(front().database, editor, wishes, datetime.now(UTC)))
    results = [next(made) if isinstance(each, str) else each for each in read]
    told = [_told(target, result) for target, result in zip(given["targets"], results, strict=True)]
    return private({"results": told})


@blueprint.post("/v1/moderation/bans/list/preview")
@described(
    Described(
        "Rehearse a list of bans on the last days: what it would have done to comments that came.",
        "authors",
        {200: Answer(RehearsalOut, headers=NOT_KEPT),
         202: Answer(JobOut, f"More than {AT_ONCE:,} comments are to be looked at: a job does it.",
                     headers=TAKEN_ON, links={"job": {"operationId": "get_job",
                                                      "parameters": {"job_id": "$response.body#/id"}}})},
        (*(code for code in STAFF if code != "not_found"), "role", "too_many_jobs", *BODY),
        body=BanListTrial,
    )
)  # fmt: skip
@staff_only(EDITORS)
def post_ban_list_preview() -> Any:
    """Nothing is changed. What always goes to a person still would, and is told as held."""
    given, now = BanListTrial().load(read_json(_BULK_BYTES)), datetime.now(UTC)
    targets = [each if isinstance(each, str) else "" for each in map(_read, given["targets"])]
    draft = Draft.of(BanKind(given["kind"]), Action(given["action"]), targets, given["days"], now)
    if not any(draft.patterns()):
        raise Invalid({"targets": [Sentence(f"field.ban_{draft.kind}")]})
    with front().database.read() as connection:
        found = None if is_long(connection, staff().site_id, draft) else rehearse(connection, staff().site_id, draft)
        if found is not None:
            return private(RehearsalOut().dump(rehearsed(connection, staff().site_id, draft, *found, draft.since)))
    asker = Decider(staff().token_id, staff().site_id)
    job = start(front().database, asker, JobKind.BANS_PREVIEW, draft.to_document(), now)
    return taken_on(job)


def _read(target: Any) -> str | Told:
    """The target as text, or what is wrong with it."""
    try:
        return str(_target.deserialize(target, "target"))
    except ValidationError as error:
        error.field_name = "target"
        return as_invalid(error)


def _told(target: Any, result: str | Told) -> dict[str, Any]:
    told = {"target": without_addresses(readable(target)) if isinstance(target, str) else None}
    return told | ({"problem": document_of(result)} if isinstance(result, Told) else {"id": result})
