"""Messages of other releases: what an earlier one sends is answered, what a later one sends stops nobody."""

import base64
import copy
import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from redis import Redis as Client

from service.handoff import LANES
from tests.journeys.conftest import SECONDS, Production, Service, wait_until
from tests.servers import PostgreSQL, Process, Redis, own_name
from tests.wiring.recorded import messages, releases, task_of
from tests.wiring.test_wiring import workers_app
from workers.heartbeat import PREFIX, living

EVERY = [
    pytest.param(recorded, id=f"{release} {task_of(recorded)}")
    for release in releases()
    for recorded in messages(release)
]


@pytest.fixture(scope="module")
def service(postgresql: PostgreSQL) -> Iterator[Service]:
    """API, worker and no beat: what is in Redis is what a test has put there."""
    with Redis(tcp=True) as redis:
        production = Production(postgresql.create_database(own_name("messages")), redis)
        service = production.start()
        for each in ("worker", "beat"):
            service.processes[each].kill()
        command = [sys.executable, "-m", "tests.wiring.telling", "worker", "--concurrency", "2"]
        service.processes["worker"] = Process("telling-worker", command, env=service.env).start()
        worker(service).wait_for_output(r"ready\.", SECONDS)
        yield service
        production.stop()


def put(service: Service, lane: str, message: dict[str, Any]) -> None:
    assert service.redis is not None
    with Client.from_url(service.redis.url) as client:
        client.lpush(lane, json.dumps(message))


def lie_in_redis(service: Service) -> dict[str, int]:
    assert service.redis is not None
    with Client.from_url(service.redis.url) as client:
        return {lane: client.llen(lane) for lane in LANES}


def fresh(message: dict[str, Any]) -> dict[str, Any]:
    """As if it had been sent now: with an id of its own, and not expired."""
    made = copy.deepcopy(message)
    made["headers"]["id"] = made["headers"]["root_id"] = made["properties"]["correlation_id"] = str(uuid4())
    if made["headers"]["expires"] is not None:
        made["headers"]["expires"] = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    return made


def with_arguments(message: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    made = fresh(message)
    args, _, embedded = json.loads(base64.b64decode(made["body"]))
    made["body"] = base64.b64encode(json.dumps([args, arguments, embedded]).encode()).decode()
    return made


def of(task: str) -> dict[str, Any]:
    """The lane and the latest release's message of a task."""
    return next(recorded for recorded in messages(releases()[-1]) if task_of(recorded) == task)


def worker(service: Service) -> Process:
    return service.processes["worker"]


def answered(service: Service, recorded: dict[str, Any], message: dict[str, Any]) -> None:
    """Put it there; it is done, without an error, and nothing stays behind."""
    done = f"{task_of(recorded)} {message['headers']['id']} "
    put(service, recorded["lane"], message)
    worker(service).wait_for(lambda: done in worker(service).output(), SECONDS)
    assert f"{done}SUCCESS" in worker(service).output()
    wait_until(lambda: set(lie_in_redis(service).values()) == {0}, SECONDS, f"left behind: {lie_in_redis(service)}")


def still_judges(service: Service) -> None:
    assert service.decided(service.accepted()["receipt"]) != "pending"
    assert worker(service).running


def test_every_task_that_was_ever_sent_still_has_its_name() -> None:
    """Of a task that goes, the name stays until no release that sends it can be running: one that does nothing."""
    sent = {task_of(recorded) for release in releases() for recorded in messages(release)}

    assert sent <= set(workers_app()["tasks"])


def test_every_task_of_this_release_is_recorded() -> None:
    assert set(workers_app()["tasks"]) == {task_of(recorded) for recorded in messages(releases()[-1])}


def test_what_is_recorded_names_no_machine() -> None:
    headers = [recorded["message"]["headers"] for release in releases() for recorded in messages(release)]

    assert {each["origin"] for each in headers} == {"gen1@recorder"}
    assert {each["id"] for each in headers} == {"00000000-0000-4000-8000-000000000000"}


@pytest.mark.journey
@pytest.mark.parametrize("recorded", EVERY)
def test_every_message_of_an_earlier_release_is_answered(service: Service, recorded: dict[str, Any]) -> None:
    answered(service, recorded, fresh(recorded["message"]))


@pytest.mark.journey
@pytest.mark.parametrize("recorded", EVERY)
def test_arguments_of_a_later_release_are_passed_over(service: Service, recorded: dict[str, Any]) -> None:
    answered(service, recorded, with_arguments(recorded["message"], comments=["a", "b"], mood={"calm": True}))


@pytest.mark.journey
def test_headers_of_a_later_release_are_passed_over(service: Service) -> None:
    recorded = of("moderato.judge_pending")
    message = fresh(recorded["message"])
    message["headers"] |= {"moderato": {"release": "9.0"}, "mood": "calm"}
    message["properties"] |= {"mood": "calm"}

    answered(service, recorded, message)


def _unknown_task(message: dict[str, Any]) -> dict[str, Any]:
    message["headers"]["task"] = "moderato.read_moods"
    return message


def _unreadable_type(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"content-type": "application/x-msgpack", "content-encoding": "binary"}


def _no_task(message: dict[str, Any]) -> dict[str, Any]:
    del message["headers"]["task"]
    return message


def _no_json(message: dict[str, Any]) -> dict[str, Any]:
    return message | {"body": base64.b64encode(b"{not json").decode()}


@pytest.mark.journey
@pytest.mark.parametrize("later", [_unknown_task, _unreadable_type, _no_task, _no_json])
@pytest.mark.parametrize("lane", ["judge", "upkeep"])
def test_what_nobody_understands_is_dropped_with_a_line_and_stops_nobody(
    service: Service, later: Any, lane: str
) -> None:
    spoken = len(worker(service).output())
    before = worker(service).pid
    message = later(fresh(of("moderato.judge_pending")["message"]))
    message["properties"]["delivery_info"]["routing_key"] = lane

    put(service, lane, message)

    worker(service).wait_for(
        lambda: re.search('"level": "(warning|error|critical)"', worker(service).output()[spoken:]) is not None, SECONDS
    )
    wait_until(lambda: lie_in_redis(service)[lane] == 0, SECONDS, "it is given back for ever")
    still_judges(service)
    assert worker(service).pid == before


@pytest.mark.journey
def test_many_that_nobody_understands_are_dropped_once_each(service: Service) -> None:
    spoken = len(worker(service).output())
    for _ in range(50):
        put(service, "judge", _unknown_task(fresh(of("moderato.judge_pending")["message"])))

    still_judges(service)
    wait_until(lambda: lie_in_redis(service)["judge"] == 0, SECONDS, "they are given back for ever")
    assert worker(service).output()[spoken:].count("Received unregistered task") == 50


def test_a_later_release_may_say_more_when_it_says_that_it_lives(redis: Redis) -> None:
    told = {"lanes": ["judge", "moods"], "release": "9.0.0", "schema": "0009", "since": 1, "lanes_of_children": {}}
    with Client.from_url(redis.url) as client:
        client.set(f"{PREFIX}elsewhere:7", json.dumps(told), ex=10)
        client.set(f"{PREFIX}elsewhere:8", "what was this", ex=10)
        found = {alive.name: alive for alive in living(client)}
        client.delete(f"{PREFIX}elsewhere:7", f"{PREFIX}elsewhere:8")

    assert found["elsewhere:7"].lanes == {"judge", "moods"}
    assert found["elsewhere:7"].release == "9.0.0"
    assert found["elsewhere:8"].lanes == set()
