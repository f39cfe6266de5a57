"""Delivery: what waits is told, many receivers at once, each by the teller of its kind; at least once.

One process of the whole house is at it, whose turn lapses when it is killed: a worker never has more than one busy with
somebody else's machine. It takes more while others are slow, so that nobody waits for them; of each receiver few at a
time. What came of it is written down as soon as it is known; whatever was under way when we died is told again.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import Connection

from service import meters, metrics
from service.domain.delivery import FAILURES, GIVEN_UP_AFTER, LONGEST_PAUSE, Kind, State, pause, rest
from service.operations.fan_out import fan_out
from service.store import deliveries, events, turns
from service.store.base import new_id
from service.store.clock import utc_now
from service.store.deliveries import Mark
from workers.mail.teller import Mails
from workers.room import Room
from workers.told import Told
from workers.webhooks.teller import Webhooks

TURN: Final = "tell"
TURN_SECONDS: Final = 10.0
"""For so long more is taken; then what is under way is waited for."""
SECONDS: Final = 10.0
"""For one attempt, as a whole."""
SECONDS_OF: Final = {Kind.MAIL: 22.0}
"""Mail servers are slow on purpose, to tire those who send without asking; less than the lease."""
LIMIT_SECONDS: Final = 40
"""After which whoever is at it is killed."""
AT_ONCE: Final = 64
AT_ONCE_EACH: Final = 4
_TURN_LAPSES: Final = 5.0
_LOOK_SECONDS: Final = 0.2

_log = structlog.get_logger(__name__)

Clock = Callable[[], datetime]


class Teller(Protocol):
    """Tells one kind of target. It is cancelled when its time is over; what it raises counts as a failure."""

    async def tell(self, delivery: Any) -> Told: ...


def tellers(here: Room, now: Clock) -> Mapping[str, Teller]:
    """A teller for each kind of target."""
    return {
        Kind.WEBHOOK: Webhooks(here.settings, here.database, now),
        Kind.MAIL: Mails(here.settings, here.database, now),
    }


def is_due(here: Room, now: Clock = utc_now) -> bool:
    """Whether there is anything to do that nobody is at."""
    with here.database.read() as connection:
        if turns.is_taken(connection, TURN, _TURN_LAPSES):
            return False
        return events.any_untold(connection) or deliveries.oldest_due(connection, now())


def tell(here: Room, now: Clock = utc_now, *, seconds: float = TURN_SECONDS) -> int:
    """Tell what is due, and what becomes due meanwhile, for so many seconds. Returns how many attempts were made.

    0 when nothing was due, or it is somebody else's turn.
    """
    if not is_due(here, now):
        return 0
    holder = new_id()
    if not here.database.transact(lambda connection: turns.take_turn(connection, TURN, holder, _TURN_LAPSES)):
        return 0
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_Round(here, now, holder, seconds).run())
    finally:
        loop.close()
        here.database.transact(lambda connection: turns.end_turn(connection, TURN, holder))


class _Round:
    """One turn: what is under way, and how much of it is for whom."""

    def __init__(self, here: Room, now: Clock, holder: str, seconds: float) -> None:
        self._here, self._now, self._holder = here, now, holder
        self._tellers = tellers(here, now)
        self._until = time.monotonic() + seconds
        self._kept_at = time.monotonic()
        self._under_way: dict[asyncio.Task[tuple[Told, int]], Any] = {}

    async def run(self) -> int:
        made = 0
        try:
            while True:
                more = time.monotonic() < self._until and self._keep_turn()
                taken = self._take() if more else 0
                made += taken
                if not self._under_way:
                    if more and self._fan_out():
                        continue
                    return made
                done, _ = await asyncio.wait(
                    self._under_way, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                self._write_down([(self._under_way.pop(task), *task.result()) for task in done])
        finally:
            await self._give_up_on_rest()

    def _keep_turn(self) -> bool:
        if time.monotonic() - self._kept_at < _TURN_LAPSES / 4:
            return True
        self._kept_at = time.monotonic()
        return self._here.database.transact(
            lambda connection: turns.take_turn(connection, TURN, self._holder, _TURN_LAPSES)
        )

    def _fan_out(self) -> int:
        return fan_out(self._here.database, self._now(), sends_mail=self._here.settings.sends_mail)

    def _take(self) -> int:
        """Take what is due, as far as there is room for it; the channels in no order, so that none is always last."""
        self._fan_out()
        free = AT_ONCE - len(self._under_way)
        if free <= 0:
            return 0
        now = self._now()
        with self._here.database.read() as connection:
            due = list(deliveries.due_channels(connection, now))
        random.shuffle(due)
        busy = Counter(delivery.channel_id for delivery in self._under_way.values())
        wanted = []
        for channel in due:
            most = 1 if channel.failures >= FAILURES else AT_ONCE_EACH
            limit = min(most - busy[channel.id], free)
            if limit > 0:
                wanted.append((channel.id, limit))
                free -= limit
        if not wanted:
            return 0
        claimed = self._here.database.transact(lambda connection: deliveries.claim(connection, wanted, now))
        for delivery in claimed:
            self._under_way[asyncio.ensure_future(self._attempt(delivery))] = delivery
        return len(claimed)

    async def _attempt(self, delivery: Any) -> tuple[Told, int]:
        start = time.perf_counter()
        try:
            async with asyncio.timeout(SECONDS_OF.get(delivery.kind, SECONDS)):
                told = await self._tellers[delivery.kind].tell(delivery)
        except TimeoutError:
            told = Told(ok=False, why="timeout")
        except Exception as error:  # noqa: BLE001 - many kinds come through, and none may cost more than this attempt
            _log.exception("telling failed", delivery=delivery.id, error=type(error).__name__)
            told = Told(ok=False, why="broken")
        return told, round((time.perf_counter() - start) * 1000)

    def _write_down(self, done: list[tuple[Any, Told, int]]) -> None:
        if not done:
            return
        now = self._now()
        self._here.database.transact(lambda connection: _write_all(connection, done, now))
        for delivery, told, milliseconds in done:
            meters.count(metrics.DELIVERIES, delivery.kind, "delivered" if told.ok else "failed")
            meters.observe(metrics.DELIVERY_SECONDS, milliseconds / 1000, delivery.kind)
            _log.info(
                "told" if told.ok else "could not be told", delivery=delivery.id, target=delivery.target_id,
                event_id=delivery.event_id, attempts=delivery.attempts, why=told.why or None, status=told.status,
                milliseconds=milliseconds,
            )  # fmt: skip

    async def _give_up_on_rest(self) -> None:
        """Only when we stumbled: their leases lapse, and they are told again."""
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)


def _write_all(connection: Connection, done: list[tuple[Any, Told, int]], now: datetime) -> None:
    for delivery, told, milliseconds in done:
        _write(connection, delivery, told, milliseconds, now)


def _write(connection: Connection, delivery: Any, told: Told, milliseconds: int, now: datetime) -> None:
    current = deliveries.is_current(connection, delivery)
    if told.ok:
        deliveries.mark(connection, Mark(delivery, State.DELIVERED, None, told.status, told.why, milliseconds), now)
        if current:
            deliveries.channel_is_well(connection, delivery.channel_id, now)
        return
    if not current:
        return  # we slept: how the receiver is now, whoever is at it knows better
    over = told.final or now - delivery.begun_at >= GIVEN_UP_AFTER
    wait = max(pause(delivery.attempts, random.random()), told.pause)  # noqa: S311 - it spreads them, and keeps no secret
    if not told.final:
        failures = deliveries.channel_failed(connection, delivery.channel_id)
        alone = min(max(rest(failures, random.random()), told.pause), LONGEST_PAUSE)  # noqa: S311 - likewise
        if alone:
            deliveries.let_channel_rest(connection, delivery.channel_id, now + timedelta(seconds=alone))
            wait = alone  # whichever is tried when it is over finds out for all
    next_at = None if over else now + timedelta(seconds=min(wait, LONGEST_PAUSE))
    state = State.FAILED if over else State.WAITING
    deliveries.mark(connection, Mark(delivery, state, next_at, told.status, told.why, milliseconds), now)
