"""A process dies at each statement, commit, broker call and telling, one after the other: nothing is lost or doubled.

A child, forked from a process that has opened nothing, does one act and dies at its n-th point; then everybody who
would come later comes: the client asks again, leases lapse, the judge judges, the teller tells. What must be true is
the same after each. The points are counted by a run that doesn't die, so a new statement is a new point by itself.
"""

import itertools
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from service.domain.comment import Status
from service.handoff import redis_client
from service.settings import Settings
from service.store.authors import Author
from service.store.base import database_time
from service.store.claims import Claim
from service.store.comments import Comment
from service.store.deliveries import Delivery
from service.store.events import Event
from service.store.moderation import DecisionRow, VerdictRow
from service.store.sites import Article
from service.store.turns import Turn
from tests.crashes import NEVER, Ending, apart
from tests.factories import ARTICLE, House, a_submission, environment
from tests.scorer import ScorerServer as Receiver
from tests.scorer import answers
from tests.servers import PostgreSQL, Redis
from workers import delivery
from workers.delivery import tell
from workers.tasks import judge_batch

SAMPLE: Final = 2
"""Points of each act on PostgreSQL in the short run; a fixed seed chooses them."""


@dataclass
class Stage:
    """A database that is set again before each act, and a house on it that only children use."""

    settings: Settings
    reset: Callable[[], None]
    receiver: Receiver
    comments: dict[str, str]
    """By what they are: `parent` and its published `reply`, `held` (another reply), `edited`, `pending`."""
    headers: dict[str, str]
    told_before: int = 0
    child: House = field(init=False)

    def __post_init__(self) -> None:
        self.child = House(self.settings)
        self.child.app  # noqa: B018 - made once, before all forks
        self.child.room  # noqa: B018
        self.told_before = len(self.receiver.asked)

    def receipt(self, comment: str) -> str:
        return str(self.child.app.extensions["moderato"].keys.receipt(self.comments[comment]))

    def run(self, act: "Act", at: int) -> Ending:
        self.reset()
        del self.receiver.asked[self.told_before :]
        redis_client(self.settings).flushdb()

        def work() -> Any:
            self.child.app.extensions["moderato"].database.forget()
            self.child.room.database.forget()
            return act.work(self, self.child)

        return apart(work, at)


@dataclass(frozen=True)
class Act:
    """What a child does; and what its client makes sure of afterwards, whether it had an answer or not."""

    work: Callable[[Stage, House], Any]
    again: Callable[[Stage, House, Any], None]


# --- the acts -----------------------------------------------------------------------------------------------------

SENT: Final = {"name": "Zoé", "email": "zoe@lecteurs.example.org", "body": "Une remarque qui ne doit pas se perdre."}
KEY: Final = {"Idempotency-Key": "un-envoi-et-un-seul"}
NEW_TEXT: Final = "La même remarque, mieux dite."


def _submit(stage: Stage, house: House) -> Any:
    answer = house.post({**SENT, "parent": stage.comments["parent"]}, headers=KEY)
    assert answer.status_code == 202, answer.get_data(as_text=True)
    return answer.get_json()["id"]


def _submit_again(stage: Stage, house: House, acknowledged: Any) -> None:
    assert _submit(stage, house) == (acknowledged or _submit(stage, house)), "one key, one comment"
    assert [row.body for row in rows(house, select(Comment.body))].count(SENT["body"]) == 1


def _judge(_stage: Stage, house: House) -> Any:
    return judge_batch(house.room)


def _judge_again(stage: Stage, house: House, _acknowledged: Any) -> None:
    row = house.row(stage.comments["pending"])
    assert (row.status == Status.PENDING) == (row.version == 1)
    if row.lease_until is not None and row.status == Status.PENDING:
        limit = database_time(stage.settings.lease_seconds)
        assert rows(house, select(Comment.id).where(Comment.id == row.id, Comment.lease_until <= limit))


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
    assert len(rows(house, select(DecisionRow.id))) == 1


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
    removed = house.status(stage.comments["reply"]) == Status.REMOVED
    assert removed or acknowledged is None
    _withdraw(stage, house)
    assert not house.row(stage.comments["reply"]).body


def _deliver(_stage: Stage, house: House) -> Any:
    """One at a time and without a clock, so that the way is always the same."""
    delivery.AT_ONCE_EACH, delivery._LOOK_SECONDS = 1, 60.0  # type: ignore[misc] # in the child alone
    return tell(house.room)


def _deliver_again(_stage: Stage, _house: House, _acknowledged: Any) -> None:
    """Whoever comes later tells: as after every act."""


