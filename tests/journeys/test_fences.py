"""Workers that are stopped in mid-work and wake, that are asked to end, or no longer get on: nothing is overwritten,
nothing waits for a lease.
"""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from celery import Celery
from sqlalchemy import func, select, update

from service.settings import Settings
from service.store.comments import Comment
from service.store.moderation import VerdictRow
from service.store.session import Database
from tests.factories import a_submission
from tests.journeys.conftest import SECONDS, Embedded, Production, Service, wait_until
from tests.journeys.test_poison import poisoned_worker
from tests.poison import WAIT
from tests.servers import Process, Redis, all_gone, answers

pytestmark = pytest.mark.journey
LONG = {"MODERATO_LEASE_SECONDS": "600", "MODERATO_TASK_SECONDS": "500"}
"""Whatever comes about within a test has not waited for a lease."""


class Gate:
    """Where a poisoned worker waits in the middle of a check."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.begun = Path(f"{path}-begun")

    def wait(self) -> None:
        wait_until(self.begun.exists, SECONDS, "the check was not begun")

    def open(self) -> None:
        self.path.touch()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.fixture
def own(database_url: str) -> Iterator[Production]:
    """On each database. What it starts is killed in the end, whatever state it was left in."""
    with Redis(tcp=True) as redis:
        made = Production(database_url, redis)
        yield made
        made.stop()


@contextlib.contextmanager
def database(service: Service) -> Iterator[Database]:
    opened = Database(Settings.from_env(service.env))
    yield opened
    opened.close()


def row(service: Service, identifier: str) -> Any:
    with database(service) as opened, opened.read() as connection:
        return connection.execute(select(Comment.__table__).where(Comment.id == identifier)).one()


def verdicts(service: Service, identifier: str) -> int:
    with database(service) as opened, opened.read() as connection:
        mine = select(func.count()).where(VerdictRow.comment_id == identifier)
        return connection.execute(mine).scalar_one()


def lapse(service: Service) -> None:
    with database(service) as opened, opened.write() as connection:
        connection.execute(update(Comment).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))


def poisoned(production: Production, gate: Gate, **more: str) -> Service:
    """A service whose only worker waits in mid-work for the gate."""
    production.env |= LONG | {"POISONED_GATE": str(gate.path)} | more
    service = production.start()
    service.processes["worker"].kill()
    service.processes["worker"] = poisoned_worker(production.env, concurrency=1)
    return service


def stop(process: Process) -> None:
    os.killpg(process.pid, signal.SIGSTOP)


def wake(process: Process) -> None:
    os.killpg(process.pid, signal.SIGCONT)


def decide(service: Service, identifier: str, action: str) -> None:
    decision = {"action": action, "version": row(service, identifier).version, "reason": "spam"}
    answer = httpx.post(
        f"{service.api}/v1/moderation/comments/{identifier}/decision", json=decision, headers=service.staff,
        timeout=SECONDS,
    )  # fmt: skip
    assert answer.status_code == 200, answer.text


def test_what_a_worker_had_that_was_killed_whole_is_given_back_by_the_next(own: Production, gate: Gate) -> None:
    service = poisoned(own, gate)
    held_up = service.accepted(body=f"{WAIT}, {a_submission()['body']}")["id"]
    gate.wait()
    service.processes["worker"].kill()
    gate.open()

    service.processes["worker"] = own.worker()

    wait_until(lambda: row(service, held_up).status != "pending", SECONDS, "what it had waits for the lease")


@pytest.mark.parametrize("meanwhile", ["judged", "decided", "edited", "withdrawn"])
@pytest.mark.timeout(180)
def test_a_worker_that_slept_past_its_lease_overwrites_nothing_when_it_wakes(
    own: Production, gate: Gate, meanwhile: str
) -> None:
    service = poisoned(own, gate)
    sleeper = service.processes.pop("worker")
    sent = service.accepted(body=f"{WAIT}, {a_submission()['body']}")
    identifier, receipt = sent["id"], f"{service.api}/v1/receipts/{sent['receipt']}"
    gate.wait()
    stop(sleeper)
    service.processes["other"] = own.worker()
    try:
        if meanwhile == "judged":
            lapse(service)
            assert service.decided(sent["receipt"]) == "published"
        elif meanwhile == "decided":
            decide(service, identifier, "reject")
        elif meanwhile == "edited":
            text = {"body": f"Autrement dit : {a_submission()['body']}"}
            assert httpx.patch(receipt, json=text, timeout=SECONDS).status_code == 200
            assert service.decided(sent["receipt"]) == "published"
        else:
            assert httpx.delete(receipt, timeout=SECONDS).status_code == 200
        before, known = row(service, identifier), verdicts(service, identifier)

        gate.open()
        wake(sleeper)

        sleeper.wait_for_output(rf'"comment": "{identifier}".*"event": "nothing to do"')
        assert row(service, identifier) == before
        assert verdicts(service, identifier) == known == (meanwhile in {"judged", "edited"})
    finally:
        sleeper.kill()


@pytest.mark.timeout(180)
def test_a_pool_process_that_is_stopped_in_mid_work_is_killed_and_its_comments_judged(
    own: Production, gate: Gate
) -> None:
    service = poisoned(own, gate, MODERATO_TASK_SECONDS="3")
    sent = service.accepted(body=f"{WAIT}, {a_submission()['body']}")
    gate.wait()
    _, _, number = row(service, sent["id"]).holder.rpartition(":")
    child = psutil.Process(int(number))
    child.suspend()
    gate.open()

    assert service.decided(sent["receipt"]) == "published"
    assert all_gone([child])
    assert service.processes["worker"].running


def test_a_worker_asked_to_end_in_mid_work_finishes_it(own: Production, gate: Gate) -> None:
    service = poisoned(own, gate)
    sent = service.accepted(body=f"{WAIT}, {a_submission()['body']}")
    gate.wait()
    worker = service.processes.pop("worker")
    worker.signal(signal.SIGTERM)
    worker.wait_for_output("Warm shutdown")
    gate.open()

    assert worker.wait() == 0
    assert row(service, sent["id"]).status == "published"


def test_what_a_worker_cannot_finish_in_time_it_gives_back_and_ends_in_order(own: Production, gate: Gate) -> None:
    service = poisoned(own, gate, MODERATO_STOP_SECONDS="1")
    sent = service.accepted(body=f"{WAIT}, {a_submission()['body']}")
    gate.wait()
    worker = service.processes.pop("worker")

    assert worker.terminate() == 0

    left = row(service, sent["id"])
    assert (left.status, left.holder) == ("pending", None)
    assert left.lease_until < datetime.now(UTC), "it is free at once, and may be what the process was killed for"
    service.processes["worker"] = own.worker()
    assert service.decided(sent["receipt"]) == "published"


@pytest.mark.timeout(180)
def test_a_worker_that_hears_nothing_any_more_ends_itself(own: Production) -> None:
    """Its comments are judged by its sweep meanwhile: a deaf worker is slow, and loses nothing."""
    own.env |= {"MODERATO_SWEEP_SECONDS": "0.2"}
    service = own.start()
    service.processes.pop("beat").kill()
    worker = service.processes["worker"]
    control = Celery("control", broker=own.redis.url, set_as_current=False).control
    for lane in ("judge", "score", "tell", "upkeep"):
        assert control.cancel_consumer(lane, reply=True)
    receipts = []

    def ended() -> bool:
        receipts.append(service.accepted()["receipt"])
        time.sleep(0.2)
        return not worker.running

    wait_until(ended, 2 * SECONDS, "a deaf worker goes on and on")

    assert worker.wait() == os.EX_SOFTWARE
    service.processes["worker"] = own.worker()
    assert all(service.decided(receipt) != "pending" for receipt in receipts)


IMPATIENT = "from workers import cli, embedded; embedded.SILENCES = dict.fromkeys(embedded.SILENCES, 8.0); cli.main()"
"""`moderato run`, which waits for signs of progress for eight seconds only."""


def test_under_moderato_run_what_stands_still_is_replaced(embedded: Embedded) -> None:
    service = embedded.start(["-c", IMPATIENT])
    run = psutil.Process(service.processes["run"].pid)
    [worker] = [child for child in run.children() if "worker" in child.cmdline()]
    [api] = [child for child in run.children() if "api" in child.cmdline()]
    worker.suspend()
    sent = service.accepted()
    frozen = [worker, api, *api.children(recursive=True)]
    for process in frozen[1:]:
        process.suspend()

    assert all_gone(frozen)

    service.processes["run"].wait_for(lambda: answers(embedded.port, "/readyz"))
    assert service.decided(sent["receipt"]) == "published"
    told = service.processes["run"].output()
    assert told.count("worker doesn't get on and is killed") == 1
    assert told.count("api doesn't get on and is killed") == 1
