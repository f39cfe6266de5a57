"""How often the machine is right, as staff are told it: from people's decisions, audits and a shadow."""

import csv
import io
from dataclasses import replace
from typing import Any

import pytest

from service.store import truth as store
from tests.api.told import told
from tests.factories import CANARY_STRING, House, a_submission

TRUTH = "/v1/moderation/sites/journal/truth"
POLICY = "/v1/moderation/sites/journal/policy"
WORD = {"blocked_words": ["salsifis"], "hold_first_comment": False}


def throw(house: House, *numbers: float) -> None:
    """From now on the dice fall so, and then always on 1."""
    fallen = iter(numbers)
    house.__dict__["room"] = replace(house.room, dice=lambda: next(fallen, 1.0))


def learnt(house: House, query: str = "", role: str = "auditor") -> Any:
    answer = house.client.get(f"{TRUTH}{query}", headers=house.staff(role))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()


def of(figures: Any, what: str, name: str) -> Any:
    return next(each for each in figures[f"{what}s"] if each[what] == name)


def put(house: House, policy: dict[str, Any]) -> None:
    answer = house.client.put(POLICY, json=policy, headers=house.staff("editor"))
    assert answer.status_code == 200, answer.get_data(as_text=True)


def test_without_an_audit_precision_is_told_and_recall_is_not_and_it_says_why(house: House) -> None:
    right, wrong, open_ = (house.held() for _ in range(3))
    taken_down = house.published()
    house.decide(right, "reject", reason="spam")
    house.decide(wrong, "publish")
    house.decide(taken_down, "reject", reason="insult")

    found = learnt(house)

    assert house.row(open_).awaiting
    machine = found["machine"]
    assert (machine["flagged"], machine["decided"], machine["refused"]) == (None, 2, 1)
    assert (machine["released"], machine["taken_down"]) == (0, 1)
    assert machine["precision"] == {"value": 0.5, "low": 0.0126, "high": 0.9874, "why": None}
    assert machine["recall"] == {"value": None, "low": None, "high": None, "why": "no_audits"}
    assert of(found, "check", "canary")["precision"] == machine["precision"]
    assert of(found, "reason", "test_string")["decided"] == 2
    assert found["audits"] == {"done": 0, "open": 0}
    assert found["shadow"] is None


def test_an_answered_audit_tells_what_the_machine_misses(house: House) -> None:
    caught = [house.held() for _ in range(4)]
    throw(house, 0.0, 0.0, 0.0)
    put(house, {"hold_first_comment": False, "audit_share": 0.5})
    audits = [house.published() for _ in range(3)]
    for each in caught:
        house.decide(each, "reject", reason="spam")
    for each, (action, reason) in zip(audits, [("reject", "spam"), ("publish", None)], strict=False):
        assert house.decide(each, action, reason=reason).status_code == 200

    found = learnt(house)

    assert found["audits"] == {"done": 2, "open": 1}
    recall = found["machine"]["recall"]
    assert recall["value"] == pytest.approx(4 / 7, abs=1e-4)  # three drawn of six, half of the answered refused
    assert 0 < recall["low"] < 0.5 < recall["high"] <= 1
    assert found["machine"]["precision"]["value"] == 1
    assert found["machine"]["taken_down"] == 1
    assert found["machine"]["flagged"] == 0


def test_a_comment_that_was_edited_or_taken_back_teaches_nothing(house: House) -> None:
    gone, edited = house.held(), house.held()
    house.decide(gone, "reject", reason="spam")
    house.decide(edited, "publish")
    receipt = house.app.extensions["moderato"].keys.receipt
    house.client.delete(f"/v1/receipts/{receipt(gone)}")
    house.client.patch(f"/v1/receipts/{receipt(edited)}", json={"body": a_submission()["body"]})
    house.judge()

    assert learnt(house)["machine"]["decided"] == 0


def test_those_who_decide_are_not_led(house: House) -> None:
    put(house, WORD | {"shadow": {"weights": {"blocked_word": 0.1}}})
    throw(house, 0.0)
    house.published()

    for role in ("moderator", "service"):
        found = learnt(house, role=role)
        assert (found["audits"], found["shadow"]) == (None, None)
    for role in ("editor", "owner", "auditor"):
        found = learnt(house, role=role)
        assert found["audits"] == {"done": 0, "open": 1}
        assert found["shadow"]["judged"] == 1


def test_a_shadow_judges_beside_the_policy_and_changes_nothing(house: House) -> None:
    put(house, WORD | {"weights": {"blocked_word": 0.0}, "shadow": {"weights": {"blocked_word": 1.0}}})
    with_it = [house.published(body=f"Des salsifis, {at} fois.") for at in range(3)]
    without = house.published()
    held = house.held()
    house.decide(with_it[0], "reject", reason="spam")
    house.decide(held, "reject", reason="spam")
    house.decide(with_it[1], "publish")

    detail = house.client.get(f"/v1/moderation/comments/{with_it[2]}", headers=house.staff()).get_data(as_text=True)
    listed = house.client.get("/v1/moderation/queue?site=journal&status=published", headers=house.staff())
    assert "shadow" not in detail + listed.get_data(as_text=True)
    assert house.row(without).status == "published"

    beside = learnt(house)["shadow"]
    assert (beside["judged"], beside["now"]["hold"], beside["shadow"]["hold"]) == (5, 1, 4)
    assert (beside["now"]["share_awaiting"], beside["shadow"]["share_awaiting"]) == (0.2, 0.8)
    [apart] = beside["disagreements"]
    assert (apart["before"], apart["after"], apart["count"]) == ("publish", "hold", 3)
    assert (apart["decided"], apart["refused"]) == (2, 1)
    assert apart["examples"] == [with_it[2], with_it[1], with_it[0]]


