"""The window of the last days, page by page: complete, in order, and no dearer at its far end."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from service.domain.comment import Status
from service.domain.job import JobKind
from service.settings import Settings
from service.store import bans, jobs, window
from service.store.comments import Comment
from tests.factories import House, environment
from tests.growth import grow
from tests.servers import PostgreSQL, Redis
from tests.store.test_plans import explained, told

MANY = 20_000
PAGE = 250
_LAST = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@pytest.fixture(scope="module")
def big(postgresql: PostgreSQL, redis: Redis) -> Iterator[House]:
    """20,000 comments of the last hours on PostgreSQL."""
    yield from _grown(postgresql.create_database("window", template="moderato_template"), redis)
    postgresql.drop_database("window")


@pytest.fixture(scope="module")
def small(sqlite_template: Path, redis: Redis, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The same on SQLite."""
    file = shutil.copy(sqlite_template, tmp_path_factory.mktemp("window") / "moderato.db")
    yield from _grown(f"sqlite:///{file}", redis)


def _grown(url: str, redis: Redis) -> Iterator[House]:
    house = House(Settings.from_env(environment(url, redis.url)))
    house.site_id = house.add_site()
    for _ in range(20):
        house.job()
    grow(house.database, "journal", "big", MANY)
    yield house
    house.close()


@pytest.fixture(params=["small", "big"])
def grown(request: pytest.FixtureRequest) -> House:
    house: House = request.getfixturevalue(request.param)
    return house


def test_the_pages_are_all_of_the_window_once_and_in_order(grown: House) -> None:
    now = datetime.now(UTC)
    since, place = now - timedelta(hours=2), (now, _LAST)
    seen: list[tuple[datetime, str]] = []
    with grown.database.read() as connection:
        while rows := window.page(connection, grown.site_id, since, place, 1000):
            seen += [(row.created_at, row.id) for row in rows]
            place = seen[-1]
        judged = Comment.status.in_([Status.PUBLISHED, Status.HELD, Status.REJECTED])
        wanted = connection.execute(
            select(func.count()).where(Comment.site_id == grown.site_id, judged, Comment.created_at >= since)
        ).scalar_one()
        counted = window.count(connection, grown.site_id, since, now)

    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == wanted == counted
    assert wanted > 6_000


def test_more_or_not_is_told_without_counting_all(grown: House) -> None:
    since = datetime.now(UTC) - timedelta(days=30)
    with grown.database.read() as connection:
        assert window.has_more(connection, grown.site_id, since, 5_000)
        assert not window.has_more(connection, grown.site_id, since, MANY)


def middle(house: House) -> window.Place:
    with house.database.read() as connection:
        row = connection.execute(
            select(Comment.created_at, Comment.id).order_by(Comment.created_at).offset(MANY // 2).limit(1)
        ).one()
        return row.created_at, row.id


@pytest.mark.parametrize("deep", [False, True], ids=["first", "deep"])
def test_a_page_costs_a_page_wherever_it_is(big: House, *, deep: bool) -> None:
    now = datetime.now(UTC)
    place = middle(big) if deep else (now, _LAST)
    with big.database.read() as connection, explained(big.database) as plans:
        rows = window.page(connection, big.site_id, now - timedelta(days=30), place, PAGE)

    assert len(rows) == PAGE
    assert plans.indexes == {"ix_comments_status", "pk_comments"}
    assert not plans.read_whole
    assert plans.examined <= 5 * PAGE
    assert plans.sorted <= 3 * PAGE


def test_whether_there_is_more_costs_no_more_than_it_asks_for(big: House) -> None:
    with big.database.read() as connection, explained(big.database) as plans:
        window.has_more(connection, big.site_id, datetime.now(UTC) - timedelta(days=30), 1_000)

    assert plans.indexes == {"ix_comments_status"}
    assert plans.examined <= 3 * 1_001


def test_a_days_count_comes_out_of_the_index(big: House) -> None:
    now = datetime.now(UTC)
    with big.database.read() as connection, explained(big.database) as plans:
        window.count(connection, big.site_id, now - timedelta(minutes=10), now)

    assert plans.indexes == {"ix_comments_status"}
    assert plans.examined <= 700
    assert not plans.read_whole


def test_the_next_job_and_a_sites_bans_are_looked_up_by_index(big: House) -> None:
    with big.database.write() as connection, explained(big.database) as plans:
        jobs.next_job(connection, JobKind, 30)
        jobs.count_open(connection, big.site_id)
        bans.listed_bans(connection, big.site_id, datetime.now(UTC))

    assert plans.indexes == {"ix_jobs_open", "ix_jobs_site", "ix_bans_good"}
    assert not plans.read_whole


@pytest.mark.parametrize("deep", [False, True], ids=["first", "deep"])
def test_on_sqlite_too_a_page_comes_out_of_its_index(small: House, *, deep: bool) -> None:
    now = datetime.now(UTC)
    place = middle(small) if deep else (now, _LAST)
    with small.database.read() as connection, told(small) as lines:
        assert len(window.page(connection, small.site_id, now - timedelta(days=30), place, PAGE)) == PAGE

    assert any("ix_comments_status" in line for line in lines)
    assert not [line for line in lines if line.startswith("SCAN comments")]
