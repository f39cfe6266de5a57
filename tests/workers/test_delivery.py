"""Events are told to those whom they concern, at least once and under one id, however receivers behave."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from socket import socket
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from service.domain.delivery import FAILURES, GIVEN_UP_AFTER
from service.operations.fan_out import BATCH, SOURCES, _fan_out, fan_out
from service.store import deliveries, events, turns
from service.store.base import new_id
from service.store.clock import utc_now
from service.store.deliveries import Channel, Delivery
from service.store.events import Event
from service.store.turns import Turn
from service.store.webhooks import Webhook
from tests import scorer
from tests.factories import CANARY_STRING, House, environment
from tests.scorer import Behaviour, answers
from tests.scorer import ScorerServer as Receiver
from tests.servers import free_port, wait_until
from workers import delivery
from workers.delivery import AT_ONCE_EACH, TURN, is_due, tell
from workers.sweep import Sweep
from workers.told import Told

OK = answers(b"null")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(OK) as made:
        yield made


@dataclass
class Clock:
    """A time that passes when it is told to."""

    moment: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(seconds=1))

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **span: float) -> None:
        self.moment += timedelta(**span)


def hook(house: House, url: str, **more: Any) -> str:
    """The id of a new webhook."""
    house.allow_private_webhooks()
    return str(house.webhook(url, **more)["id"])


def rows(house: House, target: str | None = None) -> list[Any]:
    statement = select(Delivery.__table__).order_by(Delivery.created_at, Delivery.id)
    with house.database.read() as connection:
        return list(connection.execute(statement if target is None else statement.where(Delivery.target_id == target)))


def channel(house: House, identifier: str) -> Any:
    with house.database.read() as connection:
        return connection.execute(select(Channel.__table__).where(Channel.id == identifier)).one()


def untold(house: House) -> int:
    with house.database.read() as connection:
        return connection.execute(select(func.count()).select_from(Event).where(Event.untold)).scalar_one()


def happened(house: House) -> dict[str, str]:
    """All events by id, with their types."""
    with house.database.read() as connection:
        return {row.id: row.type for row in connection.execute(select(Event.id, Event.type))}


def many_events(house: House, count: int, site_id: str | None = None) -> None:
    comment = house.accepted()
    now = datetime.now(UTC)
    row = {"site_id": site_id or house.site_id, "comment_id": comment, "type": "comment.edited", "data": {}}
    with house.database.write() as connection:
        events.add_events(connection, [row] * count, now)


def leases_lapse(house: House) -> None:
    """As if half a minute had passed by the database's clock."""
    with house.database.write() as connection:
        connection.execute(update(Delivery).where(Delivery.lease_until.is_not(None)).values(lease_until=LONG_AGO))
        connection.execute(update(Turn).values(until=LONG_AGO))


def told_ids(receiver: Receiver) -> Counter[str]:
    return Counter(asked.headers["webhook-id"] for asked in receiver.asked)


def test_what_happens_to_a_comment_is_told_with_ids_and_words_alone(house: House, receiver: Receiver) -> None:
    target = hook(house, receiver.url)
    comment = house.held(body=f"Un texte. {CANARY_STRING}")
    house.decide(comment, "reject", reason="spam", note="Une note.")

    assert tell(house.room) == 3

    told = {asked.document["type"]: asked.document for asked in receiver.asked}
    assert set(told) == {"comment.submitted", "comment.held", "comment.rejected"}
    assert told["comment.submitted"]["data"] == {"comment": comment, "article": "a-1", "revision": 1}
    rejected = told["comment.rejected"]
    assert rejected["data"] == {
        "comment": comment, "article": "a-1", "by": "decision", "revision": 1, "version": 3, "reason": "spam",
    }  # fmt: skip
    assert set(rejected) == {"id", "type", "created_at", "site", "data"}
    assert rejected["site"] == "journal"
    assert {each["id"]: each["type"] for each in told.values()} == happened(house)
    assert {(each.state, each.target_id, each.status, each.attempts) for each in rows(house)} == {
        ("delivered", target, 200, 1)
    }
    assert untold(house) == 0
    assert not is_due(house.room)


