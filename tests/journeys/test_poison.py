"""A comment that crashes, hangs or swells whoever judges it is held for a person, and delays nobody else for long."""

import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from service.settings import Settings
from service.store.moderation import VerdictRow
from service.store.session import Database
from tests.factories import a_submission
from tests.journeys.conftest import NO_LIMITS, SECONDS, Production, Service, wait_until
from tests.poison import POISONS
from tests.servers import Process

pytestmark = pytest.mark.journey
ROOT = Path(__file__).parents[2]
ORDINARY = 200
EACH = 3


def poisoned_worker(env: dict[str, str], concurrency: int = 2) -> Process:
    """A worker that a comment's words can harm; started and ready."""
    command = [
        *(sys.executable, "-m", "tests.poisoned", "worker", "--concurrency", str(concurrency)),
        *("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"),
    ]
    worker = Process("poisoned", command, env=env, cwd=ROOT)
    return worker.start().wait_for_output(r"ready\.", SECONDS)


@pytest.fixture
def service(production: Production) -> Service:
    """With a worker that can be poisoned, and with leases as they usually are: nothing here waits for one."""
    production.env |= {"MODERATO_LEASE_SECONDS": "600", "MODERATO_TASK_SECONDS": "500", **NO_LIMITS}
    started = production.start()
    started.processes["worker"].kill()
    started.processes["worker"] = poisoned_worker(production.env)
    return started


FAILURES = {"check_failed", "gave_up"}


def failures(service: Service) -> dict[str, set[str]]:
    """Why comments are held that could not be judged, by their ids."""
    from sqlalchemy import select

    database = Database(Settings.from_env(service.env))
    with database.read() as connection:
        rows = connection.execute(select(VerdictRow.comment_id, VerdictRow.signals)).all()
    database.close()
    found = {row.comment_id: FAILURES & {signal["reason"] for signal in row.signals} for row in rows}
    return {identifier: reasons for identifier, reasons in found.items() if reasons}


def until_decided(service: Service, identifiers: set[str], otherwise: str) -> None:
    def decided() -> bool:
        found = service.statuses()
        return all(found.get(identifier, "pending") != "pending" for identifier in identifiers)

    wait_until(decided, 3 * SECONDS, otherwise)


@pytest.mark.timeout(480)
def test_among_all_kinds_of_poison_every_other_comment_is_decided_and_the_poison_held(service: Service) -> None:
    words = [word for word in POISONS for _ in range(EACH)]
    every = ORDINARY // len(words)
    ordinary, poisonous = set(), {}
    for number in range(ORDINARY):
        if number % every == 0 and words:
            word = words.pop()
            poisonous[service.accepted(body=f"{word}, {a_submission()['body']}")["id"]] = word
        ordinary.add(service.accepted()["id"])

    until_decided(service, ordinary, "an ordinary comment is kept waiting by poison")
    until_decided(service, set(poisonous), "poison is still pending")

    found = service.statuses()
    assert set(failures(service)) == set(poisonous)
    assert {found[identifier] for identifier in poisonous} == {"held"}
    assert len(poisonous) == EACH * len(POISONS)
    assert service.processes["worker"].running


HELD: list[tuple[str, str]] = [
    ("PLANTE", "gave_up"), ("BLOQUE", "gave_up"), ("TOURNE", "check_failed"), ("DEVORE", "check_failed"),
]  # fmt: skip


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("word", "reason"), HELD)
def test_whoever_reads_it_is_told_why_it_is_held(service: Service, word: str, reason: str) -> None:
    identifier = service.accepted(body=f"{word}, {a_submission()['body']}")["id"]

    until_decided(service, {identifier}, "poison is still pending")

    assert service.statuses()[identifier] == "held"
    assert failures(service) == {identifier: {reason}}
    assert deaths(service) == ([1] if reason == "gave_up" else []), "its process had a witness: one death is enough"


def deaths(service: Service) -> list[int]:
    """After how many tries comments were given up."""
    from sqlalchemy import select

    database = Database(Settings.from_env(service.env))
    with database.read() as connection:
        found = connection.execute(select(VerdictRow.signals)).scalars().all()
    database.close()
    return [each["facts"]["count"] for signals in found for each in signals if each["reason"] == "gave_up"]


def pool_of(worker: Process) -> Callable[[], list[psutil.Process]]:
    return psutil.Process(worker.pid).children


def test_a_process_that_is_no_more_is_replaced_each_time(service: Service) -> None:
    """What Celery forgets one time in three: it looks before the dying can be waited for."""
    children = pool_of(service.processes["worker"])
    for _ in range(20):
        before = {child.pid for child in children()}
        children()[0].kill()
        wait_until(
            lambda before=before: len(children()) == 2 and {child.pid for child in children()} != before,  # type: ignore[misc]
            SECONDS, "nobody took the place of a process that was killed",
        )  # fmt: skip


def test_a_process_that_ends_in_mid_work_gives_back_its_batch_at_once(service: Service) -> None:
    """All are taken together; without the poison's the others would wait for ten minutes' lease."""
    children = pool_of(service.processes["worker"])
    for child in children():
        child.suspend()
    poison = service.accepted(body="PLANTE")["id"]
    others = {service.accepted()["id"] for _ in range(15)}
    for child in children():
        child.resume()

    until_decided(service, others, "the batch of a process that died is kept waiting")
    until_decided(service, {poison}, "poison is still pending")
