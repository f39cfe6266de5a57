"""The receiver in the guide is the one that runs here; and the guide's words are those of the code."""

import base64
import hashlib
import hmac
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from service.domain.delivery import WHY
from service.domain.event import EVENTS, PING
from service.keys import new_webhook_secret
from service.store.deliveries import Delivery
from tests.factories import House
from tests.servers import Process, free_port, wait_until
from workers.delivery import tell

GUIDE = (Path(__file__).parents[3] / "docs/guides/webhooks.md").read_text(encoding="utf-8")


@dataclass
class Running:
    url: str
    process: Process


@pytest.fixture
def secrets() -> list[str]:
    """What the receiver knows."""
    return [new_webhook_secret()]


def receiver(folder: Path, secrets: list[str]) -> Running:
    [program] = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    file = folder / "receiver.py"
    file.write_text(program, encoding="utf-8")
    port = free_port()
    env = {"WEBHOOK_SECRETS": " ".join(secrets), "PORT": str(port), "PATH": os.environ["PATH"]}
    process = Process("receiver", [sys.executable, str(file)], env=env).start()
    url = f"http://127.0.0.1:{port}/hooks"
    wait_until(lambda: answers(url), 60, lambda: "the receiver doesn't answer")
    return Running(url, process)


def answers(url: str) -> bool:
    try:
        return httpx.post(url).status_code == 401
    except httpx.HTTPError:
        return False


@pytest.fixture
def running(tmp_path: Path, secrets: list[str]) -> Iterator[Running]:
    made = receiver(tmp_path, secrets)
    yield made
    made.process.kill()


def test_the_receiver_takes_what_we_send(small_house: House, tmp_path: Path) -> None:
    small_house.allow_private_webhooks()
    made = small_house.webhook("http://127.0.0.1:9/")
    running = receiver(tmp_path, [new_webhook_secret(), made["secret"]])
    try:
        small_house.client.put(
            f"/v1/moderation/webhooks/{made['id']}", json={"url": running.url}, headers=small_house.staff("owner")
        )
        comment = small_house.published()

        tell(small_house.room)

        with small_house.database.read() as connection:
            assert set(connection.execute(select(Delivery.state, Delivery.status))) == {("delivered", 204)}
        wait_until(lambda: f"comment.published {comment}" in running.process.output(), 60, running.process.output)
    finally:
        running.process.kill()


def sent(running: Running, secret: str, body: bytes, moment: int, signed_body: bytes | None = None) -> int:
    content = f"evt.{moment}.".encode() + (body if signed_body is None else signed_body)
    mac = hmac.digest(base64.b64decode(secret[6:]), content, hashlib.sha256)
    headers = {"webhook-id": "evt", "webhook-timestamp": str(moment),
               "webhook-signature": f"v1,{base64.b64encode(mac).decode()}"}  # fmt: skip
    return httpx.post(running.url, content=body, headers=headers).status_code


def test_the_receiver_refuses_what_is_forged_changed_or_old_and_heeds_nothing_twice(
    running: Running, secrets: list[str]
) -> None:
    body, now = json.dumps({"id": "evt", "type": "comment.held", "data": {"comment": "c-1"}}).encode(), int(time.time())

    assert sent(running, new_webhook_secret(), body, now) == 401
    assert sent(running, secrets[0], body, now, signed_body=body + b" ") == 401
    assert sent(running, secrets[0], body, now - 301) == 401
    assert sent(running, secrets[0], body, now) == 204
    assert sent(running, secrets[0], body, now + 1) == 204
    assert running.process.output().count("comment.held c-1") == 1


@pytest.mark.parametrize("word", [*EVENTS, PING, *WHY])
def test_every_type_and_every_reason_is_in_the_guide(word: str) -> None:
    assert f"| `{word}` |" in GUIDE


def test_the_example_has_the_shape_of_what_is_sent(small_house: House) -> None:
    from tests.scorer import ScorerServer, answers

    [example] = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)]
    small_house.allow_private_webhooks()
    with ScorerServer(answers(b"null")) as server:
        small_house.webhook(server.url, types=["comment.published"])
        small_house.published()
        tell(small_house.room)
        [asked] = server.asked

    assert list(asked.document) == list(example)
    assert list(asked.document["data"]) == list(example["data"])