def test_nothing_is_told_before_it_is_committed(house: House, receiver: Receiver) -> None:
    hook(house, receiver.url)
    row: dict[str, Any] = {"site_id": house.site_id, "comment_id": None, "type": "comment.held", "data": {}}
    with house.database.engine.connect() as connection:
        transaction = connection.begin()
        events.add_events(connection, [row], datetime.now(UTC))
        if not house.settings.is_sqlite:  # there whoever writes waits for the other
            assert tell(house.room) == 0
        transaction.rollback()

    assert tell(house.room) == 0
    assert receiver.asked == []


def test_each_webhook_is_told_what_it_wants_of_its_own_site_from_its_beginning(house: House) -> None:
    with Receiver(OK) as all_of_it, Receiver(OK) as some, Receiver(OK) as foreign, Receiver(OK) as inactive:
        house.published()
        hook(house, all_of_it.url)
        hook(house, some.url, types=["comment.published"])
        hook(house, inactive.url, active=False)
        house.add_site("other")
        house.client.post("/v1/moderation/webhooks", json={"url": foreign.url}, headers=house.staff("owner", "other"))
        house.published()

        tell(house.room)

        assert sorted(each.document["type"] for each in all_of_it.asked) == ["comment.published", "comment.submitted"]
        assert [each.document["type"] for each in some.asked] == ["comment.published"]
        assert foreign.asked == []
        assert inactive.asked == []


def test_fanning_out_twice_makes_no_delivery_twice(house: House, receiver: Receiver) -> None:
    hook(house, receiver.url)
    house.published()
    assert fan_out(house.database, utc_now()) == 2
    with house.database.write() as connection:
        connection.execute(update(Event).values(untold=True))

    assert fan_out(house.database, utc_now()) == 2

    assert len(rows(house)) == 2


def test_events_of_a_site_without_webhooks_are_marked_a_batch_at_a_time(house: House) -> None:
    many_events(house, BATCH + 1)

    assert fan_out(house.database, utc_now()) == BATCH
    assert fan_out(house.database, utc_now()) == 2
    assert fan_out(house.database, utc_now()) == 0
    assert rows(house) == []


def test_two_who_fan_out_at_once_share_the_events(big_house: House, receiver: Receiver) -> None:
    hook(big_house, receiver.url)
    many_events(big_house, BATCH * 2 - 1)
    with big_house.database.write() as first, big_house.database.write() as second:
        taken = {row.id for row in events.take_untold(first, BATCH)}
        other = {row.id for row in events.take_untold(second, BATCH)}

    assert len(taken) == len(other) == BATCH
    assert not taken & other


KILLS = {
    "before the fan-out is marked": "from service.store import events; events.mark_told = die",
    "after the fan-out": "from service.store import deliveries; deliveries.due_channels = die",
    "in the claim": "from service.store import deliveries; deliveries._CLAIMED = None",
    "before the send": "from workers.webhooks import teller; teller.address_of = die",
    "after the answer, before the mark": "from workers.webhooks import teller; teller._heard = die",
    "in the mark": "from service.store import deliveries; deliveries.channel_is_well = die",
    "after the mark": "from service.store import turns; turns.end_turn = die",
}
PROGRAM = """
import os, signal
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
{kill}
from service.settings import Settings
from workers.delivery import tell
from workers.room import furnish
try:
    tell(furnish(Settings.from_env(os.environ)))
finally:
    die()
"""


def deliverer(house: House, kill: str = "") -> subprocess.Popen[bytes]:
    env = environment(house.settings.database_url.replace("+psycopg", ""), house.settings.redis_url)
    env |= {"MODERATO_WEBHOOK_PRIVATE": "on", "PATH": os.environ["PATH"]}
    return subprocess.Popen([sys.executable, "-c", PROGRAM.format(kill=kill)], env=env, stderr=subprocess.DEVNULL)


