"""The sweep: a small loop beside the worker that finds comments nobody came for. It needs no Redis.

It wakes the lane. When Redis is away, or nobody comes, it judges by itself: in a child process, which can be killed
when a text hangs it.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from service import logs, meters, metrics
from service.domain.comment import Lane
from service.handoff import LANES, TELL_LANE, UPKEEP_LANE, redis_client
from service.lifeline import die_with_parent
from service.settings import Settings
from service.signs import show_progress
from workers.delivery import LIMIT_SECONDS, is_due, tell
from workers.heartbeat import Heartbeat
from workers.jobs import waiting_job
from workers.limits import bound_memory, died_by_itself
from workers.progress import Pool
from workers.room import Room, furnish, furnish_apart, measure_together
from workers.scoring import may_be_brought_back
from workers.tasks import judge_batch, next_in_line
from workers.undertaker import bury
from workers.witness import Death, Witness

_DRAIN_SECONDS: Final = 10.0
_START_SECONDS: Final = 10.0
"""Until a child has everything in memory, on a machine that is busy: then its task begins."""
_PATIENCE: Final = 3
"""Times the seconds of a task: so long a pool may begin nothing while it is called."""

_log = structlog.get_logger(__name__)


class Sweep(threading.Thread):
    """Looks every `sweep_seconds`; says in Redis that the worker lives; never dies of what it meets."""

    def __init__(
        self, settings: Settings, lanes: Iterable[str] = LANES, begun: Callable[[], int] | None = None
    ) -> None:
        lanes = list(lanes)
        super().__init__(name="sweep", daemon=True)
        self._settings = settings
        self._over = threading.Event()
        self._room = furnish(settings, forks=True)  # the pool's children, when one is replaced
        own = set(lanes) | (set() if settings.scorer_url else {Lane.SCORE})  # what waits for a scorer that is no more
        self._lanes = [lane for lane in Lane if lane in own]
        self._served = frozenset(lanes)
        self._runs_jobs = UPKEEP_LANE in own
        self._job: tuple[str, int] | None = None
        self._waited: dict[Lane, str | None] = {}
        self._pool = Pool(begun, settings.task_seconds * _PATIENCE) if begun is not None else None
        self._tells = TELL_LANE in lanes
        self._untold = False
        self._busy = False
        self._teller: tuple[Any, float] | None = None
        self._heartbeat = Heartbeat(redis_client(settings), lanes, settings.sweep_seconds * 5)

    def run(self) -> None:
        while not self._over.wait(self._settings.sweep_seconds):
            try:
                self._beat()
                self._look()
            except SQLAlchemyError as error:
                _log.warning("the sweep could not reach the database", error=type(error).__name__)
                meters.count(metrics.SWEEPS, "failed")
            except Exception:  # noqa: BLE001 - the last one who looks must go on looking
                _log.exception("the sweep stumbled and goes on")
                meters.count(metrics.SWEEPS, "failed")

    def stop(self) -> None:
        self._over.set()
        with contextlib.suppress(RedisError):
            self._heartbeat.end()

    def bury(self, death: Death) -> None:
        """A process of the worker's is no more: give back what it had taken. In a thread, for nobody but the worker's
        own end to wait for.
        """
        threading.Thread(target=self._bury, args=(death,), name="undertaker").start()

    def _bury(self, death: Death) -> None:
        if bury(self._room, death):
            for lane in self._lanes:
                self._room.handoff.wake(lane, again=True)

    def say_alive(self) -> None:
        """Once at the start, so that whoever waits for a worker needn't wait for a sweep."""
        self._beat()

    def _beat(self) -> None:
        show_progress()
        try:
            self._heartbeat.beat()
        except RedisError:
            _log.debug("no heartbeat: Redis is away")

    def _look(self) -> None:
        """See to each lane that this worker consumes, the scorer's last: it may take its time."""
        self._busy = self._pool is not None and self._pool.has_begun()
        if self._tells:
            self._look_at_telling()
        done = set()
        for lane in self._lanes:
            done.add(self._look_at(lane))
            self._beat()
        if self._runs_jobs:
            done.add(self._look_at_jobs())
        meters.count(metrics.SWEEPS, next(word for word in ("judged", "woke", "idle") if word in done | {"idle"}))

    def _look_at(self, lane: Lane) -> str:
        """Wake the lane for what waits; judge it here when Redis is away, or when nobody came for it last time.

        Whoever works takes the oldest first: the same one still waiting means that nobody does (a worker whose
        connection is being restored may be deaf for half a minute), or that our own pool has its hands full: one
        process more would only take the processor from it.
        """
        waiting, before = next_in_line(self._room, lane), self._waited.get(lane)
        self._waited[lane] = waiting
        if waiting is None:
            if lane is Lane.SCORE and may_be_brought_back(self._room):
                return "woke" if self._room.handoff.wake(lane) else "idle"  # held is safe: it has the time
            return "idle"
        woken, served = self._room.handoff.wake(lane), lane in self._served
        if woken and (waiting != before or (served and self._busy)):
            return "woke"
        if woken and served and self._pool is not None and self._pool.is_deaf():
            self._end()
        _log.warning("nobody comes for what waits: the sweep judges by itself", comment=waiting)
        death = drain_apart(self._settings, self._lanes, self._beat)
        self._bury(death)
        return "judged"

    def _end(self) -> None:
        """At once, with all children: who no longer hears can't be asked to end in order."""
        _log.critical("the pool has begun nothing for too long while comments wait: the worker ends itself")
        self.stop()
        os._exit(os.EX_SOFTWARE)

    def _look_at_jobs(self) -> str:
        """Wake whoever runs jobs for one that stands where it stood last time. While Redis is away they wait."""
        waiting, before = waiting_job(self._room), self._job
        self._job = waiting
        stuck = waiting is not None and waiting == before
        return "woke" if stuck and self._room.handoff.wake(UPKEEP_LANE) else "idle"

    def _look_at_telling(self) -> None:
        """Wake whoever tells of events; if nobody has come since the last look, a child tells. Nobody waits for it."""
        self._see_to_teller()
        untold, before = is_due(self._room), self._untold
        self._untold = untold
        woken = untold and self._room.handoff.wake(TELL_LANE)
        if not (untold and before) or self._teller is not None or (woken and self._busy):
            return
        _log.warning("nobody comes to tell of events: the sweep does it by itself")
        child = multiprocessing.get_context("spawn").Process(target=tell_apart, daemon=True)
        child.start()
        self._teller = child, time.monotonic() + LIMIT_SECONDS

    def _see_to_teller(self) -> None:
        """Whether the child has ended; one that takes too long is killed, and what it was at is told again."""
        if self._teller is None:
            return
        child, until = self._teller
        if child.is_alive() and time.monotonic() > until:
            child.kill()
            child.join()
        if not child.is_alive():
            child.close()
            self._teller = None


