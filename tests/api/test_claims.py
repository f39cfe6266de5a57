"""Claiming over HTTP: who gets what, who is told, and what is refused."""

from typing import Any

import pytest

from tests.api.told import faults, told
from tests.factories import House

NOWHERE = "01890000-0000-7000-8000-000000000000"
NEXT = "/v1/moderation/queue/next"


def ask(house: House, role: str = "moderator", **body: Any) -> Any:
    answer = house.client.post(NEXT, json=body, headers=house.staff(role))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["item"]


def put(house: House, identifier: str, role: str = "moderator", method: str = "PUT") -> Any:
    return house.client.open(f"/v1/moderation/comments/{identifier}/claim", method=method, headers=house.staff(role))


def listed(house: House) -> Any:
    [item] = house.client.get("/v1/moderation/queue", headers=house.staff()).get_json()["items"]
    return item


def test_the_next_one_comes_whole_and_everybody_sees_who_reads_it(house: House) -> None:
    identifier = house.held()
    assert listed(house)["claimed_by"] is None

    item = ask(house)

    assert item["id"] == identifier
    assert item["claimed_by"] == "moderator of journal"
    there = listed(house)
    assert item == there | {"status": None, "verdict": there["verdict"] | {"action": None}}
    detail = house.client.get(f"/v1/moderation/comments/{identifier}", headers=house.staff()).get_json()
    assert (detail["claimed_by"], detail["claimed_until"]) == (item["claimed_by"], item["claimed_until"])
    assert ask(house, "editor") is None


def test_a_claim_is_renewed_and_given_back_by_its_holder_only(house: House) -> None:
    identifier = house.held()
    first = put(house, identifier).get_json()
    second = put(house, identifier).get_json()

    assert second["claimed_until"] > first["claimed_until"]
    for method in ("PUT", "DELETE"):
        refused = told(put(house, identifier, "editor", method), 409, "claimed")
        assert refused["claimed_by"] == "moderator of journal"
        assert refused["claimed_until"] == second["claimed_until"]
    back = {"id": identifier, "claimed_by": None, "claimed_until": None}
    assert put(house, identifier, method="DELETE").get_json() == back
    assert put(house, identifier, "editor", "DELETE").get_json() == back
    assert put(house, identifier, "editor").get_json()["claimed_by"] == "editor of journal"


def test_people_have_the_last_word_on_what_others_read_and_are_told(house: House) -> None:
    identifier, other = house.held(), house.held()
    put(house, identifier, "editor")
    put(house, other, "editor")

    assert house.decide(identifier, "publish").get_json()["claimed_by"] == "editor of journal"
    answer = house.client.post(
        "/v1/moderation/decisions", json={"decisions": [{"id": other, "version": 2, "action": "publish"}]},
        headers=house.staff(),
    )  # fmt: skip
    assert answer.get_json()["results"][0]["claimed_by"] == "editor of journal"
    assert "claimed_by" not in house.decide(other, "hold").get_json()
    assert listed(house)["claimed_by"] is None


def test_whoever_decides_on_what_they_read_themselves_is_told_of_nobody(house: House) -> None:
    identifier = house.held()
    put(house, identifier)

    assert "claimed_by" not in house.decide(identifier, "publish").get_json()


def test_what_is_not_there_cannot_be_claimed(small_house: House) -> None:
    small_house.add_site("other")
    foreign = small_house.accepted(article="/v1/sites/other/articles/a-1")
    gone = small_house.held()
    put(small_house, gone, "editor")
    keys = small_house.app.extensions["moderato"].keys
    small_house.client.delete(f"/v1/receipts/{keys.receipt(gone)}")

    for method in ("PUT", "DELETE"):
        for identifier in (foreign, NOWHERE, "x"):
            told(put(small_house, identifier, method=method), 404, "comment_unknown")
    told(put(small_house, gone), 409, "moved_on")
    assert put(small_house, gone, method="DELETE").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"list": "held"}, "list"), ({"list": None}, "list"), ({"order": "score"}, "order"),
        ({"list": "published", "order": "priority"}, "order"), ({"reason": "spam"}, "reason"),
        ({"check": "No"}, "check"), ({"language": "x"}, "language"), ({"author": "zoe"}, "author"),
        ({"q": "x" * 201}, "q"), ({"min_score": 2}, "min_score"), ({"max_score": "high"}, "max_score"),
        ({"min_score": 0.5, "max_score": 0.4}, "max_score"), ({"since": "now"}, "since"), ({"until": 5}, "until"),
        ({"skip": ["x"]}, "skip"), ({"skip": [NOWHERE] * 101}, "skip"), ({"status": "held"}, "status"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_by_name_and_nothing_is_claimed(
    small_house: House, body: Any, field: str
) -> None:
    small_house.held()

    answer = small_house.client.post(NEXT, json=body, headers=small_house.staff())

    assert list(faults(answer)) == [field]
    assert listed(small_house)["claimed_by"] is None
