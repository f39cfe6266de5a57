"""A decision taken back: by a new one, on the version that was seen, while it is a slip of the finger."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.errors import Conflict
from service.operations.decide import Decider
from service.operations.undo import WINDOW
from service.operations.undo import undo as take_back
from service.store import moderation
from tests.api.told import told
from tests.factories import House

COMMENTS = "/v1/moderation/comments"


def decide(house: House, comment: str, version: int, action: str, reason: str | None = None) -> int:
    answer = house.client.post(
        f"{COMMENTS}/{comment}/decision",
        json={"action": action, "version": version, "reason": reason},
        headers=house.staff(),
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return int(answer.get_json()["version"])


def undo(house: House, comment: str, version: Any, role: str = "moderator") -> Any:
    return house.client.post(f"{COMMENTS}/{comment}/undo", json={"version": version}, headers=house.staff(role))


def detail(house: House, comment: str) -> Any:
    return house.client.get(f"{COMMENTS}/{comment}", headers=house.staff()).get_json()


@pytest.mark.parametrize(("slip", "reason", "restored"), [("publish", None, "held"), ("reject", "spam", "held")])
def test_what_was_held_is_held_again(house: House, slip: str, reason: str | None, restored: str) -> None:
    comment = house.held()
    version = decide(house, comment, detail(house, comment)["version"], slip, reason)

    answer = undo(house, comment, version)

    assert (answer.status_code, answer.get_json()["status"]) == (200, restored)
    assert answer.get_json()["version"] == version + 1
    assert house.status(comment) == restored
    happened = [(each["type"], each["action"]) for each in detail(house, comment)["history"] if "action" in each]
    assert happened[-2:] == [("decision", slip), ("decision", "hold")], "nothing is erased"


def test_a_refusal_that_is_restored_has_the_reason_that_it_had(house: House) -> None:
    comment = house.held()
    version = decide(house, comment, detail(house, comment)["version"], "reject", "insult")
    version = decide(house, comment, version, "publish")

    undo(house, comment, version)

    assert house.status(comment) == "rejected"
    assert detail(house, comment)["history"][-1]["reason"] == "insult"


def test_an_undo_is_undone_by_another(house: House) -> None:
    comment = house.held()
    version = decide(house, comment, detail(house, comment)["version"], "publish")
    version = undo(house, comment, version).get_json()["version"]

    assert undo(house, comment, version).get_json()["status"] == "published"


def test_what_has_moved_on_is_not_undone(house: House) -> None:
    comment = house.held()
    seen = decide(house, comment, detail(house, comment)["version"], "publish")
    decide(house, comment, seen, "reject", "spam")

    problem = told(undo(house, comment, seen), 409, "moved_on")

    assert problem["current"]["status"] == "rejected"
    assert house.status(comment) == "rejected"


def test_the_machines_own_verdict_is_no_decision_to_undo(small_house: House) -> None:
    comment = small_house.held()

    told(undo(small_house, comment, detail(small_house, comment)["version"]), 409, "undo_over")


def test_after_ten_minutes_a_decision_of_its_own_is_asked_for(house: House) -> None:
    comment = house.held()
    version = decide(house, comment, detail(house, comment)["version"], "publish")
    with house.database.read() as connection:
        (made,) = moderation.decisions_of(connection, [comment])
    later = datetime.now(UTC) + WINDOW + timedelta(seconds=5)

    with pytest.raises(Conflict, match="undo_over"):
        take_back(house.database, Decider(made.token_id, house.site_id), comment, version, later)

    assert house.status(comment) == "published"


@pytest.mark.parametrize("version", [None, 0, "2", 2.5])
def test_what_is_no_version_is_refused_with_the_field(small_house: House, version: Any) -> None:
    assert "version" in told(undo(small_house, small_house.held(), version), 422, "invalid")["errors"]
