"""The database is away: what was typed into a form comes back, to be sent again, and is stored once."""

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from service.store import events, places
from tests.web.house import BROWSER, DEMO, House, every, form_of, one, read

TYPED = {
    "body": "Une heure de travail.\n\nÀ ne pas perdre.",
    "name": "Zoé <b>Martin</b>",
    "email": "zoe@lecteurs.example.org",
    "website": "https://zoe.example.org/?a=1&b=2",
    "consent": "true",
}
FRENCH = {"headers": BROWSER | {"Accept-Language": "fr"}}


def away(*_: object, **__: object) -> None:
    raise OperationalError("SELECT", {}, ConnectionRefusedError())


def filled(house: House, **typed: str) -> tuple[str, dict[str, str]]:
    """The form's address and what a browser would send there."""
    form = form_of(house.page())
    sent = {str(name): str(value or "") for name, value in form.fields.items()} | TYPED | typed
    return str(form.action), sent


def fields(page: Any) -> dict[str, str]:
    """What a browser would send: a textarea loses its first line break, and sends others as CRLF."""
    return {str(name): str(value or "").removeprefix("\n") for name, value in form_of(page).fields.items()}


def test_a_form_comes_back_with_all_that_was_typed_and_can_be_sent_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, sent = filled(house)
    with monkeypatch.context() as fault:
        fault.setattr(places, "find_place", away)
        answer = house.client.post(address, data=sent, **FRENCH)

    page = read(answer)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert page.get("lang") == "fr"
    assert "Le service ne répond pas pour le moment." in one(page, "*[@role='alert']").text_content()
    assert fields(page) == sent
    assert {each.get("id") for each in every(page, "form//*[@id]")} >= {"unsent-body", "unsent-name", "unsent-email"}

    again = house.client.post(str(form_of(page).action), data=fields(page), **FRENCH)

    assert again.status_code == 303
    assert house.rows()[-1].body == TYPED["body"]


def test_what_was_stored_although_nobody_was_told_is_not_stored_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection breaks after the commit: the reader is told 503, and sends again."""
    address, sent = filled(house)
    database = house.app.extensions["moderato"].database
    stored = len(house.rows())
    with monkeypatch.context() as fault:
        transact = type(database).transact

        def breaks_after(self: Any, work: Any) -> None:
            transact(self, work)
            away()

        fault.setattr(type(database), "transact", breaks_after)
        page = read(house.client.post(address, data=sent, **FRENCH))

    again = house.client.post(str(form_of(page).action), data=fields(page), **FRENCH)

    assert again.status_code == 303
    assert len(house.rows()) == stored + 1


def test_nothing_is_half_stored(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    address, sent = filled(house)
    stored = len(house.rows())
    with monkeypatch.context() as fault:
        fault.setattr(events, "add_events", away)
        assert house.client.post(address, data=sent, **FRENCH).status_code == 503

    assert len(house.rows()) == stored


def test_a_reply_stays_a_reply_and_a_trap_stays_full(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    address, sent = filled(house, parent="0190b3a0-0000-7000-8000-000000000000", contact="a robot", notices="true")
    monkeypatch.setattr(places, "find_place", away)

    found = fields(read(house.client.post(address, data=sent, **FRENCH)))

    assert found == sent


def test_the_page_can_be_framed_where_the_form_was_and_nowhere_by_strangers(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, sent = filled(house)
    monkeypatch.setattr(places, "find_place", away)

    def ancestors(**origin: str) -> str:
        answer = house.client.post(address, data=sent, headers=BROWSER | origin)
        return answer.headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2]

    assert ancestors(Origin="http://localhost") == "*"
    assert ancestors(Origin="https://stranger.example") == "'self'"
    assert ancestors() == "'self'"


def test_an_edited_text_comes_back_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    page = f"{house.receipt(house.comment('Un premier jet.', status='pending'))}/text"
    monkeypatch.setattr(places, "place_of", away)

    answer = house.client.post(page, data={"body": "Mieux dit."}, headers=BROWSER | {"Accept-Language": "en"})

    assert answer.status_code == 503
    again = form_of(read(answer))
    assert str(again.action) == page
    assert fields(read(answer)) == {"body": "Mieux dit."}
    assert "Not sent yet" in read(answer).text_content()


def test_a_form_that_cannot_be_read_is_merely_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    address, _ = filled(house)
    monkeypatch.setattr(places, "find_place", away)

    answer = house.client.post(address, data="body=one&body=two", content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 503
    assert answer.get_json()["code"] == "unavailable"


def test_who_follows_a_link_reads_a_page_that_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "find_place", away)

    answer = house.get("/sites/journal/articles/a-1")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Le service ne répond pas pour le moment." in read(answer).text_content()
    assert house.get(DEMO).status_code == 503
