"""What `/readyz` says in a word, and the 503 beside it: of databases that take no writing, or have no room."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis as Client
from sqlalchemy import text

from service.store.clock import now_by_database
from service.store.session import Database
from tests.factories import ARTICLE, House
from tests.servers import Redis

FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON comments EXECUTE FUNCTION no_room();
"""


def readiness(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.client.get("/readyz").get_json()
    return found


def at_the_door(house: House) -> Database:
    found: Database = house.app.extensions["moderato"].database
    return found


def failures(house: House, why: str) -> float:
    return figure(house, f'moderato_database_failures_total{{why="{why}"}}')


def figure(house: House, metric: str) -> float:
    name = f"{metric} "
    lines = house.client.get("/metrics").get_data(as_text=True).splitlines()
    return float(next(line.removeprefix(name) for line in lines if line.startswith(name)))


def test_where_all_is_well_every_word_is_ok(house: House) -> None:
    assert readiness(house) == {
        "status": "ready", "database": "ok", "redis": "ok", "scorer": "ok", "backlog": "ok", "disk": "ok",
        "clock": "ok", "migrations": "ok",
    }  # fmt: skip


@pytest.mark.parametrize("ahead", [-90, 90])
def test_a_clock_that_is_off_is_told_and_no_reason_to_take_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    by_database = now_by_database
    monkeypatch.setattr(
        "service.store.clock.now_by_database", lambda connection: by_database(connection) - timedelta(seconds=ahead)
    )

    answer = house.client.get("/readyz")

    assert answer.status_code == 200
    assert {answer.get_json()[name] for name in ("status", "clock")} == {"degraded", "off"}
    assert abs(figure(house, "moderato_clock_ahead_seconds") - ahead) < 5


def test_clocks_that_are_less_than_two_seconds_apart_agree(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    by_database = now_by_database
    monkeypatch.setattr(
        "service.store.clock.now_by_database", lambda connection: by_database(connection) - timedelta(seconds=1.5)
    )

    assert readiness(house)["status"] == "ready"
    assert figure(house, "moderato_clock_ahead_seconds") == 0


@pytest.fixture
def no_room(house: House) -> House:
    """A database without room for a comment: SQLite's own limit; on PostgreSQL its own error, raised by a trigger."""
    sqlite = house.settings.is_sqlite
    house.accepted()
    with at_the_door(house).write() as connection:
        if sqlite:
            connection.execute(text("PRAGMA max_page_count = 1"))  # that is, as many as there are
        else:
            connection.execute(text(FULL))
    return house


def make_room(house: House) -> None:
    with at_the_door(house)._writers.connect() as connection:
        if house.settings.is_sqlite:
            connection.execute(text("PRAGMA max_page_count = 1000000"))
        else:
            connection.execute(text("DROP TRIGGER no_room ON comments"))
            connection.commit()


def test_without_room_nothing_is_taken_and_nothing_is_half_written(no_room: House) -> None:
    before = failures(no_room, "disk")
    answers = [no_room.post(body=f"{number} " + "Une remarque de bon sens. " * 400) for number in range(3)]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["Retry-After"] for answer in answers} == {"5"}
    assert {answer.get_json()["code"] for answer in answers} == {"unavailable"}
    assert failures(no_room, "disk") == before + 3
    assert (readiness(no_room)["status"], readiness(no_room)["disk"]) == ("degraded", "full")
    with no_room.database.read() as connection:
        for table in ("comments", "events"):
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 1  # noqa: S608 - ours


def test_once_there_is_room_the_next_comment_is_taken(no_room: House) -> None:
    assert no_room.post(body="Une remarque de bon sens. " * 400).status_code == 503

    make_room(no_room)

    no_room.accepted()
    assert readiness(no_room)["status"] == "ready"
    no_room.judge()
    assert no_room.client.get(f"{ARTICLE}/comments").get_json()["count"] == 2


def test_a_standby_is_not_ready_and_takes_nothing(postgresql_url: str, redis: Redis) -> None:
    from service.settings import Settings
    from tests.factories import environment

    house = House(Settings.from_env(environment(postgresql_url, redis.url)))
    house.site_id = house.add_site()
    parts = urlsplit(postgresql_url)
    with psycopg.connect(parts._replace(scheme="postgresql").geturl(), autocommit=True) as server:
        server.execute(f"ALTER DATABASE {parts.path[1:]} SET default_transaction_read_only = on")

        answer = house.post()
        state = house.client.get("/readyz")

        assert answer.status_code == state.status_code == 503
        assert answer.get_json()["code"] == "unavailable"
        assert (state.get_json()["status"], state.get_json()["database"]) == ("unready", "read_only")
        server.execute("SET default_transaction_read_only = off")
        server.execute(f"ALTER DATABASE {parts.path[1:]} RESET default_transaction_read_only")
    house.close()


def test_comments_held_for_want_of_the_scorer_are_told(house: House) -> None:
    from service.domain.policy import Scorer as When

    house.set_policy(scorer=When.ON)
    house.accepted()
    house.judge()

    assert (readiness(house)["status"], readiness(house)["scorer"]) == ("degraded", "missed")


def test_a_redis_that_evicts_but_has_evicted_nothing_is_well(small_house: House) -> None:
    with Client.from_url(small_house.settings.redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        state = readiness(small_house)
        client.config_set("maxmemory-policy", "noeviction")

    assert state["redis"] == "ok"
