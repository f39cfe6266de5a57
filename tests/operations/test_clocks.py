"""Clocks that are off, or jump: comments are decided all the same, what seems odd weighs against them, none is lost."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from lxml import html

from service.domain.policy import DEFAULT_WEIGHTS
from service.keys import FORM_TOKEN_SECONDS
from tests.factories import ARTICLE, House, a_submission

HOUR = timedelta(hours=1)
PAGE = "/sites/journal/articles/a-1"
AT_THE_DOOR = ("service.api.comments", "service.api.receipts", "service.api.places", "service.web.pages")
AheadOrBehind = pytest.mark.parametrize("off", [HOUR, -HOUR], ids=["ahead", "behind"])
SetClock = Callable[[timedelta], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Set the API's clock so far ahead; the database's, and the workers', stay right."""

    def set_clock(ahead: timedelta) -> None:
        class Off(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return datetime.now(tz) + ahead

        for module in AT_THE_DOOR:
            monkeypatch.setattr(f"{module}.datetime", Off, raising=False)

    return set_clock


def form(house: House) -> dict[str, str]:
    """What a browser has, once the article's page is open."""
    page = html.fromstring(house.client.get(PAGE, headers={"Accept": "text/html"}).get_data())
    return {str(name): str(value or "") for name, value in page.forms[0].fields.items()}


def send(house: House, fields: dict[str, str]) -> Any:
    return house.client.post(f"{ARTICLE}/comments", data=fields)


@AheadOrBehind
def test_a_comment_is_judged_at_once_whatever_the_api_takes_the_time_to_be(
    house: House, set_clock: SetClock, off: timedelta
) -> None:
    set_clock(off)

    assert house.status(house.published()) == "published"


@AheadOrBehind
def test_what_was_sent_before_and_after_a_jump_is_all_shown(house: House, set_clock: SetClock, off: timedelta) -> None:
    first = house.published()
    set_clock(off)
    second = house.published()
    set_clock(-off)
    third = house.published()

    listed = house.client.get(f"{ARTICLE}/comments").get_json()

    assert {each["id"] for each in listed["comments"]} == {first, second, third}


def test_a_form_that_comes_back_before_it_was_given_out_counts_as_haste(house: House, set_clock: SetClock) -> None:
    """Two instances whose clocks differ, or one whose clock was set back meanwhile."""
    set_clock(HOUR)
    fields = form(house) | a_submission(body="Votre enquête oublie que la région avait déjà promis ces travaux.")
    set_clock(timedelta())

    answer = send(house, fields)

    assert answer.status_code == 303
    house.judge()
    [row] = rows(house)
    assert "haste" in row.reasons
    assert row.score == pytest.approx(DEFAULT_WEIGHTS["haste"]), "as heavily as if it had taken no time at all"


def test_a_form_that_has_become_too_old_comes_back_with_its_text_and_a_token_that_is_good(
    house: House, set_clock: SetClock
) -> None:
    fields = form(house) | a_submission(body="À ne pas perdre.")
    set_clock(timedelta(seconds=FORM_TOKEN_SECONDS) + HOUR)

    page = html.fromstring(send(house, fields).get_data())

    kept = {str(name): str(value or "").removeprefix("\n") for name, value in page.forms[0].fields.items()}
    assert kept["body"] == "À ne pas perdre."
    assert kept["form_token"] != fields["form_token"]
    assert rows(house) == []
    assert send(house, kept).status_code == 303


@AheadOrBehind
def test_what_is_sent_again_after_a_jump_is_stored_once(house: House, set_clock: SetClock, off: timedelta) -> None:
    submission = a_submission()
    first = house.post(submission, headers={"Idempotency-Key": "once"}).get_json()

    set_clock(off)
    again = house.post(submission, headers={"Idempotency-Key": "once"})

    assert again.status_code == 202
    assert again.get_json() == first
    assert len(rows(house)) == 1


@pytest.mark.parametrize(("off", "status"), [(HOUR, 409), (-HOUR, 200)], ids=["ahead", "behind"])
def test_an_edit_may_come_too_late_or_later_than_meant_and_is_judged_again(
    house: House, set_clock: SetClock, off: timedelta, status: int
) -> None:
    receipt = house.post().get_json()["receipt"]
    house.judge()
    set_clock(off)

    answer = house.client.patch(f"/v1/receipts/{receipt}", json={"body": "Un autre texte, tout aussi sensé."})

    assert answer.status_code == status
    assert rows(house)[0].status == ("published" if status == 409 else "pending")
    house.judge()
    assert rows(house)[0].status == "published"


def rows(house: House) -> list[Any]:
    from sqlalchemy import select

    from service.store.comments import Comment

    with house.database.read() as connection:
        return list(connection.execute(select(Comment.__table__).order_by(Comment.created_at)).all())
