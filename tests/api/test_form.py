"""The form of a page without JavaScript: to the receipt, or back to the form with all that was typed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import html
from werkzeug.test import TestResponse

from service.store.comments import Comment
from tests.api.told import faults, told
from tests.factories import ARTICLE, CANARY_STRING, House, a_submission
from tests.operations.test_life import count


def token(house: House, article: str = ARTICLE, *, age: timedelta | None = None) -> str:
    if age is None:
        return str(house.client.get(f"{article}/form-token").get_json()["form_token"])
    _, _, _, site, _, key = article.split("/", 5)
    return str(front_keys(house).form_token(site, key, datetime.now(UTC) - age))


def front_keys(house: House) -> Any:
    return house.app.extensions["moderato"].keys


def send(house: House, *, article: str = ARTICLE, headers: dict[str, str] | None = None, **fields: str) -> TestResponse:
    fields = a_submission() | {"form_token": token(house, article)} | fields
    return house.client.post(f"{article}/comments", data=fields, headers={"Accept-Language": "en"} | (headers or {}))


def page(answer: TestResponse, status: int = 422) -> Any:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "text/html"
    return html.document_fromstring(answer.get_data(as_text=True))


def typed(document: Any) -> dict[str, str]:
    """What the page's form holds."""
    [form] = document.xpath("//form[@method='post']")
    fields = dict(form.fields)
    return {name: (value or "") for name, value in fields.items()}


def test_an_accepted_form_leads_to_its_receipt(small_house: House) -> None:
    answer = send(small_house)

    assert answer.status_code == 303
    assert answer.location.startswith("/receipts/k1.")
    assert small_house.client.get(answer.location).status_code == 200


def test_a_form_that_is_not_accepted_comes_back_with_everything_that_was_typed(small_house: House) -> None:
    body = 'Deux lignes,\n\n<b>et un "guillemet"</b> & c’est tout.'

    document = page(send(small_house, email="zoe@", body=body, name="Zoé & <i>", website="example.fr"))

    kept = typed(document)
    assert kept["body"].strip() == body
    assert (kept["name"], kept["email"], kept["website"]) == ("Zoé & <i>", "zoe@", "example.fr")
    assert "This is not a valid e-mail address." in document.text_content()


def test_a_form_that_comes_back_can_be_sent_again_as_it_is(small_house: House) -> None:
    kept = typed(page(send(small_house, name="")))

    assert small_house.client.post(f"{ARTICLE}/comments", data=kept | {"name": "Zoé"}).status_code == 303


@pytest.mark.parametrize(
    "spoiled", ["", "missing", "tampered", "stale", "of another article", "of another site", "x" * 9]
)
def test_a_form_without_a_good_token_comes_back_with_a_fresh_one_and_its_text(small_house: House, spoiled: str) -> None:
    small_house.add_site("other")
    good = token(small_house)
    shown = {
        "tampered": good[:-5] + ("A" if good[-5] != "A" else "B") + good[-4:],
        "stale": token(small_house, age=timedelta(days=2, minutes=1)),
        "of another article": token(small_house, "/v1/sites/journal/articles/a-2"),
        "of another site": token(small_house, "/v1/sites/other/articles/a-1"),
    }.get(spoiled, spoiled)
    fields = a_submission(body="Longuement pesé.") | ({} if spoiled == "missing" else {"form_token": shown})

    answer = small_house.client.post(f"{ARTICLE}/comments", data=fields, headers={"Accept-Language": "en"})

    document = page(answer)
    kept = typed(document)
    assert kept["body"].strip() == "Longuement pesé."
    assert "This form has expired. Your text is kept: send it again." in document.text_content()
    assert small_house.client.post(f"{ARTICLE}/comments", data=kept).status_code == 303


def test_a_form_may_be_a_day_old(small_house: House) -> None:
    assert send(small_house, form_token=token(small_house, age=timedelta(hours=47))).status_code == 303


def test_sending_a_form_twice_sends_one_comment(house: House) -> None:
    fields = a_submission() | {"form_token": token(house)}

    first, second = send(house, **fields), send(house, **fields)

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert count(house, Comment) == 1


def test_a_token_that_was_used_up_by_another_text_is_replaced_and_the_new_text_kept(small_house: House) -> None:
    shown = token(small_house)
    assert send(small_house, form_token=shown).status_code == 303

    kept = typed(page(send(small_house, form_token=shown, body="Et encore un mot.")))

    assert kept["body"].strip() == "Et encore un mot."
    assert kept["form_token"] != shown
    assert small_house.client.post(f"{ARTICLE}/comments", data=kept).status_code == 303


