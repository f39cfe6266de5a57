"""The newsroom speaks: under names that are its own, with its badge, published by whoever writes it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from service.store.audit import AuditRow
from service.store.authors import Author
from service.store.comments import Comment
from service.store.events import Event
from service.store.moderation import DecisionRow, VerdictRow
from service.store.sites import Article
from tests.api.told import faults, told
from tests.factories import ARTICLE, House
from tests.operations.test_life import count, rows

WORDS = "Le compte rendu est **public** : voyez notre article."
HERE = "/v1/moderation/sites/journal/newsroom/a-1"


def reply(house: House, parent: str, role: str = "moderator", key: str = "", **changes: Any) -> Any:
    headers = house.staff(role) | ({"Idempotency-Key": key} if key else {})
    path = f"/v1/moderation/comments/{parent}/replies"
    return house.client.post(path, json={"body": WORDS} | changes, headers=headers)


def spoken(house: House, parent: str, **changes: Any) -> str:
    answer = reply(house, parent, **changes)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(answer.get_json()["id"])


def shown(house: House) -> dict[str, Any]:
    page = house.client.get(f"{ARTICLE}/comments?limit=100").get_json()
    return {each["id"]: each for each in page["comments"]}


def test_a_reply_by_the_newsroom_is_published_at_once_with_its_badge(house: House) -> None:
    parent = house.published()

    answer = reply(house, parent)

    assert answer.status_code == 200
    assert answer.get_json().keys() == {"id", "status", "version"}
    assert (answer.get_json()["status"], answer.get_json()["version"]) == ("published", 2)
    mine = shown(house)[answer.get_json()["id"]]
    assert (mine["parent"], mine["name"], mine["badge"]) == (parent, "Journal", "Rédaction")
    assert "<strong>public</strong>" in mine["html"]
    assert rows(house, select(Article.published_count))[0][0] == 2
    assert house.row(parent).published_replies == 1


def test_it_is_published_by_a_recorded_decision_in_the_log_and_the_events(house: House) -> None:
    parent = house.published()

    mine = spoken(house, parent)

    [decision] = rows(house, select(DecisionRow.__table__))
    assert (decision.comment_id, decision.action, decision.before, decision.version) == (mine, "publish", "pending", 1)
    [entry] = rows(house, select(AuditRow.__table__))
    assert (entry.act, entry.object_id, entry.data) == ("comment.reply", mine, {"article": "a-1", "parent": parent})
    told_of = rows(house, select(Event.type, Event.data).where(Event.comment_id == mine).order_by(Event.id))
    assert [each.type for each in told_of] == ["comment.submitted", "comment.published"]
    assert told_of[1].data["by"] == "decision"
    assert count(house, VerdictRow, VerdictRow.comment_id == mine) == 0


def test_the_newsroom_is_one_author_without_an_address_whoever_speaks(house: House) -> None:
    parent = house.published()
    answers = [reply(house, parent, role, body=f"{role} {WORDS}") for role in ("moderator", "editor", "owner")]

    assert {answer.status_code for answer in answers} == {200}
    [author] = rows(house, select(Author.__table__).where(Author.email.is_(None)))
    assert (author.published_count, author.rejected_count, author.badge) == (3, 0, "Rédaction")
    assert len(author.author_key) == 64


def test_many_at_once_are_one_author_and_each_is_there(house: House) -> None:
    parent = house.published()
    house.token()
    _ = house.app

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda at: reply(house, parent, body=f"{at}. {WORDS}"), range(8)))

    assert [answer.status_code for answer in answers] == [200] * 8
    assert count(house, Author, Author.email.is_(None)) == 1
    assert house.row(parent).published_replies == 8


def test_it_speaks_under_an_article_that_nobody_has_commented_on_yet(house: House) -> None:
    answer = house.client.post(HERE, json={"body": WORDS}, headers=house.staff())

    assert answer.status_code == 200
    mine = shown(house)[answer.get_json()["id"]]
    assert (mine["parent"], mine["name"]) == (None, "Journal")
    [entry] = rows(house, select(AuditRow.__table__))
    assert entry.data == {"article": "a-1", "parent": None}


def test_it_has_the_last_word_where_the_discussion_is_closed(house: House) -> None:
    parent = house.published()
    article = "/v1/moderation/sites/journal/articles/a-1"
    assert house.client.put(article, json={"open": False}, headers=house.staff("editor")).status_code == 200
    assert house.post().status_code == 403

    assert reply(house, parent).status_code == 200
    assert house.client.post(HERE, json={"body": WORDS}, headers=house.staff()).status_code == 200


@pytest.mark.parametrize("standing", ["pending", "held", "rejected", "removed"])
def test_only_what_readers_see_is_replied_to(house: House, standing: str) -> None:
    parent = house.accepted() if standing == "pending" else house.held()
    if standing == "rejected":
        house.decide(parent, "reject", reason="spam")
    if standing == "removed":
        house.client.delete(f"/v1/receipts/{house.app.extensions['moderato'].keys.receipt(parent)}")

    problem = told(reply(house, parent), 409, "not_published")

    assert problem["comment_status"] == standing
    assert count(house, Comment) == 1
    assert count(house, AuditRow, AuditRow.act == "comment.reply") == 0


def test_replies_go_as_deep_as_readers_do(house: House) -> None:
    house.set_rules(depth=1)
    parent = house.published()
    mine = spoken(house, parent)

    assert list(faults(reply(house, mine))) == ["parent"]


def test_it_takes_a_name_that_is_kept_for_it_and_no_other(house: House) -> None:
    parent = house.published()
    site = "/v1/moderation/sites/journal"
    house.client.put(site, json={"reserved_names": ["La rédaction", "Claire"]}, headers=house.staff("owner"))

    for name in ("Claire", "La rédaction", "Journal"):
        mine = spoken(house, parent, name=name, body=f"{name}: {WORDS}")
        assert shown(house)[mine]["name"] == name
    assert list(faults(reply(house, parent, name="Zoé"))) == ["name"]


@pytest.mark.parametrize("name", ["Journal", "JOURNAL", " journal ", "J o u r n a l", "J\u043eurn\u0430l"])
def test_nobody_else_writes_under_the_site_s_title_without_a_person_s_look(house: House, name: str) -> None:
    identifier = house.accepted(name=name)
    house.judge()

    assert house.status(identifier) == "held"
    detail = house.client.get(f"/v1/moderation/comments/{identifier}", headers=house.staff()).get_json()
    assert "reserved_name" in detail["reasons"]
    assert house.published(name="Journaliste retraité")


def test_who_types_the_newsroom_s_own_word_for_an_address_is_not_the_newsroom(house: House) -> None:
    spoken(house, house.published())
    keys = house.app.extensions["moderato"].keys

    for address in ("newsroom", "", house.site_id, f"newsroom@{house.site_id}"):
        assert keys.author(house.site_id, address) != keys.newsroom(house.site_id)


def test_it_is_taken_down_like_any_other_and_its_decision_undone(house: House) -> None:
    parent = house.published()
    first, second = spoken(house, parent), spoken(house, parent, body=f"Encore : {WORDS}")

    assert house.decide(first, "reject", reason="other").status_code == 200
    undone = house.client.post(
        f"/v1/moderation/comments/{second}/undo", json={"version": 2}, headers=house.staff()
    ).get_json()

    assert undone["status"] == "held"
    assert set(shown(house)) == {parent}
    [author] = rows(house, select(Author.__table__).where(Author.email.is_(None)))
    assert (author.published_count, author.rejected_count) == (0, 1)


def test_a_lost_answer_comes_again_and_nothing_is_said_twice(house: House) -> None:
    parent = house.published()
    first = reply(house, parent, key="k-1")

    again = reply(house, parent, key="k-1")
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    told(reply(house, parent, key="k-1", body="Autre chose."), 422, "key_used")
    told(reply(house, parent), 409, "duplicate")

    mine = first.get_json()["id"]
    house.decide(mine, "reject", reason="other")
    house.decide(parent, "reject", reason="other")
    assert reply(house, parent, key="k-1").get_json() == {"id": mine, "status": "rejected", "version": 3}
    assert count(house, Comment) == 2
    assert count(house, AuditRow, AuditRow.act == "comment.reply") == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"body": ""}, "body"), ({"body": "\u200b"}, "body"), ({"body": "\x00"}, "body"),
        ({"body": "x" * 65_526}, "body"),
        ({"name": 1}, "name"), ({"name": "Paul"}, "name"), ({"email": "a@b.example"}, "email"),
        ({"status": "published"}, "status"), ({"website": "x"}, "website"),
    ],
    ids=str,
)  # fmt: skip
def test_what_it_cannot_say_is_refused_by_name(small_house: House, wrong: dict[str, Any], field: str) -> None:
    parent = small_house.published()

    assert list(faults(reply(small_house, parent, **wrong))) == [field]
    assert list(faults(small_house.client.post(HERE, json={"body": WORDS} | wrong, headers=small_house.staff()))) == [
        field
    ]
    assert count(small_house, Comment) == 1


def test_only_people_of_the_site_speak_for_it(small_house: House) -> None:
    small_house.add_site("other")
    parent = small_house.published()

    for role in ("auditor", "service"):
        told(reply(small_house, parent, role), 403, "role")
    path = f"/v1/moderation/comments/{parent}/replies"
    told(small_house.client.post(path, json={"body": WORDS}, headers=small_house.staff("owner", "other")), 404)
    told(reply(small_house, "01890000-0000-7000-8000-000000000000"), 404, "comment_unknown")
    told(reply(small_house, "x"), 404, "comment_unknown")
    with small_house.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(Comment)).scalar_one() == 1


def test_an_owner_gives_the_newsroom_another_badge_and_it_stays(house: House) -> None:
    parent = house.published()
    mine = spoken(house, parent)
    author = house.row(mine).author_id
    path = f"/v1/moderation/authors/{author}/badge"
    assert house.client.put(path, json={"badge": "La maison"}, headers=house.staff("owner")).status_code == 200

    spoken(house, parent, body=f"Encore : {WORDS}")

    assert {each["badge"] for each in shown(house).values()} == {None, "La maison"}
