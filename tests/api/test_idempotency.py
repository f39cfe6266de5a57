"""One comment, sent once: keys that make a lost answer come again, and the same text that is there already."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from service.store.authors import Author
from service.store.comments import Comment
from service.store.sites import Article
from service.store.submissions import SubmissionKey
from tests.api.told import faults, told
from tests.factories import ARTICLE, House, a_submission
from tests.operations.test_life import count

OTHER_ARTICLE = "/v1/sites/journal/articles/a-2"


def key(value: str) -> dict[str, str]:
    return {"Idempotency-Key": value, "Accept-Language": "en"}


def test_a_lost_answer_that_is_asked_for_again_is_the_same(house: House) -> None:
    fields = a_submission()
    first = house.post(fields, headers=key("k-1"))

    again = [house.post(fields, headers=key("k-1")) for _ in range(3)]

    assert {(answer.status_code, answer.get_data()) for answer in again} == {(202, first.get_data())}
    assert count(house, Comment) == 1


def test_a_lost_answer_comes_again_with_the_state_of_today(small_house: House) -> None:
    fields = a_submission()
    first = small_house.post(fields, headers=key("k-1"))
    small_house.judge()

    second = small_house.post(fields, headers=key("k-1"))

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.get_json() | {"status": "published"} == second.get_json()
    assert count(small_house, Comment) == 1


def test_fifty_at_once_with_one_key_are_one_comment(house: House) -> None:
    fields = a_submission()
    _ = house.app

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: house.post(fields, headers=key("k-1")), range(50)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.get_data() for answer in answers}) == 1
    assert (count(house, Comment), count(house, Author), count(house, SubmissionKey)) == (1, 1, 1)


def test_fifty_at_once_without_a_key_are_one_comment_too(house: House) -> None:
    fields = a_submission()
    _ = house.app

    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: house.post(fields), range(50)))

    assert sorted(answer.status_code for answer in answers) == [202] + [409] * 49
    assert count(house, Comment) == 1


def test_one_key_for_different_texts_by_different_people_at_once_is_one_comment(house: House) -> None:
    _ = house.app

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: house.post(headers=key("k-1")), range(20)))

    assert sorted(answer.status_code for answer in answers) == [202] + [422] * 19
    assert count(house, Comment) == 1


@pytest.mark.parametrize("field", ["name", "email", "body", "website"])
def test_a_key_that_was_used_for_something_else_is_refused(small_house: House, field: str) -> None:
    fields = a_submission()
    small_house.post(fields, headers=key("k-1"))
    other = {"email": "someone.else@example.fr", "website": "https://example.fr"}.get(field, "Autre chose")

    answer = small_house.post(fields | {field: other}, headers=key("k-1"))

    assert faults(answer, "key_used") == {"idempotency_key": ["This was already used to send another comment."]}


def test_a_key_that_was_used_on_another_article_or_for_another_parent_is_refused(small_house: House) -> None:
    parent = small_house.published()
    fields = a_submission()
    small_house.post(fields, headers=key("k-1"))

    for answer in (
        small_house.post(fields, article=OTHER_ARTICLE, headers=key("k-1")),
        small_house.post(fields | {"parent": parent}, headers=key("k-1")),
    ):
        faults(answer, "key_used")
    assert count(small_house, Comment) == 2


def test_a_key_belongs_to_its_site_and_tells_nothing_to_others(small_house: House) -> None:
    small_house.add_site("other")
    fields = a_submission()

    first = small_house.post(fields, headers=key("k-1"))
    second = small_house.post(fields, article="/v1/sites/other/articles/a-1", headers=key("k-1"))

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.get_json()["id"] != second.get_json()["id"]


def test_a_key_is_used_up_by_a_202_only(small_house: House) -> None:
    assert small_house.post(name="", headers=key("k-1")).status_code == 422
    assert small_house.post(headers=key("k-1")).status_code == 202


def test_a_key_may_be_any_visible_word_of_200_characters(small_house: House) -> None:
    for good in ("x" * 200, "a b", "é", '"quoted"', "'; DROP TABLE comments; --", "%00", "../../x"):
        assert small_house.post(headers=key(good)).status_code == 202, good
    for bad in ("x" * 201, "a\tb", "a\x85b"):
        assert list(faults(small_house.post(headers=key(bad)))) == ["idempotency_key"]


def test_an_empty_key_is_no_key(small_house: House) -> None:
    assert [small_house.post(headers=key(" ")).status_code for _ in range(2)] == [202, 202]


# Without a key: the exact duplicate.


def test_the_same_text_again_is_a_conflict_that_tells_the_status_and_nothing_else(small_house: House) -> None:
    fields = a_submission()
    first = small_house.post(fields).get_json()
    small_house.judge()

    answer = small_house.post(fields | {"name": "Z. M."}, headers={"Accept-Language": "en"})

    document = told(answer, 409, "duplicate")
    assert document["comment_status"] == "published"
    assert first["id"] not in answer.get_data(as_text=True)
    assert first["receipt"] not in answer.get_data(as_text=True)
    assert set(document) == {"type", "title", "status", "code", "request_id", "comment_status"}


def test_after_a_day_the_same_text_is_welcome(house: House) -> None:
    fields = a_submission()
    identifier = house.accepted(**fields)

    for age, expected in ((timedelta(hours=23, minutes=59), 409), (timedelta(hours=24, minutes=1), 202)):
        with house.database.write() as connection:
            connection.execute(
                update(Comment).where(Comment.id == identifier).values(created_at=datetime.now(UTC) - age)
            )
        assert house.post(fields).status_code == expected


def test_the_same_text_elsewhere_or_by_another_is_no_duplicate(house: House) -> None:
    parent = house.published()
    fields = a_submission(body="Bravo !")
    house.add_site("other")

    answers = [
        house.post(fields),
        house.post(fields | {"parent": parent}),
        house.post(fields | {"email": "another@example.fr"}),
        house.post(fields, article=OTHER_ARTICLE),
        house.post(fields, article="/v1/sites/other/articles/a-1"),
        house.post(fields | {"body": "Bravo ! "}),
    ]

    assert [answer.status_code for answer in answers] == [202] * 6


# Replies.


def test_a_reply_hangs_on_a_published_comment_of_the_same_article(small_house: House) -> None:
    parent = small_house.published()

    reply = small_house.published(parent=parent.upper())

    assert small_house.row(reply).parent_id == parent


def test_a_reply_to_anything_else_is_refused_and_tells_nothing_of_it(small_house: House) -> None:
    small_house.add_site("other")
    refused = small_house.published()
    assert small_house.decide(refused, "reject", reason="spam").status_code == 200
    parents = [
        small_house.held(),
        refused,
        small_house.published(article=OTHER_ARTICLE),
        small_house.published(article="/v1/sites/other/articles/a-1"),
        "01890000-0000-7000-8000-000000000000",
        small_house.accepted(),
    ]

    for parent in parents:
        answer = small_house.post(parent=parent, headers={"Accept-Language": "en"})
        assert faults(answer) == {"parent": ["The comment you reply to is no longer published."]}


@pytest.mark.parametrize("parent", ["x", "0", "' OR 1=1 --", "x" * 36, "01890000-0000-7000-8000-00000000000g", "../.."])
def test_a_parent_is_an_id(small_house: House, parent: str) -> None:
    assert list(faults(small_house.post(parent=parent))) == ["parent"]


def test_replies_nest_as_deep_as_the_site_says(small_house: House) -> None:
    small_house.set_rules(depth=2)
    parent = small_house.published()
    for _ in range(2):
        parent = small_house.published(parent=parent)

    answer = small_house.post(parent=parent, headers={"Accept-Language": "en"})

    assert faults(answer) == {"parent": ["The discussion cannot be nested any deeper here."]}
    small_house.set_rules(depth=0)
    assert list(faults(small_house.post(parent=small_house.published()))) == ["parent"]


def test_nothing_of_a_refused_submission_stays(house: House) -> None:
    assert house.post(parent="01890000-0000-7000-8000-000000000000", headers=key("k-1")).status_code == 422

    for table in (Comment, Author, SubmissionKey, Article):
        assert count(house, table) == 0
    assert house.client.get(f"{ARTICLE}/comments").status_code == 200
