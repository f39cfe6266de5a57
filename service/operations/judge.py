"""Judge: the machine's verdicts are recorded and applied, a batch in one transaction, each by compare-and-set."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import random
from typing import Any

from sqlalchemy import Connection

from service.domain.comment import Action, Lane, Status
from service.domain.uncertainty import teaches
from service.domain.urgency import urgent_at
from service.domain.verdict import Judgement, Outcome, Verdict
from service.operations.moves import Moved, lock, settle
from service.render import render
from service.store import events, moderation, moving, samples
from service.store.base import new_id
from service.store.session import Database
from service.store.traces import Trace, add_traces


@dataclass(frozen=True, slots=True)
class Judged:
    """A claimed comment's row (id, version, revision, lane, attempts, article_id, parent_id, site_id, body) and what
    was concluded.
    """

    row: Any
    verdict: Verdict
    policy_version: int
    trace: Trace | None = None
    """What the comment leaves for later ones to be compared with."""
    rests: timedelta | None = None
    """Until it may be judged again, for it is held only because the scorer was away; None: it isn't."""
    share: float = 0.0
    """How likely the dice show it to a person, whatever the verdict says."""


def judge(database: Database, batch: Sequence[Judged], now: datetime, dice: Callable[[], float] = random) -> set[str]:
    """Apply verdicts. Returns the ids of the comments that moved; the others had moved already, or somebody else has
    taken them since: nothing to do.

    `dice` gives numbers from 0 up to 1, one for each: below its share a verdict is a sample.
    """
    drawn = {each.row.id for each in batch if dice() < each.share}
    html = {each.row.id: render(each.row.body) for each in batch if each.verdict.action is Action.PUBLISH}
    return database.transact(lambda connection: _apply(connection, batch, html, drawn, now))


def _apply(
    connection: Connection, batch: Sequence[Judged], html: dict[str, str], drawn: AbstractSet[str], now: datetime
) -> set[str]:
    standing = lock(connection, (each.row for each in batch))
    winners = [
        each for each in batch if (row := standing.get(each.row.id)) is not None and moving.is_still_held(row, each.row)
    ]
    moderation.add_verdicts(connection, [_verdict_row(each, now) for each in winners])
    samples.add_samples(connection, [_sample(each, now) for each in winners if each.row.id in drawn])
    if not moving.apply(
        connection,
        [_change(each, standing[each.row.id], html.get(each.row.id), awaits=_awaits(each, drawn)) for each in winners],
    ):
        raise AssertionError("a comment moved although its row was locked")
    settle(
        connection,
        [
            Moved(
                each.row.id, each.row.article_id, each.row.parent_id, standing[each.row.id].author_id,
                Status.PENDING, each.verdict.action.status, standing[each.row.id].published_replies,
            )
            for each in winners
        ],
    )  # fmt: skip
    add_traces(connection, [(each.row, each.trace) for each in winners if each.trace is not None])
    events.add_events(connection, [_event(each) for each in winners], now)
    return {each.row.id for each in winners}


def _awaits(each: Judged, drawn: AbstractSet[str]) -> bool:
    return each.verdict.judgement.awaits or each.row.id in drawn


def _change(each: Judged, row: Any, html: str | None, *, awaits: bool) -> dict[str, Any]:
    return {
        "comment_id": each.row.id,
        "seen": each.row.version,
        "taken": each.row.attempts,
        "goal": each.verdict.action.status,
        "awaits": awaits,
        "new_html": html,
        "new_score": each.verdict.score,
        "new_reasons": _reasons(each.verdict),
        "new_checks": _words(outcome.check for outcome in each.verdict.outcomes if outcome.score > 0),
        "new_urgent_at": urgent_at(_waits_since(row, awaits=awaits), each.verdict.score, row.open_reports),
        "new_teaches": teaches(each.verdict.estimate.chances, copied=each.trace is not None and each.trace.copied),
        "new_lane": Lane.JUDGE if each.rests is None else Lane.SCORE,
        "rest_seconds": None if each.rests is None else each.rests.total_seconds(),
    }


def _waits_since(row: Any, *, awaits: bool) -> datetime:
    """What is published without doubt waits only if readers have reported an earlier text of it."""
    first: datetime = row.created_at if awaits else row.reported_at or row.created_at
    return first


def _verdict_row(each: Judged, now: datetime) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "id": new_id(),
        "comment_id": each.row.id,
        "revision": each.row.revision,
        "action": verdict.action,
        "score": verdict.score,
        "awaits": verdict.judgement.awaits,
        "shadow": _shadow(verdict.shadow),
        "signals": [asdict(signal) for signal in verdict.signals],
        "weights": dict(verdict.judgement.weights),
        "checks": [_check(outcome) for outcome in verdict.outcomes],
        "policy_version": each.policy_version,
        "engine": verdict.engine,
        "estimate": {
            "spam": verdict.estimate.spam,
            "toxicity": verdict.estimate.toxicity,
            "kind": verdict.estimate.kind,
            "learnt_spam": verdict.estimate.learnt_spam,
            "learnt_abuse": verdict.estimate.learnt_abuse,
        },
        "created_at": now,
    }


def _shadow(judgement: Judgement | None) -> dict[str, Any] | None:
    if judgement is None:
        return None
    return {"action": str(judgement.action), "score": judgement.score, "awaits": judgement.awaits}


def _sample(each: Judged, now: datetime) -> dict[str, Any]:
    verdict = each.verdict
    return {
        "comment_id": each.row.id,
        "revision": each.row.revision,
        "site_id": each.row.site_id,
        "share": each.share,
        "action": verdict.action,
        "awaited": verdict.judgement.awaits,
        "score": verdict.score,
        "chances": {str(category): chance for category, chance in verdict.estimate.chances.items()},
        "created_at": now,
    }


def _check(outcome: Outcome) -> dict[str, Any]:
    """By hand: there are many, and `asdict` copies each deeply."""
    told = {
        "check": outcome.check,
        "milliseconds": outcome.milliseconds,
        "failed": outcome.failed,
        "score": outcome.score,
        "version": outcome.version,
    }
    return told | {"facts": dict(outcome.facts)} if outcome.facts else told


def _reasons(verdict: Verdict) -> str:
    return _words(signal.reason for signal in verdict.signals)


def _words(words: Iterable[str]) -> str:
    """Each between spaces, so that one is found as a whole."""
    found = sorted(set(words))
    return f" {' '.join(found)} " if found else " "


def _event(each: Judged) -> dict[str, Any]:
    return {
        "site_id": each.row.site_id,
        "comment_id": each.row.id,
        "type": f"comment.{each.verdict.action.status}",
        "data": {
            "by": "verdict",
            "revision": each.row.revision,
            "version": each.row.version + 1,
            "score": each.verdict.score,
            "reasons": _reasons(each.verdict).split(),
        },
    }