def test_a_token_is_used_up_by_a_202_only(small_house: House) -> None:
    shown = token(small_house)

    for _ in range(3):
        page(send(small_house, form_token=shown, email="zoe@"))
    assert send(small_house, form_token=shown).status_code == 303


def test_a_forms_token_works_for_json_too_and_is_needed_where_the_site_says_so(small_house: House) -> None:
    assert small_house.post(form_token=token(small_house)).status_code == 202
    small_house.set_rules(form_token=True)

    assert list(faults(small_house.post())) == ["form_token"]
    assert list(faults(small_house.post(form_token="x"))) == ["form_token"]
    shown = token(small_house)
    fields = a_submission(form_token=shown)
    first, second = small_house.post(fields), small_house.post(fields)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.get_json()["id"] == second.get_json()["id"]
    told(small_house.post(form_token=shown), 422, "key_used")


def test_how_long_the_form_was_open_is_recorded(small_house: House) -> None:
    answer = send(small_house, form_token=token(small_house, age=timedelta(seconds=90)))
    identifier = front_keys(small_house).comment_of(answer.location.removeprefix("/receipts/"))

    assert small_house.row(identifier).facts["seconds_to_fill"] == pytest.approx(90, abs=5)
    assert "seconds_to_fill" not in small_house.row(small_house.accepted()).facts


def test_an_article_with_the_longest_of_ids_has_a_form_too(small_house: House) -> None:
    """255 characters, none like another: the token names them all."""
    article = "/v1/sites/journal/articles/" + "".join(chr(0x4E00 + 7 * number) for number in range(255))

    assert send(small_house, article=article).status_code == 303


def test_a_robots_trap_in_a_form_is_not_told(small_house: House) -> None:
    answer = send(small_house, contact="https://spam.example")

    assert answer.status_code == 303
    small_house.judge()
    identifier = front_keys(small_house).comment_of(answer.location.removeprefix("/receipts/"))
    assert small_house.status(identifier) == "held"


def test_a_form_sends_every_field_filled_or_not(small_house: House) -> None:
    assert send(small_house, website="", parent="", contact="", article_url="", consent="").status_code == 303


def test_a_form_may_say_on_to_consent(small_house: House) -> None:
    small_house.set_rules(consent=True)

    assert "Tick this box" in page(send(small_house)).text_content()
    assert send(small_house, consent="on").status_code == 303


def test_a_form_that_was_sent_before_comes_back_as_409_and_tells_no_id(small_house: House) -> None:
    fields = a_submission(body=f"Encore. {CANARY_STRING}")
    first = send(small_house, **fields)

    answer = send(small_house, **fields)

    assert "You have sent this comment already." in page(answer, 409).text_content()
    assert first.location.split("/")[-1] not in answer.get_data(as_text=True)


def test_a_form_for_a_closed_discussion_keeps_the_text_in_sight(small_house: House) -> None:
    small_house.set_policy(mode="closed")

    assert "Longuement pesé." in page(send(small_house, body="Longuement pesé."), 403).text_content()


def test_a_form_sent_too_often_comes_back_with_its_text(small_house: House) -> None:
    small_house.set_rules(burst=1, per_minute=1)
    assert send(small_house).status_code == 303

    answer = send(small_house, body="Longuement pesé.")

    assert typed(page(answer, 429))["body"].strip() == "Longuement pesé."
    assert int(answer.headers["Retry-After"]) <= 60


def test_forms_with_tricks_are_turned_away(small_house: House) -> None:
    address = f"{ARTICLE}/comments"
    form = "application/x-www-form-urlencoded"
    twice = small_house.client.post(address, data=b"name=a&name=b", content_type=form)
    packed = small_house.client.post(address, data=b"x", content_type=form, headers={"Content-Encoding": "gzip"})
    huge = small_house.client.post(address, data=b"body=" + b"x" * 300_000, content_type=form)
    unknown = send(small_house, status="published")

    assert [answer.status_code for answer in (twice, packed, huge, unknown)] == [400, 415, 413, 422]
    for answer in (twice, packed, huge, unknown):
        assert answer.mimetype == "text/html"


def test_a_form_in_broken_utf_8_is_no_500(small_house: House) -> None:
    data = b"name=%ff%fe&email=%00&body=%ed%a0%80&form_token=%f0"

    answer = small_house.client.post(f"{ARTICLE}/comments", data=data, content_type="application/x-www-form-urlencoded")

    page(answer)


def test_a_form_from_elsewhere_is_not_taken(small_house: House) -> None:
    answer = send(small_house, headers={"Origin": "https://evil.example"})

    told(answer, 403, "origin")
