"""The moderators' lists, and one comment with all that explains it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from service.store.comments import Comment
from tests.api.told import faults
from tests.factories import CANARY_STRING, ORIGIN, House


def queue(house: House, **query: Any) -> Any:
    answer = house.client.get("/v1/moderation/queue", query_string=query, headers=house.staff())
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def ids(house: House, **query: Any) -> list[str]:
    return [item["id"] for item in queue(house, **query)["items"]]


def test_what_awaits_a_person_comes_first_come_first_served(house: House) -> None:
    held = [house.held() for _ in range(3)]
    published = house.published()
    pending = house.accepted()

    assert ids(house) == held
    assert ids(house, order="newest") == held[::-1]
    assert ids(house, status="published") == [published]
    assert ids(house, status="pending") == [pending]
    assert ids(house, status="removed") == ids(house, status="rejected") == []
    assert queue(house)["counts"] == {
        "awaiting": 3, "reported": 0, "published": 1, "rejected_by_machine": 0, "rejected_by_people": 0, "overdue": 0,
        "pending": 1, "held": 3, "rejected": 0,
    }  # fmt: skip


def test_what_is_published_and_queued_awaits_as_well(small_house: House) -> None:
    small_house.set_policy(mode="postmoderate", hold_first_comment=True)
    identifier = small_house.published()

    assert ids(small_house) == ids(small_house, status="published") == [identifier]
    small_house.decide(identifier, "publish")
    assert ids(small_house) == []


def test_a_decision_takes_a_comment_off_the_list_and_a_hold_puts_it_back(small_house: House) -> None:
    identifier = small_house.held()
    for action, expected in (("publish", []), ("hold", [identifier]), ("reject", [])):
        assert small_house.decide(identifier, action, reason="other").status_code == 200
        assert ids(small_house) == expected


def test_the_list_is_filtered_by_article_and_by_reason(house: House) -> None:
    other = house.held(article="/v1/sites/journal/articles/2026%2F05%2Fx")
    links = house.held(body=f"{CANARY_STRING} http://a.example http://b.example http://c.example")

    assert ids(house, article="2026/05/x") == [other]
    assert ids(house, article="2026/05/%") == []
    assert ids(house, reason="links") == [links]
    assert ids(house, reason="links", article="2026/05/x") == []
    assert len(ids(house, reason="test_string")) == 2


@pytest.mark.parametrize(
    ("q", "found"),
    [("100%", "100 % ? non, 100% !"), ("_a_", "un_a_deux"), ("/b/", "a/b/c"), ("\\", "a\\b"), ("🗞️", "un 🗞️ journal"),
     ("l’état", "L’état c’est moi"), ("'", "it's"), ('"', 'un "mot"'), ("%", "100 % ? non, 100% !"),
     ("SOUPE", "la soupe"), ("[a-z]", "[a-z]*")],
)  # fmt: skip
def test_words_are_searched_for_as_they_are_written(house: House, q: str, found: str) -> None:
    bodies = ["100 % ? non, 100% !", "un_a_deux", "a/b/c", "a\\b", "un 🗞️ journal", "L’état c’est moi", "it's",
              'un "mot"', "la soupe", "[a-z]*", "rien"]  # fmt: skip
    for body in bodies:
        house.accepted(body=body, name="Camille")

    shown = [item["body"] for item in queue(house, status="pending", q=q)["items"]]

    assert shown == [found]


def test_names_are_searched_too_and_addresses_are_not(small_house: House) -> None:
    identifier = small_house.held(name="Hippolyte", email="canari@lecteurs.example.org")

    assert ids(small_house, q="hippol") == [identifier]
    assert ids(small_house, q="canari") == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("status", ["x", "Held", "held,published", "awaiting"]),
        ("reason", ["x", "spam", " links ", "%"]),
        ("order", ["x", "score"]),
        ("limit", ["0", "101", "x", "-1"]),
        ("cursor", ["x", "é", "bnVsbA"]),
        ("q", ["x" * 201, "\x00", "\x7f"]),
        ("article", ["x" * 256, "\x00"]),
        ("site", ["x" * 256]),
    ],
)
def test_what_the_list_cannot_be_asked_is_refused_by_name(small_house: House, name: str, values: list[str]) -> None:
    for value in values:
        answer = small_house.client.get("/v1/moderation/queue", query_string={name: value}, headers=small_house.staff())
        assert list(faults(answer)) == [name], value


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_pages_of_the_list_join_even_when_all_came_at_once(house: House, order: str) -> None:
    written = sorted(house.accepted(body=f"{number} {CANARY_STRING}") for number in range(7))
    house.judge()
    with house.database.write() as connection:
        connection.execute(update(Comment).values(created_at=datetime(2026, 5, 1, tzinfo=UTC)))
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = queue(house, order=order, limit=3, cursor=cursor)
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert found == (written if order == "oldest" else written[::-1])


def test_an_item_tells_why_it_waits_in_words(small_house: House) -> None:
    identifier = small_house.held(
        body=f"{CANARY_STRING} http://a.example http://b.example http://c.example", name="Zoé", website="example.fr",
        article_url=f"{ORIGIN}/a", article_title="Un titre",
    )  # fmt: skip

    [item] = queue(small_house)["items"]

    assert {name: item[name] for name in ("id", "site", "parent", "status", "version", "name", "website")} == {
        "id": identifier, "site": "journal", "parent": None, "status": "held", "version": 2, "name": "Zoé",
        "website": "https://example.fr",
    }  # fmt: skip
    assert item["article"] == {"id": "a-1", "title": "Un titre", "title_confirmed": False, "url": f"{ORIGIN}/a"}
    assert set(item["reasons"]) == {signal["reason"] for signal in item["verdict"]["signals"]}
    assert item["verdict"]["action"] == "hold"
    weights = [signal["weight"] for signal in item["verdict"]["signals"]]
    assert weights == sorted(weights, reverse=True)
    details = {signal["reason"]: signal["detail"] for signal in item["verdict"]["signals"]}
    assert details["links"] == "3 liens dans un seul commentaire"
    spans = {signal["reason"]: signal["spans"] for signal in item["verdict"]["signals"]}["links"]
    assert item["body"][spans[0]["start"] : spans[0]["end"]] == "http://a.example"


def test_one_comment_comes_with_all_that_happened_to_it(house: House) -> None:
    parent = house.published(name="Parent", body="Le premier mot.")
    identifier = house.held(parent=parent)
    house.decide(identifier, "reject", reason="insult", note="Une\nnote.")
    house.decide(identifier, "publish")

    found = house.client.get(f"/v1/moderation/comments/{identifier}", headers=house.staff()).get_json()

    assert (found["id"], found["status"], found["version"], found["revision"]) == (identifier, "published", 4, 1)
    assert found["parent_comment"] == {
        "id": parent, "name": "Parent", "body": "Le premier mot.", "status": "published"
    }  # fmt: skip
    assert found["author"] == {"id": house.row(identifier).author_id, "published": 1, "rejected": 0}
    assert found["html"].startswith("<p>")
    assert found["verdict"]["action"] == "hold"
    assert [
        (each["type"], each.get("action"), each.get("reason"), each.get("version")) for each in found["history"]
    ] == [
        ("submitted", None, None, None),
        ("verdict", "hold", None, None),
        ("decision", "reject", "insult", 2),
        ("decision", "publish", None, 3),
    ]
    assert found["history"][2]["note"] == "Une\nnote."
    assert found["history"][2]["who"] == "moderator of journal"
    assert {"email", "author_id", "address_key", "facts", "text_key"}.isdisjoint(found)


def test_a_comment_nobody_has_judged_has_no_verdict(small_house: House) -> None:
    identifier = small_house.accepted()

    found = small_house.client.get(f"/v1/moderation/comments/{identifier}", headers=small_house.staff()).get_json()

    assert (found["verdict"], found["score"], found["reasons"], found["html"]) == (None, None, [], None)
    assert [each["type"] for each in found["history"]] == ["submitted"]
