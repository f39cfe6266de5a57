"""Decide: a person has the last word, on the version that they saw."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.comment import Action, Cause, Status, may_move
from service.domain.note import without_addresses
from service.domain.reasons import DecisionReason
from service.domain.urgency import urgent_at
from service.errors import Conflict, Invalid, NotFound, Sentence
from service.operations.moves import Moved, lock, settle
from service.render import render
from service.store import audit, claims, comments, events, moderation, moving, reports, samples, sites, wordings
from service.store.base import new_id
from service.store.moving import Mover
from service.store.session import Database


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person wants done with one version of one comment, and why."""

    id: str
    version: int
    action: Action
    reason: str | None = None
    note: str = ""
    public_reason: str = ""
    """What its author is told in place of the reason's wording."""
    by: Mapping[str, Any] = field(default_factory=dict)
    """What it was selected by, if many were: for the audit log."""


@dataclass(frozen=True, slots=True)
class Decider:
    """The token by which someone decides."""

    token_id: str
    site_id: str
    run: str = ""
    """The window in which they do, where they have several: what is read in one isn't given to another."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a comment stands after a decision."""

    id: str
    status: Status
    version: int
    claimed_by: str | None = None
    """Who else was just reading it: they are to be told."""


def decide(database: Database, decider: Decider, decision: Decision, now: datetime) -> Standing:
    """Apply one decision.

    Raises:
        Invalid: the reason is neither one of ours nor one of the site's own.
        NotFound: no such comment on the decider's site.
        Conflict: it has moved on (the problem carries its current status and version), or is removed for good.
    """

    def work(connection: Connection) -> Standing:
        _look_at_reason(connection, decider.site_id, decision.reason)
        return apply_decision(connection, decider, decision, now)

    return database.transact(work)


def _look_at_reason(connection: Connection, site_id: str, reason: str | None) -> None:
    if reason is None or reason in set(DecisionReason):
        return
    own = sites.own_reasons(connection, site_id)
    if reason not in own:
        raise Invalid({"reason": [Sentence("field.one_of", choices=", ".join([*DecisionReason, *own]))]})


def apply_decision(
    connection: Connection,
    decider: Decider,
    decision: Decision,
    now: datetime,
    *,
    entry: audit.Entry | None = None,
    undone: Any = None,
) -> Standing:
    """The same within a transaction that does more.

    `entry` is what the audit log says of it, if it is another act; `undone` the decision that it takes back.
    """
    place = comments.find_for_decision(connection, decision.id, decider.site_id)
    if place is None:
        raise NotFound("comment_unknown")
    row = lock(connection, [place])[decision.id]
    before, goal = Status(row.status), decision.action.status
    if row.version != decision.version or not may_move(Cause.DECISION, before, goal):
        raise Conflict("moved_on", extra={"current": {"id": row.id, "status": row.status, "version": row.version}})
    still_open = 0 if undone is None else undone.closed_reports + row.open_reports - undone.reopened_reports
    reports_of = {"closed_reports": row.open_reports, "reopened_reports": still_open}
    moderation.add_decision(connection, _row(decider, decision, before, now) | reports_of)
    if words := without_addresses(decision.public_reason.strip()):
        wordings.add_wording(connection, decision.id, decision.version, words)
    awaits = goal is Status.HELD or (undone is not None and samples.waits_again(connection, undone, row.revision))
    html = render(row.body) if goal is Status.PUBLISHED and row.html is None else row.html
    first = reports.first_of_latest(connection, row.id, still_open)
    since = first if first is not None and goal is not Status.HELD else row.created_at
    moved = moving.move(
        connection, [Mover(row.id, row.version)], Cause.DECISION, goal, awaiting=awaits, html=html,
        open_reports=still_open, reported_at=first, urgent_at=urgent_at(since, row.score, still_open),
    )  # fmt: skip
    if not moved:
        raise AssertionError("a comment moved although its row was locked")
    settle(
        connection,
        [Moved(row.id, row.article_id, row.parent_id, row.author_id, before, goal, row.published_replies)],
    )
    events.add_events(connection, [_event(decider, decision, row.revision)], now)
    audit.add_entry(connection, entry or _entry(decider, decision, before), now)
    return Standing(row.id, goal, row.version + 1, _end_claim(connection, decider, row.id))


def _end_claim(connection: Connection, decider: Decider, comment_id: str) -> str | None:
    """Whoever decides ends the claim on the comment, whose ever it is. The name of the other who had it, if one had."""
    holder = claims.holder(connection, comment_id)
    claims.end(connection, [comment_id])
    own = holder is None or (holder.token_id, holder.run) == (decider.token_id, decider.run)
    return None if own else str(holder.claimed_by)


def _row(decider: Decider, decision: Decision, before: Status, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "comment_id": decision.id,
        "version": decision.version,
        "action": decision.action,
        "before": before,
        "reason": decision.reason,
        "note": decision.note,
        "token_id": decider.token_id,
        "created_at": now,
    }


def _event(decider: Decider, decision: Decision, revision: int) -> dict[str, Any]:
    return {
        "site_id": decider.site_id,
        "comment_id": decision.id,
        "type": f"comment.{decision.action.status}",
        "data": {
            "by": "decision",
            "revision": revision,
            "version": decision.version + 1,
            "reason": decision.reason,
            "token": decider.token_id,
        },
    }


def _entry(decider: Decider, decision: Decision, before: Status) -> audit.Entry:
    """Without the note and the public words, which may be about a person: they lie with the decision."""
    data = {
        "action": decision.action, "before": before, "version": decision.version, "reason": decision.reason,
        **({"by": dict(decision.by)} if decision.by else {}),
    }  # fmt: skip
    return audit.Entry(decider.site_id, decider.token_id, Act.DECIDE, decision.id, data)
