"""Who slept past a lease or a turn writes nothing over what came after; a clock set back keeps nobody waiting."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from service.domain.acts import Act
from service.domain.comment import Action, Lane, Status
from service.domain.job import JobKind
from service.domain.policy import Policy
from service.operations.claim import claim_next
from service.operations.decide import Decision, decide
from service.operations.fan_out import fan_out
from service.operations.judge import Judged, judge
from service.store import audit, deliveries, jobs, moving, queues, turns
from service.store.asked import Asked
from service.store.audit import AuditRow
from service.store.base import new_id
from service.store.claims import Claim
from service.store.comments import Comment
from service.store.deliveries import Channel, Delivery
from service.store.moderation import VerdictRow
from service.store.turns import Lapsed, Turn, turn
from tests.factories import House
from tests.operations.test_claims import moderators
from workers import delivery, tasks
from workers.engine import give_up, moderate
from workers.history import contexts
from workers.told import Told

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
TOMORROW = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


def claimed(house: House, lane: Lane = Lane.JUDGE) -> Any:
    """The row of the one comment that waits, as a worker takes it."""
    with house.database.write() as connection:
        [row] = queues.claim(connection, limit=20, lease_seconds=30, lane=lane, holder="worker:1")
    return row


def lapse(house: House) -> None:
    """The lease passes while its holder sleeps."""
    with house.database.write() as connection:
        connection.execute(update(Comment).values(lease_until=LONG_AGO))


def verdict(house: House, row: Any) -> Judged:
    with house.database.read() as connection:
        [known] = contexts(connection, [row], now())
    return Judged(row, moderate(known.context, Policy(hold_first_comment=False)), 1)


def verdicts(house: House, identifier: str) -> int:
    with house.database.read() as connection:
        mine = select(func.count()).where(VerdictRow.comment_id == identifier)
        return connection.execute(mine).scalar_one()


def test_a_sleeper_that_wakes_while_another_judges_changes_nothing(house: House) -> None:
    identifier = house.accepted()
    sleeper = verdict(house, claimed(house))
    lapse(house)
    other = verdict(house, claimed(house))

    assert judge(house.database, [sleeper], now()) == set()
    assert (house.status(identifier), house.row(identifier).attempts) == (Status.PENDING, 2)
    assert verdicts(house, identifier) == 0

    assert judge(house.database, [other], now()) == {identifier}
    assert judge(house.database, [sleeper], now()) == set()
    assert verdicts(house, identifier) == 1


def test_a_sleeper_that_wakes_when_another_judges_a_new_text_changes_nothing(house: House) -> None:
    """Who edits begins anew: the other's try is the first as well, and only the version tells them apart."""
    answer = house.post()
    identifier, receipt = answer.get_json()["id"], answer.get_json()["receipt"]
    sleeper = verdict(house, claimed(house))
    assert house.client.patch(f"/v1/receipts/{receipt}", json={"body": "Un autre texte, mieux dit."}).status_code == 200
    other = verdict(house, claimed(house))
    assert (sleeper.row.attempts, other.row.attempts) == (1, 1)

    assert judge(house.database, [sleeper], now()) == set()
    assert house.status(identifier) == Status.PENDING

    assert judge(house.database, [other], now()) == {identifier}


def test_a_sleeper_that_gives_up_on_what_another_judges_changes_nothing(house: House) -> None:
    identifier = house.accepted()
    sleeper = claimed(house)
    lapse(house)
    claimed(house)

    assert judge(house.database, [Judged(sleeper, give_up(5), 0)], now()) == set()
    assert house.status(identifier) == Status.PENDING


def test_a_lapsed_lease_that_nobody_took_up_is_still_its_holders(house: House) -> None:
    identifier = house.accepted()
    sleeper = verdict(house, claimed(house))
    lapse(house)

    assert judge(house.database, [sleeper], now()) == {identifier}
    assert house.status(identifier) == Status.PUBLISHED
    assert house.row(identifier).holder is None


def test_a_sleeper_passes_nothing_on_to_the_scorer_that_another_has(house: House) -> None:
    identifier = house.accepted()
    sleeper = claimed(house)
    lapse(house)
    claimed(house)

    with house.database.write() as connection:
        assert moving.pass_on(connection, [sleeper]) == 0
    assert house.row(identifier).lane == Lane.JUDGE


def test_a_sleeper_publishes_nothing_that_the_scorer_is_being_asked_about(house: House) -> None:
    """The scorer's lane counts its own attempts: the number is the same, and the lane another."""
    identifier = house.accepted()
    sleeper = verdict(house, claimed(house))
    lapse(house)
    with house.database.write() as connection:
        assert moving.pass_on(connection, [claimed_in(connection)]) == 1
    asked = claimed(house, Lane.SCORE)

    assert asked.attempts == sleeper.row.attempts
    assert judge(house.database, [sleeper], now()) == set()
    assert house.status(identifier) == Status.PENDING


