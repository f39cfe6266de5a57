"""An address is told to an owner, for a reason, with an entry in the log; to nobody else, and nowhere else."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.told import faults, told
from tests.factories import House

ADDRESS = "nadia.secret@lecteurs.example.org"
WHY: dict[str, Any] = {"reason": "A threat; the police asked, file 2026/12."}


def ask(house: House, comment: str, why: Any = None, role: str = "owner", site: str = "journal") -> TestResponse:
    document = WHY if why is None else why
    return house.client.post(
        f"/v1/moderation/comments/{comment}/reveal", json=document, headers=house.staff(role, site)
    )


def log(house: House) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.client.get(
        "/v1/moderation/audit?act=comment.reveal", headers=house.staff("auditor")
    ).get_json()["entries"]
    return found


def test_an_owner_is_told_the_address_and_the_log_tells_why(house: House) -> None:
    comment = house.held(email=ADDRESS)

    answer = ask(house, comment)

    assert answer.get_json() == {"email": ADDRESS}
    assert answer.headers["Cache-Control"] == "no-store"
    (entry,) = log(house)
    assert (entry["role"], entry["object"]) == ("owner", {"kind": "comment", "id": comment})
    assert entry["data"] == WHY


@pytest.mark.parametrize("role", ["moderator", "editor", "auditor", "service"])
def test_nobody_but_an_owner_is(house: House, role: str) -> None:
    answer = ask(house, house.held(email=ADDRESS), role=role)

    told(answer, 403, "role")
    assert "nadia" not in answer.get_data(as_text=True)
    assert log(house) == []


def test_nor_is_another_sites_owner(house: House) -> None:
    house.add_site("other")

    told(ask(house, house.held(email=ADDRESS), site="other"), 404, "comment_unknown")
    assert log(house) == []


@pytest.mark.parametrize("why", [{}, {"reason": ""}, {"reason": " \u200b"}, {"reason": None}, {"reason": "x" * 501}])
def test_without_a_reason_nothing_is_told(small_house: House, why: Any) -> None:
    assert list(faults(ask(small_house, small_house.held(email=ADDRESS), why))) == ["reason"]
    assert log(small_house) == []


def test_the_log_never_has_the_address_not_even_in_the_reason(house: House) -> None:
    ask(house, house.held(email=ADDRESS), {"reason": f"Is it {ADDRESS}?"})

    (entry,) = log(house)
    assert entry["data"] == {"reason": "Is it [e-mail]"} or entry["data"] == {"reason": "Is it [e-mail]?"}


def test_what_was_taken_back_has_no_address_any_more(house: House) -> None:
    comment = house.held(email=ADDRESS)
    receipt = house.app.extensions["moderato"].keys.receipt(comment)
    house.client.delete(f"/v1/receipts/{receipt}")

    told(ask(house, comment), 404, "author_unknown")
    told(ask(house, "01890000-0000-7000-8000-000000000000"), 404, "comment_unknown")
    told(ask(house, "x"), 404, "comment_unknown")
    assert log(house) == []


def test_without_the_entry_nobody_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("service.store.audit.add_entry", fails)
    answer = ask(house, house.held(email=ADDRESS))

    assert answer.status_code == 500
    assert "nadia" not in answer.get_data(as_text=True)
