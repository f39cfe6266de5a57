"""Policies before and after: what a draft would make of the last days, the versions there were, and back to one."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Blueprint
from marshmallow import fields

from service.api.answers import private
from service.api.auth import EDITORS, READERS, own_site, staff, staff_only
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, UtcTime, wrong
from service.api.policies import LONGEST_POLICY, PolicyIn, PolicyOut
from service.api.schemas import Strict, version_field
from service.api.shown import Shown, Word, whole
from service.domain.comment import Action
from service.domain.trial import Case, Tally, Trial, try_out
from service.domain.verdict import Signal
from service.errors import Invalid, Sentence
from service.front import front
from service.operations.edit_site import edit_policy
from service.store import judged, policies

blueprint = Blueprint("drafts", __name__)

MOST_COMMENTS: Final = 5_000
"""The newest that are looked at: enough to see a change of a percent, and a second's work."""
_MOST_DAYS: Final = 90
_EXCERPT: Final = 200
_FROM_ZERO: Final = {"minimum": 0}


def _is_days(number: int) -> None:
    if not 1 <= number <= _MOST_DAYS:
        raise wrong("limit", most=_MOST_DAYS)


class Draft(Strict):
    """A policy that isn't in force, and the days on which it is tried."""

    policy = fields.Nested(PolicyIn, required=True, error_messages={"required": [Sentence("field.required")]})
    days = fields.Integer(
        strict=True, load_default=30, validate=_is_days,
        metadata={"minimum": 1, "maximum": _MOST_DAYS, "description": "How far back."},
        error_messages={"invalid": [Sentence("field.limit", most=_MOST_DAYS)]},
    )  # fmt: skip


class Earlier(Strict):
    """The version to go back to."""

    version = version_field("Of the policy: one of those that there were.")


class TallyOut(Shown):
    """What a policy makes of the comments."""

    publish = whole(_FROM_ZERO)
    hold = whole(_FROM_ZERO)
    reject = whole(_FROM_ZERO)
    awaiting = whole(_FROM_ZERO, "That a person would have to look at.")
    awaiting_a_day = fields.Float(metadata=_FROM_ZERO | {"description": "The moderators' load."})


class ChangedOut(Shown):
    """A comment that would fare otherwise."""

    id = Identifier()
    name = fields.String()
    body = fields.String(metadata={"description": f"Its first {_EXCERPT} characters."})
    score_now = fields.Float(metadata={"minimum": 0, "maximum": 1})
    score_then = fields.Float(metadata={"minimum": 0, "maximum": 1})


class ChangeOut(Shown):
    """All that would fare otherwise in one way."""

    before = Word(Action, metadata={"description": "What the policy in force makes of them."})
    after = Word(Action, metadata={"description": "What the draft would."})
    count = whole({"minimum": 1})
    examples = fields.List(fields.Nested(ChangedOut))


class TrialOut(Shown):
    """The policy in force and the draft, on the same comments and their stored signals."""

    looked_at = whole(_FROM_ZERO, f"Judged comments of these days, the newest {MOST_COMMENTS:,} at most.")
    days = fields.Float(metadata={"description": "That they span."})
    now = fields.Nested(TallyOut)
    then = fields.Nested(TallyOut)
    changes = fields.List(fields.Nested(ChangeOut), metadata={"description": "The most frequent first."})


class VersionOut(Shown):
    """One version of a policy."""

    version = whole({"minimum": 1})
    created_at = UtcTime()
    by = fields.String(metadata={"description": "The token's name, or the command."})


class VersionsOut(Shown):
    """A policy's versions, the latest first: a hundred at most."""

    versions = fields.List(fields.Nested(VersionOut))


@blueprint.post("/v1/moderation/sites/<site>/policy/preview")
@described(
    Described(
        "Try a draft on the last days: what it would make of comments that were judged, against the policy in force.",
        "policies",
        {200: Answer(TrialOut, headers=NOT_KEPT)},
        (*STAFF, "role", "site_unknown", *BODY),
        body=Draft,
    )
)
@staff_only(EDITORS)
def preview_policy(site: str) -> Any:
    """Nothing is changed. Both policies judge the same signals, so that only what the draft changes is told."""
    own_site(site)
    given, now = Draft().load(read_json(LONGEST_POLICY)), datetime.now(UTC)
    since = now - timedelta(days=given["days"])
    with front().database.read() as connection:
        current, _ = policies.current_policy(connection, staff().site_id, None)
        rows = judged.latest_judged(connection, staff().site_id, since, MOST_COMMENTS)
    trial = try_out(map(_case, rows), current, given["policy"])
    days = (now - rows[-1].created_at) / timedelta(days=1) if len(rows) == MOST_COMMENTS else float(given["days"])
    return private(TrialOut().dump(_told(trial, {row.id: row for row in rows}, max(days, 1 / 24))))


@blueprint.get("/v1/moderation/sites/<site>/policy/versions")
@described(
    Described(
        "The versions of the site's policy.",
        "policies",
        {200: Answer(VersionsOut, headers=NOT_KEPT)},
        (*STAFF, "site_unknown"),
    )
)
@staff_only(READERS)
def get_versions(site: str) -> Any:
    own_site(site)
    with front().database.read() as connection:
        found = policies.versions(connection, staff().site_id)
    return private(VersionsOut().dump({"versions": found}))


@blueprint.post("/v1/moderation/sites/<site>/policy/rollback")
@described(
    Described(
        "Go back to an earlier version: it becomes the next one, by which comments are judged from now on.",
        "policies",
        {200: Answer(PolicyOut, headers=NOT_KEPT)},
        (*STAFF, "role", "site_unknown", *BODY),
        body=Earlier,
    )
)
@staff_only(EDITORS)
def roll_back(site: str) -> Any:
    own_site(site)
    wanted = Earlier().load(read_json())["version"]
    with front().database.read() as connection:
        policy = policies.find_version(connection, staff().site_id, wanted)
    if policy is None:
        raise Invalid({"version": [Sentence("field.version_unknown")]})
    version = edit_policy(front().database, staff().site_id, policy, datetime.now(UTC), token=staff().token_id)
    return private({"version": version, "policy": policy.to_document()})


def _case(row: Any) -> Case:
    signals = tuple(Signal(found["reason"], found["score"]) for found in row.signals)
    return Case(row.id, signals, row.name, row.website, row.body)


def _told(trial: Trial, rows: dict[str, Any], days: float) -> dict[str, Any]:
    return {
        "looked_at": trial.looked_at,
        "days": round(days, 2),
        "now": _tally(trial.now, days),
        "then": _tally(trial.then, days),
        "changes": [
            {
                "before": change.before,
                "after": change.after,
                "count": change.count,
                "examples": [
                    {
                        "id": each.id, "name": rows[each.id].name, "body": rows[each.id].body[:_EXCERPT],
                        "score_now": each.score_now, "score_then": each.score_then,
                    }
                    for each in change.examples
                ],
            }
            for change in trial.changes
        ],
    }  # fmt: skip


def _tally(tally: Tally, days: float) -> dict[str, Any]:
    counts = {str(action): count for action, count in tally.actions.items()}
    return counts | {"awaiting": tally.awaiting, "awaiting_a_day": round(tally.awaiting / days, 2)}
