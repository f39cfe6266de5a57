"""A process dies at each statement, commit, broker call and telling, one after the other: nothing is lost or doubled.

A child, forked from a process that has opened nothing, does one act and dies at its n-th point; then everybody who
would come later comes: the client asks again, leases lapse, the judge judges, the teller tells. What must be true is
the same after each. The points are counted by a run that doesn't die, so a new statement is a new point by itself.
"""

import itertools
import random
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis as Client
from sqlalchemy import select, update

from service.domain.comment import Status
from service.handoff import redis_client
from service.operations import undo
from service.settings import Settings
from service.store.base import Base, database_time
from service.store.claims import Claim
from service.store.comments import Comment
from service.store.deliveries import Delivery
from service.store.events import Event
from service.store.moderation import DecisionRow
from service.store.samples import SampleRow
from service.store.turns import Turn
from tests.conftest import TEMPLATE
from tests.crashes import NEVER, TELLING, Ending, apart
from tests.factories import ARTICLE, CANARY_STRING, EASY, House, a_submission, environment
from tests.invariants import faults, untold
from tests.scorer import ScorerServer as Receiver
from tests.scorer import answers
from tests.servers import PostgreSQL, Redis
from workers import delivery, tasks
from workers.delivery import tell

SAMPLES: Final = {"sqlite": 8, "postgresql": 2}
"""Points of each act on each database in the short run; a fixed seed chooses them."""

DAY: Final = timedelta(days=1)

Told = Callable[[str, object], None]


@dataclass
class Stage:
    """A database that is set again before each act, and two houses on it: one for children, one for who comes later."""

    settings: Settings
    reset: Callable[[], None]
    receiver: Receiver
    comments: dict[str, str]
    """By what they are: `parent` and its published `reply`, `held` (another reply), `decided`, `edited`, `pending`."""
    headers: dict[str, str]
    told_before: int = 0
    child: House = field(init=False)
    later: House = field(init=False)

    def __post_init__(self) -> None:
        self.child, self.later = House(self.settings), House(self.settings)
        self.child.__dict__["room"] = replace(self.child.room, dice=lambda: 0.0)
        for house in (self.child, self.later):
            house.app.test_client()  # made once, before all forks
        self.told_before = len(self.receiver.asked)

    @property
    def database(self) -> str:
        return "sqlite" if self.settings.is_sqlite else "postgresql"

    def receipt(self, comment: str) -> str:
        return str(self.child.app.extensions["moderato"].keys.receipt(self.comments[comment]))

    def run(self, act: "Act", at: int = NEVER) -> Ending:
        self.reset()
        del self.receiver.asked[self.told_before :]
        redis_client(self.settings).flushdb()
        return apart(lambda: act.work(self, self.child), at)


@dataclass(frozen=True)
class Act:
    """What a child does; and what its client makes sure of afterwards, whether it had an answer or not."""

    work: Callable[[Stage, House], Any]
    again: Callable[[Stage, House, Any], None]


# --- the acts -----------------------------------------------------------------------------------------------------

SENT: Final = {"name": "Zoé", "email": "zoe@lecteurs.example.org", "body": "Une remarque qui ne doit pas se perdre."}
KEY: Final = {"Idempotency-Key": "un-envoi-et-un-seul"}
NEW_TEXT: Final = "La même remarque, mieux dite."
LEAVING: Final = {
    "name": "Théodule Quinquet",
    "email": "theodule@lecteurs.example.org",
    "body": "Au fond, voilà une remarque que je reprends aussitôt.",
}
"""Of the reply that is taken back."""


def _submit(stage: Stage, house: House) -> Any:
    answer = house.post({**SENT, "parent": stage.comments["parent"]}, headers=KEY)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    return answer.get_json()["id"]


def _submit_again(stage: Stage, house: House, acknowledged: Any) -> None:
    assert _submit(stage, house) == (acknowledged or _submit(stage, house)), "one key, one comment"
    assert [row.body for row in rows(house, select(Comment.body))].count(SENT["body"]) == 1


def _judge(_stage: Stage, house: House) -> Any:
    """The whole task: the flag, the workers' claim, the verdicts, the wake-up of those who tell."""
    vars(tasks).update(room=lambda: house.room, TURN_SECONDS=60.0)  # in the child alone
    tasks.judge_pending()
    return "judged"


def _judge_again(stage: Stage, house: House, acknowledged: Any) -> None:
    """Judged and drawn at once or not at all; and no claim is for longer than its lease."""
    row = house.row(stage.comments["pending"])
    judged = row.status != Status.PENDING
    assert judged == (row.version == 2)
    assert judged or acknowledged is None
    assert bool(rows(house, select(SampleRow.revision).where(SampleRow.comment_id == row.id))) == judged
    limit = database_time(stage.settings.lease_seconds)
    claimed = select(Comment.id).where(Comment.id == row.id, Comment.lease_until <= limit)
    assert judged or bool(rows(house, claimed)) == (row.attempts == 1)