ACTS: Final[dict[str, Act]] = {
    "submit": Act(_submit, _submit_again),
    "judge": Act(_judge, _judge_again),
    "claim": Act(_claim, _claim_again),
    "decide": Act(_decide, _decide_again),
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
    """What must be true of any database, whatever has happened to it."""
    comments = rows(house, select(Comment.__table__))
    published = [each for each in comments if each.status == Status.PUBLISHED]
    judged = {row.comment_id for row in rows(house, select(VerdictRow.comment_id))}
    decided = {row.comment_id for row in rows(house, select(DecisionRow.comment_id))}
    assert {each.id for each in published} <= judged | decided, "published without verdict or decision"
    assert all(each.status != Status.PENDING for each in comments), "still pending"
    for article in rows(house, select(Article.id, Article.published_count)):
        assert article.published_count == sum(each.article_id == article.id for each in published)
    replies = Counter(each.parent_id for each in published)
    assert all(each.published_replies == replies[each.id] for each in comments)
    for author in rows(house, select(Author.id, Author.published_count, Author.rejected_count)):
        theirs = Counter(each.status for each in comments if each.author_id == author.id)
        assert (author.published_count, author.rejected_count) == (theirs[Status.PUBLISHED], theirs[Status.REJECTED])
    page = house.client.get(f"{ARTICLE}/comments?limit=100").get_json()
    assert page["count"] == len(published)
    happened = {row.id: (row.comment_id, row.type, row.data.get("version"), row.data.get("revision"))
                for row in rows(house, select(Event.__table__))}  # fmt: skip
    assert len(set(happened.values())) == len(happened), "one fact, two events"
    heard = {each.headers["webhook-id"] for each in receiver.asked}
    assert heard == happened.keys(), "each is told, under its own id"


def recovers(stage: Stage, act: Act, ending: Ending) -> None:
    house = House(stage.settings)
    try:
        act.again(stage, house, ending.answer)
        time_goes_by(house)
        house.judge()
        while tell(house.room):
            pass
        look_at_everything(house, stage.receiver)
    finally:
        house.close()


def crash_at(stage: Stage, act: Act, points: list[int]) -> int:
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
    house.site_id = house.add_site()
    house.webhook(receiver.url)
    parent = house.published()
    made = {"parent": parent, "reply": house.published(parent=parent), "edited": house.published()}
    tell(house.room)
    made["held"] = house.held(parent=parent)
    made["pending"] = house.accepted(**(a_submission() | {"parent": parent}))
    headers = house.staff("owner")
    house.close()
    return made, headers


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(answers(b"null")) as running:
        yield running


def _settings(url: str, redis: Redis) -> Settings:
    return Settings.from_env(environment(url, redis.url, MODERATO_LIMITS="off", MODERATO_WEBHOOK_PRIVATE="on"))


@pytest.fixture
def on_sqlite(sqlite_template: Path, tmp_path: Path, redis: Redis, receiver: Receiver) -> Iterator[Stage]:
    file, kept = tmp_path / "moderato.db", tmp_path / "kept.db"
    shutil.copy(sqlite_template, kept)
    comments, headers = prepare(_settings(f"sqlite:///{kept}", redis), receiver)

    def reset() -> None:
        for part in ("-wal", "-shm"):
            file.with_name(f"{file.name}{part}").unlink(missing_ok=True)
        shutil.copy(kept, file)

    stage = Stage(_settings(f"sqlite:///{file}", redis), reset, receiver, comments, headers)
    yield stage
    stage.child.close()


_names = itertools.count(1)


@pytest.fixture
def on_postgresql(postgresql_url: str, postgresql: PostgreSQL, redis: Redis, receiver: Receiver) -> Iterator[Stage]:
    comments, headers = prepare(_settings(postgresql_url, redis), receiver)
    name, kept = f"crash_{next(_names)}", urlsplit(postgresql_url).path.removeprefix("/")
    url = urlsplit(postgresql_url)._replace(path=f"/{name}").geturl()

    def reset() -> None:
        postgresql.drop_database(name)
        postgresql.create_database(name, template=kept)

    stage = Stage(_settings(url, redis), reset, receiver, comments, headers)
    yield stage
    stage.child.close()
    postgresql.drop_database(name)


# --- the tests ----------------------------------------------------------------------------------------------------


def everywhere(stage: Stage, name: str) -> None:
    """At every point there is: the last run comes to an end, for there is no other."""
    counted = stage.run(ACTS[name], NEVER)
    assert not counted.died
    assert counted.answer is not None
    assert any("COMMIT" in point for point in counted.points)
    total = len(counted.points)

    died = crash_at(stage, ACTS[name], list(range(1, total + 1)))

    print(f"{name}: {died} of {total} points")
    assert died == total
    assert not stage.run(ACTS[name], total + 1).died, "there are more points than were counted"


@pytest.mark.parametrize("name", ACTS)
def test_a_death_at_every_point_on_sqlite(on_sqlite: Stage, name: str) -> None:
    everywhere(on_sqlite, name)


@pytest.mark.parametrize("name", ACTS)
def test_a_death_at_some_points_on_postgresql(on_postgresql: Stage, name: str) -> None:
    total = len(on_postgresql.run(ACTS[name], NEVER).points)
    chosen = random.Random(name).sample(range(1, total + 1), SAMPLE)

    assert crash_at(on_postgresql, ACTS[name], chosen) == SAMPLE


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ACTS)
def test_a_death_at_every_point_on_postgresql(on_postgresql: Stage, name: str) -> None:
    everywhere(on_postgresql, name)
