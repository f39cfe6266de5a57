"""What a reader may send in as JSON, field by field, and what they are told of what they may not."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.store.authors import Author
from tests.api.told import faults
from tests.factories import ARTICLE, CANARY_STRING, ORIGIN, House, a_submission

REQUIRED = ("name", "email", "body")
TEXTS = (*REQUIRED, "website", "parent", "article_url", "article_title", "form_token", "contact")


def sent(house: House, **changes: Any) -> TestResponse:
    """In ASCII, whatever it is: JSON can name what UTF-8 can't."""
    return house.client.post(
        f"{ARTICLE}/comments",
        data=json.dumps(a_submission(**changes)),
        content_type="application/json",
        headers={"Accept-Language": "en"},
    )


def in_english(house: House, **changes: Any) -> dict[str, list[str]]:
    return faults(sent(house, **changes), "invalid")


def test_a_comment_needs_a_name_an_address_and_a_text(small_house: House) -> None:
    assert set(faults(small_house.post({}))) == set(REQUIRED)


@pytest.mark.parametrize(
    ("language", "sentence"), [("fr", "Ce champ est obligatoire."), ("en", "This field is required.")]
)
def test_a_fault_is_told_in_the_readers_language(small_house: House, language: str, sentence: str) -> None:
    told = faults(small_house.post({}, headers={"Accept-Language": language}))

    assert told == {name: [sentence] for name in REQUIRED}


BLANKS = (
    ["", " ", "\u00a0", "\u3000", "\u200b", "\u2060\ufeff", "\u00ad", "\u2800", "\u3164", "\u115f", "\u034f\ufe0f",
     "\u202e", "\u2003\u200d\u180e", "\U000e0041", "\u0301"]
)  # fmt: skip


@pytest.mark.parametrize("field", REQUIRED)
def test_what_nobody_can_see_is_no_name_and_no_text(small_house: House, field: str) -> None:
    for blank in BLANKS:
        assert list(in_english(small_house, **{field: blank})) == [field], ascii(blank)


def test_a_text_of_one_visible_character_is_a_text(small_house: House) -> None:
    for body in ("!", "👍", "\u200d👩\u200d🚀", "é", "的"):
        assert small_house.post(body=body).status_code == 202, ascii(body)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "é" * 245),
        ("name", "😀" * 245),
        ("email", "a" * 64 + "@" + "b" * 32 + ".fr"),
        ("website", "https://example.fr/" + "x" * 181),
        ("body", "x" * 65_525),
        ("body", "é" * 32_762 + "x"),
    ],
)
def test_a_field_may_be_as_long_as_its_limit_and_not_longer(small_house: House, field: str, value: str) -> None:
    assert sent(small_house, **{field: value}).status_code == 202

    longer = value.replace("@", "@b") if field == "email" else value + "x"
    assert "too long" in in_english(small_house, **{field: longer})[field][0]


def test_a_site_can_lower_the_lengths(small_house: House) -> None:
    small_house.set_rules(name_length=3, email_length=20, website_length=25, body_bytes=4)

    told = in_english(
        small_house, name="Zoé!", email="zoe.martin@example.fr", website="https://www.example.fr/abc", body="été"
    )

    assert told == {
        "name": ["This is too long: 3 characters at most."],
        "email": ["This is too long: 20 characters at most."],
        "website": ["This is too long: 25 characters at most."],
        "body": ["This is too long: 4 bytes at most."],
    }
    fits = a_submission(name="Zoé", email="zoe@lecteurs.fr", website="https://example.fr/abcdef", body="ete!")
    assert small_house.post(fits).status_code == 202


@pytest.mark.parametrize("value", [{}, {"$gt": ""}, [], ["x"], 0, 1, 1.5, -0.0, 10**30, True, False], ids=str)
def test_whatever_is_not_text_is_refused_by_name(small_house: House, value: Any) -> None:
    for field in TEXTS:
        assert list(in_english(small_house, **{field: value})) == [field]


def test_null_is_no_text(small_house: House) -> None:
    for field in (*TEXTS, "consent"):
        if field == "parent":
            assert sent(small_house, parent=None).status_code == 202, "a comment on the article may say so"
        else:
            assert list(in_english(small_house, **{field: None})) == [field]


def test_consent_is_yes_or_no(small_house: House) -> None:
    values: tuple[Any, ...] = (0, 1, 2, 1.0, [], {}, None, "perhaps")
    for value in values:
        assert in_english(small_house, consent=value) == {"consent": ["Say yes or no."]}


