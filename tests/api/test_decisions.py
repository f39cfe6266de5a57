"""What a person decides: bound to the version they saw, one by one or many at once, each by itself."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from service.api import moderation
from service.domain.comment import Action
from service.domain.reasons import DecisionReason
from service.operations import decide as verb
from service.store import events
from service.store.events import Event
from service.store.moderation import DecisionRow
from tests.api.told import faults, told
from tests.factories import House
from tests.operations.test_life import count

NOBODY = "01890000-0000-7000-8000-000000000000"


def decide(house: House, identifier: str, body: Any) -> TestResponse:
    return house.client.post(
        f"/v1/moderation/comments/{identifier}/decision", json=body, headers=house.staff() | {"Accept-Language": "en"}
    )


def decide_all(house: House, decisions: Any) -> TestResponse:
    return house.client.post(
        "/v1/moderation/decisions",
        json={"decisions": decisions},
        headers=house.staff() | {"Accept-Language": "en"},
    )


def results(answer: TestResponse) -> list[Any]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(answer.get_json()["results"])


def test_a_decision_tells_where_the_comment_stands_now(house: House) -> None:
    identifier = house.held()
    for version, action, status in ((2, "publish", "published"), (3, "reject", "rejected"), (4, "hold", "held")):
        answer = decide(house, identifier, {"action": action, "version": version, "reason": "other", "note": "Vu."})

        assert answer.status_code == 200
        assert answer.get_json() == {"id": identifier, "status": status, "version": version + 1}
        assert answer.headers["Cache-Control"] == "no-store"
        assert house.status(identifier) == status


def test_a_comment_that_nobody_has_judged_yet_can_be_decided_on(small_house: House) -> None:
    identifier = small_house.accepted()

    assert decide(small_house, identifier, {"action": "publish", "version": 1}).status_code == 200
    small_house.judge()
    assert small_house.row(identifier).version == 2


@pytest.mark.parametrize("reason", DecisionReason)
def test_a_comment_is_rejected_for_any_of_the_reasons(small_house: House, reason: str) -> None:
    body = {"action": "reject", "version": 2, "reason": reason}

    assert decide(small_house, small_house.held(), body).get_json()["status"] == "rejected"


def test_to_reject_takes_a_reason_and_nothing_else_does(small_house: House) -> None:
    identifier = small_house.held()

    for body in ({}, {"reason": None}):
        answer = decide(small_house, identifier, {"action": "reject", "version": 2} | body)
        assert faults(answer) == {"reason": ["Give a reason to reject a comment."]}
    assert decide(small_house, identifier, {"action": "publish", "version": 2, "reason": None}).status_code == 200


def test_what_a_decision_lacks_is_told_all_at_once(small_house: House) -> None:
    told_of = faults(decide(small_house, small_house.held(), {}))

    assert told_of == {"action": ["This field is required."], "version": ["This field is required."]}


WRONG: dict[str, list[Any]] = {
    "action": ["", "approve", "PUBLISH", "published", "removed", 1, True, None, [], {}, ["publish"], {"a": "publish"}],
    "version": [0, -1, 2**31, 10**40, 1.0, 1.5, "2", "", True, False, None, [], {}, [2]],
    "reason": ["", "x", "SPAM", "automatic", "links", 1, True, [], {}, ["spam"]],
    "note": [None, 1, True, [], {}, "\x00", "x" * 2001],
    "id": [NOBODY],
    "status": ["published"],
    "token_id": ["x"],
}


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_is_refused_by_name_and_nothing_happens(small_house: House, field: str) -> None:
    identifier = small_house.held()

    for value in WRONG[field]:
        body = {"action": "publish", "version": 2, field: value}
        assert list(faults(decide(small_house, identifier, body))) == [field], value
    assert small_house.status(identifier) == "held"
    assert count(small_house, DecisionRow) == 0


def test_who_decides_on_an_old_version_is_told_the_current_one(house: House) -> None:
    identifier = house.held()
    assert decide(house, identifier, {"action": "publish", "version": 2}).status_code == 200

    for version in (1, 2, 4, 2**31 - 1):
        document = told(decide(house, identifier, {"action": "hold", "version": version}), 409, "moved_on")
        assert document["title"] == "This comment has changed in the meantime."
        assert document["current"] == {"id": identifier, "status": "published", "version": 3}
    assert count(house, DecisionRow) == 1


def test_twenty_at_once_are_one_decision_and_nineteen_who_are_told(house: House) -> None:
    identifier = house.held()
    house.token()
    _ = house.app
    actions = [{"action": action, "version": 2, "reason": "spam"} for action in Action] * 7

    with ThreadPoolExecutor(21) as threads:
        answers = list(threads.map(lambda body: decide(house, identifier, body), actions))

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 20
    assert count(house, DecisionRow) == 1
    [winner] = [answer.get_json() for answer in answers if answer.status_code == 200]
    assert {answer.get_json()["current"]["status"] for answer in answers if answer.status_code == 409} == {
        winner["status"]
    }


def test_a_removed_comment_is_beyond_decisions(house: House) -> None:
    answer = house.post()
    identifier = answer.get_json()["id"]
    house.client.delete(f"/v1/receipts/{answer.get_json()['receipt']}")
    version = house.row(identifier).version

    for action in Action:
        answer = decide(house, identifier, {"action": action, "version": version, "reason": "spam"})
        assert told(answer, 409, "moved_on")["current"] == {"id": identifier, "status": "removed", "version": version}
    [result] = results(decide_all(house, [{"id": identifier, "action": "publish", "version": version}]))
    assert result["problem"]["current"]["status"] == "removed"


# Many at once.


def test_many_decisions_have_a_result_each_in_order(house: House) -> None:
    house.add_site("other")
    held = [house.held() for _ in range(3)]
    stale = house.published()
    foreign = house.held(article="/v1/sites/other/articles/a-1")
    asked: list[Any] = [
        {"id": held[0], "version": 2, "action": "publish"},
        {"id": held[0], "version": 2, "action": "reject", "reason": "spam"},
        {"id": stale, "version": 1, "action": "hold"},
        {"id": held[1], "version": 2, "action": "reject", "reason": "spam", "note": "x"},
        {"id": foreign, "version": 2, "action": "publish"},
        {"id": NOBODY, "version": 2, "action": "publish"},
        {"id": held[2], "version": 2, "action": "reject"},
        {"id": "x", "version": 2, "action": "publish"},
        {"version": 2, "action": "publish"},
        {"id": held[2], "version": "2", "action": "x", "extra": 1},
        {"id": "\ud800", "version": 2, "action": "publish"},
        {"id": "x" * 10_000, "version": 2, "action": "publish"},
        {"id": 1, "version": 2, "action": "publish"},
        None, "x", 1, [], {}, True,
        {"id": held[2].upper(), "version": 2, "action": "publish"},
    ]  # fmt: skip

    answer = house.client.post(
        "/v1/moderation/decisions", data=json.dumps({"decisions": asked}), content_type="application/json",
        headers=house.staff() | {"Accept-Language": "en"},
    )  # fmt: skip

    found = results(answer)
    assert [each.get("status") or each["problem"]["status"] for each in found] == [
        "published", 409, 409, "rejected", 404, 404, *[422] * 13, "published"
    ]  # fmt: skip
    assert found[1]["problem"]["current"] == {"id": held[0], "status": "published", "version": 3}
    assert found[6]["problem"]["errors"] == {"reason": ["Give a reason to reject a comment."]}
    assert set(found[9]["problem"]["errors"]) == {"version", "action", "extra"}
    assert [each["id"] for each in found[:8]] == [each["id"] for each in asked[:8]]
    assert [each["id"] for each in found[8:]] == [
        None, held[2], "\ufffd", "x" * 100, None, None, None, None, None, None, None, held[2]
    ]  # fmt: skip
    assert house.status(foreign) == "held"
    assert count(house, DecisionRow) == 3


def test_five_hundred_are_decided_at_once_and_not_one_more(big_house: House) -> None:
    written = [big_house.accepted() for _ in range(3)]
    rest = [{"id": NOBODY, "version": 1, "action": "publish"}] * 497
    asked = [{"id": each, "version": 1, "action": "publish"} for each in written]

    told_of = faults(decide_all(big_house, [*asked, *rest, rest[0]]))
    assert told_of == {"decisions": ["From 1 to 500 decisions at once."]}
    assert count(big_house, DecisionRow) == 0

    found = results(decide_all(big_house, [*asked, *rest]))
    assert [each.get("status") for each in found] == ["published"] * 3 + [None] * 497


@pytest.mark.parametrize("decisions", [[], {}, "x", 1, None, True, {"0": {}}])
def test_a_list_of_decisions_is_a_list_with_something_in_it(small_house: House, decisions: Any) -> None:
    told_of = faults(decide_all(small_house, decisions))

    assert told_of == {"decisions": ["From 1 to 500 decisions at once."]}


def test_the_list_has_a_name(small_house: House) -> None:
    bodies: list[Any] = [{}, {"decision": []}, {"decisions": [{}], "dry_run": True}]
    for body in bodies:
        answer = small_house.client.post("/v1/moderation/decisions", json=body, headers=small_house.staff())
        assert set(faults(answer)) & {"decisions", "decision", "dry_run"}
    for data in (b"[]", b"", b"[{}]"):
        answer = small_house.client.post(
            "/v1/moderation/decisions", data=data, content_type="application/json", headers=small_house.staff()
        )
        told(answer, 400)


def test_nothing_is_half_decided(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks after the decision was written takes the decision back with it."""
    identifier = house.held()

    def breaks(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(events, "add_events", breaks)
    told(decide(house, identifier, {"action": "publish", "version": 2}), 500, "internal")

    assert house.status(identifier) == "held"
    assert count(house, DecisionRow) == 0
    assert count(house, Event, Event.type == "comment.published") == 0


def test_when_the_database_goes_away_among_many_decisions_those_made_are_told(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = [small_house.held() for _ in range(4)]
    calls: list[int] = []

    def goes_away(*arguments: Any) -> Any:
        calls.append(1)
        if len(calls) > 2:
            raise OperationalError("x", {}, Exception())
        return verb.decide(*arguments)

    monkeypatch.setattr(moderation, "decide", goes_away)
    found = results(decide_all(small_house, [{"id": each, "version": 2, "action": "publish"} for each in held]))

    assert [each.get("status") or each["problem"]["status"] for each in found] == ["published", "published", 503, 503]
    assert len(calls) == 3, "nobody waits for it again and again"