@pytest.mark.parametrize("step", KILLS)
def test_a_deliverer_killed_at_any_step_leaves_nothing_untold(house: House, receiver: Receiver, step: str) -> None:
    hook(house, receiver.url)
    for _ in range(3):
        house.published()

    assert deliverer(house, KILLS[step]).wait(60) == -signal.SIGKILL

    early = len(receiver.asked)
    leases_lapse(house)
    while tell(house.room):
        pass
    assert set(told_ids(receiver)) == set(happened(house)), "each is told at least once"
    assert {each.state for each in rows(house)} == {"delivered"}
    assert len(receiver.asked) <= 6 + early, "and again only what may have been under way"
    bodies = {(asked.headers["webhook-id"], asked.raw.partition(b"\r\n\r\n")[2]) for asked in receiver.asked}
    assert len(bodies) == 6, "the same id, the same words"


def test_a_deliverer_killed_while_it_waits_for_an_answer_leaves_nothing_untold(house: House) -> None:
    with Receiver(scorer.says_nothing) as receiver:
        hook(house, receiver.url)
        house.published()
        process = deliverer(house)
        wait_until(lambda: len(receiver.asked) == 2, 60, lambda: "nobody called")
        process.kill()
        process.wait(60)
        assert tell(house.room) == 0, "the turn and what was under way are still its own"
        receiver.behaves = OK
        leases_lapse(house)

        assert tell(house.room) == 2

        assert set(told_ids(receiver).values()) == {2}
        assert {(each.state, each.attempts) for each in rows(house)} == {("delivered", 2)}


BAD = {
    "refused": answers(b"no", 500),
    "redirect": answers(b"", 302, Location="http://127.0.0.1:9/"),
    "unreachable": scorer.closes_at_once,
}


@pytest.mark.parametrize("why", BAD)
def test_what_could_not_be_told_is_tried_later_and_the_log_says_why(house: House, why: str) -> None:
    with Receiver(BAD[why]) as receiver:
        target = hook(house, receiver.url, types=["comment.published"])
        house.published()
        clock = Clock()

        assert tell(house.room, clock) == 1

        [row] = rows(house)
        assert (row.state, row.attempts, row.why) == ("waiting", 1, why)
        assert row.status == {"refused": 500, "redirect": 302, "unreachable": None}[why]
        assert timedelta(seconds=10) <= row.next_at - clock() <= timedelta(seconds=20)
        assert channel(house, target).failures == 1
        assert tell(house.room, clock) == 0, "not before its time"
        receiver.behaves = OK
        clock.pass_by(seconds=21)
        assert tell(house.room, clock) == 1
        assert rows(house)[0].state == "delivered"
        assert channel(house, target).failures == 0
        assert set(told_ids(receiver).values()) == {2}


def test_nobody_there_is_a_failure_like_others(house: House) -> None:
    hook(house, f"http://127.0.0.1:{free_port()}/", types=["comment.published"])
    house.published()

    assert tell(house.room) == 1

    assert [(row.why, row.status) for row in rows(house)] == [("unreachable", None)]


def test_who_asks_to_be_left_alone_is(house: House) -> None:
    with Receiver(answers(b"", 429, Retry_After="3600")) as receiver:
        target = hook(house, receiver.url, types=["comment.published"])
        for _ in range(3):
            house.published()
        clock = Clock()
        tell(house.room, clock)
        asked = len(receiver.asked)
        assert channel(house, target).rests_until >= clock() + timedelta(seconds=3599)

        for _ in range(59):
            clock.pass_by(minutes=1)
            assert tell(house.room, clock) == 0

        assert len(receiver.asked) == asked
        receiver.behaves = OK
        clock.pass_by(minutes=2)
        tell(house.room, clock)
        assert {row.state for row in rows(house)} == {"delivered"}


def a_while(house: House, clock: Clock, **span: float) -> None:
    """Let time pass, with somebody looking every minute."""
    until = clock() + timedelta(**span)
    while clock() < until:
        tell(house.room, clock)
        clock.pass_by(minutes=1)