def _claim(stage: Stage, house: House) -> Any:
    answer = house.client.post("/v1/moderation/queue/next", json={}, headers=stage.headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["item"]["id"]


def _claim_again(stage: Stage, house: House, acknowledged: Any) -> None:
    """Whoever claimed has it still; and nobody keeps it for longer than the claim's time."""
    assert _claim(stage, house) == (acknowledged or stage.comments["held"])
    limit = database_time(stage.settings.claim_seconds)
    assert len(rows(house, select(Claim.comment_id).where(Claim.until <= limit))) == 1


def _decide(stage: Stage, house: House) -> Any:
    answer = house.client.post(
        f"/v1/moderation/comments/{stage.comments['held']}/decision",
        json={"action": "publish", "version": 2, "reason": "other"}, headers=stage.headers,
    )  # fmt: skip
    assert answer.status_code in {200, 409}, answer.get_data(as_text=True)
    return answer.status_code


def _decide_again(stage: Stage, house: House, acknowledged: Any) -> None:
    decided = house.status(stage.comments["held"]) == Status.PUBLISHED
    assert decided or acknowledged is None
    assert _decide(stage, house) == (409 if decided else 200)
    assert house.status(stage.comments["held"]) == Status.PUBLISHED
    decisions = select(DecisionRow.id).where(DecisionRow.comment_id == stage.comments["held"])
    assert len(rows(house, decisions)) == 1


def _undo(stage: Stage, house: House) -> Any:
    path = f"/v1/moderation/comments/{stage.comments['decided']}/undo"
    answer = house.client.post(path, json={"version": 3}, headers=stage.headers)
    assert answer.status_code in {200, 409}, answer.get_data(as_text=True)
    return answer.status_code


def _undo_again(stage: Stage, house: House, acknowledged: Any) -> None:
    undone = house.row(stage.comments["decided"]).version == 4
    assert undone or acknowledged is None
    assert _undo(stage, house) == (409 if undone else 200)
    assert house.status(stage.comments["decided"]) == Status.HELD


def _report(stage: Stage, house: House) -> Any:
    path = f"/v1/sites/journal/comments/{stage.comments['parent']}/reports"
    answer = house.client.post(path, json={"reason": "spam"})
    assert answer.status_code == 202, answer.get_data(as_text=True)
    return answer.status_code


def _report_again(stage: Stage, house: House, acknowledged: Any) -> None:
    assert house.row(stage.comments["parent"]).reports == 1 or acknowledged is None
    _report(stage, house)
    assert house.row(stage.comments["parent"]).reports == 1


def _revise(stage: Stage, house: House) -> Any:
    answer = house.client.patch(f"/v1/receipts/{stage.receipt('edited')}", json={"body": NEW_TEXT})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.status_code


def _revise_again(stage: Stage, house: House, acknowledged: Any) -> None:
    changed = house.row(stage.comments["edited"]).body == NEW_TEXT
    assert changed or acknowledged is None
    _revise(stage, house)
    assert house.row(stage.comments["edited"]).revision == 2


def _withdraw(stage: Stage, house: House) -> Any:
    answer = house.client.delete(f"/v1/receipts/{stage.receipt('reply')}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.status_code


def _withdraw_again(stage: Stage, house: House, acknowledged: Any) -> None:
    """Afterwards nothing of what they wrote, nor who they were, is in any row of any table."""
    removed = house.status(stage.comments["reply"]) == Status.REMOVED
    assert removed or acknowledged is None
    assert removed != found_anywhere(house, *LEAVING.values())
    _withdraw(stage, house)
    assert not found_anywhere(house, *LEAVING.values())


def found_anywhere(house: House, *words: str) -> bool:
    everything = [row for table in Base.metadata.sorted_tables for row in rows(house, select(table))]
    return any(word in str(value) for row in everything for value in row for word in words)


def _deliver(_stage: Stage, house: House) -> Any:
    """The whole task; one delivery at a time and without a clock, so that the way is always the same."""
    vars(tasks).update(room=lambda: house.room)  # in the child alone
    vars(delivery).update(AT_ONCE_EACH=1, _LOOK_SECONDS=60.0)
    tasks.tell_waiting()
    return "told"


def _deliver_again(_stage: Stage, _house: House, _acknowledged: Any) -> None:
    """Whoever comes later tells: as after every act."""


ACTS: Final[dict[str, Act]] = {
    "submit": Act(_submit, _submit_again),
    "judge": Act(_judge, _judge_again),
    "claim": Act(_claim, _claim_again),
    "decide": Act(_decide, _decide_again),
    "undo": Act(_undo, _undo_again),
    "report": Act(_report, _report_again),
    "revise": Act(_revise, _revise_again),
    "withdraw": Act(_withdraw, _withdraw_again),
    "deliver": Act(_deliver, _deliver_again),
}


# --- afterwards ---------------------------------------------------------------------------------------------------


def rows(house: House, statement: Any) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(statement))


def time_goes_by(house: House) -> None:
    """As if all leases were over, by the database's clock."""
    ago = database_time(-1)
    with house.database.write() as connection:
        connection.execute(update(Comment).where(Comment.lease_until.is_not(None)).values(lease_until=ago))
        connection.execute(update(Delivery).where(Delivery.lease_until.is_not(None)).values(lease_until=ago))
        connection.execute(update(Turn).values(until=ago))


def look_at_everything(house: House, receiver: Receiver) -> None:
    with house.database.read() as connection:
        assert not faults(connection)
        assert not untold(connection)
        happened = set(connection.execute(select(Event.id)).scalars())
        published = set(connection.execute(select(Comment.id).where(Comment.status == Status.PUBLISHED)).scalars())
        assert not connection.execute(select(Comment.id).where(Comment.status == Status.PENDING)).all()
    page = house.client.get(f"{ARTICLE}/comments?limit=100").get_json()
    assert {each["id"] for each in page["comments"] if "html" in each} == published
    assert page["count"] == len(published)
    told: dict[str, Any] = {}
    for each in receiver.asked:
        assert told.setdefault(each.headers["webhook-id"], each.document) == each.document, "told twice, and not alike"
    assert told.keys() == happened, "each is told, under its own id"


def recovers(stage: Stage, act: Act, ending: Ending) -> None:
    house = stage.later
    try:
        act.again(stage, house, ending.answer)
        time_goes_by(house)
        house.judge()
        while tell(house.room):
            pass
        look_at_everything(house, stage.receiver)
    finally:
        house.close()  # nothing is open when the next child is made


def crash_at(stage: Stage, act: Act, points: Iterable[int]) -> int:
    """Die at each of them and recover; how many times it died."""
    died = 0
    for at in points:
        ending = stage.run(act, at)
        died += ending.died
        try:
            recovers(stage, act, ending)
        except AssertionError as fault:
            fault.add_note(f"after a death at point {at}, {ending.points[-1:]}")
            raise
    return died


# --- the stages ---------------------------------------------------------------------------------------------------


def prepare(settings: Settings, receiver: Receiver) -> tuple[dict[str, str], dict[str, str]]:
    """Fill a database with comments of every kind, part of it told already. Returns ids, and an owner's headers."""
    house = House(settings)
    house.site_id = house.add_site(rules=replace(EASY, edit_minutes=DAY // timedelta(minutes=1)))
    house.webhook(receiver.url)
    parent = house.published()
    made = {"parent": parent, "edited": house.published()}
    made["reply"] = house.published(**LEAVING, parent=parent)
    reported = {"reason": "spam", "note": LEAVING["body"]}
    answer = house.client.post(f"/v1/sites/journal/comments/{made['reply']}/reports", json=reported)
    assert answer.status_code == 202
    tell(house.room)
    made["held"] = house.held(parent=parent)
    made["decided"] = house.held()
    headers = house.staff("owner")
    decision = {"action": "reject", "version": 2, "reason": "spam"}
    path = f"/v1/moderation/comments/{made['decided']}/decision"
    assert house.client.post(path, json=decision, headers=headers).status_code == 200
    made["pending"] = house.accepted(**(a_submission() | {"parent": parent}))
    house.accepted(body=f"{a_submission()['body']} {CANARY_STRING}")
    house.close()
    return made, headers


def _settings(url: str, redis: Redis) -> Settings:
    return Settings.from_env(environment(url, redis.url, MODERATO_WEBHOOK_PRIVATE="on"))


@pytest.fixture(scope="module", autouse=True)
def _a_day_to_change_ones_mind() -> Iterator[None]:
    """A stage is set once, and a machine may take longer for all its deaths than people have to undo something."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(undo, "WINDOW", DAY)
        yield


@pytest.fixture(scope="module")
def on_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, redis: Redis) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("crash")
    file, kept = folder / "moderato.db", folder / "kept.db"
    shutil.copy(sqlite_template, kept)

    def reset() -> None:
        for part in ("-wal", "-shm"):
            file.with_name(f"{file.name}{part}").unlink(missing_ok=True)
        shutil.copy(kept, file)

    with Receiver(answers(b"null")) as receiver:
        made = prepare(_settings(f"sqlite:///{kept}", redis), receiver)
        yield Stage(_settings(f"sqlite:///{file}", redis), reset, receiver, *made)


@pytest.fixture(scope="module")
def on_postgresql(postgresql: PostgreSQL, redis: Redis) -> Iterator[Stage]:
    kept = postgresql.create_database("crash_kept", template=TEMPLATE)

    def reset() -> None:
        postgresql.drop_database("crash")
        postgresql.create_database("crash", template="crash_kept")

    url = urlsplit(kept)._replace(path="/crash").geturl()
    with Receiver(answers(b"null")) as receiver:
        made = prepare(_settings(kept, redis), receiver)
        yield Stage(_settings(url, redis), reset, receiver, *made)
    for name in ("crash", "crash_kept"):
        postgresql.drop_database(name)


# --- the tests ----------------------------------------------------------------------------------------------------


@pytest.fixture(params=SAMPLES)
def stage(request: pytest.FixtureRequest) -> Stage:
    found: Stage = request.getfixturevalue(f"on_{request.param}")
    return found


@pytest.mark.parametrize("name", ACTS)
def test_a_death_at_some_points(stage: Stage, name: str, record_property: Told) -> None:
    points = stage.run(ACTS[name]).points
    chosen = random.Random(name).sample(range(1, len(points) + 1), SAMPLES[stage.database])

    assert crash_at(stage, ACTS[name], chosen) == len(chosen)
    record_property(
        "deaths", f"{stage.database}, {name}: {len(chosen)} of {len(points)} points; at all of them with --long"
    )


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ACTS)
def test_a_death_at_every_point(stage: Stage, name: str, record_property: Told) -> None:
    """The last run comes to an end: there is no other point."""
    counted = stage.run(ACTS[name])
    assert not counted.died
    assert counted.answer is not None
    assert "committed" in counted.points
    total = len(counted.points)

    died = crash_at(stage, ACTS[name], range(1, total + 1))

    assert died == total
    assert not stage.run(ACTS[name], total + 1).died, "there are more points than were counted"
    of_them = f"{counted.statements} statements and {len(counted.commands)} commands to Redis among them"
    record_property("deaths", f"{stage.database}, {name}: {died} of {total} points, {of_them}")


@pytest.mark.parametrize("name", ACTS)
def test_sqlite_and_redis_were_told_nothing_that_is_no_point(on_sqlite: Stage, name: str) -> None:
    """SQLite traces what it is given, and names a statement once more for each trigger that it sets off."""
    ending, heard = heard_by_redis(on_sqlite, ACTS[name])

    traced = itertools.pairwise(["", *ending.traced])
    given = [text for before, text in traced if text != before or text.startswith(("SELECT", "PRAGMA"))]
    assert len(given) == ending.statements > 0, (given, ending.points)
    assert heard == ending.commands
    assert len(on_sqlite.receiver.asked) - on_sqlite.told_before == ending.points.count(TELLING)


@pytest.mark.parametrize("name", ACTS)
def test_postgresql_was_told_nothing_that_is_no_point(
    on_postgresql: Stage, postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It logs by itself what it is told."""
    assert postgresql.process is not None, "the server of TEST_DATABASE_URL keeps its log to itself"
    inner = on_postgresql.reset

    def reset_and_log() -> None:
        inner()
        with psycopg.connect(postgresql._conninfo(), autocommit=True) as connection:
            connection.execute("ALTER DATABASE crash SET log_statement = 'all'")

    monkeypatch.setattr(on_postgresql, "reset", reset_and_log)
    before = len(postgresql.process.output())

    ending = on_postgresql.run(ACTS[name])

    logged = re.findall(r"LOG:  (?:statement|execute \S+): (.*)", postgresql.process.output()[before:])
    given = [text for text in logged if not text.startswith(("DROP DATABASE", "CREATE DATABASE", "ALTER DATABASE"))]
    assert len(given) == ending.statements > 0, (given, ending.points)


def heard_by_redis(stage: Stage, act: Act) -> tuple[Ending, list[str]]:
    """Do something to its end; and which commands Redis says it was given meanwhile, those of its scripts left out."""
    marker: Any = Client.from_url(stage.settings.redis_url)
    marker.ping()
    with marker.monitor() as monitor:
        ending = stage.run(act)
        marker.echo("over")
        heard = []
        while "over" not in (told := monitor.next_command())["command"]:
            if told["client_type"] != "lua":
                heard.append(told["command"].split()[0].upper())
    return ending, heard[heard.index("FLUSHDB") + 1 :]
