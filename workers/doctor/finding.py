"""What a look finds, and what it is given to look at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from service.settings import PREFIX, Settings

STAND_INS: Final = {
    f"{PREFIX}DATABASE_URL": "sqlite:////nowhere/moderato.db",
    f"{PREFIX}REDIS_URL": "unix:///nowhere/redis.sock",
    f"{PREFIX}SECRET_KEYS": "none:" + "00" * 32,
    f"{PREFIX}AUTHOR_SECRET": "00" * 32,
}
"""For what is missing, so that it hides nothing else. Nobody connects to them."""


class Grade(StrEnum):
    WRONG = "wrong"
    NOTE = "note"
    """Worth knowing, and perhaps meant."""


@dataclass(frozen=True, slots=True)
class Finding:
    what: str
    todo: str
    grade: Grade = Grade.WRONG


def note(what: str, todo: str) -> Finding:
    return Finding(what, todo, Grade.NOTE)


@dataclass(frozen=True, slots=True)
class Case:
    """A set-up: its environment, the faults in it, and the settings that are left, with stand-ins for the faulty."""

    env: Mapping[str, str]
    faults: Mapping[str, str]
    settings: Settings
    clock: Callable[[], datetime]

    def lacks(self, setting: str) -> bool:
        return f"{PREFIX}{setting.upper()}" in self.faults


Look = Callable[[Case], Iterator[Finding]]


def case_of(env: Mapping[str, str], clock: Callable[[], datetime]) -> Case:
    faults = Settings.faults_in(env)
    left_out = set(faults)
    if f"{PREFIX}TASK_SECONDS" in left_out:
        left_out.add(f"{PREFIX}LEASE_SECONDS")  # perhaps they only don't fit together: the defaults do
    usable = {name: value for name, value in env.items() if name not in left_out}
    if f"{PREFIX}LEASE_SECONDS" in left_out:
        usable.pop(f"{PREFIX}TASK_SECONDS", None)
    stand_ins = {name: value for name, value in STAND_INS.items() if name in faults}
    return Case(env, faults, Settings.from_env(usable | stand_ins), clock)


def time_apart(seconds: float) -> str:
    """`3600 s behind`: how this machine's clock stands to another that it is ahead of by so much."""
    return f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'}"
