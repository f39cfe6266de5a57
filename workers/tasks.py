"""The tasks: each claims, delegates and commits, and no more. Messages carry nothing but the wake-up."""

from datetime import UTC, datetime, timedelta

import structlog
from celery import shared_task

from service.handoff import JUDGE_LANE, JUDGE_PENDING, TIDY, UPKEEP_LANE
from service.store import comments
from workers.room import room

KEYS_KEPT = timedelta(days=3)

_log = structlog.get_logger(__name__)


@shared_task(name=JUDGE_PENDING, queue=JUDGE_LANE)
def judge_pending(**_later: object) -> None:
    """Lower the flag, judge one batch, and wake the lane again if more waits. Unknown arguments are a later release's."""
    here = room()
    here.handoff.lower_flag()
    if here.judge.run_once() and here.judge.waits():
        here.handoff.wake(again=True)


@shared_task(name=TIDY, queue=UPKEEP_LANE)
def tidy(**_later: object) -> None:
    """Forget idempotency keys that nobody will send again."""
    before = datetime.now(UTC) - KEYS_KEPT
    gone = room().database.transact(lambda connection: comments.forget_keys(connection, before))
    _log.info("tidied", idempotency_keys=gone)
