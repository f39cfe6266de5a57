"""Selections: what a bulk act would touch, seen before it is done, and done on what was seen."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from service.store import traces
from service.store.comments import Comment
from tests.api.told import faults, told
from tests.factories import CANARY_STRING, House

SELECTION = "/v1/moderation/selection"
CAMPAIGN = (
    "Venez tous samedi devant la mairie, place du marché, pour dire non au projet de rocade qui nous coûtera cher"
)


def selection(house: House, site: str = "journal", **query: Any) -> Any:
    answer = house.client.get(SELECTION, query_string=query, headers=house.staff("auditor", site))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def ids(house: House, **query: Any) -> list[str]:
    return [item["id"] for item in selection(house, **query)["items"]]


def author_of(house: House, comment: str) -> str:
    return str(house.row(comment).author_id)


def entries(house: House, comment: str) -> Any:
    query = {"object": comment}
    return house.client.get("/v1/moderation/audit", query_string=query, headers=house.staff("auditor")).get_json()[
        "entries"
    ]


def test_all_of_an_author_is_selected_whatever_became_of_it_the_newest_first(house: House) -> None:
    mine = {"email": "une@lecteurs.example.org"}
    published, held, refused = house.published(**mine), house.held(**mine), house.held(**mine)
    house.held(email="autre@lecteurs.example.org")
    house.decide(refused, "reject", reason="spam")
    pending = house.accepted(**mine)

    found = selection(house, author=author_of(house, held))

    assert [item["id"] for item in found["items"]] == [pending, refused, held, published]
    assert found["counts"] == {"pending": 1, "rejected": 1, "held": 1, "published": 1}
    assert (found["authors"], found["more"]) == (1, False)
    [item] = [item for item in found["items"] if item["id"] == held]
    row = house.row(held)
    assert (item["version"], item["status"], item["name"]) == (row.version, "held", row.name)
    assert item["excerpt"] == row.body[:120]
    assert item["article"]["id"] == "a-1"


def test_statuses_and_lists_and_filters_narrow_it(house: House) -> None:
    held, published = house.held(), house.published()
    refused = house.held(article="/v1/sites/journal/articles/b-2")
    house.decide(refused, "reject", reason="spam")

    assert ids(house) == [refused, published, held]
    assert ids(house, status=["held", "published"]) == [published, held]
    assert ids(house, status="held") == ids(house, list="awaiting") == [held]
    assert ids(house, list="rejected_by_people") == ids(house, article="b-2") == [refused]
    assert ids(house, reason="test_string") == ids(house, q=CANARY_STRING) == [refused, held]


def test_what_links_to_a_domain_is_selected(house: House) -> None:
    linked = house.held(body=f"{CANARY_STRING} voyez https://www.ailleurs.example/page")
    house.held()

    assert ids(house, domain="ailleurs.example") == [linked]


def test_a_campaign_is_selected_by_any_one_of_its_texts(house: House) -> None:
    texts = [f"{CAMPAIGN}{end}" for end in (".", " !", " ! Merci", "... merci")]
    copies = [house.held(body=f"{text} {CANARY_STRING}", email=f"a{at}@example.org") for at, text in enumerate(texts)]
    house.held()

    found = selection(house, copies_of=copies[2])

    assert {item["id"] for item in found["items"]} == set(copies)
    assert found["authors"] == len(copies)
    assert ids(house, copies_of=copies[0], status="published") == []


def test_copies_to_the_letter_count_also_when_they_are_short_or_not_judged_yet(house: House) -> None:
    copies = [house.accepted(body="Premier !", email=f"a{at}@example.org") for at in range(3)]
    house.accepted(body="Deuxième !")

    assert sorted(ids(house, copies_of=copies[1])) == sorted(copies)


def test_copies_are_of_the_last_week(house: House) -> None:
    old, new = (house.accepted(body="Premier !", email=f"a{at}@example.org") for at in range(2))
    with house.database.write() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=8)
        connection.execute(update(Comment).where(Comment.id == old).values(created_at=long_ago))

    assert ids(house, copies_of=new) == [new]


def test_there_are_five_hundred_at_most_and_more_says_that_there_are_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.api import schemas
    from service.store import lists

    held = [house.held() for _ in range(4)]
    monkeypatch.setattr(schemas, "MAX_DECISIONS", 3)
    found = selection(house)
    assert ([item["id"] for item in found["items"]], found["more"]) == (held[:0:-1], True)

    monkeypatch.setattr(schemas, "MAX_DECISIONS", 500)
    monkeypatch.setattr(lists, "WINDOW", 2)
    found = selection(house, q="xylophone")
    assert (found["items"], found["more"]) == ([], True), "not all were looked at"
    assert traces.MOST_COPIES == 500


def test_what_was_selected_is_decided_on_as_it_was_seen_and_the_log_says_by_what(house: House) -> None:
    seen = [house.held(email="une@lecteurs.example.org") for _ in range(3)]
    author = author_of(house, seen[0])
    found = selection(house, author=author)
    house.decide(seen[1], "publish")

    decisions = [
        {"id": item["id"], "version": item["version"], "action": "reject", "reason": "spam"} for item in found["items"]
    ]
    by = {"author": author, "domain": "WWW.Spam.Example", "status": ["held"]}
    answer = house.client.post(
        "/v1/moderation/decisions", json={"decisions": decisions, "by": by}, headers=house.staff()
    )

    results = answer.get_json()["results"]
    assert [each.get("status") or each["problem"]["code"] for each in results] == ["rejected", "moved_on", "rejected"]
    assert [house.status(each) for each in seen] == ["rejected", "published", "rejected"]
    for comment in (seen[0], seen[2]):
        [entry] = entries(house, comment)
        assert entry["data"]["by"] == by | {"domain": "spam.example"}
    assert ["by" in entry["data"] for entry in entries(house, seen[1])] == [False]


@pytest.mark.parametrize(
    "by",
    [None, "x", [], {"q": "Dupont"}, {"author": "zoe"}, {"domain": "zoe@example.org and more"},
     {"domain": "une phrase"}, {"status": "held"}, {"status": ["x"]}, {"status": ["held"] * 6},
     {"list": "x"}, {"reason": "spam"}],
    ids=str,
)  # fmt: skip
def test_what_nothing_can_be_selected_by_is_refused_and_nothing_is_done(small_house: House, by: Any) -> None:
    held = small_house.held()
    decisions = [{"id": held, "version": 2, "action": "publish"}]

    answer = small_house.client.post(
        "/v1/moderation/decisions", json={"decisions": decisions, "by": by}, headers=small_house.staff()
    )

    assert list(faults(answer)) == ["by"]
    assert small_house.status(held) == "held"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"status": "removed"}, "status"), ({"status": ["held", "x"]}, "status"), ({"list": "x"}, "list"),
        ({"list": "awaiting", "status": "held"}, "list"), ({"copies_of": "x"}, "copies_of"),
        ({"author": "x"}, "author"),
        ({"since": "yesterday"}, "since"), ({"min_score": "2"}, "min_score"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_selected_by_is_refused_by_name(small_house: House, query: Any, field: str) -> None:
    answer = small_house.client.get(SELECTION, query_string=query, headers=small_house.staff())

    assert list(faults(answer)) == [field]


def test_another_site_s_comment_is_not_there_nor_are_its_copies(small_house: House) -> None:
    small_house.add_site("other")
    held = small_house.held()
    here = small_house.client.get(SELECTION, query_string={"copies_of": held}, headers=small_house.staff(site="other"))

    told(here, 404, "comment_unknown")
    assert selection(small_house, "other", author=author_of(small_house, held))["items"] == []
    assert selection(small_house, "other")["counts"] == {}