def test_a_site_can_ask_for_consent(small_house: House) -> None:
    small_house.set_rules(consent=True)

    for refused in ({}, {"consent": False}, {"consent": "off"}):
        assert list(in_english(small_house, **refused)) == ["consent"]
    for given in (True, "true", "on"):
        assert small_house.post(consent=given).status_code == 202


@pytest.mark.parametrize("hidden", ["\x00", "\x01", "\x1b[31m", "\x7f", "\x85", "\x9f", "\ud800"], ids=ascii)
def test_control_characters_and_broken_ones_are_refused(small_house: House, hidden: str) -> None:
    for field in ("name", "email", "body", "website", "article_title", "form_token", "parent", "article_url"):
        assert list(in_english(small_house, **{field: f"zoe{hidden}@example.fr"})) == [field]


@pytest.mark.parametrize("broken", ["\n", "\r\n", "\t", "\u2028", "\u2029"], ids=ascii)
def test_only_the_text_has_lines(small_house: House, broken: str) -> None:
    for field in ("name", "email", "website", "article_title", "article_url"):
        assert list(in_english(small_house, **{field: f"zoe@example.fr{broken}Bcc:x@example.fr"})) == [field]


def test_a_text_keeps_its_lines_and_its_marks(small_house: House) -> None:
    body = "Première ligne\n\n\tet la suite…\u2028« עברית » \u202b\u0645\u0631\u202c 👩\u200d🚀 e\u0301"

    assert small_house.row(small_house.accepted(body=body)).body == body


def test_a_line_ends_the_same_way_whoever_sent_it(small_house: House) -> None:
    assert small_house.row(small_house.accepted(body="une\r\ndeux\rtrois\n")).body == "une\ndeux\ntrois\n"


def test_spaces_around_a_name_are_not_part_of_it(small_house: House) -> None:
    assert small_house.row(small_house.accepted(name=" \u00a0Zoé\u2003")).name == "Zoé"


NO_ADDRESSES = (
    ["zoe", "zoe@", "@example.fr", "zoe@example", "zoe@localhost", "zoe @example.fr", "zoe@exa mple.fr", "a@b@c.fr",
     "zoe@-example.fr", "zoe@example..fr", ".zoe@example.fr", "zoe@[127.0.0.1]", "Zoé <zoe@example.fr>",
     "zoe@example.fr,x@example.fr", '"><script>"@example.fr', "zoe\u200b@example.fr", "zoe@xn--a.fr"]
)  # fmt: skip


def test_an_address_that_cannot_be_one_is_refused(small_house: House) -> None:
    for address in NO_ADDRESSES:
        assert in_english(small_house, email=address) == {"email": ["This is not a valid e-mail address."]}, ascii(
            address
        )


@pytest.mark.parametrize(
    "address", ["zoe+journal@example.fr", "o'neil@example.ie", "zoé@münchen.example.de", "ZOE@EXAMPLE.FR"]
)
def test_addresses_are_more_varied_than_one_thinks(small_house: House, address: str) -> None:
    assert small_house.post(email=address).status_code == 202


def test_the_same_person_in_capitals_is_the_same_person(small_house: House) -> None:
    for number, address in enumerate(("zoe@example.fr", "Zoe@Example.FR", " ZOE@EXAMPLE.FR ")):
        small_house.accepted(email=address, body=f"Texte {number}")

    with small_house.database.read() as connection:
        assert len(connection.execute(select(Author.id)).all()) == 1


NO_WEBSITES = (
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "mailto:zoe@example.fr",
     "ftp://example.fr", "file:///etc/passwd", "//example.fr", "http://", "https:///x", "http://localhost/",
     "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/", "http://2130706433/", "https://zoe@example.fr/",
     "https://zoe:secret@example.fr/", "https://example.fr/<script>", "https://example.fr/'\"", "https://exa mple.fr",
     "https://example.fr\\@evil.example", "https://example.fr:99999/", "https://example.fr:x/", "https://example",
     "https://" + "a" * 64 + ".fr", "https://example.fr/{{7*7}}", "\u202ehttps://example.fr"]
)  # fmt: skip


def test_a_website_is_a_web_address_and_nothing_else(small_house: House) -> None:
    for website in NO_WEBSITES:
        assert list(in_english(small_house, website=website)) == ["website"], ascii(website)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("https://example.fr", "https://example.fr"),
        ("example.fr", "https://example.fr"),
        ("www.example.fr/zoé?a=b#c", "https://www.example.fr/zoé?a=b#c"),
        ("HTTP://EXAMPLE.FR:8080", "HTTP://EXAMPLE.FR:8080"),
        ("https://münchen.example", "https://münchen.example"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
    ],
)
def test_a_website_is_kept_as_people_write_it(small_house: House, typed: str, kept: str) -> None:
    assert small_house.row(small_house.accepted(website=typed)).website == kept


