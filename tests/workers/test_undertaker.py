"""Who is no more had comments: whoever buries a process, or takes a dead worker's place, gives them back."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from service.domain.comment import Status
from service.store import queues
from service.store.comments import Comment
from tests.factories import House
from workers.heartbeat import name_of
from workers.undertaker import bury, succeed
from workers.witness import NOTHING, Death

NUMBER = 4_000_000
"""Of a process: greater than any there can be."""
HERE = name_of(NUMBER)


@pytest.fixture
def gone() -> int:
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    return ended.pid


def take(house: House, holder: str | None) -> list[str]:
    with house.database.write() as connection:
        return [row.id for row in queues.claim(connection, limit=20, lease_seconds=30, holder=holder)]


def held_by(house: House) -> list[str]:
    with house.database.read() as connection:
        return sorted(queues.holders(connection, house.settings.lease_seconds))


def test_what_a_worker_had_that_was_killed_whole_is_free_and_nothing_of_it_is_suspected(
    house: House, gone: int
) -> None:
    both = [house.accepted(), house.accepted()]
    assert take(house, name_of(gone)) == both

    succeed(house.settings)

    assert held_by(house) == []
    assert take(house, name_of(os.getpid())) == both, "together: who was killed whole wasn't killed by either"


def test_nor_is_it_given_up_on_if_it_was_taken_before(house: House, gone: int) -> None:
    identifier = house.accepted()
    for _ in range(2):
        assert take(house, name_of(gone)) == [identifier]
        succeed(house.settings)

    assert house.status(identifier) == Status.PENDING


def test_what_the_living_have_stays_theirs(house: House, gone: int) -> None:
    mine = house.accepted()
    take(house, name_of(os.getpid()))
    elsewhere = house.accepted()
    take(house, f"elsewhere:{gone}")

    succeed(house.settings)

    assert held_by(house) == sorted([name_of(os.getpid()), f"elsewhere:{gone}"])
    assert take(house, None) == [], f"{mine} and {elsewhere} are taken"


def test_only_who_has_something_taken_is_a_holder(house: House) -> None:
    lapsed = house.accepted()
    take(house, "here:1")
    with house.database.write() as connection:
        connection.execute(update(Comment).values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))
    assert held_by(house) == [], f"the lease of {lapsed} is over: it is free already"
    house.judge()
    house.accepted()
    take(house, None)
    assert held_by(house) == []
    house.accepted()
    take(house, "here:2")
    assert held_by(house) == ["here:2"]


def test_what_a_process_died_of_is_a_persons_at_once_and_the_rest_goes_on(house: House) -> None:
    deadly, beside = house.accepted(), house.accepted()
    take(house, HERE)

    bury(house.room, Death(NUMBER, by_itself=True, judged=deadly))

    assert (house.status(deadly), house.status(beside)) == (Status.HELD, Status.PENDING)
    assert house.judge() == 1
    assert house.status(beside) == Status.PUBLISHED


@pytest.mark.parametrize("judged", [None, NOTHING])
def test_of_which_it_died_nobody_knows_so_they_are_tried_one_by_one(house: House, judged: str | None) -> None:
    both = [house.accepted(), house.accepted()]
    take(house, HERE)

    bury(house.room, Death(NUMBER, by_itself=True, judged=judged))

    assert [house.status(each) for each in both] == [Status.PENDING] * 2
    assert [take(house, "here:8"), take(house, "here:8")] == [both[:1], both[1:]]


def test_who_was_killed_from_outside_died_of_nothing_that_it_had(house: House) -> None:
    identifier = house.accepted()
    take(house, HERE)

    bury(house.room, Death(NUMBER, by_itself=False, judged=identifier))

    assert house.status(identifier) == Status.PENDING
