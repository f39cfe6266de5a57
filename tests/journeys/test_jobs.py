"""A job that takes its time: workers are killed in the middle of it, Redis forgets it, and its result is the same."""

import signal
from typing import Any

import httpx
import psutil
import pytest
from sqlalchemy import select

from service.operations import rehearse
from service.settings import Settings
from service.store.jobs import JobRow
from service.store.session import Database
from tests.growth import grow
from tests.journeys.conftest import SECONDS, Embedded, Production, Service, wait_until

pytestmark = pytest.mark.journey

MANY = 12_000
FEWER = 8_000
LIST = {"kind": "word", "targets": ["tram", "ligne 3", "zorglub", "chiffres"], "action": "hold", "days": 7}


def grown(production: Production, many: int) -> Service:
    service = production.start()
    database = Database(Settings.from_env(production.env))
    grow(database, "journal", "une-42", many)
    database.close()
    return service


def asked(service: Service) -> str:
    """The address of a new job."""
    answer = httpx.post(
        f"{service.api}/v1/moderation/bans/list/preview", json=LIST, headers=service.staff, timeout=SECONDS
    )
    assert answer.status_code == 202, answer.text
    return f"{service.api}{answer.headers['Location']}"


def job(service: Service, where: str) -> dict[str, Any]:
    answer = httpx.get(where, headers=service.staff, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counted_at_once(production: Production, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the job should find, counted here in one go."""
    monkeypatch.setattr(rehearse, "AT_ONCE_SECONDS", SECONDS)
    database = Database(Settings.from_env(production.env))
    with database.read() as connection:
        row = connection.execute(select(JobRow.site_id, JobRow.asked)).one()
        found = rehearse.rehearse(connection, row.site_id, rehearse.Draft.from_document(row.asked))
    database.close()
    assert found is not None
    return found[0].to_document()


def stored(production: Production) -> dict[str, Any]:
    database = Database(Settings.from_env(production.env))
    with database.read() as connection:
        found: dict[str, Any] = connection.execute(select(JobRow.found)).scalar_one()
    database.close()
    return found


def test_a_job_whose_worker_is_killed_is_finished_by_another_with_the_same_result(
    production: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = grown(production, MANY)
    where = asked(service)
    reached = []
    for _ in range(2):
        before = job(service, where)["looked_at"]
        wait_until(lambda seen=before: job(service, where)["looked_at"] > seen, SECONDS, "nobody does the job")  # type: ignore[misc] # bound now
        service.processes["worker"].kill()
        reached.append(job(service, where)["looked_at"])
        assert job(service, where)["status"] == "running", "it was killed too late to show anything"
        service.processes["worker"] = production.worker()

    wait_until(lambda: job(service, where)["status"] != "running", SECONDS, "nobody finishes the job")

    done = job(service, where)
    assert (done["status"], done["looked_at"]) == ("done", done["total"])
    assert 0 < reached[0] < reached[1] < done["total"]
    assert done["result"]["met"] > MANY // 4
    assert stored(production)["rehearsal"] == counted_at_once(production, monkeypatch)


def test_a_job_outlives_the_machine_it_was_begun_on(embedded: Embedded) -> None:
    """On SQLite: all is killed at once, and started again on the same data."""
    service = embedded.start()
    database = Database(Settings.from_env(service.env))
    grow(database, service.site, "une-42", FEWER)
    database.close()
    where = asked(service)
    wait_until(lambda: job(service, where)["looked_at"] > 0, SECONDS, "nobody does the job")
    tree = psutil.Process(service.processes["run"].pid)
    for process in [tree, *tree.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    service.processes["run"].kill()

    again = embedded.start()

    assert job(again, where)["status"] == "running", "it was killed too late to show anything"
    wait_until(lambda: job(again, where)["status"] == "done", SECONDS, "the job is lost")
    done = job(again, where)
    assert done["looked_at"] == done["total"] > FEWER * 0.9
    assert sum(change["count"] for change in done["result"]["changes"]) == done["result"]["met"] > FEWER // 4


def test_a_job_that_redis_lost_is_found_by_the_sweep(production: Production) -> None:
    service = grown(production, rehearse.AT_ONCE + 500)
    production.redis.kill(lose_data=True)
    where = asked(service)
    assert job(service, where)["status"] == "waiting"

    production.redis.start()

    wait_until(lambda: job(service, where)["status"] == "done", SECONDS, "the job is lost")
    assert job(service, where)["result"]["looked_at"] > rehearse.AT_ONCE
