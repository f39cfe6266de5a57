"""What an author sees of their own comment, and that nobody sees it without the receipt."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from service.domain.reasons import DecisionReason
from service.settings import Secret
from service.words import catalogue
from tests.api.told import faults, told
from tests.factories import ORIGIN, House, a_submission

FIELDS = [
    "id", "status", "message", "reason", "name", "website", "body", "html", "parent", "site", "article",
    "article_title", "created_at", "edited_at", "editable",
]  # fmt: skip


def receipt_of(house: House, identifier: str) -> str:
    return str(house.app.extensions["moderato"].keys.receipt(identifier))


def seen(house: House, identifier: str, language: str = "en") -> Any:
    path = f"/v1/receipts/{receipt_of(house, identifier)}"
    answer = house.client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-cache"
    return answer.get_json()


def test_an_author_sees_these_fields_and_no_other(house: House) -> None:
    fields = a_submission(website="example.fr", body="Un *mot*.")
    identifier = house.published(**fields)

    found = seen(house, identifier)

    assert list(found) == FIELDS
    assert found == {
        "id": identifier, "status": "published", "message": "Your comment is published: everyone can read it.",
        "reason": None, "name": fields["name"], "website": "https://example.fr", "body": "Un *mot*.",
        "html": "<p>Un <em>mot</em>.</p>", "parent": None, "site": "journal", "article": "a-1", "article_title": "",
        "created_at": house.row(identifier).created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "edited_at": None,
        "editable": True,
    }  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_state_is_told_in_words(small_house: House, language: str) -> None:
    words = catalogue(language)
    found = {"held": small_house.held(), "published": small_house.published(), "pending": small_house.accepted()}

    for status, identifier in found.items():
        view = seen(small_house, identifier, language)
        assert (view["status"], view["message"], view["reason"]) == (status, words[f"status.{status}"], None)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_persons_refusal_is_told_by_its_public_reason(small_house: House, language: str) -> None:
    for reason in DecisionReason:
        identifier = small_house.held()
        small_house.decide(identifier, "reject", reason=reason, note="Un récidiviste.")

        view = seen(small_house, identifier, language)

        assert (view["status"], view["reason"]) == ("rejected", reason)
        assert view["message"] == catalogue(language)[f"public.{reason}"]
        assert "récidiviste" not in str(view), "notes are for moderators"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_refusal_by_the_machine_is_told_as_one(small_house: House, language: str) -> None:
    small_house.set_policy(reject=0.5, hold=0.1)
    identifier = small_house.accepted(
        body="CHEAP PILLS http://a.example http://b.example http://c.example http://d.example", contact="x"
    )
    small_house.judge()

    view = seen(small_house, identifier, language)

    assert (view["status"], view["reason"]) == ("rejected", "automatic")
    assert view["message"] == catalogue(language)["public.automatic"]


def test_a_receipt_that_is_not_ours_is_404(small_house: House) -> None:
    identifier = small_house.accepted()
    good = receipt_of(small_house, identifier)
    name, comment, mac = good.split(".")
    other = receipt_of(small_house, small_house.accepted()).split(".")
    flipped = mac[:-2] + ("A" if mac[-2] != "A" else "B") + mac[-1]
    bad = [
        f"{name}.{comment}.{flipped}", f"{name}.{comment}.{other[2]}", f"{name}.{other[1]}.{mac}", f"{name}.{comment}.",
        f"{name}.{comment}", f"k2.{comment}.{mac}", f".{comment}.{mac}", f"{good}.", f"{good}=", f"{good}x", f" {good}",
        good.upper(), f"{name}.{comment}=.{mac}", "x", "..", "...", "a.b.c", "é.é.é", "%00", identifier,
        "k1." + "A" * 5000, f"{name}.{comment[:-1]}.{mac}",
        receipt_of(small_house, "01890000-0000-7000-8000-000000000000"),
    ]  # fmt: skip

    for receipt in bad:
        told(small_house.client.get(f"/v1/receipts/{receipt}"), 404)
    assert small_house.client.get(f"/v1/receipts/{good}").status_code == 200


def test_receipts_and_forms_outlive_a_new_secret_but_not_the_end_of_the_old_one(small_house: House) -> None:
    identifier = small_house.published()
    old = receipt_of(small_house, identifier)
    keys = small_house.app.extensions["moderato"].keys
    form_token = keys.form_token("journal", "a-1", datetime.now(UTC))
    [first], second = small_house.settings.secret_keys, Secret("k2", bytes(range(32)))

    def with_secrets(*secrets: Secret) -> House:
        return House(replace(small_house.settings, secret_keys=secrets), small_house.site_id)

    rotated, dropped = with_secrets(second, first), with_secrets(second)
    assert rotated.client.get(f"/v1/receipts/{old}").status_code == 200
    assert receipt_of(rotated, identifier).startswith("k2.")
    assert rotated.post(form_token=form_token).status_code == 202
    told(dropped.client.get(f"/v1/receipts/{old}"), 404)
    assert dropped.post(form_token=form_token).status_code == 422
    rotated.close()
    dropped.close()


def test_no_receipt_shows_an_address(small_house: House) -> None:
    identifier = small_house.published(email="canari@lecteurs.example.org")

    assert "canari" not in str(seen(small_house, identifier))


def test_a_browser_that_asks_first_may_edit_and_withdraw_from_the_sites_pages(small_house: House) -> None:
    path = f"/v1/receipts/{receipt_of(small_house, small_house.accepted())}"

    answer = small_house.client.options(path, headers={"Origin": ORIGIN, "Access-Control-Request-Method": "PATCH"})

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "DELETE, GET, HEAD, OPTIONS, PATCH"


def test_editing_follows_the_rules_of_a_text(small_house: House) -> None:
    small_house.set_rules(body_bytes=20)
    answer = small_house.post(body="Un mot.").get_json()
    path = f"/v1/receipts/{answer['receipt']}"

    bodies: list[Any] = ["", "\u200b", "x" * 21, "\x00", None, 1, [], {}]
    for body in bodies:
        assert list(faults(small_house.client.patch(path, json={"body": body}))) == ["body"]
    for document in ({}, {"name": "x"}, {"body": "x", "status": "published"}):
        assert faults(small_house.client.patch(path, json=document))
    told(small_house.client.patch(path, data=b"{", content_type="application/json"), 400)
    told(small_house.client.patch(path, data=b"body=x", content_type="application/x-www-form-urlencoded"), 415)
    told(small_house.client.patch(f"{path}x", json={"body": "x"}), 404)
    told(small_house.client.patch(path, json={"body": "x"}, headers={"Origin": "https://evil.example"}), 403)
    told(small_house.client.delete(path, headers={"Origin": "https://evil.example"}), 403)
    assert small_house.row(answer["id"]).body == "Un mot."


def test_who_looks_again_is_told_in_one_line_that_nothing_has_changed(small_house: House) -> None:
    identifier = small_house.held()
    path = f"/v1/receipts/{receipt_of(small_house, identifier)}"
    first = small_house.client.get(path, headers={"Accept-Language": "fr"})
    again = {"If-None-Match": first.headers["ETag"], "Accept-Language": "fr"}
    same = small_house.client.get(path, headers=again)
    assert (same.status_code, same.get_data()) == (304, b"")
    assert small_house.client.get(path, headers=again | {"Accept-Language": "en"}).status_code == 200

    small_house.client.delete(path)
    assert small_house.client.get(path, headers=again).get_json()["status"] == "removed"
