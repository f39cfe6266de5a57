"""How often each check and the machine are right, as far as people's decisions tell; and a shadow beside the policy."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Final

from flask import Blueprint, Response
from marshmallow import fields

from service.api import query
from service.api.answers import private
from service.api.auth import AUDITORS, READERS, own_site, staff, staff_only
from service.api.describe import NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, UtcTime
from service.api.shown import Shown, Word, whole
from service.api.spreadsheet import csv_line
from service.domain import truth as statistics
from service.domain.comment import Action
from service.domain.shadow import EXAMPLES, Comparison, Load, Pair, compare
from service.domain.truth import Rate, Truth, Unknown
from service.front import front
from service.store import policies
from service.store import truth as store

blueprint = Blueprint("truth", __name__)

MOST_IN_SHADOW: Final = 5_000
"""The newest comments that are looked at for what the shadow made of them."""
_FROM_ZERO: Final = {"minimum": 0}
_SHARE: Final = {"minimum": 0, "maximum": 1}
_DAYS: Final = {
    "type": "integer",
    "minimum": 1,
    "maximum": 100,
    "default": 30,
    "description": "How far back, in UTC days: 1 is today. It is of what was judged in these days.",
}
_A_FILE: Final = NOT_KEPT | {"Content-Disposition": {"description": "A file's name."}}


class RateOut(Shown):
    """A share with its interval at 95 %; or why it isn't known, and all three are null."""

    value = fields.Float(allow_none=True, metadata=_SHARE)
    low = fields.Float(allow_none=True, metadata=_SHARE)
    high = fields.Float(allow_none=True, metadata=_SHARE)
    why = Word(
        Unknown, allow_none=True,
        metadata={"description": "`no_audits`: no audit has been answered, so nobody has looked at what the machine "
                  "let through. `nothing_decided`: of what was found, people have decided on nothing. "
                  "`nothing_refused`: people have refused nothing."},
    )  # fmt: skip


class _Truth(Shown):
    flagged = whole(_FROM_ZERO, "In so many verdicts, about, by the samples; null without any.", allow_none=True)
    decided = whole(_FROM_ZERO, "People published or refused so many of them.")
    refused = whole(_FROM_ZERO)
    precision = fields.Nested(RateOut, metadata={"description": "Of what it found, people refuse so much."})
    recall = fields.Nested(RateOut, metadata={"description": "Of what people refuse, it finds so much."})


class MachineTruth(_Truth):
    """The machine as a whole: what it refuses or wants a person to see is found."""

    released = whole(_FROM_ZERO, "Refused by the machine alone, published by people.")
    taken_down = whole(_FROM_ZERO, "Published by the machine alone, refused by people.")


class CheckTruth(_Truth):
    """One check."""

    check = fields.String()


class ReasonTruth(_Truth):
    """One signal reason."""

    reason = fields.String()


class AuditsOut(Shown):
    """The verdicts that the dice drew: how many are answered, and how many are not."""

    done = whole(_FROM_ZERO)
    open = whole(_FROM_ZERO)


class SideOut(Shown):
    """What the policy, or its shadow, makes of the comments, and how often it is right."""

    publish = whole(_FROM_ZERO)
    hold = whole(_FROM_ZERO)
    reject = whole(_FROM_ZERO)
    awaiting = whole(_FROM_ZERO, "That a person has to look at, or would have to.")
    share_awaiting = fields.Float(allow_none=True, metadata=_SHARE)
    precision = fields.Nested(RateOut)
    recall = fields.Nested(RateOut)


class DisagreementOut(Shown):
    """Comments of which the shadow would have made something else."""

    before = Word(Action, metadata={"description": "By the policy, which counted."})
    after = Word(Action, metadata={"description": "By the shadow."})
    count = whole({"minimum": 1})
    decided = whole(_FROM_ZERO, "People published or refused so many of them.")
    refused = whole(_FROM_ZERO)
    examples = fields.List(Identifier(), metadata={"description": f"The newest {EXAMPLES}."})


class ShadowTruth(Shown):
    """The policy and its shadow, since both have been what they are."""

    since_version = whole({"minimum": 1}, "Of the policy.")
    judged = whole(_FROM_ZERO, f"By both, of the newest {MOST_IN_SHADOW:,} comments of these days.")
    now = fields.Nested(SideOut)
    shadow = fields.Nested(SideOut)
    disagreements = fields.List(fields.Nested(DisagreementOut), metadata={"description": "The most frequent first."})


class TruthOut(Shown):
    """How often the machine is right."""

    days = whole({"minimum": 1})
    since = UtcTime(
        metadata={"description": f"Later than was asked for where there are more than {store.MOST_DECIDED:,} decisions "
                  f"or {store.MOST_DRAWN:,} samples since then."}
    )  # fmt: skip
    audits = fields.Nested(
        AuditsOut, allow_none=True, metadata={"description": "Null for those who answer them without knowing."}
    )
    machine = fields.Nested(MachineTruth)
    checks = fields.List(fields.Nested(CheckTruth), metadata={"description": "Those with the most decisions first."})
    reasons = fields.List(fields.Nested(ReasonTruth), metadata={"description": "Likewise."})
    shadow = fields.Nested(
        ShadowTruth, allow_none=True,
        metadata={"description": "Null without a shadow, and for those who decide: they shall not be led by it."},
    )  # fmt: skip


