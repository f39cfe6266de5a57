"""Metrics of the whole service: after some comments they tell of the API and of the workers, wherever these run."""

import socket
import subprocess
import sys

import httpx

from tests.factories import environment
from tests.journeys.conftest import SECONDS, Embedded, Production, Service, wait_until
from tests.servers import free_port, moderato
from tests.workers.doctor.conftest import ask


def told(address: str) -> dict[str, float]:
    answer = httpx.get(f"{address}/metrics", timeout=SECONDS)
    assert answer.status_code == 200
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {series: float(value) for series, _, value in lines}


def some_comments(service: Service) -> None:
    for _ in range(3):
        assert service.decided(service.accepted()["receipt"]) == "published"
    links = " ".join(f"https://{each}.example" for each in "abcdef")
    assert service.decided(service.accepted(body=f"Moins cher : {links}")["receipt"]) == "held"
    assert service.post(body="").status_code == 422


def has_judged(found: dict[str, float]) -> bool:
    return found.get('moderato_verdicts_total{action="publish"}') == 3


def check_workers_part(found: dict[str, float]) -> None:
    assert found['moderato_verdicts_total{action="hold"}'] == 1
    assert found['moderato_verdict_reasons_total{reason="links"}'] == 1
    assert found["moderato_verdict_seconds_count"] == 4
    assert 0 < found["moderato_verdict_seconds_sum"] < 40
    assert found['moderato_verdict_seconds_bucket{le="+Inf"}'] == 4
    assert found['moderato_check_seconds_count{check="links"}'] == 4
    assert found["moderato_claimed_total"] == 4
    assert found["moderato_parked_total"] == 0
    assert sum(number for series, number in found.items() if series.startswith("moderato_sweeps_total")) >= 0


def test_of_what_runs_on_one_machine_the_api_tells_all(embedded: Embedded) -> None:
    service = embedded.start()
    some_comments(service)
    wait_until(lambda: has_judged(told(service.api)), SECONDS, "the worker's counters aren't told")

    found = told(service.api)

    check_workers_part(found)
    assert found['moderato_submissions_total{outcome="accepted"}'] == 4
    assert found['moderato_submissions_total{outcome="refused"}'] == 1
    assert found["moderato_database_up"] == 1
    assert found["moderato_pending_comments"] == 0
    assert len(list((embedded.data / "metrics").glob("counter_*.db"))) <= 5
    doctor = ask({}, "--data", str(embedded.data))
    assert (doctor.code, doctor.wrong) == (0, []), doctor.words

    embedded.stop()
    again = embedded.start()  # counters begin anew; what lies in the database is told as before
    assert told(again.api)['moderato_submissions_total{outcome="accepted"}'] == 0
    assert told(again.api)["moderato_awaiting_comments"] == 1


def test_elsewhere_the_api_tells_its_own_part_and_a_worker_its_own(production: Production) -> None:
    service = production.start()
    service.processes["worker"].terminate()
    port = free_port()
    worker = moderato("worker", "--concurrency", "2", "--metrics-port", str(port), env=service.env).start()
    service.processes["worker"] = worker
    worker.wait_for_output(r"ready\.")
    some_comments(service)
    wait_until(lambda: has_judged(told(f"http://127.0.0.1:{port}")), SECONDS, "the children's counters aren't told")

    check_workers_part(told(f"http://127.0.0.1:{port}"))
    found = [told(service.api) for _ in range(8)]  # whichever process answers
    assert {each['moderato_submissions_total{outcome="accepted"}'] for each in found} == {4}
    assert found[-1]['moderato_recent_verdicts{action="hold"}'] == 1
    assert found[-1]['moderato_verdicts_total{action="hold"}'] == 0


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "workers.cli", "worker", "--metrics-port", port],
            env=environment("sqlite:////nowhere.db", "redis://127.0.0.1:1"),
            capture_output=True, text=True, check=False, timeout=SECONDS,
        )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr == f"Error: Port {port} on 127.0.0.1 can't be had for metrics: Address already in use.\n"
