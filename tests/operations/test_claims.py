"""Claims: no two moderators hold the same comment, whoever asks at once, lapses or crashes; on both databases."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from service.domain.acts import Act
from service.domain.comment import Action, Status
from service.domain.reasons import ReportReason
from service.errors import Conflict
from service.operations.claim import Held, claim, claim_next, give_back
from service.operations.decide import Decider, Decision, decide
from service.operations.report import Report, report
from service.store import moderation
from service.store.asked import Asked, List, Order
from service.store.audit import AuditRow
from service.store.authors import Author
from service.store.base import database_time, new_id
from service.store.claims import Claim
from service.store.comments import Comment
from service.store.moderation import DecisionRow, VerdictRow
from service.store.session import is_away
from service.store.sites import Article
from tests.factories import House
from tests.growth import grow
from workers.tasks import judge_batch

MINUTES = 300.0
ANY = Asked(order=Order.PRIORITY)
EACH = 20
"""Of a hundred comments, so many are decided on by each of two hundred: forty rivals a comment."""


def moderators(house: House, many: int) -> list[Decider]:
    """People with a token each."""
    ids = [new_id() for _ in range(many)]
    with house.database.write() as connection:
        for number, identifier in enumerate(ids):
            row = {
                "id": identifier, "prefix": f"p{number}-{identifier[-8:]}", "secret_hash": "0" * 64,
                "site_id": house.site_id, "role": "moderator", "name": f"Moderator {number}",
                "created_at": datetime.now(UTC), "expires_at": None, "revoked_at": None,
            }  # fmt: skip
            moderation.add_token(connection, row)
    return [Decider(identifier, house.site_id) for identifier in ids]


def ask(house: House, who: Decider, asked: Asked = ANY, skip: tuple[str, ...] = ()) -> Held | None:
    return claim_next(house.database, who, asked, skip, MINUTES, datetime.now(UTC))


def given(house: House, who: Decider, asked: Asked = ANY, skip: tuple[str, ...] = ()) -> str | None:
    held = ask(house, who, asked, skip)
    return held.id if held is not None else None


def all_at_once(people: list[Decider], work: Callable[[Decider], Any]) -> list[Any]:
    """Everybody begins at the same moment."""
    start = threading.Barrier(len(people))

    def begin(who: Decider) -> Any:
        start.wait(30)
        return work(who)

    with ThreadPoolExecutor(len(people)) as pool:
        return list(pool.map(begin, people))


def patiently(work: Callable[[], Any]) -> Any:
    """Two hundred at eight connections: who waits too long for one gets a 503, and asks again."""
    while True:
        try:
            return work()
        except SQLAlchemyError as error:
            if not is_away(error):
                raise


def lapse(house: House, *ids: str) -> None:
    with house.database.write() as connection:
        connection.execute(update(Claim).where(Claim.comment_id.in_(ids)).values(until=database_time(-1)))


def hold(house: House, many: int) -> list[str]:
    """Held comments, without the judging of each."""
    grow(house.database, "journal", "big", many * 2, analyze=False)
    with house.database.write() as connection:
        ids = list(connection.execute(select(Comment.id).where(Comment.status != Status.REMOVED).limit(many)).scalars())
        connection.execute(update(Comment).values(awaiting=False))
        connection.execute(update(Comment).where(Comment.id.in_(ids)).values(status=Status.HELD, awaiting=True))
    return ids


def test_the_most_urgent_comes_first_and_asking_again_gives_the_same_for_longer(house: House) -> None:
    first, second = house.held(), house.held()
    one, two = moderators(house, 2)

    held = ask(house, one)
    again = ask(house, one)

    assert held is not None
    assert again is not None
    assert (held.id, held.name, again.id) == (first, "Moderator 0", first)
    assert again.until > held.until
    assert given(house, two) == second
    assert given(house, two, skip=(second,)) is None


def test_who_wants_another_one_says_which_to_skip_and_keeps_what_they_have(house: House) -> None:
    first, second = house.held(), house.held()
    one, two = moderators(house, 2)

    assert [given(house, one), given(house, one, skip=(first,))] == [first, second]
    assert given(house, two) is None
    give_back(house.database, one, first)
    assert given(house, two) == first


def test_a_claim_is_of_the_list_that_was_asked_for(house: House) -> None:
    held, published = house.held(), house.published()
    one, two = moderators(house, 2)
    assert given(house, one, Asked(List.REPORTED)) is None
    report(house.database, house.site_id, Report(published, ReportReason.SPAM, "", "device"), datetime.now(UTC))

    assert given(house, one, Asked(List.REPORTED)) == published
    assert given(house, one, Asked(order=Order.NEWEST, q="remarque", article="a-1")) == held
    assert given(house, two, Asked(List.REPORTED, order=Order.PRIORITY)) is None
    assert given(house, two, Asked(author=new_id())) is None


@pytest.mark.timeout(240)
def test_fifty_moderators_asking_at_once_for_a_hundred_comments_get_each_once(house: House) -> None:
    there = hold(house, 100)
    people = moderators(house, 50)

    def work(who: Decider) -> list[str]:
        mine: list[str] = []
        while (held := ask(house, who, skip=tuple(mine))) is not None:
            mine.append(held.id)
        return mine

    found = Counter(each for mine in all_at_once(people, work) for each in mine)

    assert set(found.values()) == {1}, "no comment twice"
    assert set(found) == set(there), "none lost"


@pytest.mark.timeout(240)
def test_fifty_moderators_work_a_list_of_a_hundred_off_and_decide_on_each_once(house: House) -> None:
    there = hold(house, 100)
    people = moderators(house, 50)

    def work(who: Decider) -> list[str]:
        mine: list[str] = []
        while (held := ask(house, who)) is not None:
            version = house.row(held.id).version
            standing = decide(house.database, who, Decision(held.id, version, Action.PUBLISH), datetime.now(UTC))
            assert standing.claimed_by is None
            mine.append(held.id)
        return mine

    found = [each for mine in all_at_once(people, work) for each in mine]

    assert sorted(found) == sorted(there)
    with house.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(Claim)).scalar_one() == 0


def test_a_claim_lapses_by_the_databases_clock_and_somebody_else_gets_the_comment(house: House) -> None:
    identifier = house.held()
    one, two = moderators(house, 2)
    assert claim_next(house.database, one, ANY, (), 0.05, datetime.now(UTC)) is not None
    with house.database.read() as connection:
        connection.execute(text("SELECT pg_sleep(0.1)")) if house.settings.database_url.startswith("postgresql") else (
            threading.Event().wait(0.1)
        )

    assert given(house, two) == identifier
    with pytest.raises(Conflict) as refused:
        claim(house.database, one, identifier, MINUTES)
    assert (refused.value.code, refused.value.extra["claimed_by"]) == ("claimed", "Moderator 1")


def test_a_holder_who_crashed_loses_nothing_but_time(house: House) -> None:
    """Half-way through: the transaction ends with the connection. Afterwards: the claim lapses."""
    identifier = house.held()
    one, two = moderators(house, 2)

    class Crash(Exception):
        pass

    def crash(connection: Any) -> None:
        from service.operations.claim import _next

        assert _next(connection, one, ANY, (), MINUTES, datetime.now(UTC)) is not None
        raise Crash

    with pytest.raises(Crash):
        house.database.transact(crash)
    assert given(house, two) == identifier
    assert given(house, one) is None
    lapse(house, identifier)
    assert given(house, one) == identifier


def test_an_edit_or_a_decision_ends_a_claim_and_the_one_who_had_it_may_be_told(house: House) -> None:
    identifier = house.held()
    one, two = moderators(house, 2)
    claim(house.database, one, identifier, MINUTES)

    standing = decide(house.database, two, Decision(identifier, 2, Action.HOLD), datetime.now(UTC))

    assert standing.claimed_by == "Moderator 0"
    assert given(house, two) == identifier


@pytest.mark.timeout(300)
def test_two_hundred_deciding_on_the_same_hundred_while_workers_judge_them(house: House) -> None:
    """One winner each: a person's decision or the machine's verdict, and then at most the other on what it saw."""
    ids = [house.accepted(article=f"/v1/sites/journal/articles/a-{number % 7}") for number in range(100)]
    people = moderators(house, 200)
    done = threading.Event()

    def judging() -> None:
        while not done.is_set():
            patiently(lambda: judge_batch(house.room))
            done.wait(0.05)

    won: list[tuple[str, int]] = []
    lost: Counter[str] = Counter()
    guard = threading.Lock()

    def attempt(who: Decider, identifier: str, version: int, action: Action) -> int | None:
        """The version that it is in by now, if somebody was quicker."""
        try:
            patiently(
                lambda: decide(house.database, who, Decision(identifier, version, action, "spam"), datetime.now(UTC))
            )
        except Conflict as problem:
            with guard:
                lost[problem.code] += 1
            return int(problem.extra["current"]["version"])
        with guard:
            won.append((identifier, version))
        return None

    def work(who: Decider) -> None:
        place = people.index(who)
        action = Action.PUBLISH if place % 2 else Action.REJECT
        for step in range(EACH):
            identifier = ids[(place + step * 5) % 100]
            if attempt(who, identifier, 1, action) == 2:
                attempt(who, identifier, 2, action)

    worker = threading.Thread(target=judging)
    worker.start()
    try:
        all_at_once(people, work)
    finally:
        done.set()
        worker.join()

    assert set(lost) == {"moved_on"}
    assert max(Counter(won).values()) == 1, "one winner for each version of each comment"
    assert_all_agrees(house, ids, won)


def assert_all_agrees(house: House, ids: list[str], won: list[tuple[str, int]]) -> None:
    """Every win has its decision, every version its cause, and every counter is what the comments say."""
    with house.database.read() as connection:
        rows = connection.execute(select(Comment.__table__).where(Comment.id.in_(ids))).all()
        decisions = connection.execute(select(DecisionRow.comment_id, DecisionRow.version)).all()
        judged = set(connection.execute(select(VerdictRow.comment_id)).scalars())
        assert sorted((row.comment_id, row.version) for row in decisions) == sorted(won)
        number = Counter(row.comment_id for row in decisions)
        for row in rows:
            assert row.version == 1 + number[row.id] + (row.id in judged)
            assert row.status in {Status.PUBLISHED, Status.REJECTED}
        published = Counter(row.article_id for row in rows if row.status == Status.PUBLISHED)
        for article in connection.execute(select(Article.id, Article.published_count)):
            assert article.published_count == published[article.id]
        for author in connection.execute(select(Author.__table__)):
            [own] = [row for row in rows if row.author_id == author.id]
            assert author.published_count == (own.status == Status.PUBLISHED)
            assert author.rejected_count == (own.status == Status.REJECTED)
    assert_audited(house, won)


def assert_audited(house: House, won: list[tuple[str, int]]) -> None:
    """One entry for each win, and none for who lost."""
    with house.database.read() as connection:
        entries = connection.execute(
            select(AuditRow.object_id, AuditRow.data).where(
                AuditRow.act == Act.DECIDE, AuditRow.site_id == house.site_id
            )
        ).all()
    assert sorted((entry.object_id, entry.data["version"]) for entry in entries) == sorted(won)
