"""Whatever is killed, every comment that got a 202 is decided: in small, what the replay benchmark does in large."""

import signal
import subprocess
import sys

import httpx
import psutil
import pytest

from tests.factories import a_submission
from tests.journeys.conftest import SECONDS, Embedded, Production, Service, wait_until
from tests.servers import Process

pytestmark = pytest.mark.journey


def send(service: Service, many: int) -> set[str]:
    """Post comments one after the other; the ids of those that were accepted."""
    accepted = set()
    with httpx.Client(timeout=SECONDS) as client:
        for _ in range(many):
            answer = client.post(service.comments, json=a_submission())
            if answer.status_code == 202:
                accepted.add(answer.json()["id"])
    return accepted


def all_decided(service: Service, accepted: set[str], seconds: float = SECONDS) -> None:
    wait_until(
        lambda: all(service.statuses().get(identifier, "pending") != "pending" for identifier in accepted),
        seconds,
        "an accepted comment is lost or still pending",
    )


def test_killing_the_worker_in_mid_work_loses_nothing(production: Production) -> None:
    service = production.start()
    accepted = send(service, 40)
    service.processes["worker"].kill()
    accepted |= send(service, 40)

    service.processes["worker"] = production.worker()

    assert len(accepted) == 80
    all_decided(service, accepted)


def test_killing_a_pool_child_in_mid_work_loses_nothing(production: Production) -> None:
    service = production.start()
    accepted = send(service, 30)
    for child in psutil.Process(service.processes["worker"].pid).children():
        child.kill()
    accepted |= send(service, 30)

    all_decided(service, accepted)


def test_without_redis_a_comment_gets_its_202_and_its_verdict(production: Production) -> None:
    service = production.start()
    production.redis.kill(lose_data=True)

    sent = service.accepted()

    assert service.decided(sent["receipt"]) == "published"
    assert httpx.get(f"{service.api}/readyz").json() == {
        "status": "degraded", "database": "ok", "redis": "away", "scorer": "ok", "backlog": "ok", "disk": "ok",
        "clock": "ok", "migrations": "ok",
    }  # fmt: skip


def test_redis_killed_with_its_data_loses_nothing_and_the_worker_lives_on(production: Production) -> None:
    service = production.start()
    accepted: set[str] = set()
    for _ in range(3):
        accepted |= send(service, 15)
        production.redis.kill(lose_data=True)
        accepted |= send(service, 10)
        production.redis.start()
        accepted |= send(service, 5)
        all_decided(service, accepted)

    assert len(accepted) == 90
    assert service.processes["worker"].running


def test_a_database_crash_refuses_with_503_and_loses_nothing_that_was_accepted() -> None:
    from tests.servers import PostgreSQL, Redis, own_name

    with PostgreSQL(durable=True) as postgresql, Redis(tcp=True) as redis:
        production = Production(postgresql.create_database(own_name("crash")), redis)
        try:
            service = production.start()
            accepted = send(service, 30)
            postgresql.kill()
            refused = service.post()
            assert refused.status_code == 503
            assert int(refused.headers["Retry-After"]) > 0
            assert refused.headers["Content-Type"] == "application/problem+json"
            postgresql.start()
            wait_until(
                lambda: httpx.get(f"{service.api}/readyz").status_code == 200,
                SECONDS,
                "the API didn't find its way back",
            )
            accepted |= send(service, 30)

            assert len(accepted) == 60
            all_decided(service, accepted)
        finally:
            production.stop()


def test_everything_killed_at_once_loses_nothing(embedded: Embedded) -> None:
    service = embedded.start()
    accepted = send(service, 60)
    tree = psutil.Process(service.processes["run"].pid)
    for process in [tree, *tree.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    service.processes["run"].kill()

    again = embedded.start()

    assert again.token == service.token
    all_decided(again, accepted)
    assert len(accepted) == 60


def test_plain_celery_is_a_worker_too(production: Production) -> None:
    service = production.start()
    service.processes["worker"].kill()
    plain = Process(
        "celery",
        [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "--concurrency", "1"],
        env=production.env,
    )
    with plain:
        plain.wait_for_output(r"ready\.")

        sent = service.accepted()

        assert service.decided(sent["receipt"]) == "published"


def test_a_worker_asked_to_stop_finishes_and_exits_in_order(production: Production) -> None:
    service = production.start()
    accepted = send(service, 20)

    assert service.processes["worker"].terminate() == 0

    service.processes["worker"] = production.worker()
    all_decided(service, accepted)


def test_a_worker_without_settings_says_all_that_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", "worker"], env={}, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEYS", "AUTHOR_SECRET"):
        assert f"MODERATO_{name} is missing" in done.stderr
