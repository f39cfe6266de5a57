"""With real processes and a real scorer: away, comments are held; back, they are published without anybody's doing."""

import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from tests import scorer
from tests.journeys.conftest import NO_LIMITS, Embedded, Production, Service, wait_until
from tests.journeys.test_canary import ADDRESS, look
from tests.scorer import ScorerServer, answers

pytestmark = pytest.mark.journey

POLICY = {"hold_first_comment": False, "scorer": "on", "policy_text": "Pas d'insultes."}


@pytest.fixture
def server() -> Iterator[ScorerServer]:
    with ScorerServer(answers()) as made:
        yield made


def start(production: Production, server: ScorerServer, seconds: float = 1) -> Service:
    production.env |= {
        "MODERATO_SCORER_URL": server.url, "MODERATO_SCORER_KEY": "clef", "MODERATO_SCORER_SECONDS": str(seconds),
        "MODERATO_SWEEP_SECONDS": "0.5",
    }  # fmt: skip
    service = production.start()
    answer = httpx.put(f"{service.api}/v1/moderation/sites/journal/policy", json=POLICY, headers=service.staff)
    assert answer.status_code == 200, answer.text
    return service


def test_a_comment_is_held_while_the_scorer_is_away_and_published_when_it_is_back(
    production: Production, server: ScorerServer
) -> None:
    server.behaves = scorer.says_nothing
    service = start(production, server)
    sent = service.accepted(email=ADDRESS)
    assert service.decided(sent["receipt"]) == "held"
    detail = httpx.get(f"{service.api}/v1/moderation/comments/{sent['id']}", headers=service.staff).json()
    assert "scorer_away" in [signal["reason"] for signal in detail["verdict"]["signals"]]

    server.behaves = answers()

    wait_until(lambda: service.statuses()[sent["id"]] == "published", 90, "the comment was not judged again")
    look("what the scorer was sent", "\n".join(asked.raw.decode() for asked in server.asked))
    assert any("Une remarque" in asked.document["text"] for asked in server.asked)
    for name, process in service.processes.items():
        assert "clef" not in process.output(), name


def test_a_slow_scorer_delays_nobody_whom_it_is_not_asked_about(production: Production, server: ScorerServer) -> None:
    server.behaves = answers(after=1.0)
    service = start(production, server, seconds=1.4)
    here = f"{service.api}/v1/moderation/sites/journal/articles/vite"
    document = {"policy": {"hold_first_comment": False, "scorer": "off"}}
    assert httpx.put(here, json=document, headers=service.staff).status_code == 200
    slow = [service.accepted() for _ in range(24)]
    wait_until(lambda: server.at_once > 0, 60, "the scorer was not asked")
    service.article = "vite"

    quick = service.accepted()
    assert service.decided(quick["receipt"]) == "published"

    undecided = [each for each in slow if service.statuses()[each["id"]] == "pending"]
    assert undecided, "one of the two processes is asking; the other judges"
    wait_until(
        lambda: all(service.statuses()[each["id"]] == "published" for each in slow), 60, "the slow ones are not decided"
    )
    assert 1 < server.most_at_once <= 4


def test_without_redis_the_sweep_asks_the_scorer(production: Production, server: ScorerServer) -> None:
    service = start(production, server)
    production.redis.kill(lose_data=True)

    sent = service.accepted()

    assert service.decided(sent["receipt"]) == "published"
    assert len(server.asked) >= 1


def test_killing_the_worker_while_the_scorer_is_asked_loses_nothing(
    production: Production, server: ScorerServer
) -> None:
    server.behaves = answers(after=0.8)
    service = start(production, server)
    sent = [service.accepted() for _ in range(6)]
    wait_until(lambda: server.at_once > 0, 20, "the scorer was not asked")
    service.processes["worker"].kill()

    server.behaves = answers()
    service.processes["worker"] = production.worker()

    wait_until(
        lambda: all(service.statuses()[each["id"]] == "published" for each in sent), 60, "a comment is still pending"
    )


def test_moderato_run_asks_the_scorer_from_a_worker_of_its_own(
    embedded: Embedded, server: ScorerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(NO_LIMITS, "MODERATO_SCORER_URL", server.url)
    service = embedded.start()
    address = f"{service.api}/v1/moderation/sites/{service.site}/policy"
    assert httpx.put(address, json=POLICY, headers=service.staff).status_code == 200

    sent = service.accepted()

    assert service.decided(sent["receipt"]) == "published"
    assert len(server.asked) == 1


def test_a_lane_that_there_is_not_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "workers.cli", "worker", "--queues", "judge,scores"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "the lanes are judge, score, tell, upkeep" in done.stderr