def tell_apart() -> None:
    """Tell what is due, in a process of one's own."""
    with logs.nothing_raw():
        tell(_furnished())


def drain_apart(settings: Settings, lanes: Sequence[Lane], meanwhile: Callable[[], None]) -> Death:
    """Judge in a child process, with the time limit that a task would have, once it is furnished. It is no more, then.

    `meanwhile` is called each second.
    """
    witness = Witness()
    seconds = min(_DRAIN_SECONDS, settings.task_seconds / 2)  # the last batch is to come to its end within the limit
    child = multiprocessing.get_context("spawn").Process(target=drain, args=(seconds, lanes, witness), daemon=True)
    child.start()
    until = time.monotonic() + _START_SECONDS + settings.task_seconds
    while child.is_alive() and (left := until - time.monotonic()) > 0:
        child.join(min(left, 1.0))
        meanwhile()
    if child.is_alive():
        _log.error("the sweep's child took too long and is killed; its comments are tried again")
        child.kill()
        child.join()
    process = child.pid or 0
    return Death(process, died_by_itself(child.exitcode), witness.account(process))


def drain(seconds: float, lanes: Sequence[Lane] = (Lane.JUDGE,), witness: Witness | None = None) -> None:
    """Judge batch after batch until nothing waits, or the time is over; the scorer is asked when no other waits."""
    with logs.nothing_raw():
        here = _furnished()
        if witness is not None:
            here = replace(here, witness=witness)
        until = time.monotonic() + seconds
        while time.monotonic() < until and any(judge_batch(here, lane) for lane in lanes):
            pass


def _furnished() -> Room:
    die_with_parent(signal.SIGKILL)
    here = furnish_apart(Settings.from_env(os.environ))
    bound_memory(here.settings.worker_memory)
    logs.configure(here.settings.log_level)
    measure_together(here.settings)
    return here
