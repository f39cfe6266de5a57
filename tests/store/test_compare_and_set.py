"""Compare-and-set itself: who did not see how a comment stands, or lost it to somebody else, doesn't move it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from service.domain.comment import Cause, Lane, Status
from service.store import moving, queues
from service.store.moving import Mover
from tests.factories import House


def change(identifier: str, seen: int, taken: int = 0) -> dict[str, Any]:
    """A verdict's, to hold: of publishing the database has an opinion of its own."""
    return {
        "comment_id": identifier, "seen": seen, "taken": taken, "goal": Status.HELD, "awaits": True, "new_html": None,
        "new_score": 0.0, "new_reasons": " ", "new_checks": " ", "new_urgent_at": datetime.now(UTC), "new_teaches": 0.0,
        "new_lane": Lane.JUDGE, "rest_seconds": None,
    }  # fmt: skip


@pytest.mark.parametrize("seen", [1, 2, 4])
def test_a_verdict_on_another_version_than_the_one_that_stands_changes_nothing(house: House, seen: int) -> None:
    identifier = house.held()
    with house.database.write() as connection:
        moving.move(connection, [Mover(identifier, 2)], Cause.REVISION, Status.PENDING)
    before = house.row(identifier)

    with house.database.write() as connection:
        assert not moving.apply(connection, [change(identifier, seen)])

    assert house.row(identifier) == before
    assert before.status == Status.PENDING


@pytest.mark.parametrize("action", ["publish", "reject", "hold"])
def test_a_verdict_on_what_is_not_pending_any_more_changes_nothing(house: House, action: str) -> None:
    identifier = house.held()
    assert house.decide(identifier, action, reason="off_topic").status_code == 200
    before = house.row(identifier)

    with house.database.write() as connection:
        assert not moving.apply(connection, [change(identifier, before.version)])

    assert house.row(identifier) == before


@pytest.mark.parametrize("version", [1, 3])
def test_a_decision_on_another_version_changes_nothing(house: House, version: int) -> None:
    identifier = house.held()
    before = house.row(identifier)

    with house.database.write() as connection:
        assert moving.move(connection, [Mover(identifier, version)], Cause.DECISION, Status.PUBLISHED) == set()

    assert house.row(identifier) == before


@pytest.mark.parametrize("cause", [Cause.VERDICT, Cause.REVISION])
def test_a_move_that_the_table_does_not_have_changes_nothing(house: House, cause: Cause) -> None:
    identifier = house.held()
    assert house.decide(identifier, "reject", reason="off_topic").status_code == 200
    before = house.row(identifier)
    goal = Status.PUBLISHED if cause is Cause.VERDICT else Status.PENDING

    with house.database.write() as connection:
        assert moving.move(connection, [Mover(identifier, before.version)], cause, goal) == set()

    assert house.row(identifier) == before


@pytest.mark.parametrize("taken", [0, 2])
def test_a_verdict_of_another_claim_than_the_latest_changes_nothing(house: House, taken: int) -> None:
    identifier = house.accepted()
    with house.database.write() as connection:
        queues.claim(connection, limit=1, lease_seconds=30)
    before = house.row(identifier)

    with house.database.write() as connection:
        assert not moving.apply(connection, [change(identifier, 1, taken)])

    assert house.row(identifier) == before


@pytest.mark.parametrize(
    "changed", [{"status": Status.HELD}, {"version": 4}, {"lane": Lane.SCORE}, {"attempts": 2}], ids=str
)
def test_whatever_has_changed_since_it_was_claimed_it_is_held_no_more(changed: dict[str, Any]) -> None:
    claimed = {"version": 3, "lane": Lane.JUDGE, "attempts": 1}
    as_it_stood = {"status": Status.PENDING} | claimed

    assert moving.is_still_held(SimpleNamespace(**as_it_stood), SimpleNamespace(**claimed))
    assert not moving.is_still_held(SimpleNamespace(**(as_it_stood | changed)), SimpleNamespace(**claimed))


def test_whose_row_is_locked_waits_for_nobody_else_to_change_it(big_house: House) -> None:
    """What is counted on a row, such as its reports, is counted on what stands there."""
    identifier = big_house.held()
    with big_house.database.write() as one, big_house.database.write() as other:
        assert [row.id for row in moving.lock_comments(one, [identifier])] == [identifier]
        other.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")

        with pytest.raises(OperationalError, match="lock timeout"):
            moving.lock_comments(other, [identifier])


def test_a_lock_keeps_no_reader_from_replying(big_house: House) -> None:
    parent = big_house.published()
    with big_house.database.write() as connection:
        moving.lock_comments(connection, [parent])

        reply = big_house.accepted(parent=parent)

    assert big_house.row(reply).parent_id == parent


def test_what_moves_is_nobodys_and_begins_anew(house: House) -> None:
    """An edit takes it out of the hands of whoever judges the earlier text, and out of the lane in which it was."""
    identifier = house.accepted()
    with house.database.write() as connection:
        moving.pass_on(connection, queues.claim(connection, limit=1, lease_seconds=30))
        queues.claim(connection, limit=1, lease_seconds=30, lane=Lane.SCORE, holder="here:7")

        assert moving.move(connection, [Mover(identifier, 1)], Cause.REVISION, Status.PENDING, body="Another.")

    row = house.row(identifier)
    assert (row.version, row.lane, row.holder, row.lease_until, row.attempts) == (2, Lane.JUDGE, None, None, 0)
    assert (row.body, row.decided) == ("Another.", False)


def test_a_verdict_leaves_all_that_it_says_on_the_row(house: House) -> None:
    """Lists are ordered and filtered by it."""
    identifier = house.accepted()
    urgent = datetime.now(UTC) - timedelta(days=1)
    told = {"new_score": 0.75, "new_reasons": " spam ", "new_checks": " bayes ", "new_urgent_at": urgent,
            "new_teaches": 0.5, "new_lane": Lane.SCORE, "rest_seconds": 60.0}  # fmt: skip
    with house.database.write() as connection:
        [claimed] = queues.claim(connection, limit=1, lease_seconds=30, holder="here:7")

        assert moving.apply(connection, [change(identifier, 1, claimed.attempts) | told])

    row = house.row(identifier)
    assert (row.status, row.version, row.awaiting, row.decided) == (Status.HELD, 2, True, False)
    assert (row.score, row.reasons, row.checks, row.urgent_at, row.teaches) == (0.75, " spam ", " bayes ", urgent, 0.5)
    assert (row.lane, row.holder, row.attempts) == (Lane.SCORE, None, 0)
    assert timedelta(seconds=50) < row.lease_until - datetime.now(UTC) < timedelta(seconds=61)
