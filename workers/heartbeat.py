"""A worker's sign of life in Redis: which lanes it consumes, and of which release it is. It lapses by itself."""

import json
import os
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from redis import Redis

PREFIX: Final = "moderato:worker:"


@dataclass(frozen=True, slots=True)
class Alive:
    """One living worker."""

    name: str
    lanes: frozenset[str]
    release: str


def name_of(process: int) -> str:
    """What a process of this machine, or of this container, is called in the whole house."""
    return f"{socket.gethostname()}:{process}"


def is_gone(name: str) -> bool:
    """Whether it is a process of this machine, or of this container, that is no more."""
    machine, _, number = name.rpartition(":")
    if machine != socket.gethostname() or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
        state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except ProcessLookupError:
        return True
    except OSError:  # it is somebody else's, or this system tells in another way
        return False
    return state[:1] == ["Z"]  # dead, and not buried yet


def release() -> str:
    try:
        return version("moderato")
    except PackageNotFoundError:
        return "unknown"


class Heartbeat:
    def __init__(self, redis: "Redis", lanes: Iterable[str], lapses_after: float) -> None:
        self._redis = redis
        self._key = f"{PREFIX}{name_of(os.getpid())}"
        self._told = json.dumps({"lanes": sorted(lanes), "release": release()})
        self._seconds = max(10, int(lapses_after))

    def beat(self) -> None:
        """Raises RedisError when Redis is away."""
        self._redis.set(self._key, self._told, ex=self._seconds)

    def end(self) -> None:
        self._redis.delete(self._key)


def living(redis: "Redis") -> Iterator[Alive]:
    """All workers that have lately shown a sign of life; one of an older release tells no lanes."""
    for key in redis.scan_iter(f"{PREFIX}*", count=1000):
        told = _read(redis.get(key))
        yield Alive(key.decode().removeprefix(PREFIX), frozenset(told.get("lanes", ())), str(told.get("release", "")))


def _read(value: Any) -> dict[str, Any]:
    try:
        told = json.loads(value or b"")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
