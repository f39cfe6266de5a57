"""A rolling upgrade: the old release serves while the next one's migration runs, and the next one waits for it."""

import signal
import sys
import threading
from typing import Any, Self

import httpx
import pytest
from sqlalchemy import text

from service.settings import Settings
from service.store import schema
from service.store.session import Database
from tests.factories import a_submission
from tests.journeys.conftest import SECONDS, Production, Service, wait_until
from tests.servers import Process

pytestmark = pytest.mark.journey

BOUND = 10.0
"""Seconds that a submission may take while a migration runs: a step that locks readers out would take until its end."""


class Load:
    """Readers who write all the time, and a load balancer that asks whether the API is ready."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.codes: list[int] = []
        self.accepted: set[str] = set()
        self.ready: list[tuple[int, str]] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._write) for _ in range(2)] + [threading.Thread(target=self._ask)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _write(self) -> None:
        with httpx.Client(timeout=BOUND) as client:
            while not self._over.wait(0.02):
                answer = client.post(self.service.comments, json=a_submission())
                self.codes.append(answer.status_code)
                if answer.status_code == 202:
                    self.accepted.add(answer.json()["id"])

    def _ask(self) -> None:
        with httpx.Client(timeout=BOUND) as client:
            while not self._over.wait(0.05):
                answer = client.get(f"{self.service.api}/readyz")
                self.ready.append((answer.status_code, answer.json()["migrations"].partition(":")[0]))


def of_the_next_release(service: Service, *arguments: str) -> Process:
    """`moderato ARGUMENTS` of the made-up next release."""
    return Process(
        f"next-{arguments[0]}", [sys.executable, "-m", "tests.store.next_release.release", *arguments], env=service.env
    )


def revision(service: Service) -> str | None:
    database = Database(Settings.from_env(service.env))
    with database.read() as connection:
        found = schema.revision(connection)
    database.close()
    return found


def moods(service: Service) -> set[Any]:
    database = Database(Settings.from_env(service.env))
    with database.read() as connection:
        found = set(connection.scalars(text("SELECT mood FROM comments")))
    database.close()
    return found


def test_a_migration_runs_beside_the_old_release_under_load_and_nobody_notices(production: Production) -> None:
    service = production.start()
    service.processes["second worker"] = production.worker()
    with Load(service) as load:
        wait_until(lambda: len(load.codes) > 20, SECONDS, "nobody writes")
        with of_the_next_release(service, "migrate") as migrating:
            assert migrating.wait(SECONDS) == 0, migrating.output()
        written = len(load.codes)
        wait_until(lambda: len(load.codes) > written + 20, SECONDS, "nobody writes any more")
        wait_until(lambda: load.ready[-1] == (200, "newer"), SECONDS, f"not ready: {load.ready[-1]}")

    assert revision(service) == "0003"
    assert set(load.codes) == {202}
    assert set(load.ready) == {(200, "ok"), (200, "newer")}
    wait_until(
        lambda: "pending" not in service.statuses().values(), SECONDS, "the old workers don't judge on the newer schema"
    )
    assert load.accepted <= service.statuses().keys()
    assert moods(service) == {"calm", None}, "what came in after the backfill has none: the next release fills it"


def test_a_worker_of_the_next_release_judges_nothing_before_the_migration(production: Production) -> None:
    service = production.start()
    service.processes["worker"].kill()
    identifier = service.accepted()["id"]
    with of_the_next_release(service, "worker", "--concurrency", "1") as worker:
        worker.wait_for_output("the database is at 0001, this release wants 0003: moderato migrate", SECONDS)
        assert service.statuses()[identifier] == "pending"
        assert "ready." not in worker.output()

        with of_the_next_release(service, "migrate") as migrating:
            assert migrating.wait(SECONDS) == 0, migrating.output()

        wait_until(lambda: service.statuses()[identifier] == "published", SECONDS, "it waits still")
        assert worker.terminate() == 0


def test_a_worker_that_waits_for_the_migration_ends_when_it_is_asked_to(production: Production) -> None:
    service = production.start()
    with of_the_next_release(service, "worker", "--concurrency", "1") as worker:
        worker.wait_for_output("this release wants 0003", SECONDS)

        assert worker.terminate() in {0, -signal.SIGTERM, 128 + signal.SIGTERM}


def test_a_worker_waits_for_a_database_that_is_away_and_says_so(production: Production) -> None:
    service = production.start()
    nowhere = {"MODERATO_DATABASE_URL": "postgresql+psycopg://postgres@127.0.0.1:1/moderato"}
    with of_the_next_release(service, "worker") as worker:
        worker.kill()
        worker.env = service.env | nowhere
        worker.start().wait_for_output(r"the database is away \(OperationalError\)", SECONDS)

        assert worker.running
