"""Waking the workers: task names, lanes, and the producer. Only a hint travels; the work waits in the database."""

import threading
from functools import cached_property
from typing import Any, Final

import structlog
from redis import Redis, RedisError

from service import meters, metrics
from service.breaker import Breaker
from service.domain.comment import Lane
from service.settings import Settings

TELL_LANE: Final = "tell"
UPKEEP_LANE: Final = "upkeep"
LANES: Final = (*map(str, Lane), TELL_LANE, UPKEEP_LANE)

JUDGE_PENDING: Final = "moderato.judge_pending"
SCORE_PENDING: Final = "moderato.score_pending"
TELL_WAITING: Final = "moderato.tell_waiting"
TIDY: Final = "moderato.tidy"
REMIND: Final = "moderato.remind"
LEARN: Final = "moderato.learn"
EARN: Final = "moderato.earn"
FOLLOW: Final = "moderato.follow"
RUN_JOBS: Final = "moderato.run_jobs"

TASK_OF: Final[dict[str, str]] = {
    Lane.JUDGE: JUDGE_PENDING, Lane.SCORE: SCORE_PENDING, TELL_LANE: TELL_WAITING, UPKEEP_LANE: RUN_JOBS,
}  # fmt: skip
WAKE_FLAGS: Final = {lane: f"moderato:wake:{lane}" for lane in LANES}
WAKE_MILLISECONDS: Final = 1000

_log = structlog.get_logger(__name__)


def redis_client(settings: Settings, *, timeout: float = 0.5) -> "Redis":
    """A client that gives up soon: nobody waits for a hint."""
    return Redis.from_url(
        settings.redis_url, socket_timeout=timeout, socket_connect_timeout=timeout, health_check_interval=30
    )


def broker_url(settings: Settings) -> str:
    """The same Redis as Celery spells it."""
    return settings.redis_url.replace("unix://", "redis+socket://", 1)


class Handoff:
    """Wakes a lane after a commit. It never raises: the sweep finds what nobody was woken for."""

    def __init__(self, settings: Settings, breaker: Breaker | None = None) -> None:
        self._settings = settings
        self._breaker = breaker or Breaker()
        self._lock = threading.Lock()

    def wake(self, lane: str = Lane.JUDGE, *, again: bool = False) -> bool:
        """Wake a lane unless that was done within the last second; whether Redis could be reached.

        `again` wakes it in any case: the task that asks has just taken the flag down, and more are waiting.
        """
        if not self._breaker.allows():
            meters.count(metrics.WAKEUPS, "failed")
            return False
        try:
            first = self._redis.set(WAKE_FLAGS[lane], 1, nx=True, px=WAKE_MILLISECONDS)
            if first or again:
                self._send(TASK_OF[lane], lane)
        except Exception as error:  # noqa: BLE001 - kombu lets many kinds through, and none may cost a 202
            _log.warning("nobody could be woken; the sweep will find the work", why=self._breaker.failed(error))
            meters.count(metrics.WAKEUPS, "failed")
            return False
        self._breaker.succeeded()
        meters.count(metrics.WAKEUPS, "sent" if first or again else "merged")
        return True

    def lower_flag(self, lane: str = Lane.JUDGE) -> None:
        """Taken down before the claim begins, so that whoever commits from now on wakes the lane again."""
        if self._breaker.is_open:
            return
        try:
            self._redis.delete(WAKE_FLAGS[lane])
        except RedisError as error:
            _log.warning("the wake flag could not be lowered; it lapses by itself", why=self._breaker.failed(error))

    @cached_property
    def _redis(self) -> "Redis":
        return redis_client(self._settings)

    @cached_property
    def _producer(self) -> Any:
        """Imported when the first comment comes: the web process starts without Celery."""
        from celery import Celery

        app = Celery("moderato-producer", broker=broker_url(self._settings), set_as_current=False)
        app.conf.update(producer_settings())
        return app

    def _send(self, task: str, lane: str) -> None:
        with self._lock:
            producer = self._producer
        producer.send_task(task, queue=str(lane), ignore_result=True, retry=False)


def producer_settings() -> dict[str, Any]:
    """What whoever sends needs: a broker that is away is a matter of milliseconds, not of retries."""
    return {
        "task_ignore_result": True,
        "task_create_missing_queues": True,
        "task_serializer": "json",
        "accept_content": ["json"],
        "broker_connection_timeout": 1,
        "broker_connection_retry": False,
        "broker_transport_options": {"socket_timeout": 1, "socket_connect_timeout": 1, "max_retries": 0},
    }
