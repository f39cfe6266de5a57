"""Policies before and after: a draft tried on the last days, the versions there were, and back to one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from service.store.comments import Comment
from tests.api.told import told
from tests.factories import House

POLICY = "/v1/moderation/sites/journal/policy"


def ask(house: House, what: str, document: Any, role: str = "editor") -> Any:
    return house.client.post(f"{POLICY}/{what}", json=document, headers=house.staff(role))


def put(house: House, document: Any) -> int:
    answer = house.client.put(POLICY, json=document, headers=house.staff("editor"))
    assert answer.status_code == 200
    return int(answer.get_json()["version"])


def test_a_draft_is_tried_on_what_was_judged_and_changes_nothing(house: House) -> None:
    put(house, {"hold_first_comment": False})
    before = put(house, {"hold_first_comment": False, "hold": 0.9})
    quiet = house.accepted(body="Une remarque tranquille sur le conseil municipal.")
    shouted = house.accepted(body="ASSEZ DE CES MENSONGES SUR LE TRAMWAY ET SUR LA PLACE DU MARCHE")
    house.judge()
    assert {house.status(quiet), house.status(shouted)} == {"published"}

    found = ask(house, "preview", {"policy": {"hold_first_comment": False, "hold": 0.2}, "days": 7}).get_json()

    assert found["looked_at"] == 2
    assert (found["now"]["publish"], found["then"]["publish"]) == (2, 1)
    assert found["then"]["awaiting"] == 1
    assert found["then"]["awaiting_a_day"] == pytest.approx(1 / 7, abs=0.01)
    (change,) = found["changes"]
    assert (change["before"], change["after"], change["count"]) == ("publish", "hold", 1)
    assert [example["id"] for example in change["examples"]] == [shouted]
    assert change["examples"][0]["body"].startswith("ASSEZ")
    assert house.status(shouted) == "published"
    assert house.client.get(POLICY, headers=house.staff()).get_json()["version"] == before


def test_a_word_is_tried_on_texts_that_were_judged_without_it(house: House) -> None:
    put(house, {"hold_first_comment": False})
    house.accepted(body="Encore des salsifis à la cantine.")
    house.judge()

    found = ask(house, "preview", {"policy": {"hold_first_comment": False, "blocked_words": ["salsifis"]}}).get_json()

    assert [(each["before"], each["after"]) for each in found["changes"]] == [("publish", "hold")]


def test_only_the_days_that_were_asked_for_and_only_texts_that_are_still_there(house: House) -> None:
    put(house, {"hold_first_comment": False})
    old, gone, new = (house.accepted() for _ in range(3))
    house.judge()
    with house.database.write() as connection:
        connection.execute(
            update(Comment).where(Comment.id == old).values(created_at=datetime.now(UTC) - timedelta(days=20))
        )
    receipt = house.app.extensions["moderato"].keys.receipt(gone)
    assert house.client.delete(f"/v1/receipts/{receipt}").status_code == 200

    assert ask(house, "preview", {"policy": {}, "days": 7}).get_json()["looked_at"] == 1
    assert ask(house, "preview", {"policy": {}, "days": 30}).get_json()["looked_at"] == 2
    assert house.status(new) == "published"


def test_nobody_s_e_mail_is_in_a_trial(house: House) -> None:
    house.accepted(email="canari@lecteurs.example.org", body="SALSIFIS PARTOUT EN CAPITALES POUR TOUT LE MONDE")
    house.judge()

    answer = ask(house, "preview", {"policy": {"hold": 0.0}})

    assert "canari" not in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "policy"),
        ({"policy": {"hold": 2}}, "policy"),
        ({"policy": {}, "days": 0}, "days"),
        ({"policy": {}, "days": 91}, "days"),
        ({"policy": {}, "days": "7"}, "days"),
        ({"policy": {}, "weeks": 1}, "weeks"),
    ],
)
def test_a_malformed_draft_is_refused_with_the_field(small_house: House, document: Any, field: str) -> None:
    assert field in told(ask(small_house, "preview", document), 422, "invalid")["errors"]


def test_one_call_goes_back_to_an_earlier_version_which_becomes_the_next(house: House) -> None:
    first = put(house, {"hold": 0.4, "blocked_words": ["salsifis"]})
    second = put(house, {"hold": 0.6})

    answer = ask(house, "rollback", {"version": first})

    assert answer.get_json()["version"] == second + 1
    assert answer.get_json()["policy"]["blocked_words"] == ["salsifis"]
    now = house.client.get(POLICY, headers=house.staff()).get_json()
    assert (now["version"], now["policy"]["hold"]) == (second + 1, 0.4)
    listed = house.client.get(f"{POLICY}/versions", headers=house.staff()).get_json()["versions"]
    assert [each["version"] for each in listed][:3] == [second + 1, second, first]
    assert all(each["by"] for each in listed)


@pytest.mark.parametrize("version", [0, 99, "1", None])
def test_what_is_no_version_is_refused_with_the_field(small_house: House, version: Any) -> None:
    assert "version" in told(ask(small_house, "rollback", {"version": version}), 422, "invalid")["errors"]
