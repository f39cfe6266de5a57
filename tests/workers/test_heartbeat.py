"""A worker's sign of life, as others read it."""

import os
import subprocess
import sys
from importlib.metadata import version

import pytest
from redis import Redis as Client

from service.handoff import LANES
from service.settings import Settings
from tests.factories import environment
from tests.servers import Redis
from workers.heartbeat import PREFIX, Heartbeat, is_gone, living, name_of
from workers.sweep import Sweep


@pytest.fixture
def client(redis: Redis) -> Client:
    made = Client.from_url(redis.url)
    made.flushdb()
    return made


def test_a_worker_tells_its_lanes_and_its_release_and_lapses_by_itself(client: Client) -> None:
    Heartbeat(client, ["judge"], 2).beat()

    (worker,) = living(client)
    assert (worker.lanes, worker.release) == (frozenset({"judge"}), version("moderato"))
    assert all(0 < int(str(client.ttl(key))) <= 10 for key in client.scan_iter(f"{PREFIX}*"))


def test_a_worker_that_ends_is_alive_no_more(redis: Redis, client: Client, sqlite_url: str) -> None:
    sweep = Sweep(Settings.from_env(environment(sqlite_url, redis.url)))
    sweep.say_alive()
    assert [worker.lanes for worker in living(client)] == [frozenset(LANES)]

    sweep.stop()

    assert list(living(client)) == []


def test_a_worker_whose_redis_is_away_stops_all_the_same(sqlite_url: str) -> None:
    sweep = Sweep(Settings.from_env(environment(sqlite_url, "redis://127.0.0.1:1")))
    sweep.say_alive()
    sweep.stop()


@pytest.mark.parametrize("value", ["1", "1700000000", "", "[]", "{broken"])
def test_what_an_earlier_release_told_is_a_worker_without_lanes(client: Client, value: str) -> None:
    client.set(f"{PREFIX}old:1", value)

    (worker,) = living(client)
    assert (worker.name, worker.lanes, worker.release) == ("old:1", frozenset(), "")


def test_only_a_process_of_this_machine_is_known_to_be_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(name_of(ended.pid)), "dead, and nobody has buried it yet"
        ended.wait()

    assert is_gone(name_of(ended.pid))
    assert not is_gone(name_of(os.getpid()))
    assert not is_gone(f"elsewhere:{ended.pid}")
    assert not is_gone("")
