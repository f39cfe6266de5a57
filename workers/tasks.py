"""The tasks: each claims, delegates and commits, and no more. Messages carry nothing but the wake-up.

`judge_batch` is the one path from `pending`, whoever woke it: a task below, or the sweep while Redis is away.
"""

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from celery import shared_task
from sqlalchemy.exc import SQLAlchemyError

from service import meters, metrics
from service.domain.comment import Lane
from service.handoff import (
    EARN,
    FOLLOW,
    JUDGE_PENDING,
    LEARN,
    REMIND,
    RUN_JOBS,
    SCORE_PENDING,
    TELL_LANE,
    TELL_WAITING,
    TIDY,
    UPKEEP_LANE,
)
from service.operations.judge import Judged, judge
from service.operations.remind import remind
from service.store import queues
from service.store.session import is_away, trouble
from workers.campaigns import follow
from workers.delivery import LIMIT_SECONDS, is_due, tell
from workers.earning import earn_thresholds
from workers.engine import give_up, moderate
from workers.heartbeat import name_of
from workers.history import contexts
from workers.jobs import take_step
from workers.room import Room, room
from workers.scoring import bring_back, pass_on, score
from workers.tally import tally, tally_claim
from workers.teaching import learn
from workers.tidying import tidy_up
from workers.witness import NOTHING

NOBODYS_FAULT = frozenset({"away", "busy", "disk", "read_only"})
"""Troubles of the database that no comment can have caused. (A slow statement may be slow for its comment's sake.)"""
TURN_SECONDS = 1.0
TIDY_SECONDS = 5.0
GATHER_SECONDS = 0.02
"""How long comments may gather that come faster than one by one: a full batch costs little more than one comment."""

_log = structlog.get_logger(__name__)


@shared_task(name=JUDGE_PENDING, queue=Lane.JUDGE.value)
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


@shared_task(name=SCORE_PENDING, queue=Lane.SCORE.value)
def score_pending(**_later: object) -> None:
    """Lower the flag, then ask the scorer round after round while something waits, and for a short while."""
    here = room()
    here.handoff.lower_flag(Lane.SCORE)
    until = time.monotonic() + TURN_SECONDS
    while score_round(here):
        if time.monotonic() > until:
            here.handoff.wake(Lane.SCORE, again=True)
            return


@shared_task(name=TELL_WAITING, queue=TELL_LANE, time_limit=LIMIT_SECONDS)
def tell_waiting(**_later: object) -> None:
    """Lower the flag, then tell whoever is to be told; somebody goes on with what came in the last moment of a turn."""
    here = room()
    here.handoff.lower_flag(TELL_LANE)
    tell(here)
    if is_due(here):
        here.handoff.wake(TELL_LANE, again=True)


@shared_task(name=REMIND, queue=UPKEEP_LANE)
def remind_staff(**_later: object) -> None:
    """Have moderators told how the queue stands, whose hour it is or whose limits it is over."""
    here = room()
    if here.settings.sends_mail and remind(here.database, datetime.now(UTC)):
        here.handoff.wake(TELL_LANE)


@shared_task(name=LEARN, queue=UPKEEP_LANE)
def learn_from_decisions(**_later: object) -> None:
    """Learn from what people decided since the last time."""
    learn(room(), datetime.now(UTC))


@shared_task(name=EARN, queue=UPKEEP_LANE)
def earn_from_decisions(**_later: object) -> None:
    """Look at what people's decisions prove, and have thresholds follow."""
    here = room()
    if earn_thresholds(here, datetime.now(UTC)):
        here.handoff.wake(TELL_LANE)


@shared_task(name=FOLLOW, queue=UPKEEP_LANE)
def follow_campaigns(**_later: object) -> None:
    """Gather copies into campaigns, and have those judged again on whose copies people decided."""
    follow(room())


@shared_task(name=RUN_JOBS, queue=UPKEEP_LANE)
def run_jobs(**_later: object) -> None:
    """Lower the flag, then take step after step of the jobs that wait, for a short while."""
    here = room()
    here.handoff.lower_flag(UPKEEP_LANE)
    until = time.monotonic() + TURN_SECONDS
    while take_step(here):
        if time.monotonic() > until:
            here.handoff.wake(UPKEEP_LANE)  # unless that was done meanwhile: a long job must not fill the lane
            return


@shared_task(name=TIDY, queue=UPKEEP_LANE)
def tidy(**_later: object) -> None:
    """Forget what is over, little by little, for a short while."""
    tidy_up(room(), TIDY_SECONDS)