def test_a_site_without_websites_drops_them(small_house: House) -> None:
    small_house.set_rules(website=False)

    assert small_house.row(small_house.accepted(website="https://example.fr")).website == ""


UNKNOWN = (
    ["status", "id", "site_id", "created_at", "address", "honeypot", "html", "Name", "__proto__", ""]
)  # fmt: skip


def test_unknown_fields_are_refused_by_name(small_house: House) -> None:
    for unknown in UNKNOWN:
        assert in_english(small_house, **{unknown: "published"}) == {unknown: ["This field is not known."]}, ascii(
            unknown
        )


def test_a_fields_name_may_be_anything_and_the_answer_stays_readable(small_house: House) -> None:
    told = in_english(small_house, **{"\ud800\x00<b>": 1, "x" * 5000: 1})

    assert set(told) == {"\ufffd\ufffd<b>", "x" * 100}


def test_ten_thousand_unknown_fields_make_no_long_answer(small_house: House) -> None:
    answer = small_house.post(a_submission(**{f"field{number}": 1 for number in range(10_000)}))

    assert len(faults(answer)) == 50


OURS = (
    [f"{ORIGIN}/2026/05/article", f"{ORIGIN}", f"{ORIGIN}/é?a=b#c", "HTTPS://WWW.JOURNAL.EXAMPLE/x",
     "https://www.journal.example:443/x"]
)  # fmt: skip


def test_the_articles_address_lies_where_the_site_is(small_house: House) -> None:
    for url in OURS:
        assert small_house.post(article_url=url).status_code == 202, ascii(url)


ELSEWHERE = (
    ["https://evil.example/", "http://www.journal.example/", "https://www.journal.example.evil.example/",
     "https://evil.example/https://www.journal.example/", "https://www.journal.example:444/",
     "https://www.journal.example@evil.example/", "https://journal.example/", "javascript://www.journal.example/%0aalert(1)",
     "//www.journal.example/", "/2026/05/article", "https://www.journal.example/ x", "https://www.journal.example/<b>",
     "https://www.journal.example\\.evil.example/"]
)  # fmt: skip


def test_an_articles_address_elsewhere_is_refused(small_house: House) -> None:
    for url in ELSEWHERE:
        assert list(in_english(small_house, article_url=url)) == ["article_url"], ascii(url)


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "[", "evil.example/x"])
def test_what_a_client_calls_us_does_not_make_its_pages_ours(small_house: House, host: str) -> None:
    small_house.settings = replace(small_house.settings, public_url="https://comments.journal.example")

    for url in (f"http://{host}/phish", "https://evil.example/phish"):
        assert list(faults(small_house.post(article_url=url, headers={"Host": host}))) == ["article_url"]
    assert small_house.post(article_url="https://comments.journal.example/demo/").status_code == 202


def test_a_readers_title_stays_unconfirmed(small_house: House) -> None:
    identifier = small_house.held(article_title="Un titre", article_url=f"{ORIGIN}/a")

    found = small_house.client.get(f"/v1/moderation/comments/{identifier}", headers=small_house.staff()).get_json()

    assert found["article"] == {
        "id": "a-1", "title": "Un titre", "title_confirmed": False, "url": f"{ORIGIN}/a"
    }  # fmt: skip


def test_a_robot_that_fills_the_trap_is_never_told(small_house: House) -> None:
    other = sent(small_house, body=f"Un mot. {CANARY_STRING}").get_json()
    for filled in ("x", "http://spam.example", "\x00\ud800", "x" * 100_000, " "):
        answer = sent(small_house, contact=filled)
        assert answer.status_code == 202
        small_house.judge()
        assert small_house.status(answer.get_json()["id"]) == "held"
        held = [
            small_house.client.get(f"/v1/receipts/{each['receipt']}").get_json() for each in (answer.get_json(), other)
        ]
        assert held[0]["message"] == held[1]["message"]
        assert held[0].keys() == held[1].keys()


def test_the_answer_is_an_id_a_status_and_a_receipt_and_nobody_may_keep_it(small_house: House) -> None:
    answer = small_house.post()

    assert list(answer.get_json()) == ["id", "status", "receipt"]
    assert answer.get_json()["status"] == "pending"
    assert answer.headers["Cache-Control"] == "no-store"
