"""Nobody waits for ever: the time limits of every connection, as the running objects have them.

Scorer, webhooks and mail are cancelled by a clock of their own, which their tests try with servers that drip.
"""

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

from service.handoff import Handoff, redis_client
from service.store.session import trouble
from tests.factories import House, environment


def test_postgresql_ends_what_takes_too_long_and_is_given_up_when_it_is_silent(big_house: House) -> None:
    with big_house.database.read() as connection:
        shown = {
            name: connection.exec_driver_sql(f"SHOW {name}").scalar()
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        }
        driver: Any = connection.connection.driver_connection
        asked = driver.info.get_parameters()

    assert shown == {"statement_timeout": "10s", "lock_timeout": "8s", "idle_in_transaction_session_timeout": "20s"}
    assert (asked["connect_timeout"], asked["tcp_user_timeout"]) == ("5", "5000")


def test_sqlite_waits_for_other_writers_and_not_for_ever(small_house: House) -> None:
    with small_house.database.read() as reader, small_house.database.write() as writer:
        for connection in (reader, writer):
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 10_000


def test_no_pool_of_connections_is_waited_for_for_ever(house: House) -> None:
    for engine in (house.database._readers, house.database._writers):
        pool: Any = engine.pool
        assert 0 < pool._timeout <= 15


def test_redis_is_given_up_soon_by_whoever_only_hints(small_house: House) -> None:
    told = redis_client(small_house.settings).connection_pool.connection_kwargs
    assert 0 < told["socket_timeout"] <= 1
    assert 0 < told["socket_connect_timeout"] <= 1

    producer = Handoff(small_house.settings)._producer
    assert producer.conf.broker_transport_options["socket_timeout"] <= 1
    assert producer.conf.broker_transport_options["socket_connect_timeout"] <= 1


def test_a_worker_notices_that_its_broker_is_silent(sqlite_url: str) -> None:
    code = "import json; from workers.app import app; print(json.dumps(app.conf.broker_transport_options))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"]} | environment(sqlite_url, "redis://127.0.0.1:1"),
    )  # fmt: skip
    told = json.loads(done.stdout)

    assert 0 < told["socket_connect_timeout"] <= 5
    assert 0 < told["health_check_interval"] < told["socket_timeout"] <= 30


def test_a_server_that_ends_each_connection_as_soon_as_it_is_made_is_away(big_house: House) -> None:
    def ended(*_: object) -> None:
        raise InvalidatePoolError

    event.listen(big_house.app.extensions["moderato"].database.engine, "checkout", ended)

    answer = big_house.post()

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_who_kept_a_transaction_idle_for_too_long_is_told_that_it_is_slow(big_house: House) -> None:
    def idles(connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 20")
        time.sleep(0.5)
        connection.exec_driver_sql("SELECT 1")

    with pytest.raises(DBAPIError) as caught:
        big_house.database.transact(idles)

    assert trouble(caught.value) == "slow"