def test_a_receiver_that_answers_500_for_a_day_is_asked_now_and_then_and_told_all_soon_after(house: House) -> None:
    with Receiver(answers(b"oh", 500)) as receiver:
        target = hook(house, receiver.url)
        for _ in range(6):
            house.published()
        clock = Clock()

        a_while(house, clock, days=1)

        assert {row.state for row in rows(house)} == {"waiting"}
        assert 24 < len(receiver.asked) < 80, "in the end once an hour or so"
        assert channel(house, target).failures > FAILURES
        receiver.behaves = OK
        receiver.asked.clear()
        a_while(house, clock, minutes=62)
        assert {row.state for row in rows(house)} == {"delivered"}
        assert sorted(told_ids(receiver).values()) == [1] * 12
        assert channel(house, target).rests_until is None


def test_one_event_that_is_always_refused_is_tried_less_and_less_while_others_go_well(house: House) -> None:
    def refuses_one(server: Receiver, connection: socket) -> None:
        poison = server.here.asked.document["type"] == "comment.reported"
        answers(b"", 422 if poison else 200)(server, connection)

    with Receiver(refuses_one) as receiver:
        hook(house, receiver.url)
        row: dict[str, Any] = {"site_id": house.site_id, "comment_id": None, "type": "comment.reported", "data": {}}
        with house.database.write() as connection:
            events.add_events(connection, [row], datetime.now(UTC))
        clock = Clock()
        for _ in range(60):
            house.accepted()
            tell(house.room, clock)
            clock.pass_by(minutes=1)

        asked = Counter(each.document["type"] for each in receiver.asked)
        assert asked["comment.submitted"] == 60
        assert 5 < asked["comment.reported"] < 14


def test_after_three_days_it_is_given_up_and_can_be_told_again_under_the_same_id(house: House) -> None:
    with Receiver(answers(b"oh", 500)) as receiver:
        target = hook(house, receiver.url, types=["comment.published"])
        house.published()
        clock = Clock()
        a_while(house, clock, days=3, hours=7)
        [row] = rows(house)
        assert (row.state, row.why, row.status) == ("failed", "refused", 500)
        assert row.finished_at - row.begun_at >= GIVEN_UP_AFTER
        assert tell(house.room, clock) == 0
        receiver.behaves = OK

        since = {"since": row.created_at.isoformat().replace("+00:00", "Z")}
        answer = house.client.post(f"/v1/moderation/webhooks/{target}/replay", json=since, headers=house.staff("owner"))

        assert answer.get_json() == {"count": 1}
        clock.pass_by(hours=1)
        tell(house.room, clock)
        assert [(row.state, row.attempts) for row in rows(house)] == [("delivered", 1)]
        assert len(told_ids(receiver)) == 1


def test_what_a_resting_receiver_was_never_asked_is_given_up_too(house: House) -> None:
    with Receiver(answers(b"oh", 500)) as receiver:
        hook(house, receiver.url)
        many_events(house, 30)
        clock = Clock()
        tell(house.room, clock)
        clock.pass_by(days=3, hours=1)

        with house.database.write() as connection:
            given_up = deliveries.give_up(connection, clock() - GIVEN_UP_AFTER, clock())

        assert given_up == 31
        assert Counter(row.why for row in rows(house))["untried"] > 20
        assert {row.state for row in rows(house)} == {"failed"}
        with house.database.write() as connection:
            assert deliveries.forget(connection, clock() + timedelta(seconds=1)) == 31


def test_one_that_hangs_keeps_nobody_else_waiting(house: House) -> None:
    """It answers only when the other has been told everything; and never is it asked more than a few at once."""
    done = threading.Event()

    def waits_for_the_other(server: Receiver, connection: socket) -> None:
        done.wait(60)
        OK(server, connection)

    def counts(server: Receiver, connection: socket) -> None:
        OK(server, connection)
        if len(server.asked) >= 31:
            done.set()

    with Receiver(waits_for_the_other) as slow, Receiver(counts) as quick:
        one, other = hook(house, slow.url), hook(house, quick.url)
        many_events(house, 30)

        tell(house.room)

        assert {(row.state, row.attempts) for row in rows(house, one)} == {("delivered", 1)}
        assert {(row.state, row.attempts) for row in rows(house, other)} == {("delivered", 1)}
        assert slow.most_at_once <= AT_ONCE_EACH


