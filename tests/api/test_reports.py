"""Readers' reports by JSON: what is taken, what is refused, how often; and what moderators see of them."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from service import meters
from service.domain.note import LONGEST
from service.domain.reasons import ReportReason
from service.store.reports import ReportRow
from service.words import say
from tests.api.test_metrics import told as measured
from tests.api.told import faults, told
from tests.factories import ARTICLE, ORIGIN, House

NOWHERE = "01890000-0000-7000-8000-000000000000"
THANKS = {
    "fr": "Merci. Une personne de la modération lira ce commentaire et décidera de la suite.",
    "en": "Thank you. Someone from the moderation team will read this comment and decide what to do.",
}


def path(comment: str, site: str = "journal") -> str:
    return f"/v1/sites/{site}/comments/{comment}/reports"


def send(
    house: House, comment: str, document: Any = None, *, address: str = "192.0.2.1", browser: str = "Firefox",
    site: str = "journal", **headers: str,
) -> TestResponse:  # fmt: skip
    """Report a comment as JSON, from one device."""
    return house.client.post(
        path(comment, site),
        json={"reason": "insult"} if document is None else document,
        headers={"User-Agent": browser, "Accept-Language": "en"} | headers,
        environ_base={"REMOTE_ADDR": address},
    )


def detail(house: House, comment: str) -> Any:
    return house.client.get(f"/v1/moderation/comments/{comment}", headers=house.staff()).get_json()


def rows(house: House) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(select(ReportRow.__table__).order_by(ReportRow.id)))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_reader_is_told_what_happens_next(small_house: House, language: str) -> None:
    answer = send(small_house, small_house.published(), **{"Accept-Language": language})

    assert answer.status_code == 202
    assert answer.get_json() == {"status": "received", "message": THANKS[language]}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_first_report_and_the_tenth_get_the_same_answer(house: House) -> None:
    comment = house.published()

    answers = [send(house, comment, {"reason": reason}) for reason in ReportReason]

    assert len({(answer.status_code, answer.get_data()) for answer in answers}) == 1
    assert [row.reason for row in rows(house)] == ["insult"]


def test_a_device_is_a_client_and_its_browser_on_one_site(small_house: House) -> None:
    comment = small_house.published()

    for address, browser in (
        ("192.0.2.1", "Firefox"), ("192.0.2.1", "Firefox"), ("::ffff:192.0.2.1", "Firefox"), ("192.0.2.1", "Safari"),
        ("192.0.2.2", "Firefox"), ("2001:db8::1", "Firefox"), ("2001:db8::2", "Firefox"),
    ):  # fmt: skip
        assert send(small_house, comment, address=address, browser=browser).status_code == 202

    assert small_house.row(comment).reports == 4


def test_nothing_stored_tells_who_reported(small_house: House) -> None:
    send(small_house, small_house.published(), address="203.0.113.77", browser="A-Rare-Browser/7")

    stored = repr(rows(small_house))
    assert "203.0.113" not in stored
    assert "Rare" not in stored


@pytest.mark.parametrize("reason", ReportReason)
def test_every_reason_is_taken(small_house: House, reason: str) -> None:
    assert send(small_house, small_house.published(), {"reason": reason}).status_code == 202


@pytest.mark.parametrize(
    ("document", "field", "sentence"),
    [
        ({}, "reason", say("field.report_reason", "en")),
        ({"reason": None}, "reason", say("field.report_reason", "en")),
        ({"reason": 1}, "reason", say("field.not_text", "en")),
        ({"reason": ""}, "reason", say("field.one_of", "en", choices=", ".join(ReportReason))),
        ({"reason": "advertising"}, "reason", say("field.one_of", "en", choices=", ".join(ReportReason))),
        ({"reason": "spam", "note": "x" * (LONGEST + 1)}, "note", say("field.too_long", "en", count=LONGEST)),
        ({"reason": "spam", "note": "a\x00b"}, "note", say("field.control_characters", "en")),
        ({"reason": "spam", "note": 7}, "note", say("field.not_text", "en")),
        ({"reason": "spam", "note": None}, "note", say("field.not_text", "en")),
        ({"reason": "spam", "email": "zoe@lecteurs.example.org"}, "email", say("field.unknown", "en")),
    ],
)
def test_what_cannot_be_accepted_is_told_by_its_field(
    small_house: House, document: Any, field: str, sentence: str
) -> None:
    comment = small_house.published()

    assert faults(send(small_house, comment, document)) == {field: [sentence]}
    assert small_house.row(comment).reports == 0


def test_a_note_of_a_thousand_characters_in_several_lines_is_kept_to_the_letter(small_house: House) -> None:
    comment = small_house.published()
    note = ("Première ligne.\n\n\tEt la suite ; é🗞️ <b>&amp;</b>" * 30)[:LONGEST]

    assert send(small_house, comment, {"reason": "other", "note": note}).status_code == 202

    assert detail(small_house, comment)["reports"]["latest"][0]["note"] == note


@pytest.mark.parametrize("comment", ["x", NOWHERE, "%00", "é", "1" * 400, f"{NOWHERE}x", "' OR 1=1"])
def test_what_is_not_there_cannot_be_reported(small_house: House, comment: str) -> None:
    told(send(small_house, comment), 404, "comment_unknown")


def test_what_readers_cannot_see_is_not_there_for_them(small_house: House) -> None:
    small_house.add_site("other")
    published, held, pending = small_house.published(), small_house.held(), small_house.accepted()

    for comment in (held, pending):
        told(send(small_house, comment), 404, "comment_unknown")
    told(send(small_house, published, site="other"), 404, "comment_unknown")
    told(send(small_house, published, site="nobody"), 404, "site_unknown")
    small_house.decide(published, "reject", reason="other")
    told(send(small_house, published), 404, "comment_unknown")


def test_ids_are_known_in_either_case(small_house: House) -> None:
    assert send(small_house, small_house.published().upper()).status_code == 202


def test_a_closed_discussion_can_still_be_reported(small_house: House) -> None:
    comment = small_house.published()
    small_house.set_policy(mode="closed")

    assert send(small_house, comment).status_code == 202


def test_only_the_sites_own_pages_and_ours_may_report(small_house: House) -> None:
    comment = small_house.published()

    answer = send(small_house, comment, Origin=ORIGIN)
    assert answer.status_code == 202
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    for stranger in ("https://evil.example", "null", ""):
        told(send(small_house, comment, Origin=stranger), 403, "origin")


def test_a_browser_that_asks_first_is_told_what_it_may_do(small_house: House) -> None:
    asks = {"Access-Control-Request-Method": "POST"}
    comment = path(small_house.published())

    answer = small_house.client.options(comment, headers=asks | {"Origin": ORIGIN})

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "OPTIONS, POST"
    told(small_house.client.options(comment, headers=asks | {"Origin": "https://evil.example"}), 403, "origin")


@pytest.mark.parametrize(
    ("data", "kind", "status"),
    [(b"{", "application/json", 400), (b"[]", "application/json", 400), (b'{"reason":"spam","reason":"hate"}',
     "application/json", 400), (b"reason=spam", "application/x-www-form-urlencoded", 415), (b"", "text/plain", 415),
     (b"x" * 300_000, "application/json", 413)],
)  # fmt: skip
def test_what_is_not_fit_to_be_read_is_refused(small_house: House, data: bytes, kind: str, status: int) -> None:
    told(small_house.client.post(path(small_house.published()), data=data, content_type=kind), status)


# How often.


def test_reports_are_limited_by_client_and_site_and_the_refusal_speaks_of_reports(small_house: House) -> None:
    comment = small_house.published()
    small_house.set_rules(burst=2, per_minute=2)

    for _ in range(2):
        assert send(small_house, comment).status_code == 202
    refused = send(small_house, comment)

    document = told(refused, 429, "too_many_reports")
    seconds = int(refused.headers["Retry-After"])
    assert 1 <= seconds <= 30
    assert document["title"] == say("problem.too_many_reports", "en", count=seconds)
    assert send(small_house, comment, address="192.0.2.2").status_code == 202


def test_reports_and_comments_are_counted_apart(small_house: House) -> None:
    comment = small_house.published()
    small_house.set_rules(burst=1, per_minute=1)
    assert send(small_house, comment).status_code == 202
    assert send(small_house, comment).status_code == 429

    assert small_house.post(address="192.0.2.1").status_code == 202
    assert small_house.post(address="192.0.2.1").status_code == 429
    assert send(small_house, comment, address="192.0.2.3").status_code == 202


def test_the_limit_comes_before_anything_is_read(small_house: House) -> None:
    small_house.set_rules(burst=1, per_minute=1)
    told(send(small_house, "x"), 404)

    told(small_house.client.post(path("x"), data=b"{", environ_base={"REMOTE_ADDR": "192.0.2.1"}), 429)


def test_reports_are_measured_by_reason_and_a_devices_second_is_not(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meters, "_meters", None)
    comment = small_house.published()
    for browser in ("a", "b", "b"):
        send(small_house, comment, {"reason": "hate"}, browser=browser)
    send(small_house, comment, {"reason": "x"})

    found = {series: n for series, n in measured(small_house).items() if series.startswith("moderato_reports_") and n}
    assert found == {'moderato_reports_total{reason="hate"}': 2}


# What moderators see.


def test_a_moderator_sees_how_many_reported_why_and_in_which_words(house: House) -> None:
    comment = house.published()
    begun = datetime.now(UTC)
    send(house, comment, {"reason": "insult", "note": "Le dernier mot."}, browser="a")
    send(house, comment, {"reason": "spam"}, browser="b")
    send(house, comment, {"reason": "insult"}, browser="c")

    found = detail(house, comment)["reports"]

    assert list(found) == ["count", "open", "reasons", "latest"]
    assert (found["count"], list(found["reasons"].items())) == (3, [("insult", 2), ("spam", 1)])
    assert [(each["reason"], each["note"], each["revision"]) for each in found["latest"]] == [
        ("insult", "", 1), ("spam", "", 1), ("insult", "Le dernier mot.", 1),
    ]  # fmt: skip
    assert set(found["latest"][0]) == {"reason", "note", "revision", "created_at"}
    assert begun <= datetime.fromisoformat(found["latest"][2]["created_at"]) <= datetime.now(UTC)


def test_what_nobody_reported_says_so(small_house: House) -> None:
    assert detail(small_house, small_house.held())["reports"] == {"count": 0, "open": 0, "reasons": {}, "latest": []}


def test_lists_tell_how_often_a_comment_was_reported(small_house: House) -> None:
    comment = small_house.published()
    send(small_house, comment)

    listed = small_house.client.get(
        "/v1/moderation/queue", query_string={"status": "published"}, headers=small_house.staff()
    ).get_json()

    assert [item["reports"] for item in listed["items"]] == [{"count": 1, "open": 1}]


def test_reports_are_no_part_of_the_history_nor_of_anything_that_readers_see(small_house: House) -> None:
    comment = small_house.published()
    before = small_house.client.get(f"{ARTICLE}/comments")
    send(small_house, comment, {"reason": "hate", "note": "Pour la modération seule."})

    after = small_house.client.get(f"{ARTICLE}/comments")
    keys = small_house.app.extensions["moderato"].keys
    receipt = small_house.client.get(f"/v1/receipts/{keys.receipt(comment)}")

    assert (after.get_data(), after.headers["ETag"]) == (before.get_data(), before.headers["ETag"])
    assert "report" not in receipt.get_data(as_text=True)
    assert [each["type"] for each in detail(small_house, comment)["history"]] == ["submitted", "verdict"]


def test_an_address_in_a_note_is_shown_to_nobody(small_house: House) -> None:
    comment = small_house.published(email="canari@lecteurs.example.org")
    send(small_house, comment, {"reason": "other", "note": "C’est canari@lecteurs.example.org !"})

    found = detail(small_house, comment)

    assert found["reports"]["latest"][0]["note"] == "C’est [e-mail] !"
    assert "canari" not in str(found)
