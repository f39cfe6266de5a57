"""How a worker takes a batch, and what it does when the batch fails: together, one by one, or not now."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from service import metrics
from service.domain.comment import Lane, Status
from service.domain.policy import Scorer as When
from service.handoff import TELL_LANE
from service.store import moving, queues
from tests.factories import House
from tests.scorer import ScorerServer, answers
from workers import tasks


class Choking:
    """In place of what judges and writes down: fails with an error when more come than it can take."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Exception, most: int = 0) -> None:
        self.asked: list[tuple[int, Lane]] = []
        self._apply, self._error, self._most = tasks._apply, error, most
        monkeypatch.setattr(tasks, "_apply", self)

    def __call__(self, here: Any, claimed: Sequence[Any], lane: Lane) -> None:
        self.asked.append((len(claimed), lane))
        if len(claimed) > self._most:
            raise self._error
        self._apply(here, claimed, lane)


def away() -> OperationalError:
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return OperationalError("UPDATE", {}, locked)


@pytest.fixture
def woken(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lanes that are woken."""
    found: list[str] = []
    monkeypatch.setattr(house.room.handoff, "wake", lambda lane=Lane.JUDGE, **_: found.append(lane))
    return found


def test_a_batch_that_fails_is_judged_one_by_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    identifiers = [house.accepted() for _ in range(3)]
    choking = Choking(monkeypatch, MemoryError(), most=1)

    assert tasks.judge_batch(house.room) == 3

    assert choking.asked == [(3, Lane.JUDGE)] + [(1, Lane.JUDGE)] * 3
    assert [house.status(each) for each in identifiers] == [Status.PUBLISHED] * 3


def test_one_that_fails_alone_is_not_tried_twice_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.accepted()
    choking = Choking(monkeypatch, MemoryError())

    with pytest.raises(MemoryError):
        tasks.judge_batch(house.room)

    assert choking.asked == [(1, Lane.JUDGE)]


def test_while_the_database_is_away_nobody_tries_one_by_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        house.accepted()
    choking = Choking(monkeypatch, away())

    with pytest.raises(OperationalError):
        tasks.judge_batch(house.room)

    assert choking.asked == [(3, Lane.JUDGE)]


def test_in_the_scorers_lane_each_is_claimed_alone_after_its_lease(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        house.accepted()
    with house.database.write() as connection:
        moving.pass_on(connection, queues.claim(connection, limit=20, lease_seconds=30))
    choking = Choking(monkeypatch, MemoryError(), most=1)

    with pytest.raises(MemoryError):
        tasks.judge_batch(house.room, Lane.SCORE)

    assert choking.asked == [(3, Lane.SCORE)]


def test_one_by_one_they_still_go_through_our_own_checks_first(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScorerServer(answers()) as server:
        house.give_scorer(server.url)
        house.set_policy(scorer=When.ON)
        both = [house.accepted(), house.accepted()]
        Choking(monkeypatch, MemoryError(), most=1)

        tasks.judge_batch(house.room)

        assert [(house.status(each), house.row(each).lane) for each in both] == [(Status.PENDING, Lane.SCORE)] * 2
        assert server.asked == []


def test_whoever_is_to_be_told_is_told_at_once(house: House, woken: list[str]) -> None:
    house.accepted()

    assert tasks.judge_batch(house.room) == 1
    assert woken == [TELL_LANE]


def test_where_nothing_waits_nobody_is_woken(house: House, woken: list[str]) -> None:
    assert tasks.judge_batch(house.room) == 0
    assert woken == []


def test_a_person_is_told_in_how_many_tries_it_could_not_be_judged(house: House) -> None:
    identifier = house.accepted()
    for _ in range(house.settings.max_attempts):
        with house.database.write() as connection:
            queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")
            queues.give_back(connection, "here:7", "")

    assert house.judge() == 1

    detail = house.client.get(f"/v1/moderation/comments/{identifier}", headers=house.staff()).get_json()
    [signal] = detail["verdict"]["signals"]
    assert (signal["reason"], signal["facts"]) == ("gave_up", {"count": house.settings.max_attempts})


@pytest.mark.parametrize("many", [1, 3])
def test_however_long_the_database_takes_no_verdicts_nothing_is_given_up_on_for_that(
    house: House, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """As when its disk is full: a claim is written over the row that is there, a verdict needs room."""
    identifiers = [house.accepted() for _ in range(many)]
    choking = Choking(monkeypatch, away())

    for _ in range(house.settings.max_attempts + 2):
        with pytest.raises(OperationalError):
            tasks.judge_batch(house.room)

    assert {asked for asked, _ in choking.asked} == {many}, "all together, each time"
    monkeypatch.undo()
    assert house.judge() == many
    assert [house.status(each) for each in identifiers] == [Status.PUBLISHED] * many


def test_a_statement_that_is_slow_each_time_may_be_its_comments_fault(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifier = house.accepted()
    slow = psycopg.errors.QueryCanceled("canceling statement due to statement timeout")
    monkeypatch.setattr(slow, "sqlstate", "57014")
    Choking(monkeypatch, OperationalError("SELECT", {}, slow))

    with pytest.raises(OperationalError):
        tasks.judge_batch(house.room)

    assert house.row(identifier).attempts == 1
    assert tasks.next_in_line(house.room) is None, "it rests until its lease is over"


def test_only_what_is_still_ones_own_is_handed_back(house: House) -> None:
    identifier = house.accepted()
    with house.database.write() as connection:
        slept = queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")
        queues.give_back(connection, "here:7", "")
        queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")
        assert queues.hand_back(connection, slept, "here:7") == 0, "it has been taken anew since"
    with house.database.write() as connection:
        queues.give_back(connection, "here:7", "")
        [other] = queues.claim(connection, limit=20, lease_seconds=30, holder="here:8")
        assert queues.hand_back(connection, [other], "here:7") == 0, "another has it"
        assert queues.hand_back(connection, [other], "here:8") == 1
    assert (house.row(identifier).attempts, house.row(identifier).holder) == (2, None)
    with house.database.write() as connection:
        mine = queues.claim(connection, limit=20, lease_seconds=30, holder="here:8")
    house.decide(identifier, "reject", reason="other")
    with house.database.write() as connection:
        assert queues.hand_back(connection, mine, "here:8") == 0, "a person has decided"
    assert house.row(identifier).attempts == 0


def test_what_was_taken_before_is_still_taken_alone(house: House) -> None:
    suspect = house.accepted()
    with house.database.write() as connection:
        queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")
        queues.give_back(connection, "here:7")
        again = queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")
        queues.hand_back(connection, again, "here:7")
    other = house.accepted()

    taken = []
    for _ in range(2):
        with house.database.write() as connection:
            taken.append([row.id for row in queues.claim(connection, limit=20, lease_seconds=30)])
    assert taken == [[suspect], [other]]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What was counted since, by metric."""
    found: Counter[str] = Counter()
    monkeypatch.setattr("service.meters.count", lambda metric, *_, by=1: found.update({metric.name: by}))
    return found


def test_what_was_claimed_is_counted(house: House, counted: Counter[str]) -> None:
    for _ in range(3):
        house.accepted()

    house.judge()

    assert (counted[metrics.BATCHES.name], counted[metrics.CLAIMED.name]) == (1, 3)


def test_what_was_given_up_on_is_counted_as_that_and_as_a_verdict(house: House, counted: Counter[str]) -> None:
    house.accepted()
    for _ in range(house.settings.max_attempts):
        with house.database.write() as connection:
            queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")
            queues.give_back(connection, "here:7", "")

    house.judge()

    assert (counted[metrics.PARKED.name], counted[metrics.VERDICTS.name]) == (1, 1)


def test_so_it_is_where_they_are_judged_one_by_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    identifiers = [house.accepted() for _ in range(2)]

    def chokes(_here: Any, claimed: Sequence[Any], _lane: Lane) -> None:
        raise MemoryError if len(claimed) > 1 else away()

    monkeypatch.setattr(tasks, "_apply", chokes)

    tasks.judge_batch(house.room)

    assert [(house.row(each).attempts, house.row(each).holder) for each in identifiers] == [(0, None)] * 2
