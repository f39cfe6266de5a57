"""Audits: nothing tells one from another comment that waits, and what came of them is for owners and auditors."""

from dataclasses import replace
from typing import Any

from tests.api.told import told
from tests.factories import House

AUDITS = "/v1/moderation/sites/journal/audits"
THRESHOLDS = "/v1/moderation/sites/journal/thresholds"


def drawn(house: House, **changes: Any) -> str:
    """The id of a comment whose verdict is a sample."""
    identifier = house.accepted(**changes)
    house.__dict__["room"] = replace(house.room, dice=lambda: 0.0)
    house.judge()
    house.__dict__["room"] = replace(house.room, dice=lambda: 1.0)
    return identifier


def audits(house: House, query: str = "") -> Any:
    return house.client.get(f"{AUDITS}{query}", headers=house.staff("auditor")).get_json()


def upcoming(house: House, skip: list[str]) -> Any:
    answer = house.client.post("/v1/moderation/queue/next", json={"skip": skip}, headers=house.staff())
    return answer.get_json()["item"]


def shape(document: Any) -> Any:
    if isinstance(document, dict):
        return {name: shape(value) for name, value in document.items()}
    if isinstance(document, list):
        return [shape(each) for each in document[:1]]
    return type(document).__name__


def test_in_a_run_an_audit_looks_like_a_comment_that_is_held(house: House) -> None:
    house.set_policy(hold_first_comment=True)
    held = house.accepted()
    house.judge()
    assert house.status(held) == "held"
    house.set_policy(hold_first_comment=False)
    audit = drawn(house, email="claire@lecteurs.example.org")
    assert house.status(audit) == "published"

    first, second = upcoming(house, []), upcoming(house, [held])
    assert [first["id"], second["id"]] == [held, audit]
    assert shape(first) == shape(second) | {"reasons": shape(first["reasons"])} | {"verdict": shape(first["verdict"])}
    assert first.keys() == second.keys()
    assert first["verdict"].keys() == second["verdict"].keys()
    for item in (first, second):
        assert item["status"] is None
        assert item["verdict"]["action"] is None
        assert "audit" not in str(item)
        assert "sample" not in str(item)
    assert (first["score"], first["version"]) == (second["score"], second["version"])


def test_an_audit_takes_the_place_that_its_score_and_time_give_it(house: House) -> None:
    ids = [drawn(house), house.held(), drawn(house), house.held()]
    listed = house.client.get("/v1/moderation/queue?order=oldest", headers=house.staff()).get_json()
    assert [each["id"] for each in listed["items"]] == ids
    assert listed["counts"]["awaiting"] == 4
    assert house.row(ids[0]).urgent_at < house.row(ids[2]).urgent_at
    assert "audit" not in str(listed)


def test_a_comments_detail_says_nothing_of_an_audit(house: House) -> None:
    plain, audit = house.published(), drawn(house)
    shown = [
        house.client.get(f"/v1/moderation/comments/{each}", headers=house.staff()).get_json() for each in (plain, audit)
    ]
    assert shape(shown[0]) == shape(shown[1])
    assert [each["type"] for each in shown[1]["history"]] == ["submitted", "verdict"]


