"""The life of a comment: sent in, judged, decided; on both databases."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from service.domain.comment import Lane, Status
from service.domain.verdict import Signal
from service.store import places, policies, queues
from service.store.authors import Author
from service.store.comments import Comment
from service.store.events import Event
from service.store.moderation import DecisionRow, VerdictRow
from service.store.sites import Article
from tests.factories import ARTICLE, CANARY_STRING, House, a_submission
from workers import tasks
from workers.engine import moderate


def rows(house: House, statement: Any) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(statement).all())


def count(house: House, table: Any, *where: Any) -> int:
    with house.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one())


def test_a_comment_is_stored_before_it_is_accepted_and_shown_only_after_its_verdict(house: House) -> None:
    identifier = house.accepted()

    assert house.status(identifier) == "pending"
    assert house.client.get(f"{ARTICLE}/comments").get_json()["comments"] == []

    house.judge()

    [shown] = house.client.get(f"{ARTICLE}/comments").get_json()["comments"]
    assert shown["id"] == identifier
    assert count(house, VerdictRow, VerdictRow.comment_id == identifier) == 1


def test_what_happened_is_written_with_it(house: House) -> None:
    identifier = house.held()
    assert house.decide(identifier, "reject", reason="spam").status_code == 200

    told = rows(house, select(Event.type, Event.data).where(Event.comment_id == identifier).order_by(Event.id))

    assert [row.type for row in told] == ["comment.submitted", "comment.held", "comment.rejected"]
    decided = told[-1].data
    assert (decided["by"], decided["version"], decided["revision"], decided["reason"]) == ("decision", 3, 1, "spam")
    assert house.row(identifier).version == 3


def test_a_verdict_that_comes_too_late_changes_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    identifier = house.accepted()

    def decided_meanwhile(*arguments: Any, **rest: Any) -> Any:
        assert house.decide(identifier, "reject", reason="off_topic").status_code == 200
        return moderate(*arguments, **rest)

    monkeypatch.setattr(tasks, "moderate", decided_meanwhile)
    house.judge()

    assert house.status(identifier) == "rejected"
    assert count(house, VerdictRow) == 0
    assert count(house, Event, Event.type == "comment.published") == 0


def test_a_worker_that_wakes_after_its_lease_finds_nothing_to_do(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    identifier = house.accepted()

    def overslept(*arguments: Any, **rest: Any) -> Any:
        monkeypatch.setattr(tasks, "moderate", moderate)
        lapse(house, identifier)
        assert tasks.judge_batch(house.room) == 1
        return moderate(*arguments, **rest)

    monkeypatch.setattr(tasks, "moderate", overslept)
    tasks.judge_batch(house.room)

    assert house.status(identifier) == "published"
    assert count(house, VerdictRow) == 1
    assert rows(house, select(Article.published_count))[0].published_count == 1


def lapse(house: House, identifier: str) -> None:
    with house.database.write() as connection:
        connection.execute(
            update(Comment).where(Comment.id == identifier).values(lease_until=datetime.now(UTC) - timedelta(seconds=1))
        )


def test_a_claimed_comment_is_nobody_elses_until_the_lease_lapses(house: House) -> None:
    identifier = house.accepted()

    with house.database.write() as connection:
        first = queues.claim(connection, limit=20, lease_seconds=30)
    with house.database.write() as connection:
        assert queues.claim(connection, limit=20, lease_seconds=30) == []
    lapse(house, identifier)
    with house.database.write() as connection:
        again = queues.claim(connection, limit=20, lease_seconds=30)

    assert [row.id for row in first] == [row.id for row in again] == [identifier]
    assert [first[0].attempts, again[0].attempts] == [1, 2]


def test_a_comment_that_failed_before_is_claimed_alone(house: House) -> None:
    poison = house.accepted()
    with house.database.write() as connection:
        queues.claim(connection, limit=20, lease_seconds=30)
    innocent = [house.accepted() for _ in range(3)]
    lapse(house, poison)

    with house.database.write() as connection:
        alone = queues.claim(connection, limit=20, lease_seconds=30)
    with house.database.write() as connection:
        others = queues.claim(connection, limit=20, lease_seconds=30)

    assert [row.id for row in alone] == [poison]
    assert [row.id for row in others] == innocent


def test_no_more_than_a_batch_is_claimed_at_once(house: House) -> None:
    for _ in range(25):
        house.accepted()

    assert tasks.judge_batch(house.room) == 20
    assert tasks.judge_batch(house.room) == 5
    assert tasks.judge_batch(house.room) == 0


def test_a_comment_that_cannot_be_judged_is_parked_for_a_person_after_five_tries(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison = house.accepted(body="POISON")
    innocent = house.accepted()

    def chokes(context: Any, policy: Any, **rest: Any) -> Any:
        if context.body == "POISON":
            raise MemoryError
        return moderate(context, policy, **rest)

    monkeypatch.setattr(tasks, "moderate", chokes)
    tasks.judge_batch(house.room)
    assert house.status(innocent) == "published", "the rest of the batch is judged at once"

    for _ in range(4):
        lapse(house, poison)
        with pytest.raises(MemoryError):
            tasks.judge_batch(house.room)
    assert house.status(poison) == "pending"
    lapse(house, poison)
    tasks.judge_batch(house.room)

    assert house.status(poison) == "held"
    detail = house.client.get(f"/v1/moderation/comments/{poison}", headers=house.staff()).get_json()
    assert [signal["reason"] for signal in detail["verdict"]["signals"]] == ["gave_up"]


def test_a_check_that_fails_holds_the_comment(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from workers.checks.check import Check

    def broken(context: Any) -> Iterator[Signal]:
        yield Signal("links", context.no_such_thing)

    fails = Check("fails", "Fails.", ("links",), (), (), broken)
    monkeypatch.setattr(tasks, "moderate", lambda context, policy, **rest: moderate(context, policy, [fails], **rest))

    identifier = house.accepted()
    house.judge()

    assert house.status(identifier) == "held"


@pytest.mark.parametrize("racers", [2, 8])
def test_moderators_deciding_at_once_one_wins_and_the_others_are_told(house: House, racers: int) -> None:
    identifier = house.held()
    version = house.row(identifier).version
    headers = house.staff()
    barrier = threading.Barrier(racers)
    answers: list[Any] = []

    def decides(action: str) -> None:
        client = house.app.test_client()
        barrier.wait()
        answers.append(
            client.post(
                f"/v1/moderation/comments/{identifier}/decision",
                json={"action": action, "version": version, "reason": "spam"},
                headers=headers,
            )
        )

    run([partial(decides, ("publish", "reject")[racer % 2]) for racer in range(racers)])

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * (racers - 1)
    [winner] = [answer for answer in answers if answer.status_code == 200]
    [decision] = rows(house, select(DecisionRow.action))
    assert winner.get_json()["status"] == house.status(identifier) == f"{decision.action}ed"
    current = next(answer for answer in answers if answer.status_code == 409).get_json()["current"]
    assert current == {"id": identifier, "status": house.status(identifier), "version": version + 1}


def run(works: Sequence[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_workers_and_moderators_at_once_leave_every_count_right(house: House) -> None:
    identifiers = [house.accepted() for _ in range(60)]
    headers = house.staff()

    def moderates() -> None:
        client = house.app.test_client()
        for at, identifier in enumerate(identifiers):
            action = ("publish", "hold", "reject")[at % 3]
            for version in (1, 2):
                client.post(
                    f"/v1/moderation/comments/{identifier}/decision",
                    json={"action": action, "version": version, "reason": "spam"},
                    headers=headers,
                )

    run([moderates, house.judge, house.judge, moderates])

    found = rows(house, select(Comment.status, func.count().label("many")).group_by(Comment.status))
    many = {row.status: row.many for row in found}
    assert sum(many.values()) == 60
    assert "pending" not in many
    assert rows(house, select(Article.published_count))[0].published_count == many.get("published", 0)
    records = rows(house, select(func.sum(Author.published_count), func.sum(Author.rejected_count)))[0]
    assert tuple(records) == (many.get("published", 0), many.get("rejected", 0))
    moves = count(house, Event, Event.type != "comment.submitted")
    versions = rows(house, select(func.sum(Comment.version - 1)))[0][0]
    assert moves == versions == count(house, VerdictRow) + count(house, DecisionRow)


def test_the_database_refuses_a_published_comment_without_a_verdict_or_decision(house: House) -> None:
    identifier = house.accepted()

    with pytest.raises(DBAPIError, match="nothing is published without"), house.database.write() as connection:
        connection.execute(
            update(Comment).where(Comment.id == identifier).values(status=Status.PUBLISHED, html="<p>x</p>")
        )


@pytest.mark.parametrize("table", ["verdicts", "decisions", "events", "policies"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET created_at = created_at", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_is_only_ever_added(house: House, table: str, verb: str) -> None:
    house.decide(house.held(), "reject", reason="spam")

    with pytest.raises(DBAPIError, match="only ever added"), house.database.write() as connection:
        connection.execute(text(verb.format(table)))


def test_the_database_refuses_a_status_that_there_is_not(house: House) -> None:
    identifier = house.accepted()

    with pytest.raises(DBAPIError), house.database.write() as connection:
        connection.execute(update(Comment).where(Comment.id == identifier).values(status="approved"))


def test_the_database_refuses_a_comment_that_begins_published(house: House) -> None:
    row = dict(house.row(house.published())._mapping) | {"id": "01900000-0000-7000-8000-000000000000"}

    with pytest.raises(DBAPIError, match="begins pending"), house.database.write() as connection:
        connection.execute(insert(Comment).values(row))


def test_an_authors_trust_lifts_the_first_comment_hold(house: House) -> None:
    house.set_policy(hold_first_comment=True)
    first = house.accepted(email="fidele@lecteurs.example.org")
    house.judge()
    assert house.status(first) == "held"
    house.decide(first, "publish")

    second = house.accepted(email="Fidele@Lecteurs.example.org")
    house.judge()

    assert house.status(second) == "published"


@pytest.mark.parametrize(
    ("mode", "plain", "doubtful"),
    [
        ("auto", "published", "held"),
        ("premoderate", "held", "held"),
        ("postmoderate", "published", "published"),
    ],
)
def test_the_mode_decides_what_a_verdict_comes_to(house: House, mode: str, plain: str, doubtful: str) -> None:
    house.set_policy(mode=mode)
    innocent, links = house.accepted(), house.accepted(body="https://a.example https://b.example https://c.example")
    house.judge()

    assert (house.status(innocent), house.status(links)) == (plain, doubtful)
    awaiting = house.client.get("/v1/moderation/queue", headers=house.staff()).get_json()
    assert links in {item["id"] for item in awaiting["items"]}


def test_an_articles_own_policy_outweighs_its_sites(house: House) -> None:
    from service.domain.policy import Mode, Policy

    house.published()
    with house.database.write() as connection:
        place = places.find_place(connection, "journal", "a-1")
        assert place is not None
        policies.add_policy(
            connection, house.site_id, place.article_id, Policy(mode=Mode.PREMODERATE), datetime.now(UTC), by="test"
        )
    here, elsewhere = house.accepted(), house.accepted(article="/v1/sites/journal/articles/a-2")
    house.judge()

    assert (house.status(here), house.status(elsewhere)) == ("held", "published")


def test_replies_are_counted_on_their_parent_when_they_appear_and_disappear(house: House) -> None:
    parent = house.published()
    reply = house.published(parent=parent)
    assert house.row(parent).published_replies == 1
    assert house.row(parent).version == 2, "a reply doesn't move its parent"

    house.decide(reply, "reject", reason="off_topic")

    assert house.row(parent).published_replies == 0


def test_a_rejected_comment_with_published_replies_leaves_a_tombstone(house: House) -> None:
    parent = house.published(name="Disparu")
    reply = house.published(parent=parent)
    house.decide(parent, "reject", reason="insult")

    shown = house.client.get(f"{ARTICLE}/comments").get_json()

    assert [sorted(item) for item in shown["comments"][:1]] == [["created_at", "id", "parent", "status"]]
    assert [item["id"] for item in shown["comments"]] == [parent, reply]
    assert shown["count"] == 1


def test_a_comment_that_is_published_again_shows_as_it_was(house: House) -> None:
    identifier = house.published()
    house.decide(identifier, "reject", reason="spam")
    house.decide(identifier, "publish")

    [shown] = house.client.get(f"{ARTICLE}/comments").get_json()["comments"]

    assert shown["id"] == identifier
    assert house.row(identifier).version == 4


def test_ten_equal_submissions_at_once_make_one_comment(house: House) -> None:
    submission = a_submission()
    app = house.app
    answers: list[int] = []
    barrier = threading.Barrier(10)

    def sends() -> None:
        client = app.test_client()
        barrier.wait()
        answers.append(client.post(f"{ARTICLE}/comments", json=submission).status_code)

    run([sends] * 10)

    assert sorted(answers) == [202] + [409] * 9
    assert count(house, Comment) == 1


def test_what_is_held_has_no_page_made_of_it_until_somebody_publishes_it(house: House) -> None:
    identifier, refused = house.held(), house.held()
    assert house.row(identifier).html is None

    house.decide(identifier, "publish")
    house.decide(refused, "reject", reason="other")

    assert house.row(identifier).html
    assert house.row(refused).html is None


def test_a_comment_is_found_by_the_checks_that_found_something_and_by_no_other(house: House) -> None:
    held, calm = house.held(), house.published()

    assert 0 < len(house.row(held).checks.split()) < 5, "all have looked"
    assert len(house.row(calm).checks.split()) < 5


def test_what_is_judged_is_nobodys_any_more_and_the_machines_word(house: House) -> None:
    answer = house.post(body=f"Une remarque. {CANARY_STRING}").get_json()
    house.judge()
    house.decide(answer["id"], "publish")
    assert house.row(answer["id"]).decided
    edited = house.client.patch(f"/v1/receipts/{answer['receipt']}", json={"body": f"Une autre. {CANARY_STRING}"})
    assert edited.status_code == 200

    house.judge()

    row = house.row(answer["id"])
    assert (row.status, row.decided, row.awaiting) == (Status.HELD, False, True)
    assert (row.attempts, row.holder, row.lease_until, row.lane) == (0, None, None, Lane.JUDGE)
    assert (row.version, row.revision, row.html) == (5, 2, None)
    assert row.reasons.split()
    assert row.score > 0