def test_both_are_measured_by_the_same_decisions(house: House) -> None:
    put(house, WORD | {"audit_share": 1.0, "weights": {"blocked_word": 0.0},
                       "shadow": {"weights": {"blocked_word": 1.0}}})  # fmt: skip
    throw(house, *[0.0] * 8)
    for at in range(4):
        house.decide(house.published(body=f"Des salsifis, {at} fois."), "reject", reason="spam")
        house.decide(house.published(), "publish")

    beside = learnt(house)["shadow"]

    assert beside["now"]["recall"]["value"] == 0
    assert beside["now"]["precision"]["why"] == "nothing_decided"
    assert (beside["shadow"]["recall"]["value"], beside["shadow"]["precision"]["value"]) == (1, 1)


def test_a_shadow_is_measured_since_both_are_what_they_are(house: House) -> None:
    put(house, WORD | {"shadow": {"hold": 1.0}})
    house.published()
    put(house, WORD | {"shadow": {"hold": 0.9}})
    assert learnt(house)["shadow"]["judged"] == 0
    house.published()
    put(house, WORD | {"shadow": {"hold": 0.9}, "blocked_words": ["scorsonères"]})
    house.published()
    beside = learnt(house)["shadow"]
    assert beside["judged"] == 2
    put(house, WORD)
    assert learnt(house)["shadow"] is None


def test_the_shadow_too_waits_for_what_the_scorer_says_and_holds_what_always_is_held(house: House) -> None:
    put(house, WORD | {"hold": 0.9, "shadow": {"hold": 0.05, "weights": {"test_string": 0.06}}})
    house.accepted(body=f"{a_submission()['body']} {CANARY_STRING}")
    house.judge()
    beside = learnt(house)["shadow"]
    assert (beside["now"]["hold"], beside["shadow"]["hold"]) == (1, 1)


@pytest.mark.parametrize(
    "shadow",
    [
        {"weights": {"zorglub": 0.5}}, {"weights": {"links": 2}}, {"caps": {"links": -1}}, {"hold": None},
        {"reject": 0.1}, {"mode": "auto"}, ["links"],
    ],
)  # fmt: skip
def test_a_malformed_shadow_is_refused_with_the_field(small_house: House, shadow: Any) -> None:
    before = small_house.client.get(POLICY, headers=small_house.staff()).get_json()["version"]
    answer = small_house.client.put(POLICY, json={"shadow": shadow}, headers=small_house.staff("editor"))
    assert list(told(answer, 422, "invalid")["errors"]) == ["shadow"]
    assert small_house.client.get(POLICY, headers=small_house.staff()).get_json()["version"] == before


def test_an_article_has_no_shadow_of_its_own(small_house: House) -> None:
    answer = small_house.client.put(
        "/v1/moderation/sites/journal/articles/a-1",
        json={"policy": {"shadow": {"hold": 0.4}}}, headers=small_house.staff("editor"),
    )  # fmt: skip
    assert list(told(answer, 422, "invalid")["errors"]) == ["policy"]


def test_a_policy_comes_back_with_its_shadow_as_it_was_given(small_house: House) -> None:
    shadow = {"weights": {"links": 0.9}, "reject": None}
    put(small_house, {"shadow": shadow})
    assert small_house.client.get(POLICY, headers=small_house.staff()).get_json()["policy"]["shadow"] == shadow


def test_no_more_is_read_than_is_said_and_the_time_is_as_short_as_it_reaches(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        house.decide(house.held(), "reject", reason="spam")
    monkeypatch.setattr(store, "MOST_DECIDED", 2)

    found = learnt(house)

    assert found["machine"]["decided"] == 1  # the other's verdict is older than what the decisions reach back to
    assert found["since"] > learnt(house, "?days=1")["since"][:11]


def test_the_same_is_a_file_with_a_line_for_each(house: House) -> None:
    house.decide(house.held(), "reject", reason="spam")

    answer = house.client.get(f"{TRUTH}.csv", headers=house.staff())

    assert answer.mimetype == "text/csv"
    lines = {(line["kind"], line["name"]): line for line in csv.DictReader(io.StringIO(answer.get_data(as_text=True)))}
    assert lines["machine", ""]["precision_value"] == "1.0"
    assert lines["check", "canary"]["recall_why"] == "no_audits"
    assert lines["reason", "test_string"]["decided"] == "1"


def test_a_foreign_site_is_not_there_and_days_that_are_none_are_refused(small_house: House) -> None:
    foreign = small_house.client.get("/v1/moderation/sites/gazette/truth", headers=small_house.staff())
    told(foreign, 404, "site_unknown")
    answer = small_house.client.get(f"{TRUTH}?days=0", headers=small_house.staff())
    assert "days" in told(answer, 422, "invalid")["errors"]
