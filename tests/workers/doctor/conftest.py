"""A set-up in which nothing is wrong, to be broken in one place; and the doctor, as operators call it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.factories import environment
from tests.servers import PATIENCE, PostgreSQL, Process, Redis, moderato, own_name

TEMPLATE = "moderato_template"


@dataclass(frozen=True)
class Told:
    """What the doctor said: its findings, its exit code, and every word of it."""

    code: int
    findings: list[dict[str, str]]
    words: str
    not_looked_at: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """`look: what` of all that is wrong."""
        return [f"{each['look']}: {each['what']}" for each in self.findings if each["grade"] == "wrong"]

    @property
    def notes(self) -> list[str]:
        return [f"{each['look']}: {each['what']}" for each in self.findings if each["grade"] == "note"]

    @property
    def todo(self) -> str:
        """What to do about all that is wrong."""
        return " ".join(each["todo"] for each in self.findings if each["grade"] == "wrong")


def ask(env: Mapping[str, str], *arguments: str, before: Sequence[str] = ()) -> Told:
    """Call the doctor in a process of its own; `before` is a command that runs it somewhere else."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    done = subprocess.run(
        [*before, sys.executable, "-m", "workers.cli", "doctor", "--json", *arguments],
        env=inherited | dict(env), capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert done.stderr == "", done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return Told(done.returncode, told["findings"], done.stdout, told["not_looked_at"])


@pytest.fixture(scope="module")
def well(postgresql: PostgreSQL) -> Iterator[dict[str, str]]:
    """The environment of a set-up that is well: PostgreSQL, Redis, a worker."""
    database = postgresql.create_database(own_name("doctor"), template=TEMPLATE)
    with Redis(tcp=True) as redis:
        env = environment(database, redis.url)
        with moderato("worker", "--concurrency", "1", env=env) as worker:
            worker.wait_for_output(r"ready\.")
            yield env


@pytest.fixture
def celery_on_one_lane() -> Iterator[Any]:
    """Starts a plain Celery worker that was told to consume one lane only."""
    started: list[Process] = []

    def start(env: Mapping[str, str], lane: str) -> None:
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        command = ["-A", "workers.app", "worker", "-Q", lane, "--concurrency", "1", "--loglevel", "INFO"]
        process = Process("celery", [sys.executable, "-m", "celery", *command], env={**inherited, **env}).start()
        started.append(process)
        process.wait_for_output(r"ready\.")

    yield start
    for process in started:
        process.kill()
