"""Jobs step by step: whoever dies, is called off or stumbles, a job goes on from where it stood, or ends in order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from service.domain.job import JobKind
from service.errors import Conflict
from service.operations import rehearse
from service.operations.decide import Decider
from service.operations.jobs import cancel, start
from service.store import jobs
from service.store.jobs import JobRow
from service.store.moderation import Token
from tests.factories import House
from workers.jobs import STEPS, take_step, waiting_job
from workers.sweep import Sweep


def row_of(house: House, job: str) -> Any:
    with house.database.read() as connection:
        return connection.execute(select(JobRow.__table__).where(JobRow.id == job)).one()


def run_out(house: House, job: str) -> None:
    """As if the time of whoever has it were over."""
    with house.database.write() as connection:
        connection.execute(
            update(JobRow).where(JobRow.id == job).values(lease_until=datetime.now(UTC) - timedelta(seconds=1))
        )


def a_past(house: House, many: int = 5) -> None:
    for number in range(many):
        house.accepted(body=f"Des zorglub numéro {number}, dit le maire.")
    house.judge()


def take(house: House) -> Any:
    with house.database.write() as connection:
        return jobs.take_up(connection, STEPS, 30)


def test_a_job_that_somebody_died_with_is_taken_up_from_where_it_stood(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.operations.rehearse.PAGE", 2)
    a_past(house)
    job = house.job()
    for _ in range(2):
        assert take_step(house.room)

    dead = take(house)  # and is never heard of again

    assert not take_step(house.room), "its time is not over"
    run_out(house, job)
    while take_step(house.room):
        pass
    done = row_of(house, job)
    assert (dead.looked_at, done.status, done.looked_at, done.found["rehearsal"]["met"]) == (2, "done", 5, 5)
    assert done.attempts == 0


def test_who_wakes_after_its_time_changes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.rehearse.PAGE", 2)
    a_past(house)
    job = house.job()
    take_step(house.room)
    late = take(house)
    run_out(house, job)
    take_step(house.room)

    with house.database.write() as connection:
        saved = jobs.save_step(connection, late, {"looked_at": 99})

    assert not saved
    assert row_of(house, job).looked_at == 2


def test_a_job_that_is_called_off_in_mid_step_stays_so(house: House) -> None:
    job = house.job()
    running = take(house)

    cancel(house.database, house.site_id, job)

    with house.database.write() as connection:
        assert not jobs.save_step(connection, running, {"looked_at": 1})
    assert row_of(house, job).status == "cancelled"


def test_a_job_that_always_stumbles_fails_and_harms_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, sound = house.job(), house.job()

    def stumble(connection: Connection, job: Any) -> Any:
        if job.id == bad:
            raise ValueError("a text")
        return rehearse.take_step(connection, job)

    monkeypatch.setitem(STEPS, JobKind.BANS_PREVIEW, stumble)

    for _ in range(house.settings.max_attempts + 1):
        while take_step(house.room):
            pass
        run_out(house, bad)
        if row_of(house, bad).status == "failed":
            break

    assert (row_of(house, bad).status, row_of(house, sound).status) == ("failed", "done")
    assert not take_step(house.room)


def test_jobs_take_turns(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.rehearse.PAGE", 1)
    a_past(house, 3)
    first, second = house.job(), house.job()

    for _ in range(4):
        take_step(house.room)

    assert [row_of(house, job).looked_at for job in (first, second)] == [1, 1]


def test_of_many_who_take_steps_at_once_none_counts_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.rehearse.PAGE", 2)
    a_past(house, 9)
    job = house.job()

    with ThreadPoolExecutor(4) as pool:
        while waiting_job(house.room) is not None:
            list(pool.map(lambda _: take_step(house.room), range(8)))

    done = row_of(house, job)
    assert (done.status, done.looked_at, done.total, done.found["rehearsal"]["met"]) == ("done", 9, 9, 9)


def test_of_many_who_ask_at_once_a_site_gets_three_jobs(house: House) -> None:
    house.staff("editor")
    with house.database.read() as connection:
        editor = Decider(connection.execute(select(Token.id)).scalar_one(), house.site_id)
    asked = row_of(house, house.job()).asked

    def ask(_: int) -> bool:
        try:
            start(house.database, editor, JobKind.BANS_PREVIEW, asked, datetime.now(UTC))
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(12))) == 2


def test_a_kind_of_a_later_release_is_left_to_whoever_knows_it(house: House) -> None:
    job = house.job()
    with house.database.write() as connection:
        connection.execute(update(JobRow).values(kind="a_later_one"))

    assert not take_step(house.room)
    assert row_of(house, job).status == "waiting"


def test_what_comes_while_a_job_runs_is_not_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.rehearse.PAGE", 2)
    a_past(house, 3)
    job = house.job()
    take_step(house.room)

    a_past(house, 2)
    while take_step(house.room):
        pass

    assert row_of(house, job).looked_at == 3


def test_a_job_stops_at_a_million_and_says_how_far_back_it_came(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.operations.rehearse.PAGE", 2)
    for room in ("service.operations.rehearse", "service.api.rehearsals"):
        monkeypatch.setattr(f"{room}.MOST", 3)
    a_past(house)
    job = house.job()

    while take_step(house.room):
        pass

    told = house.client.get(f"/v1/moderation/jobs/{job}", headers=house.staff()).get_json()
    assert (told["looked_at"], told["total"]) == (3, 3)
    assert told["result"]["days"] < 1


def test_texts_that_take_long_make_shorter_steps_and_the_same_result(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.operations.rehearse.STEP_SECONDS", -1.0)  # over when it begins
    a_past(house, 3)
    job = house.job()

    seen = []
    while take_step(house.room):
        seen.append(row_of(house, job).looked_at)

    done = row_of(house, job)
    assert seen == [0, 1, 2, 3]
    assert (done.status, done.found["rehearsal"]["met"]) == ("done", 3)


def a_sweep(house: House, monkeypatch: pytest.MonkeyPatch, *lanes: str) -> tuple[Sweep, list[str]]:
    """A sweep of these lanes in this house, and the lanes that it wakes."""
    woken: list[str] = []

    def wake(lane: str) -> bool:
        woken.append(lane)
        return True

    monkeypatch.setattr("workers.sweep.furnish", lambda *_, **__: house.room)
    monkeypatch.setattr(house.room.handoff, "wake", wake)
    return Sweep(house.settings, lanes), woken


def test_the_sweep_wakes_for_a_job_that_nobody_was_woken_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the second look: at the first somebody may just be at it."""
    sweep, woken = a_sweep(house, monkeypatch, "upkeep")
    house.job()

    sweep._look()
    assert woken == []
    sweep._look()
    assert woken == ["upkeep"]
    take_step(house.room)
    sweep._look()
    assert woken == ["upkeep"], "it has moved"
    while take_step(house.room):
        pass
    for _ in range(3):
        sweep._look()
    assert woken == ["upkeep"], "it is done"


def test_a_worker_that_runs_no_jobs_leaves_them_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep, woken = a_sweep(house, monkeypatch, "judge")
    house.job()

    for _ in range(3):
        sweep._look()

    assert woken == []