def claimed_in(connection: Any) -> Any:
    [row] = queues.claim(connection, limit=20, lease_seconds=30)
    return row


def test_a_sleeper_that_wakes_after_a_decision_changes_nothing(house: House) -> None:
    identifier = house.accepted()
    sleeper = verdict(house, claimed(house))
    [who] = moderators(house, 1)
    decide(house.database, who, Decision(identifier, 1, Action.REJECT, "spam"), now())

    assert judge(house.database, [sleeper], now()) == set()
    assert house.status(identifier) == Status.REJECTED


def test_what_a_dead_process_had_is_free_at_once_and_taken_one_by_one(house: House) -> None:
    first, second = house.accepted(), house.accepted()
    with house.database.write() as connection:
        assert len(queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")) == 2
    third = house.accepted()
    with house.database.write() as connection:
        assert [row.id for row in queues.claim(connection, limit=20, lease_seconds=30, holder="here:8")] == [third]

    with house.database.write() as connection:
        assert queues.give_back(connection, "here:7") == 2

    taken = []
    for _ in range(2):
        with house.database.write() as connection:
            taken.append([row.id for row in queues.claim(connection, limit=20, lease_seconds=30, holder="here:9")])
    assert taken == [[first], [second]]
    assert house.row(third).holder == "here:8"


def test_what_a_process_died_of_alone_rests_longer_each_time(house: House) -> None:
    identifier = house.accepted()
    rests = []
    for attempt in range(1, 5):
        row = claimed(house)
        assert row.attempts == attempt
        with house.database.write() as connection:
            queues.give_back(connection, "worker:1")
        until = house.row(identifier).lease_until
        assert until is not None
        rests.append(max(0, round((until - now()).total_seconds())))
        lapse(house)

    assert rests == [0, 4, 9, 16]


def test_it_rests_no_longer_than_a_lease(house: House) -> None:
    """What rests longer than two leases would be taken for given before the clock was set back, and tried at once."""
    identifier = house.accepted()
    for _ in range(4):
        with house.database.write() as connection:
            queues.claim(connection, limit=20, lease_seconds=5, holder="worker:1")
            queues.give_back(connection, "worker:1", lease_seconds=5)
        until = house.row(identifier).lease_until
        assert until is not None
        lapse(house)
    assert 4 < (until - now()).total_seconds() <= 5


def test_what_a_process_took_last_and_alone_is_what_it_died_of(house: House) -> None:
    def take() -> list[Any]:
        with house.database.write() as connection:
            return list(queues.claim(connection, limit=20, lease_seconds=30, holder="here:7"))

    def suspected() -> list[str]:
        with house.database.read() as connection:
            return [row.id for row in queues.deadly(connection, "here:7")]

    assert suspected() == []
    first = house.accepted()
    take()
    assert suspected() == [], "it may have been another of the batch"
    with house.database.write() as connection:
        queues.give_back(connection, "here:7")
    take()
    assert suspected() == [first]
    house.accepted()
    with house.database.write() as connection:
        assert len(queues.claim(connection, limit=20, lease_seconds=60, holder="here:8")) == 1
    assert suspected() == [first], "what another took since is nothing to it"
    house.accepted()
    take()
    assert suspected() == [], "it was at another when it died"


def test_whoever_was_beside_what_a_process_died_of_is_taken_with_others_once_more_and_then_alone(house: House) -> None:
    def take() -> list[str]:
        with house.database.write() as connection:
            return [row.id for row in queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")]

    def die_at(judged: str) -> int:
        with house.database.write() as connection:
            return queues.give_back(connection, "here:7", judged)

    deadly, first, second, third = (house.accepted() for _ in range(4))
    assert take() == [deadly, first, second, third]
    assert die_at(deadly) == 4

    assert take() == [deadly], "it is suspected"
    assert take() == [first, second, third], "nobody suspects them"
    assert die_at(first) == 4
    lapse(house)
    assert [take() for _ in range(4)] == [[deadly], [first], [second], [third]], "a second time is one too many"


def test_what_a_process_had_that_judged_nothing_when_it_was_ended_is_under_no_suspicion(house: House) -> None:
    both = [house.accepted(), house.accepted()]
    with house.database.write() as connection:
        queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")
        assert queues.give_back(connection, "here:7", "") == 2
        assert [row.id for row in queues.claim(connection, limit=20, lease_seconds=30)] == both


def test_what_a_process_judged_is_what_it_died_of_if_it_still_has_it(house: House) -> None:
    first, second = house.accepted(), house.accepted()
    with house.database.write() as connection:
        queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")
        assert [row.id for row in queues.deadly(connection, "here:7", second)] == [second]
        assert list(queues.deadly(connection, "here:8", first)) == [], "another process has it"


def test_a_lease_from_before_the_clock_was_set_back_keeps_nobody_waiting(house: House) -> None:
    identifier = house.accepted()
    claimed(house)
    with house.database.write() as connection:
        connection.execute(update(Comment).values(lease_until=now() + timedelta(seconds=59)))
    assert tasks.next_in_line(house.room) is None

    with house.database.write() as connection:
        connection.execute(update(Comment).values(lease_until=now() + TOMORROW))
    assert tasks.next_in_line(house.room) == identifier
    assert house.judge() == 1
    assert house.status(identifier) == Status.PUBLISHED


def test_nor_does_one_in_the_scorers_lane(house: House) -> None:
    identifier = house.accepted()
    with house.database.write() as connection:
        moving.pass_on(connection, [claimed_in(connection)])
    claimed(house, Lane.SCORE)
    assert tasks.next_in_line(house.room, Lane.SCORE) is None

    with house.database.write() as connection:
        connection.execute(update(Comment).values(lease_until=now() + TOMORROW))

    assert tasks.next_in_line(house.room, Lane.SCORE) == identifier
    assert claimed(house, Lane.SCORE).attempts == 2


def test_what_rests_for_the_scorer_rests_an_hour_and_no_day(house: House) -> None:
    house.held()
    for rests, waits in (timedelta(minutes=59), []), (TOMORROW, [1]):
        with house.database.write() as connection:
            connection.execute(update(Comment).values(lane=Lane.SCORE, lease_until=now() + rests))
            assert [1 for _ in queues.unscored(connection, 5)] == waits


def test_a_moderators_claim_from_before_the_clock_was_set_back_holds_nobody_up(house: House) -> None:
    identifier = house.held()
    first, second = moderators(house, 2)
    assert claim_next(house.database, first, Asked(), (), 300, now()) is not None
    assert claim_next(house.database, second, Asked(), (), 300, now()) is None
    with house.database.write() as connection:
        connection.execute(update(Claim).values(until=now() + TOMORROW))

    held = claim_next(house.database, second, Asked(), (), 300, now())

    assert held is not None
    assert held.id == identifier


def test_nor_do_turns_jobs_and_deliveries(house: House) -> None:
    with house.database.write() as connection:
        assert turns.take_turn(connection, "learn", house.site_id, 60)
        connection.execute(update(Turn).values(until=now() + TOMORROW))
        assert not turns.is_taken(connection, "learn", 60)
        assert turns.take_turn(connection, "learn", new_id(), 60)

    job = house.job()
    with house.database.write() as connection:
        assert jobs.take_up(connection, JobKind, 30).id == job
        assert jobs.next_job(connection, JobKind, 30) is None
        connection.execute(update(jobs.JobRow).values(lease_until=now() + TOMORROW))
        assert jobs.next_job(connection, JobKind, 30) is not None

    delivery_of(house)
    with house.database.write() as connection:
        assert not deliveries.oldest_due(connection, now())
        connection.execute(update(Delivery).values(lease_until=now() + TOMORROW))
        assert deliveries.oldest_due(connection, now())


def delivery_of(house: House) -> Any:
    """A delivery, claimed as whoever tells it does: its row."""
    house.allow_private_webhooks()
    target = str(house.webhook("http://127.0.0.1:9/hook")["id"])
    house.accepted()
    fan_out(house.database, now())
    return claimed_delivery(house, target)


def claimed_delivery(house: House, target: str) -> Any:
    with house.database.write() as connection:
        connection.execute(update(Delivery).values(lease_until=None))
        return deliveries.claim(connection, [(target, 1)], now())[0]


def told(house: House, identifier: str) -> tuple[Any, Any]:
    """How a delivery stands, and its channel."""
    with house.database.read() as connection:
        row = connection.execute(select(Delivery.__table__).where(Delivery.id == identifier)).one()
        return row, connection.execute(select(Channel.__table__).where(Channel.id == row.channel_id)).one()


def write(house: House, row: Any, outcome: Told) -> None:
    with house.database.write() as connection:
        delivery._write(connection, row, outcome, 1, now())


def test_a_teller_that_slept_says_nothing_of_how_the_receiver_is_now(house: House) -> None:
    sleeper = delivery_of(house)
    second = claimed_delivery(house, sleeper.target_id)
    write(house, second, Told(ok=True, status=204))

    for _ in range(5):
        write(house, sleeper, Told(ok=False, why="timeout"))

    row, channel = told(house, sleeper.id)
    assert (row.state, row.status) == ("delivered", 204)
    assert (channel.failures, channel.rests_until) == (0, None)


def test_a_teller_that_slept_over_a_replay_does_not_end_it(house: House) -> None:
    """A replay counts attempts from the beginning: the number is the same, and its beginning another."""
    sleeper = delivery_of(house)
    with house.database.write() as connection:
        deliveries.replay(connection, sleeper.id, now())
    again = claimed_delivery(house, sleeper.target_id)
    assert again.attempts == sleeper.attempts

    write(house, sleeper, Told(ok=False, why="gone", final=True))

    assert told(house, sleeper.id)[0].state == "waiting"
    write(house, again, Told(ok=True, status=204))
    assert told(house, sleeper.id)[0].state == "delivered"


def an_act(house: House) -> audit.Entry:
    return audit.Entry(house.site_id, None, Act.SET_THRESHOLD, "spam", {})


def acts(house: House) -> int:
    with house.database.read() as connection:
        return connection.execute(select(func.count()).where(AuditRow.act == Act.SET_THRESHOLD)).scalar_one()


def test_who_slept_past_a_turn_writes_nothing_once_somebody_else_has_it(house: House) -> None:
    def write_in(database: Any) -> None:
        database.transact(lambda connection: audit.add_entry(connection, an_act(house), now()))

    with pytest.raises(Lapsed), turn(house.database, "earn", 60) as sleeper:  # noqa: PT012 - what happens in between
        write_in(sleeper)
        with house.database.write() as connection:
            connection.execute(update(Turn).values(until=LONG_AGO))
        write_in(sleeper)  # late, and nobody has minded
        with turn(house.database, "earn", 60) as other:
            write_in(other)
            write_in(sleeper)

    assert acts(house) == 3


def test_a_turn_that_lapsed_is_not_ended_by_who_had_it(house: House) -> None:
    with turn(house.database, "earn", 60), house.database.write() as connection:
        connection.execute(update(Turn).values(until=LONG_AGO))
        assert turns.take_turn(connection, "earn", house.site_id, 60)

    with turn(house.database, "earn", 60) as third:
        assert third is None


def test_what_one_worker_is_taking_keeps_no_other_waiting(big_house: House) -> None:
    first, second = big_house.accepted(), big_house.accepted()
    with big_house.database.write() as one, big_house.database.write() as other:
        other.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        assert [row.id for row in queues.claim(one, limit=1, lease_seconds=30)] == [first]
        assert [row.id for row in queues.claim(other, limit=20, lease_seconds=30)] == [second]


def test_a_batch_comes_in_the_order_in_which_it_came_in(house: House) -> None:
    later, earlier = house.accepted(), house.accepted()
    with house.database.write() as connection:
        connection.execute(update(Comment).where(Comment.id == later).values(created_at=now() + timedelta(seconds=1)))
        assert [row.id for row in queues.claim(connection, limit=20, lease_seconds=30)] == [earlier, later]


def test_of_two_who_begin_a_round_of_the_scorers_at_once_one_has_it(big_house: House) -> None:
    for _ in range(2):
        big_house.accepted()
    with big_house.database.write() as connection:
        moving.pass_on(connection, queues.claim(connection, limit=20, lease_seconds=30))

    def begin() -> int:
        with big_house.database.write() as connection:
            return len(queues.claim(connection, limit=1, lease_seconds=30, lane=Lane.SCORE))

    with ThreadPoolExecutor(1) as other:
        with big_house.database.write() as connection:
            assert len(queues.claim(connection, limit=1, lease_seconds=30, lane=Lane.SCORE)) == 1
            begun = other.submit(begin)
            assert not wait([begun], timeout=0.5).done, "it waits for the first to say what it has taken"
        assert begun.result(30) == 0


def test_what_was_beside_a_death_twice_is_taken_alone_however_it_was_given_back(house: House) -> None:
    both = [house.accepted(), house.accepted()]

    def take() -> list[str]:
        with house.database.write() as connection:
            return [row.id for row in queues.claim(connection, limit=20, lease_seconds=30, holder="here:7")]

    for _ in range(2):
        assert take() == both
        with house.database.write() as connection:
            queues.give_back(connection, "here:7", "")

    assert [take(), take()] == [both[:1], both[1:]]


def test_who_knows_that_no_worker_runs_gives_back_all_that_was_taken(house: House) -> None:
    taken = house.accepted()
    claimed(house)
    house.accepted()

    with house.database.write() as connection:
        assert queues.release(connection) == 1

    assert tasks.next_in_line(house.room) == taken
    assert house.row(taken).holder is None
