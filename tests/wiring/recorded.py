"""What travels through Redis, as a release sends it: recorded with its release, replayed against every later one.

python -m tests.wiring.recorded 0.1 records tests/wiring/messages/0.1.json: once a release, before it goes out, and then
never again.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from redis import Redis as Client

from service import handoff
from tests.factories import environment
from tests.servers import Redis

FOLDER: Final = Path(__file__).parent / "messages"
_OF_THIS_MACHINE: Final = {"origin": "gen1@recorder"}


def releases() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def messages(release: str) -> list[dict[str, Any]]:
    """`lane` and `message`, the envelope as it lies in the list of that name."""
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{release}.json").read_text(encoding="utf-8"))
    return found


def task_of(recorded: dict[str, Any]) -> str:
    return str(recorded["message"]["headers"]["task"])


def record(redis: Redis) -> list[dict[str, Any]]:
    """One message of each task: of the producer that the API and the workers have, and of beat."""
    os.environ.update(environment("sqlite:////nowhere.db", redis.url))
    from celery.beat import Scheduler

    from workers.app import app, settings

    producer = handoff.Handoff(settings)
    if not all(producer.wake(lane) for lane in handoff.LANES):
        raise ConnectionError("Redis could not be reached")
    scheduler = Scheduler(app)
    for entry in scheduler.schedule.values():
        scheduler.apply_entry(entry)
    with Client.from_url(redis.url) as client:
        found = [
            {"lane": lane, "message": _scrubbed(json.loads(raw))}
            for lane in handoff.LANES
            for raw in reversed(client.lrange(lane, 0, -1))
        ]
    return sorted(found, key=task_of)


def _scrubbed(message: dict[str, Any]) -> dict[str, Any]:
    """Without what is of this machine or moment."""
    headers, properties = message["headers"], message["properties"]
    headers |= {name: value for name, value in _OF_THIS_MACHINE.items() if name in headers}
    number = "00000000-0000-4000-8000-000000000000"
    headers |= {"id": number, "root_id": number}
    properties |= {"correlation_id": number, "delivery_tag": number}
    if "reply_to" in properties:
        properties["reply_to"] = number
    return message


if __name__ == "__main__":
    with Redis() as server:
        text = json.dumps(record(server), indent=1, sort_keys=True, ensure_ascii=False)
    (FOLDER / f"{sys.argv[1]}.json").write_text(text + "\n", encoding="utf-8")
