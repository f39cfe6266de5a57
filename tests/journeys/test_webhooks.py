"""With real processes and a real receiver: told soon, told without Redis, told though whoever tells is killed."""

from collections.abc import Iterator
from typing import Any

import httpx
import psutil
import pytest

from tests import scorer
from tests.journeys.conftest import SECONDS, Production, Service, wait_until
from tests.journeys.test_canary import webhook
from tests.scorer import ScorerServer as Receiver
from tests.scorer import answers

pytestmark = pytest.mark.journey


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(answers(b"null")) as made:
        yield made


def told(receiver: Receiver, comment: str) -> list[str]:
    return [each.document["type"] for each in receiver.asked if each.document["data"].get("comment") == comment]


def deliveries(hook: dict[str, Any]) -> list[dict[str, Any]]:
    answer = httpx.get(hook["log"], headers=hook["headers"], timeout=SECONDS)
    found: list[dict[str, Any]] = answer.json()["deliveries"]
    return found


def test_a_receiver_is_told_soon_after(service: Service, receiver: Receiver) -> None:
    hook = webhook(service, receiver.url)

    sent = service.accepted()
    wait_until(lambda: len(told(receiver, sent["id"])) == 2, SECONDS, "nobody told of it")
    httpx.delete(f"{service.api}/v1/receipts/{sent['receipt']}", timeout=SECONDS)

    wait_until(lambda: "comment.removed" in told(receiver, sent["id"]), SECONDS, "nobody told of the removal")
    wait_until(lambda: {each["state"] for each in deliveries(hook)} == {"delivered"}, SECONDS, "it is not in the log")
    httpx.delete(hook["log"].removesuffix("/deliveries"), headers=hook["headers"])


def test_without_redis_it_is_told_all_the_same(production: Production, receiver: Receiver) -> None:
    service = production.start()
    hook = webhook(service, receiver.url)
    production.redis.kill(lose_data=True)

    sent = service.accepted()

    wait_until(lambda: len(told(receiver, sent["id"])) == 2, SECONDS, "without Redis nobody tells")
    wait_until(lambda: {each["state"] for each in deliveries(hook)} == {"delivered"}, SECONDS, "it is not in the log")


def test_killing_the_worker_while_it_tells_leaves_nothing_untold(production: Production, receiver: Receiver) -> None:
    service = production.start()
    hook = webhook(service, receiver.url)
    receiver.behaves = scorer.says_nothing
    sent = [service.accepted()["id"] for _ in range(5)]
    wait_until(lambda: receiver.at_once > 0, SECONDS, "nobody called")
    worker = psutil.Process(service.processes["worker"].pid)
    for process in [*worker.children(recursive=True), worker]:
        process.kill()
    service.processes["worker"].kill()
    receiver.behaves = answers(b"null")
    under_way = {each.headers["webhook-id"] for each in receiver.asked}

    service.processes["worker"] = production.worker()

    wait_until(lambda: all(len(set(told(receiver, each))) == 2 for each in sent), 90, "some of it was never told")
    wait_until(lambda: {each["state"] for each in deliveries(hook)} == {"delivered"}, 90, "it is not in the log")
    again = [each.headers["webhook-id"] for each in receiver.asked if each.headers["webhook-id"] in under_way]
    assert len(again) >= len(under_way) * 2, "what was under way is told again, under its id"


def test_a_receiver_that_hangs_keeps_no_comment_waiting(production: Production, receiver: Receiver) -> None:
    service = production.start()
    receiver.behaves = scorer.says_nothing
    webhook(service, receiver.url)
    service.accepted()
    wait_until(lambda: receiver.at_once > 0, SECONDS, "nobody called")
    under_way = receiver.at_once

    decided = [service.decided(service.accepted()["receipt"]) for _ in range(3)]

    assert decided == ["published"] * 3
    assert receiver.at_once >= under_way, "all of them while somebody waited for an answer"