@blueprint.get("/v1/moderation/sites/<site>/truth")
@described(
    Described(
        "How often each check, and the machine as a whole, is right: precision and recall with their intervals.",
        "moderators",
        {200: Answer(TruthOut, headers=NOT_KEPT)},
        (*STAFF, "site_unknown", "invalid"),
        query={"days": _DAYS},
    )
)
@staff_only(READERS)
def get_truth(site: str) -> Any:
    """Audits and the shadow are told to editors, owners and auditors only."""
    own_site(site)
    return private(TruthOut().dump(_told()))


@blueprint.get("/v1/moderation/sites/<site>/truth.csv")
@described(
    Described(
        "The same as CSV: a line for the machine and for each check and reason.",
        "moderators",
        {200: Answer(None, "Kind, name, counts, precision and recall with their intervals.", "text/csv",
                     headers=_A_FILE)},
        (*STAFF, "site_unknown", "invalid"),
        query={"days": _DAYS},
    )
)  # fmt: skip
@staff_only(READERS)
def get_truth_csv(site: str) -> Any:
    """Safe to open in a spreadsheet. An empty cell is not known."""
    own_site(site)
    lines = (csv_line(line) for line in _lines(_told()))
    response = Response("".join(lines), mimetype="text/csv")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f'attachment; filename="{staff().site}-truth.csv"'
    return response


def _told() -> dict[str, Any]:
    days, now, site_id = query.limit(30, name="days"), datetime.now(UTC), staff().site_id
    since = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)
    sees_all = staff().role in AUDITORS
    with front().database.read() as connection:
        known = store.known(connection, site_id, since)
        begun = policies.shadow_since(connection, site_id) if sees_all else None
        beside = None
        if begun is not None:
            version, at = begun
            both = store.known(connection, site_id, max(since, at), shadow_since=version)
            rows = store.in_shadow(connection, site_id, since, version, MOST_IN_SHADOW)
            beside = _beside(version, both, compare(map(_pair, rows)))
    evidence = known.evidence
    spoke = chain((each.found for each in evidence.labelled), (each.found for each in evidence.open))
    names = sorted(frozenset(chain.from_iterable(spoke)) - _WHOLE)
    machine, *parts = statistics.truths(evidence, [store.MACHINE, *names])
    parts.sort(key=lambda each: (-each.decided, each.name))
    return {
        "days": days,
        "since": known.since,
        "audits": {"done": evidence.audits, "open": len(evidence.open)} if sees_all else None,
        "machine": _figures(machine) | {"released": known.released, "taken_down": known.taken_down},
        "checks": list(_named(parts, "check", store.CHECK)),
        "reasons": list(_named(parts, "reason", store.REASON)),
        "shadow": beside,
    }


_WHOLE: Final = {store.MACHINE, store.SHADOW}


def _named(parts: list[Truth], what: str, prefix: str) -> Iterator[dict[str, Any]]:
    for each in parts:
        if each.name.startswith(prefix):
            yield {what: each.name.removeprefix(prefix), **_figures(each)}


def _figures(truth: Truth) -> dict[str, Any]:
    return {
        "flagged": None if truth.flagged is None else round(truth.flagged),
        "decided": truth.decided,
        "refused": truth.refused,
        "precision": _rate(truth.precision),
        "recall": _rate(truth.recall),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    value, low, high = (None if each is None else round(each, 4) for each in (rate.value, rate.low, rate.high))
    return {"value": value, "low": low, "high": high, "why": rate.unknown}


def _pair(row: Any) -> Pair:
    return Pair(
        row.id, Action(row.action), Action(row.shadow["action"]), row.awaits, row.shadow["awaits"],
        Action(row.people) if row.decided and row.people else None,
    )  # fmt: skip


def _beside(version: int, both: store.Known, comparison: Comparison) -> dict[str, Any]:
    now, then = statistics.truths(both.evidence, [store.MACHINE, store.SHADOW])
    return {
        "since_version": version,
        "judged": comparison.now.judged,
        "now": _side(comparison.now, now),
        "shadow": _side(comparison.then, then),
        "disagreements": [
            {"before": each.before, "after": each.after, "count": each.count, "decided": each.decided,
             "refused": each.refused, "examples": each.examples}
            for each in comparison.disagreements
        ],
    }  # fmt: skip


def _side(load: Load, truth: Truth) -> dict[str, Any]:
    return {
        **{str(action): count for action, count in load.actions.items()},
        "awaiting": load.awaiting,
        "share_awaiting": round(load.awaiting / load.judged, 4) if load.judged else None,
        "precision": _rate(truth.precision),
        "recall": _rate(truth.recall),
    }


def _lines(told: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    rates = [f"{rate}_{part}" for rate in ("precision", "recall") for part in ("value", "low", "high", "why")]
    yield "kind", "name", "flagged", "decided", "refused", *rates
    for kind, name, each in (
        ("machine", "", told["machine"]),
        *(("check", each["check"], each) for each in told["checks"]),
        *(("reason", each["reason"], each) for each in told["reasons"]),
    ):
        counts = (_cell(each[count]) for count in ("flagged", "decided", "refused"))
        yield kind, name, *counts, *(_cell(value) for rate in ("precision", "recall") for value in each[rate].values())


def _cell(value: object) -> str:
    return "" if value is None else str(value)