def test_readers_see_no_difference(house: House) -> None:
    audit = drawn(house)
    page = house.client.get("/v1/sites/journal/articles/a-1/comments")
    assert [each["id"] for each in page.get_json()["comments"]] == [audit]
    assert house.decide(audit, "publish").status_code == 200
    again = house.client.get("/v1/sites/journal/articles/a-1/comments", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 304


def test_what_came_of_audits_is_for_owners_and_auditors(house: House) -> None:
    right, wrong, open_one = drawn(house), drawn(house), drawn(house)
    house.held()
    assert house.decide(right, "publish").status_code == 200
    assert house.decide(wrong, "reject", reason="spam").status_code == 200

    found = audits(house)
    assert [(each["comment"], each["agreed"]) for each in found["audits"]] == [(wrong, False), (right, True)]
    assert found["audits"][0]["verdict"]["action"] == "publish"
    assert found["audits"][0]["decision"] | {"at": ""} == {
        "action": "reject", "reason": "spam", "who": "moderator of journal", "at": "",
    }  # fmt: skip
    assert found["summary"] == {"days": 180, "open": 1, "done": 2, "agreed": 1, "disagreed": 1}
    assert open_one not in str(found)
    for role in ("moderator", "editor", "service"):
        told(house.client.get(AUDITS, headers=house.staff(role)), 403, "role")


def test_audits_come_in_pages(house: House) -> None:
    ids = [drawn(house) for _ in range(5)]
    for each in ids:
        house.decide(each, "publish")
    met: list[str] = []
    found = audits(house, "?limit=2")
    while True:
        met += [each["comment"] for each in found["audits"]]
        if found["next"] is None:
            break
        found = audits(house, f"?limit=2&cursor={found['next']}")
    assert met == ids[::-1]


def test_an_audit_that_is_undone_is_open_again_and_teaches_nothing(house: House) -> None:
    audit = drawn(house)
    house.decide(audit, "reject", reason="spam")
    answer = house.client.post(
        f"/v1/moderation/comments/{audit}/undo", json={"version": house.row(audit).version}, headers=house.staff()
    )
    assert answer.status_code == 200
    assert house.status(audit) == "published"
    assert house.row(audit).awaiting
    assert audits(house)["summary"] == {"days": 180, "open": 1, "done": 0, "agreed": 0, "disagreed": 0}


def test_an_audit_whose_text_is_edited_is_none_any_more(house: House) -> None:
    answer = house.post()
    audit, receipt = answer.get_json()["id"], answer.get_json()["receipt"]
    house.__dict__["room"] = replace(house.room, dice=lambda: 0.0)
    house.judge()
    house.__dict__["room"] = replace(house.room, dice=lambda: 1.0)
    assert house.client.patch(f"/v1/receipts/{receipt}", json={"body": "Un tout autre mot."}).status_code == 200
    house.judge()
    assert not house.row(audit).awaiting
    assert audits(house)["summary"]["open"] == 0


def test_thresholds_of_bounds_are_told_before_they_are_known(house: House) -> None:
    assert house.client.get(THRESHOLDS, headers=house.staff()).get_json() == {"thresholds": []}
    document = {"bounds": {"missed": {"spam": 0.01}, "wronged": {"abuse": 0.02}}, "audit_share": 0.05}
    answer = house.client.put("/v1/moderation/sites/journal/policy", json=document, headers=house.staff("editor"))
    assert answer.status_code == 200
    assert answer.get_json()["policy"]["bounds"] == document["bounds"]
    assert answer.get_json()["policy"]["audit_share"] == 0.05
    found = house.client.get(THRESHOLDS, headers=house.staff()).get_json()["thresholds"]
    assert [(each["kind"], each["category"], each["bound"], each["state"], each["at"]) for each in found] == [
        ("missed", "spam", 0.01, "unknown", None), ("wronged", "abuse", 0.02, "unknown", None),
    ]  # fmt: skip


def test_bounds_that_nobody_could_prove_are_refused_by_field(house: House) -> None:
    refused: tuple[Any, ...] = (
        {"missed": {"spam": 0.0029}}, {"missed": {"spam": 0.51}}, {"wronged": {"spam": "0.01"}},
        {"wronged": {"x": 0.1}}, {"missed": [0.1]}, {"other": {}}, {"wronged": {"abuse": True}}, [1], "x",
    )  # fmt: skip
    for bounds in refused:
        answer = house.client.put(
            "/v1/moderation/sites/journal/policy", json={"bounds": bounds}, headers=house.staff("editor")
        )
        told(answer, 422, "invalid")
        assert [*answer.get_json()["errors"]] == ["bounds"], bounds
    for share in (-0.1, 1.1, "x", None):
        answer = house.client.put(
            "/v1/moderation/sites/journal/policy", json={"audit_share": share}, headers=house.staff("editor")
        )
        told(answer, 422, "invalid")
        assert [*answer.get_json()["errors"]] == ["audit_share"]