HANGS: list[Behaviour] = [
    scorer.says_nothing, scorer.drips_its_headers, scorer.sends_a_gigabyte_of_headers, scorer.speaks_no_http,
]  # fmt: skip


@pytest.mark.parametrize("behaves", HANGS)
def test_nothing_that_a_receiver_does_takes_longer_than_its_time(
    small_house: House, behaves: Behaviour, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "SECONDS", 1.0)
    with Receiver(behaves) as receiver:
        hook(small_house, receiver.url, types=["comment.published"])
        small_house.published()

        assert tell(small_house.room) == 1

        [row] = rows(small_house)
        assert row.state == "waiting"
        assert row.why in {"timeout", "unreachable"}
        assert receiver.sent < 50_000_000


@pytest.mark.parametrize(
    "behaves", [scorer.sends_a_gigabyte, scorer.drips_its_body, scorer.closes_in_the_body, scorer.stalls_in_the_body]
)
def test_what_a_receiver_says_after_its_200_is_not_listened_to(small_house: House, behaves: Behaviour) -> None:
    with Receiver(behaves) as receiver:
        hook(small_house, receiver.url, types=["comment.published"])
        small_house.published()

        assert tell(small_house.room) == 1

        assert [row.state for row in rows(small_house)] == ["delivered"]
        assert receiver.sent < 50_000_000


def test_while_it_is_somebody_elses_turn_nobody_tells(house: House, receiver: Receiver) -> None:
    hook(house, receiver.url)
    house.published()
    with house.database.write() as connection:
        assert turns.take_turn(connection, TURN, new_id(), 5)
        assert not turns.take_turn(connection, TURN, new_id(), 5)

    assert not is_due(house.room)
    assert tell(house.room) == 0
    leases_lapse(house)
    assert tell(house.room) == 2


def test_a_late_answer_of_one_who_lost_its_lease_changes_nothing_but_that_it_was_delivered(house: House) -> None:
    hook(house, "http://127.0.0.1:9/")
    house.published()
    fan_out(house.database, utc_now())
    target = rows(house)[0].target_id

    def claimed() -> Any:
        leases_lapse(house)
        with house.database.write() as connection:
            return deliveries.claim(connection, [(target, 1)], utc_now())[0]

    first, second = claimed(), claimed()
    assert first.id == second.id
    failed, ok = Told(ok=False, why="refused", status=500), Told(ok=True, status=204)
    with house.database.write() as connection:
        delivery._write(connection, first, failed, 1, utc_now())
    assert rows(house)[0].why == ""
    with house.database.write() as connection:
        delivery._write(connection, first, ok, 1, utc_now())
    assert rows(house)[0].state == "delivered"
    with house.database.write() as connection:
        delivery._write(connection, second, failed, 1, utc_now())
    assert (rows(house)[0].state, rows(house)[0].status) == ("delivered", 204)


def test_a_webhook_that_was_stopped_is_told_nothing_more(house: House, receiver: Receiver) -> None:
    target = hook(house, receiver.url)
    house.published()
    fan_out(house.database, utc_now())

    house.client.put(f"/v1/moderation/webhooks/{target}", json={"active": False}, headers=house.staff("owner"))
    house.published()

    assert tell(house.room) == 0
    assert {(row.state, row.why) for row in rows(house)} == {("failed", "inactive")}
    assert len(rows(house)) == 2
    assert receiver.asked == []