def score_round(here: Room) -> int:
    """One round of questions to the scorer; where nothing waits for it, bring back what was held for want of it.

    Returns how many comments were claimed or brought back; 0 when there is nothing to do.
    """
    return judge_batch(here, Lane.SCORE) or bring_back(here)


def judge_batch(here: Room, lane: Lane = Lane.JUDGE) -> int:
    """Claim one batch of a lane and judge it. Returns how many comments were claimed; 0 when nothing waits."""
    settings = here.settings
    limit = settings.batch_size if lane is Lane.JUDGE else settings.scorer_at_once
    claimed = here.database.transact(
        lambda connection: queues.claim(
            connection, limit=limit, lease_seconds=settings.lease_seconds, lane=lane, holder=name_of(os.getpid())
        )
    )
    tally_claim(claimed)
    spent = [row for row in claimed if row.attempts > settings.max_attempts]
    fresh = [row for row in claimed if row.attempts <= settings.max_attempts]
    if spent:
        park(here, spent, {row.id: row.attempts - 1 for row in spent})
    if fresh:
        _judge(here, fresh, lane)
    if claimed:
        here.handoff.wake(TELL_LANE)
    return len(claimed)


def next_in_line(here: Room, lane: Lane = Lane.JUDGE) -> str | None:
    """The comment that could be claimed now; None when nothing waits."""
    with here.database.read() as connection:
        return queues.oldest_waiting(connection, lane, lease_seconds=here.settings.lease_seconds)


def _judge(here: Room, claimed: Sequence[Any], lane: Lane) -> None:
    """Judge a batch; should it fail as a whole, each comment alone: a bad one costs the others nothing.

    In the scorer's lane each is claimed alone after its lease: asking for all one by one could take too long.
    """
    try:
        _apply(here, claimed, lane)
    except Exception as error:
        _hand_back_if_innocent(here, claimed, error)
        if len(claimed) == 1 or is_away(error) or lane is Lane.SCORE:
            raise
        _log.exception("a batch failed and is judged one by one", comments=[row.id for row in claimed])
        for row in claimed:
            _judge_alone(here, row)


def _judge_alone(here: Room, row: Any) -> None:
    try:
        _apply(here, [row], Lane.JUDGE)
    except Exception as error:  # noqa: BLE001 - it stays claimed and counted, and is parked when it keeps failing
        _hand_back_if_innocent(here, [row], error)
        _log.exception("a comment could not be judged; it is tried again", comment=row.id, attempts=row.attempts)


def _hand_back_if_innocent(here: Room, claimed: Sequence[Any], error: Exception) -> None:
    """However long the database takes no verdicts, no comment is given up on for that. Where it takes nothing at all,
    the lease ends by itself.
    """
    if trouble(error) not in NOBODYS_FAULT:
        return
    with contextlib.suppress(SQLAlchemyError):
        here.database.transact(lambda connection: queues.hand_back(connection, claimed, name_of(os.getpid())))


def _apply(here: Room, claimed: Sequence[Any], lane: Lane) -> None:
    now = datetime.now(UTC)
    with here.database.read() as connection:
        known = contexts(connection, claimed, now)
        models = here.learnt.models(connection, {row.site_id for row in claimed})
    batch: list[Judged] = []
    for row, each in zip(claimed, known, strict=True):
        here.witness.see(os.getpid(), row.id)
        verdict = moderate(
            each.context, each.policy, model=models[row.site_id], thresholds=each.thresholds, limits=here.limits
        )
        batch.append(Judged(row, verdict, each.policy_version, each.trace, share=each.policy.audit_share))
    here.witness.see(os.getpid(), NOTHING)
    policies = {row.id: each.policy for row, each in zip(claimed, known, strict=True)}
    batch = (pass_on if lane is Lane.JUDGE else score)(here, batch, policies)
    if not batch:
        return
    now = datetime.now(UTC)
    moved = judge(here.database, batch, now, here.dice)
    tally(batch, moved, now)
    for judged in batch:
        _tell(judged, moved=judged.row.id in moved)


def park(here: Room, spent: Sequence[Any], tries: Mapping[str, int]) -> None:
    """Comments that could not be judged, in so many tries by their ids, go to a person, with that for a reason."""
    if not spent:
        return
    batch = [Judged(row, give_up(tries[row.id]), 0) for row in spent]
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
