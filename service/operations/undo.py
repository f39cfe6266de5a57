"""Undo: the latest decision is taken back by a new one, which restores what was before. Nothing is erased.

The reports that it had dealt with are open again, beside those that came since.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.comment import Action, Status
from service.domain.reasons import DecisionReason
from service.errors import Conflict, NotFound
from service.operations.decide import Decider, Decision, Standing, apply_decision
from service.store import comments, moderation, wordings
from service.store.session import Database

WINDOW: Final = timedelta(minutes=10)
"""How long a slip of the finger is one. Later, a decision of its own says why."""

_RESTORES: Final = {
    Status.PUBLISHED: Action.PUBLISH,
    Status.HELD: Action.HOLD,
    Status.PENDING: Action.HOLD,  # who was decided on before the machine spoke waits for a person now
    Status.REJECTED: Action.REJECT,
}


def undo(database: Database, decider: Decider, comment_id: str, version: int, now: datetime) -> Standing:
    """Take the latest decision on a comment back, whoever made it.

    Raises:
        NotFound: no such comment on the decider's site.
        Conflict: it has moved on since that version; or `undo_over`: no decision led to that version, or too long ago.
    """
    return database.transact(lambda connection: _undo(connection, decider, comment_id, version, now))


def _undo(connection: Connection, decider: Decider, comment_id: str, version: int, now: datetime) -> Standing:
    if comments.find_for_decision(connection, comment_id, decider.site_id) is None:
        raise NotFound("comment_unknown")
    earlier = moderation.decisions_of(connection, [comment_id])
    latest = next((row for row in earlier if row.version == version - 1), None)
    if latest is None or now - latest.created_at > WINDOW:
        raise Conflict("undo_over", facts={"count": WINDOW // timedelta(minutes=1)})
    action = _RESTORES[Status(latest.before)]
    decision = Decision(comment_id, version, action)
    if action is Action.REJECT:
        decision = _refused_again(connection, decision, [row for row in earlier if row.version < latest.version])
    return apply_decision(connection, decider, decision, now, undone=latest)


def _refused_again(connection: Connection, decision: Decision, earlier: Sequence[Any]) -> Decision:
    """For what it had been refused before, in the same words: a person's. The machine's refusal has neither."""
    refused = next((row for row in reversed(earlier) if row.action == Action.REJECT), None)
    if refused is None:
        return replace(decision, reason=DecisionReason.OTHER)
    words = wordings.wordings_of(connection, decision.id).get(refused.version, "")
    return replace(decision, reason=refused.reason, public_reason=words)
