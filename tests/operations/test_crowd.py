"""Two hundred people decide on the same hundred comments while workers judge them: each step has one winner."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from service.domain.comment import Action, Status
from service.errors import Conflict
from service.operations.decide import Decider, Decision, decide
from service.store.audit import AuditRow
from service.store.authors import Author
from service.store.comments import Comment
from service.store.moderation import DecisionRow, Token, VerdictRow
from service.store.sites import Article
from tests.factories import House
from workers.tasks import judge_batch

PEOPLE = 200
COMMENTS = 100
_ACTIONS = tuple(Action)


def read(house: House, statement: Any) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(statement).all())


@pytest.mark.timeout(240)
def test_each_step_of_a_comment_has_one_winner_and_an_entry_if_it_was_a_persons(house: House) -> None:
    comments = [house.accepted() for _ in range(COMMENTS)]
    house.token()
    token = read(house, select(Token.id))[0].id
    decider, begin = Decider(token, house.site_id), threading.Barrier(PEOPLE + 2)

    def person(number: int) -> bool:
        comment = comments[number % COMMENTS]
        begin.wait()
        seen = house.row(comment).version
        decision = Decision(comment, seen, _ACTIONS[number % len(_ACTIONS)], "other")
        try:
            decide(house.database, decider, decision, datetime.now(UTC))
        except Conflict:
            return False
        return True

    def worker() -> None:
        begin.wait()
        while judge_batch(house.room):
            pass

    with ThreadPoolExecutor(PEOPLE + 2) as pool:
        workers = [pool.submit(worker) for _ in range(2)]
        won = sum(pool.map(person, range(PEOPLE)))
        for each in workers:
            each.result()
    house.judge()

    decided = Counter(row.comment_id for row in read(house, select(DecisionRow.comment_id)))
    logged = Counter(row.object_id for row in read(house, select(AuditRow.object_id)))
    judged = Counter(row.comment_id for row in read(house, select(VerdictRow.comment_id)))
    assert sum(decided.values()) == won >= COMMENTS / 2
    assert logged == decided
    for row in read(house, select(Comment.id, Comment.version, Comment.status)):
        assert row.version == 1 + decided[row.id] + judged[row.id], "each version has one cause"
        assert row.status != Status.PENDING
    published = read(house, select(func.count()).where(Comment.status == Status.PUBLISHED))[0][0]
    assert read(house, select(Article.published_count))[0].published_count == published
    standing = Counter((row.author_id, row.status) for row in read(house, select(Comment.author_id, Comment.status)))
    for row in read(house, select(Author.id, Author.published_count, Author.rejected_count)):
        assert (row.published_count, row.rejected_count) == (
            standing[row.id, Status.PUBLISHED], standing[row.id, Status.REJECTED]
        )  # fmt: skip


@pytest.mark.timeout(240)
def test_of_many_who_decide_on_the_same_selection_each_comment_has_one_winner(house: House) -> None:
    """By the API, in bulk, each bound to what all of them saw."""
    for _ in range(COMMENTS // 5):
        house.held(email="une@lecteurs.example.org")
    headers, people = house.staff(), 10
    seen = house.client.get("/v1/moderation/selection?list=awaiting", headers=headers).get_json()["items"]
    begin = threading.Barrier(people)

    def person(number: int) -> Counter[str]:
        client = house.app.test_client()
        action = _ACTIONS[number % len(_ACTIONS)]
        decisions = [
            {"id": each["id"], "version": each["version"], "action": action, "reason": "spam"} for each in seen
        ]
        begin.wait()
        asked = {"decisions": decisions, "by": {"list": "awaiting"}}
        results = client.post("/v1/moderation/decisions", json=asked, headers=headers).get_json()["results"]
        return Counter(each["problem"]["code"] if "problem" in each else "won" for each in results)

    with ThreadPoolExecutor(people) as pool:
        outcomes = sum(pool.map(person, range(people)), Counter[str]())

    assert outcomes == {"won": len(seen), "moved_on": len(seen) * (people - 1)}
    logged = read(house, select(AuditRow.object_id, AuditRow.data))
    assert Counter(row.object_id for row in logged) == {each["id"]: 1 for each in seen}
    assert all(row.data["by"] == {"list": "awaiting"} for row in logged)
    standing = Counter(row.status for row in read(house, select(Comment.status)))
    assert read(house, select(Article.published_count))[0].published_count == standing[Status.PUBLISHED]
    [author] = read(house, select(Author.published_count, Author.rejected_count))
    assert tuple(author) == (standing[Status.PUBLISHED], standing[Status.REJECTED])
