"""Which comments are taken, by whom, in which order, and what comes along: each condition of the statements."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from service.domain.comment import Lane
from service.store import moving, queues
from service.store.comments import Comment
from service.store.sites import Article, Site
from tests.factories import House


def taken(connection: Connection, lane: Lane = Lane.JUDGE, limit: int = 20, holder: str = "here:7") -> list[Any]:
    return list(queues.claim(connection, limit=limit, lease_seconds=30, lane=lane, holder=holder))


def change(connection: Connection, identifier: str, **values: Any) -> None:
    connection.execute(update(Comment).where(Comment.id == identifier).values(**values))


def test_a_round_of_the_scorers_waits_for_no_one_in_the_other_lane(house: House) -> None:
    asked = house.accepted()
    with house.database.write() as connection:
        moving.pass_on(connection, taken(connection))
    house.accepted()

    with house.database.write() as connection:
        assert len(taken(connection)) == 1, "our own checks are at work"
        assert queues.oldest_waiting(connection, Lane.SCORE) == asked
        assert [row.id for row in taken(connection, Lane.SCORE)] == [asked]


def test_nor_do_our_own_checks_for_a_round_of_the_scorers(house: House) -> None:
    house.accepted()
    with house.database.write() as connection:
        moving.pass_on(connection, taken(connection))
        assert len(taken(connection, Lane.SCORE)) == 1
    waiting = house.accepted()

    with house.database.write() as connection:
        assert queues.oldest_waiting(connection) == waiting
        assert [row.id for row in taken(connection)] == [waiting]


def test_a_round_waits_for_nothing_that_is_held_and_rests_until_the_scorer_is_asked_again(house: House) -> None:
    rests, asked = house.held(), house.accepted()
    with house.database.write() as connection:
        moving.pass_on(connection, taken(connection))
        change(connection, rests, lane=Lane.SCORE, lease_until=datetime.now(UTC) + timedelta(seconds=20))

        assert [row.id for row in taken(connection, Lane.SCORE)] == [asked]


def test_what_failed_before_is_left_alone_while_others_are_taken(house: House) -> None:
    innocent, suspect = house.accepted(), house.accepted()
    with house.database.write() as connection:
        change(connection, suspect, attempts=2)

        assert [row.id for row in taken(connection)] == [innocent]
        assert [row.id for row in taken(connection)] == [suspect]


def test_a_comment_comes_with_its_own_article_site_and_author(house: House) -> None:
    house.add_site("other")
    first = house.accepted()
    second = house.post(article="/v1/sites/other/articles/b-2").get_json()["id"]
    with house.database.write() as connection:
        for key in "a-1", "b-2":
            connection.execute(update(Article).where(Article.key == key).values(title=f"Title of {key}"))
        connection.execute(update(Site).where(Site.name == "other").values(languages=["nl"], bans_version=3))
        rows = {row.id: row for row in taken(connection)}

    told = [
        (rows[each].article_title, rows[each].site_languages, rows[each].site_title, rows[each].bans_version)
        for each in (first, second)
    ]
    assert told == [("Title of a-1", ["fr", "en"], "Journal", 1), ("Title of b-2", ["nl"], "Other", 3)]
    assert [rows[each].published_count for each in (first, second)] == [0, 0], "each has an author"


def test_what_could_not_be_scored_is_asked_for_oldest_first_and_no_more_than_wanted(house: House) -> None:
    oldest, other, decided = house.held(), house.held(), house.held()
    pending = house.accepted()
    resting = house.held()
    assert house.decide(decided, "reject", reason="other").status_code == 200
    with house.database.write() as connection:
        for each in (oldest, other, decided, pending, resting):
            change(connection, each, lane=Lane.SCORE)
        change(connection, resting, lease_until=datetime.now(UTC) + timedelta(minutes=5))

        assert [row.id for row in queues.unscored(connection, 1)] == [oldest]
        assert [row.id for row in queues.unscored(connection, 20)] == [oldest, other]
        change(connection, other, lane=Lane.JUDGE)
        assert [row.id for row in queues.unscored(connection, 20)] == [oldest], "a person's, by our own checks"


def test_it_comes_with_its_place(house: House) -> None:
    parent = house.published()
    reply = house.held(parent=parent)
    with house.database.write() as connection:
        change(connection, reply, lane=Lane.SCORE)
        [row] = queues.unscored(connection, 20)

    assert (row.parent_id, row.article_id) == (parent, house.row(reply).article_id)


def test_what_rests_for_the_scorer_goes_on_resting_when_all_claims_are_given_back(house: House) -> None:
    rests, claimed = house.held(), house.accepted()
    until = datetime.now(UTC) + timedelta(minutes=5)
    with house.database.write() as connection:
        change(connection, rests, lane=Lane.SCORE, lease_until=until)
        taken(connection)

        assert queues.release(connection) == 1

    assert house.row(rests).lease_until == until
    assert (house.row(claimed).holder, house.row(claimed).attempts) == (None, 1)


def test_what_is_given_back_in_the_scorers_lane_does_not_rest(house: House) -> None:
    """A rest would be taken for a round that is under way."""
    identifier = house.accepted()
    with house.database.write() as connection:
        moving.pass_on(connection, taken(connection))
        for _ in range(3):
            assert len(taken(connection, Lane.SCORE)) == 1
            queues.give_back(connection, "here:7")

            assert queues.oldest_waiting(connection, Lane.SCORE) == identifier
            assert queues.holders(connection, 30) == []
    assert house.row(identifier).holder is None


def test_only_what_could_not_be_written_down_is_handed_back(house: House) -> None:
    house.accepted()
    house.accepted()
    with house.database.write() as connection:
        first, second = taken(connection)

        assert queues.hand_back(connection, [first], "here:7") == 1

    stand = {each.id: (house.row(each.id).holder, house.row(each.id).attempts) for each in (first, second)}
    assert stand == {first.id: (None, 0), second.id: ("here:7", 1)}


def test_what_is_handed_back_from_its_first_try_was_never_tried(house: House) -> None:
    identifier = house.accepted()
    with house.database.write() as connection:
        queues.hand_back(connection, taken(connection), "here:7")
        assert queues.oldest_waiting(connection) == identifier

    assert (house.row(identifier).lease_until, house.row(identifier).attempts) == (None, 0)


def test_what_is_passed_on_is_free_there_and_passed_on_once(house: House) -> None:
    identifier = house.accepted()
    with house.database.write() as connection:
        assert moving.pass_on(connection, taken(connection)) == 1
    assert (house.row(identifier).lane, house.row(identifier).holder) == (Lane.SCORE, None)

    with house.database.write() as connection:
        assert moving.pass_on(connection, taken(connection, Lane.SCORE)) == 0
    assert house.row(identifier).holder == "here:7"


def test_moderators_are_shown_no_other_sites_comments(house: House) -> None:
    other = house.add_site("other")
    identifier = house.accepted()
    with house.database.read() as connection:
        assert queues.one_for_moderators(connection, identifier, house.site_id).id == identifier
        assert queues.one_for_moderators(connection, identifier, other) is None
