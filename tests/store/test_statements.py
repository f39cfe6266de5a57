"""How many statements an operation issues: each is a round trip, and these are most of what an operation costs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, event

from service.store import backlog
from service.store.session import Database
from tests.factories import ARTICLE, House
from workers.tasks import judge_batch


@pytest.fixture(autouse=True)
def counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits on a site is counted once a second, however many comments come in: here, once a test."""
    monkeypatch.setattr(backlog, "KEPT_SECONDS", 3600.0)


@contextmanager
def issued(database: Database) -> Iterator[list[str]]:
    """The statements issued within the block; BEGIN and COMMIT are not among them."""
    statements: list[str] = []

    def note(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    engines = {database.engine, database._readers}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield statements
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def at_the_door(house: House) -> Database:
    """The web application's own database."""
    found: Database = house.app.extensions["moderato"].database
    return found


def test_a_submission_takes_four_statements(house: House) -> None:
    house.accepted()

    with issued(at_the_door(house)) as statements:
        house.accepted()

    assert len(statements) == 4  # where, who, the comment unless it is a duplicate, the event


def test_an_idempotency_key_adds_two(house: House) -> None:
    house.accepted()

    with issued(at_the_door(house)) as statements:
        house.post(headers={"Idempotency-Key": "once"})

    assert len(statements) == 6


def test_a_report_takes_five_and_one_that_is_there_already_three(house: House) -> None:
    comment = house.published()

    def reported() -> int:
        with issued(at_the_door(house)) as statements:
            answer = house.client.post(f"/v1/sites/journal/comments/{comment}/reports", json={"reason": "spam"})
        assert answer.status_code == 202
        return len(statements)

    assert reported() == 5  # where, the comment's lock, the report unless it is there, the count, the event
    assert reported() == 3


def test_a_list_takes_two_and_a_304_one(house: House) -> None:
    house.published()
    client = house.client

    with issued(at_the_door(house)) as statements:
        etag = client.get(f"{ARTICLE}/comments").headers["ETag"]
    assert len(statements) == 2

    with issued(at_the_door(house)) as statements:
        assert client.get(f"{ARTICLE}/comments", headers={"If-None-Match": etag}).status_code == 304
    assert len(statements) == 1


def test_the_moderators_queue_takes_four(house: House) -> None:
    house.held()
    staff = house.staff()

    with issued(at_the_door(house)) as statements:
        house.client.get("/v1/moderation/queue", headers=staff)

    assert len(statements) == 4  # the token, the page, its verdicts, the counts


def test_a_full_batch_takes_as_many_as_one_comment(house: House) -> None:
    def judged(many: int) -> int:
        for number in range(many):
            house.accepted(article=f"/v1/sites/journal/articles/a-{number}")
        with issued(house.database) as statements:
            assert judge_batch(house.room) == many
        return len(statements)

    judged(1)  # the first that a worker judges of a site: it looks its bans up

    alone = judged(1)

    assert judged(20) == alone
    assert alone == 13