def test_a_webhook_is_not_removed_while_somebody_fans_out_to_it(big_house: House, receiver: Receiver) -> None:
    target = hook(big_house, receiver.url)
    big_house.published()
    owner, removed = big_house.staff("owner"), threading.Event()

    def remove() -> None:
        assert big_house.client.delete(f"/v1/moderation/webhooks/{target}", headers=owner).status_code == 200
        removed.set()

    with big_house.database.write() as connection:
        _fan_out(connection, SOURCES, utc_now())
        thread = threading.Thread(target=remove)
        thread.start()
        assert not removed.wait(0.5)
    thread.join(30)

    assert removed.is_set()
    assert rows(big_house) == []


def test_what_was_given_up_and_what_is_long_over_is_tidied(house: House, receiver: Receiver) -> None:
    target = hook(house, receiver.url)
    for _ in range(2):
        house.published()
    fan_out(house.database, utc_now())
    with house.database.write() as connection:
        ids = [row.id for row in rows(house)]
        days = {ids[0]: 4, ids[1]: 2}
        for identifier, ago in days.items():
            begun = datetime.now(UTC) - timedelta(days=ago)
            connection.execute(update(Delivery).where(Delivery.id == identifier).values(begun_at=begun))
        over = {"state": "delivered", "finished_at": datetime.now(UTC) - timedelta(days=31)}
        connection.execute(update(Delivery).where(Delivery.id == ids[2]).values(over))

    env = environment(house.settings.database_url.replace("+psycopg", ""), house.settings.redis_url)
    code = "from workers.tasks import tidy; tidy()"
    subprocess.run([sys.executable, "-c", code], env=env | {"PATH": os.environ["PATH"]}, check=True)

    assert {row.id: (row.state, row.why) for row in rows(house, target)} == {
        ids[0]: ("failed", "untried"), ids[1]: ("waiting", ""), ids[3]: ("waiting", ""),
    }  # fmt: skip


def test_without_anybody_coming_the_sweep_tells_in_a_child(
    small_house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook(small_house, receiver.url, types=["comment.published"])
    small_house.published()
    url = small_house.settings.database_url.replace("+psycopg", "")
    for name, value in environment(url, small_house.settings.redis_url, MODERATO_WEBHOOK_PRIVATE="on").items():
        monkeypatch.setenv(name, value)
    sweep = Sweep(small_house.settings, ["tell"])

    def child() -> Any:
        sweep._look_at_telling()
        return sweep._teller

    assert child() is None, "whoever was woken has the time to come"
    process, _ = child()

    wait_until(lambda: {row.state for row in rows(small_house)} == {"delivered"}, 60, lambda: "the child told nobody")
    process.join(60)
    assert child() is None
    assert len(receiver.asked) == 1


def test_one_that_stumbles_in_our_own_code_costs_the_others_nothing(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = hook(house, receiver.url)
    hook(house, receiver.url)
    house.published()
    with house.database.write() as connection:
        connection.execute(update(Webhook).where(Webhook.id == target).values(url="https://[broken"))

    tell(house.room)

    assert {row.why for row in rows(house, target)} == {"broken"}
    assert len(receiver.asked) == 2


def test_a_million_old_events_cost_nothing(house: House) -> None:
    """In small: what was told is not looked at again, on either database."""
    many_events(house, 2_000)
    while fan_out(house.database, utc_now()):
        pass
    with house.database.write() as connection:
        connection.execute(insert(Event).values(
            id=new_id(), site_id=house.site_id, comment_id=None, type="ping", data={}, untold=True,
            created_at=datetime.now(UTC)))  # fmt: skip
        if house.settings.is_sqlite:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {_sql(connection)}").all()
        else:
            plan = connection.exec_driver_sql(f"EXPLAIN {_sql(connection)}").all()

    assert "ix_events_untold" in str(plan)


def _sql(connection: Any) -> str:
    return str(events._UNTOLD.compile(connection, compile_kwargs={"literal_binds": True}).string).replace(
        ":limit", "5"
    ).replace("__[POSTCOMPILE_limit]", "5").replace("%(limit)s", "5").replace("?", "5")  # fmt: skip
