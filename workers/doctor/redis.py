"""Looks at Redis: whether it lets us in, forgets nothing, can write and has the time; and who lives by it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, cast
from urllib.parse import urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, BusyLoadingError, RedisError, ResponseError
from redis.exceptions import TimeoutError as SlowError
from redis.retry import Retry

from service.domain.comment import Lane
from service.handoff import LANES
from service.store.clock import TOLERANCE
from workers.doctor.examination import each_of
from workers.doctor.finding import Case, Finding, note, time_apart
from workers.heartbeat import living, release

SECONDS: Final = 1.5
OLDEST: Final = (6, 2)
NEARLY: Final = 0.9


def redis(case: Case) -> Iterator[Finding]:
    """Get in; once in, look at everything."""
    if case.lacks("redis_url"):
        return
    client = Redis.from_url(
        case.settings.redis_url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=Retry(NoBackoff(), 0)
    )
    try:
        client.ping()
        told = cast("dict[str, Any]", client.info())
        yield from each_of(
            partial(_version, told),
            partial(_memory, told),
            partial(_disk, told),
            partial(_replica, told),
            partial(_clock, client, case),
            partial(_workers, client, case),
        )
    except RedisError as error:
        yield _no_entry(case, error)
    finally:
        client.close()


def _no_entry(case: Case, error: RedisError) -> Finding:
    where = _where(case.settings.redis_url)
    if isinstance(error, AuthenticationError) or str(error).startswith(("NOAUTH", "WRONGPASS")):
        return Finding(
            f"Redis refuses us: wrong user or password for {where}.",
            "Correct them in MODERATO_REDIS_URL: redis://user:password@host:6379/0, percent-encoded.",
        )
    if isinstance(error, BusyLoadingError):
        return Finding(f"Redis at {where} is still loading its data.", "Wait, and look again.")
    if isinstance(error, ResponseError):
        return Finding(
            f"Redis at {where} refuses a command ({str(error).partition(' ')[0]}).",
            "Allow Moderato's user ping, info, time, scan, get, set, del and what Celery needs; or see Redis's log.",
        )
    if isinstance(error, SlowError):
        return Finding(
            f"Redis at {where} does not answer in time. Nothing is lost, but comments wait for the sweep.",
            "Look at its host: memory that is swapped out, a slow disk, a script that runs; then at the network.",
        )
    return Finding(
        f"Redis can't be reached: {where}. Nothing is lost, but comments wait for the sweep.",
        "Start it, or correct MODERATO_REDIS_URL; then look at firewalls between.",
    )


def _where(url: str) -> str:
    """Without user and password."""
    parts = urlsplit(url)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"


def _version(told: dict[str, Any]) -> Iterator[Finding]:
    found = str(told.get("redis_version", ""))
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdigit())
    if numbers and numbers < OLDEST:
        yield Finding(f"Redis {found} is too old.", f"Use {'.'.join(map(str, OLDEST))} or newer.")


def _memory(told: dict[str, Any]) -> Iterator[Finding]:
    policy = told.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        yield Finding(
            f"Redis evicts keys when memory is short ({policy}): wake-ups and limits would get lost unnoticed.",
            "Set `maxmemory-policy noeviction`, or give Moderato a Redis of its own.",
        )
    most, used = int(told.get("maxmemory", 0)), int(told.get("used_memory", 0))
    if most and used > most * NEARLY:
        yield Finding(
            f"Redis uses {used >> 20} MB of the {most >> 20} MB that it may.",
            "Raise maxmemory, or find out what else is kept there.",
        )


def _disk(told: dict[str, Any]) -> Iterator[Finding]:
    if "err" in {told.get("rdb_last_bgsave_status"), told.get("aof_last_write_status")}:
        yield Finding(
            "Redis could not write to its disk the last time; it may refuse all writing.",
            "Make room on its disk, or give its folder to the user that it runs as; its log says more.",
        )


def _replica(told: dict[str, Any]) -> Iterator[Finding]:
    if told.get("role") == "slave" and told.get("slave_read_only", 1):
        yield Finding(
            "Redis is a read-only replica: nobody can be woken through it.",
            "Put the primary's address into MODERATO_REDIS_URL, or make this one the primary: `REPLICAOF NO ONE`.",
        )


def _clock(client: "Redis", case: Case) -> Iterator[Finding]:
    before = case.clock()
    seconds, microseconds = cast("tuple[int, int]", client.time())
    after = case.clock()
    there = datetime.fromtimestamp(seconds + microseconds / 1e6, UTC)
    if abs((after - there).total_seconds()) > (after - before).total_seconds() + TOLERANCE:
        yield Finding(
            f"This machine's clock is {time_apart((after - there).total_seconds())} Redis's.",
            "Keep both right by NTP: form tokens, leases and lists go by the time.",
        )


def _workers(client: "Redis", case: Case) -> Iterator[Finding]:
    """Who lives, and which lanes nobody consumes. Without a scorer nothing is sent by its lane."""
    workers = list(living(client))
    if not workers:
        yield Finding(
            "No worker runs (none has shown a sign of life): comments are taken and stay pending.",
            "Start `moderato worker`. If one runs, its log says why it can't reach this Redis.",
        )
        return
    for lane in LANES if case.settings.scorer_url else (lane for lane in LANES if lane != Lane.SCORE):
        if not any(lane in worker.lanes for worker in workers):
            yield Finding(
                f"Nobody consumes the lane {lane}: what is sent there stays there.",
                f"Start a worker without -Q, or one with `-Q {lane}`.",
            )
    for other in sorted({worker.release for worker in workers} - {release()}):
        yield note(
            f"A worker of another release is running ({other or 'an early one'}); this is {release()}.",
            "Unless a rolling upgrade is under way, restart it.",
        )


LOOKS: Final = {"redis": redis}
