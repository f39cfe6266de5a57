"""A decision taken back: by a new one, on the version that was seen, while it is a slip of the finger."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.errors import Conflict, NotFound
from service.keys import Keys
from service.operations.decide import Decider
from service.operations.undo import WINDOW
from service.operations.undo import undo as take_back
from service.store import moderation
from tests.api.told import told
from tests.factories import CANARY_STRING, House

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


def decider(house: House, comment: str) -> tuple[Decider, datetime]:
    """Who made the latest decision, and when."""
    with house.database.read() as connection:
        made = moderation.decisions_of(connection, [comment])[-1]
    return Decider(made.token_id, house.site_id), made.created_at


def test_a_slip_is_one_for_ten_minutes_the_last_instant_included(house: House) -> None:
    comment = house.held()
    version = decide(house, comment, detail(house, comment)["version"], "publish")
    who, made = decider(house, comment)

    assert timedelta(minutes=10) == WINDOW
    assert take_back(house.database, who, comment, version, made + WINDOW).status == "held"


@pytest.mark.parametrize(("slip", "reason"), [("publish", None), ("reject", "spam")])
def test_who_was_decided_on_before_the_machine_spoke_awaits_a_person_then(
    house: House, slip: str, reason: str | None
) -> None:
    comment = house.accepted()
    version = decide(house, comment, detail(house, comment)["version"], slip, reason)

    assert undo(house, comment, version).get_json()["status"] == "held"
    assert house.row(comment).awaiting


def test_a_comment_of_another_site_is_not_there(house: House) -> None:
    comment = house.held()
    version = decide(house, comment, detail(house, comment)["version"], "publish")
    who, made = decider(house, comment)

    with pytest.raises(NotFound, match="comment_unknown"):
        take_back(house.database, Decider(who.token_id, house.add_site("ailleurs")), comment, version, made)
    assert house.status(comment) == "published"


def test_a_second_refusal_taken_back_leaves_the_first_with_its_reason(house: House) -> None:
    comment = house.held()
    version = decide(house, comment, detail(house, comment)["version"], "reject", "insult")
    version = decide(house, comment, version, "reject", "spam")

    assert undo(house, comment, version).get_json()["status"] == "rejected"
    assert detail(house, comment)["history"][-1]["reason"] == "insult"


def test_what_the_machine_refused_is_refused_again_for_no_reason_that_a_person_gave_for_something_else(
    house: House,
) -> None:
    """Somebody had it held before; then its author wrote what the machine refuses."""
    house.set_policy(reject=0.5, blocked_words=("salsifis",), weights={"blocked_word": 1.0})
    comment = house.held()
    decide(house, comment, detail(house, comment)["version"], "hold", "off_topic")
    receipt = f"/v1/receipts/{Keys(house.settings).receipt(comment)}"
    assert house.client.patch(receipt, json={"body": "Des salsifis."}).status_code == 200
    house.judge()
    assert house.status(comment) == "rejected"
    version = decide(house, comment, detail(house, comment)["version"], "publish")

    assert undo(house, comment, version).get_json()["status"] == "rejected"
    assert detail(house, comment)["history"][-1]["reason"] == "other"


def report(house: House, comment: str, device: str) -> None:
    answer = house.client.post(
        f"/v1/sites/journal/comments/{comment}/reports", json={"reason": "insult"}, headers={"User-Agent": device}
    )
    assert answer.status_code == 202


def reported(house: House) -> list[tuple[str, int]]:
    query = {"list": "reported", "order": "priority"}
    items = house.client.get("/v1/moderation/queue", query_string=query, headers=house.staff()).get_json()["items"]
    return [(item["id"], item["reports"]["open"]) for item in items]


@pytest.mark.parametrize(("slip", "reason"), [("publish", None), ("reject", "insult"), ("hold", None)])
def test_reports_that_were_dealt_with_by_mistake_are_open_again(house: House, slip: str, reason: str | None) -> None:
    comment = house.published()
    report(house, comment, "long since dealt with")
    decide(house, comment, 2, "publish")
    for device in ("one", "two"):
        report(house, comment, device)
    before = house.row(comment)
    assert before.open_reports == 2

    version = decide(house, comment, 3, slip, reason)
    assert reported(house) == []
    undo(house, comment, version)

    after = house.row(comment)
    assert reported(house) == [(comment, 2)]
    assert (after.reports, after.open_reports, after.reported_at) == (3, 2, before.reported_at)
    assert after.urgent_at == before.urgent_at


def test_what_was_reported_since_is_open_beside_them_and_an_undo_of_the_undo_leaves_that_alone(house: House) -> None:
    comment = house.published()
    report(house, comment, "one")
    version = decide(house, comment, 2, "publish")
    report(house, comment, "two")

    version = undo(house, comment, version).get_json()["version"]
    assert reported(house) == [(comment, 2)]
    report(house, comment, "three")
    assert reported(house) == [(comment, 3)]
    undo(house, comment, version)

    assert reported(house) == [(comment, 2)]
    assert detail(house, comment)["reports"]["count"] == 3


def test_what_was_held_with_reports_on_it_has_them_again_when_it_is_held_again(house: House) -> None:
    comment = house.published()
    report(house, comment, "one")
    receipt = house.app.extensions["moderato"].keys.receipt(comment)
    house.client.patch(f"/v1/receipts/{receipt}", json={"body": f"Autre chose. {CANARY_STRING}"})
    house.judge()
    before = house.row(comment)
    assert (before.status, before.open_reports) == ("held", 1)

    undo(house, comment, decide(house, comment, before.version, "reject", "spam"))

    after = house.row(comment)
    assert (after.status, after.open_reports, after.reported_at) == ("held", 1, before.reported_at)
    assert after.urgent_at == before.urgent_at, "it waits since it was written, not since it was reported"


@pytest.mark.parametrize("version", [None, 0, "2", 2.5])
def test_what_is_no_version_is_refused_with_the_field(small_house: House, version: Any) -> None:
    assert "version" in told(undo(small_house, small_house.held(), version), 422, "invalid")["errors"]
