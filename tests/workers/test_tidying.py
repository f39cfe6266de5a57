"""What is over is forgotten, however much of it there is, and whatever one kind stumbles over."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from service.store import forgetting
from service.store.base import table
from service.store.clock import now_by_database
from service.store.submissions import SubmissionKey
from service.store.traces import Likeness
from tests.factories import House
from workers import tidying
from workers.tidying import tidy_up

TEXTS = (
    "Le tram de nuit devrait rouler jusqu'au matin, au moins pendant le week-end, et pas seulement au centre.",
    "The swimming pool was closed all summer while three others were being built in the neighbouring villages.",
    "Merci pour cette enquête : on comprend enfin où est passé le budget de la cantine depuis deux mandats.",
    "Nobody on the council has ever waited for the number nine bus on a Sunday evening in November, clearly.",
)
LONG_AGO = datetime.now(UTC) - timedelta(days=60)


def keys(house: House, many: int, at: datetime) -> None:
    """So many idempotency keys that were used at a time, all for one comment."""
    comment = house.accepted()
    with house.database.write() as connection:
        connection.execute(
            insert(table(SubmissionKey)),
            [
                {"site_id": house.site_id, "key_hash": f"{at.timestamp()}-{number}", "request_hash": "",
                 "comment_id": comment, "created_at": at}
                for number in range(many)
            ],
        )  # fmt: skip


def left(house: House, of: type[Any]) -> int:
    with house.database.read() as connection:
        return connection.execute(select(func.count()).select_from(of)).scalar_one()


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "PART", 3)
    monkeypatch.setattr(tidying, "PART", 3)


@pytest.mark.usefixtures("small_parts")
def test_more_than_a_part_is_forgotten_part_by_part(house: House) -> None:
    keys(house, 10, LONG_AGO)
    keys(house, 2, datetime.now(UTC))

    assert tidy_up(house.room, 30)["idempotency_keys"] == 10
    assert left(house, SubmissionKey) == 2


@pytest.mark.usefixtures("small_parts")
def test_when_the_time_is_up_the_rest_is_left_for_the_next_time(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keys(house, 10, LONG_AGO)

    for forgotten in (3, 6, 9, 10):
        clock = iter([0.0, 0.0, 2.0])
        monkeypatch.setattr(tidying, "time", SimpleNamespace(monotonic=lambda clock=clock: next(clock)))
        tidy_up(house.room, 1)
        assert left(house, SubmissionKey) == 10 - forgotten


def test_what_one_kind_stumbles_over_costs_the_others_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    keys(house, 4, LONG_AGO)

    def stumbles(_connection: Any, now: datetime) -> int:
        raise OperationalError("DELETE", {}, Exception(f"canceling statement of {now}"))

    monkeypatch.setitem(tidying.PARTS, "likenesses", stumbles)
    monkeypatch.setitem(tidying.PARTS, "idempotency_keys", tidying.PARTS["idempotency_keys"])

    with capture_logs() as lines:
        assert tidy_up(house.room, 30)["idempotency_keys"] == 4

    assert [line["left"] for line in lines if line["event"] == "tidied"] == [["likenesses"]]


def test_what_is_over_goes_by_the_databases_clock(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose clock is years ahead forgets nothing that isn't over."""
    keys(house, 3, datetime.now(UTC))
    real = now_by_database
    asked: list[datetime] = []

    def by_database(connection: Any) -> datetime:
        asked.append(real(connection))
        return asked[-1]

    monkeypatch.setattr(tidying, "now_by_database", by_database)
    ahead(monkeypatch)

    assert not any(tidy_up(house.room, 30).values())
    assert abs(asked[0] - datetime.now(UTC)) < timedelta(minutes=1)
    assert left(house, SubmissionKey) == 3


def ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Ahead":
            return super().now(tz) + timedelta(days=1000)

    monkeypatch.setattr(tidying, "datetime", Ahead)


@pytest.mark.parametrize("kind", sorted(tidying.PARTS))
def test_each_kind_can_be_looked_for_where_nothing_is_over(house: House, kind: str) -> None:
    house.published()
    with house.database.write() as connection:
        assert tidying.PARTS[kind](connection, now=datetime.now(UTC)) == 0


@pytest.mark.usefixtures("small_parts")
def test_of_texts_too_only_a_part_goes_at_once(house: House) -> None:
    for text in TEXTS:
        house.published(body=text)
    with house.database.write() as connection:
        connection.execute(update(Likeness).values(created_at=LONG_AGO))
        assert tidying.PARTS["likenesses"](connection, now=datetime.now(UTC)) == 3
        assert tidying.PARTS["likenesses"](connection, now=datetime.now(UTC)) == 1
