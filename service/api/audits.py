"""Routes to what comes of audits: which the machine did alone and people looked at, and the thresholds that follow."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Blueprint, request
from marshmallow import fields

from service.api import query
from service.api.answers import private
from service.api.auth import OVERSEERS, READERS, own_site, staff, staff_only
from service.api.cursors import cursor_after, read_cursor
from service.api.describe import NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, UtcTime
from service.api.shown import Shown, Word, whole
from service.domain.bounds import LEAST_BOUND, MOST_BOUND, Kind, State
from service.domain.comment import Action
from service.domain.teaching import Category
from service.front import front
from service.store import policies, samples, thresholds

blueprint = Blueprint("audits", __name__)

SUMMED_UP: Final = timedelta(days=180)
_FROM_ZERO: Final = {"minimum": 0}
_SHARE: Final = {"minimum": 0, "maximum": 1}
_BOUND: Final = {"minimum": LEAST_BOUND, "maximum": MOST_BOUND}


class SampledVerdict(Shown):
    """What the machine did alone."""

    action = Word((Action.PUBLISH, Action.REJECT))
    score = fields.Float(metadata=_SHARE)
    chances = fields.Dict(
        keys=fields.String(), values=fields.Float(metadata=_SHARE),
        metadata={"description": "How likely people would refuse it, by category, as it was thought then."},
    )  # fmt: skip


class AuditDecision(Shown):
    """The decision that stands."""

    action = Word((Action.PUBLISH, Action.REJECT))
    reason = fields.String(allow_none=True)
    who = fields.String(metadata={"description": "The token's name."})
    at = UtcTime()


class AuditOut(Shown):
    """One finished audit."""

    comment = Identifier(attribute="id")
    at = UtcTime(metadata={"description": "When the machine judged."})
    verdict = fields.Nested(SampledVerdict)
    decision = fields.Nested(AuditDecision)
    agreed = fields.Boolean(metadata={"description": "Whether people did what the machine had done."})


class AuditSummary(Shown):
    """How many of what the machine did alone were drawn for an audit."""

    days = whole({"minimum": 1}, "So far back.")
    open = whole(_FROM_ZERO, "Nobody has decided on them yet. They are told to nobody.")
    done = whole(_FROM_ZERO)
    agreed = whole(_FROM_ZERO)
    disagreed = whole(_FROM_ZERO)


class Audits(Shown):
    """One page of finished audits."""

    audits = fields.List(fields.Nested(AuditOut), metadata={"description": "The latest verdict first."})
    summary = fields.Nested(AuditSummary)
    next = fields.String(allow_none=True, metadata={"description": "The cursor of the next page."})


class ThresholdOut(Shown):
    """What follows from one bound of the policy."""

    category = Word(Category)
    kind = Word(
        Kind,
        metadata={"description": "`missed`: of what is published. `wronged`: of what the machine refuses."},
    )
    bound = fields.Float(metadata=_BOUND | {"description": "The share of errors that is accepted at most."})
    state = Word(
        State,
        metadata={"description": "`unknown`: too few decisions, nothing is claimed. `kept`: proven. `broken`: there "
                  "are enough, and they don't prove it."},
    )  # fmt: skip
    at = fields.Float(
        allow_none=True,
        metadata=_SHARE | {"description": "The chance from which on a comment is held, or refused; null: off."},
    )
    asked = whole(_FROM_ZERO, "Decisions that it rests on.")
    errors = whole(_FROM_ZERO)
    upper = fields.Float(metadata=_SHARE | {"description": "What is proven of the share of errors, at 95 %."})
    since = UtcTime(allow_none=True, metadata={"description": "When it last changed."})
    computed_at = UtcTime(allow_none=True, metadata={"description": "Null: not yet."})


class ThresholdsOut(Shown):
    """What follows from the bounds that the site's policy states; nothing if it states none."""

    thresholds = fields.List(fields.Nested(ThresholdOut))


@blueprint.get("/v1/moderation/sites/<site>/audits")
@described(
    Described(
        "Finished audits: what the machine did alone, by dice, and what people then decided.",
        "audit",
        {200: Answer(Audits, headers=NOT_KEPT)},
        (*STAFF, "role", "site_unknown", "invalid"),
        query={"limit": query.LIMIT, "cursor": query.CURSOR},
    )
)
@staff_only(OVERSEERS)
def get_audits(site: str) -> Any:
    """Which audits are open is told to nobody, so that nobody decides otherwise on them than on all the others."""
    own_site(site)
    limit, after = query.limit(), read_cursor(request.args.get("cursor"))
    with front().database.read() as connection:
        rows = samples.audits(connection, staff().site_id, after=after, limit=limit + 1)
        found = samples.summary(connection, staff().site_id, datetime.now(UTC) - SUMMED_UP)
    shown = rows[:limit]
    return private(
        Audits().dump(
            {
                "audits": [_audit(row) for row in shown],
                "summary": {"days": SUMMED_UP.days, **found},
                "next": cursor_after(shown[-1]) if len(rows) > limit else None,
            }
        )
    )


@blueprint.get("/v1/moderation/sites/<site>/thresholds")
@described(
    Described(
        "The thresholds that follow from the policy's bounds, and what each rests on.",
        "policies",
        {200: Answer(ThresholdsOut, headers=NOT_KEPT)},
        (*STAFF, "site_unknown"),
    )
)
@staff_only(READERS)
def get_thresholds(site: str) -> Any:
    """They are looked at anew every minute."""
    own_site(site)
    with front().database.read() as connection:
        policy, _ = policies.current_policy(connection, staff().site_id, None)
        rows = thresholds.rows_of(connection, [staff().site_id])
    known = {(row.kind, row.category): row for row in rows}
    stated = [_threshold(kind, category, bound, known.get((kind, category)))
              for kind, category, bound in policy.bounds.stated()]  # fmt: skip
    return private(ThresholdsOut().dump({"thresholds": stated}))


def _audit(row: Any) -> dict[str, Any]:
    return {
        "id": row.id, "at": row.created_at, "agreed": row.action == row.decided,
        "verdict": {"action": row.action, "score": row.score, "chances": row.chances},
        "decision": {"action": row.decided, "reason": row.reason, "who": row.who, "at": row.decided_at},
    }  # fmt: skip


def _threshold(kind: Kind, category: Category, bound: float, row: Any) -> dict[str, Any]:
    told = {"state": State.UNKNOWN, "at": None, "asked": 0, "errors": 0, "upper": 1.0, "since": None}
    if row is not None:
        told |= {name: row.evidence[name] for name in ("state", "asked", "errors", "upper") if name in row.evidence}
        told |= {"at": row.at, "since": row.since}
    computed = None if row is None else row.computed_at
    return {"category": category, "kind": kind, "bound": bound, "computed_at": computed, **told}
