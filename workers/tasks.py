"""The tasks: each claims, delegates and commits, and no more. Messages carry nothing but the wake-up.

`judge_batch` is the one path from `pending`, whoever woke it: the task below, or the sweep while Redis is away.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from celery import shared_task

from service import meters, metrics
from service.handoff import JUDGE_LANE, JUDGE_PENDING, TIDY, UPKEEP_LANE
from service.operations.judge import Judged, judge
from service.store import queues, submissions, traces
from service.store.session import is_away
from workers.engine import give_up, moderate
from workers.history import contexts
from workers.past import ALIKE_WINDOW
from workers.room import Room, room
from workers.tally import tally, tally_claim

KEYS_KEPT = timedelta(days=3)
TURN_SECONDS = 1.0
GATHER_SECONDS = 0.02
"""How long comments may gather that come faster than one by one: a full batch costs little more than one comment."""

_log = structlog.get_logger(__name__)


@shared_task(name=JUDGE_PENDING, queue=JUDGE_LANE)
def judge_pending(**_later: object) -> None:
    """Lower the flag, then judge batch after batch while something waits. Unknown arguments are a later release's.

    A message for each batch would cost as much as judging it. Whoever commits from now on raises the flag anew, so
    nothing is stranded when we stop; after a short while we do, that the time limit stays one batch's.
    """
    here = room()
    here.handoff.lower_flag()
    until = time.monotonic() + TURN_SECONDS
    while (claimed := judge_batch(here)) and next_in_line(here):
        if time.monotonic() > until:
            here.handoff.wake(again=True)
            return
        if claimed < here.settings.batch_size:
            time.sleep(GATHER_SECONDS)


@shared_task(name=TIDY, queue=UPKEEP_LANE)
def tidy(**_later: object) -> None:
    """Forget idempotency keys that nobody will send again, and texts' likenesses that no window reaches."""
    now, database = datetime.now(UTC), room().database
    keys = database.transact(lambda connection: submissions.forget_keys(connection, now - KEYS_KEPT))
    alike = database.transact(lambda connection: traces.forget_likenesses(connection, now - ALIKE_WINDOW))
    _log.info("tidied", idempotency_keys=keys, likenesses=alike)


def judge_batch(here: Room) -> int:
    """Claim one batch and judge it. Returns how many comments were claimed; 0 when nothing waits."""
    settings = here.settings
    claimed = here.database.transact(
        lambda connection: queues.claim(connection, limit=settings.batch_size, lease_seconds=settings.lease_seconds)
    )
    tally_claim(claimed)
    spent = [row for row in claimed if row.attempts > settings.max_attempts]
    fresh = [row for row in claimed if row.attempts <= settings.max_attempts]
    if spent:
        _park(here, spent)
    if fresh:
        _judge(here, fresh)
    return len(claimed)


def next_in_line(here: Room) -> str | None:
    """The comment that could be claimed now; None when nothing waits."""
    with here.database.read() as connection:
        return queues.oldest_waiting(connection)


def _judge(here: Room, claimed: Sequence[Any]) -> None:
    """Judge a batch; should it fail as a whole, each comment alone: a bad one costs the others nothing."""
    try:
        _apply(here, claimed)
    except Exception as error:
        if len(claimed) == 1 or is_away(error):
            raise
        _log.exception("a batch failed and is judged one by one", comments=[row.id for row in claimed])
        for row in claimed:
            _judge_alone(here, row)


def _judge_alone(here: Room, row: Any) -> None:
    try:
        _apply(here, [row])
    except Exception:  # noqa: BLE001 - it stays claimed and counted, and is parked when it keeps failing
        _log.exception("a comment could not be judged; it is tried again", comment=row.id, attempts=row.attempts)


def _apply(here: Room, claimed: Sequence[Any]) -> None:
    now = datetime.now(UTC)
    with here.database.read() as connection:
        known = contexts(connection, claimed, now)
    batch = [
        Judged(row, moderate(each.context, each.policy, model=here.classifier), each.policy_version, each.trace)
        for row, each in zip(claimed, known, strict=True)
    ]
    now = datetime.now(UTC)
    moved = judge(here.database, batch, now)
    tally(batch, moved, now)
    for each in batch:
        _tell(each, moved=each.row.id in moved)


def _park(here: Room, spent: Sequence[Any]) -> None:
    """A comment that could not be judged in five tries goes to a person, with that for a reason."""
    batch = [Judged(row, give_up(row.attempts - 1), 0) for row in spent]
    now = datetime.now(UTC)
    moved = judge(here.database, batch, now)
    tally(batch, moved, now)
    meters.count(metrics.PARKED, by=len(moved))
    _log.error("parked for a person", comments=[row.id for row in spent])


def _tell(each: Judged, *, moved: bool) -> None:
    _log.info(
        "judged" if moved else "nothing to do",
        comment=each.row.id,
        request_id=each.row.facts.get("request_id"),
        action=str(each.verdict.action),
        score=each.verdict.score,
        reasons=sorted({signal.reason for signal in each.verdict.signals}),
        milliseconds=round((datetime.now(UTC) - each.row.created_at).total_seconds() * 1000),
    )
