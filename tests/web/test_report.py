"""Reporting a comment from a page without JavaScript: whose it is, what is wrong, and that nobody types twice."""

import pytest
from lxml import html
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.domain.note import LONGEST
from service.domain.reasons import ReportReason
from service.store.reports import ReportRow
from service.words import say
from tests.web.house import BROWSER, GAZETTE, ORIGIN, House, every, form_of, one, read, words
from tests.web.test_discussion import HOSTILE, is_harmless

THANKS = "Merci. Une personne de la modération lira ce commentaire et décidera de la suite."


def page_of(comment: str, site: str = "demo") -> str:
    return f"/sites/{site}/comments/{comment}/report"


def send(house: House, comment: str, *, site: str = "demo", origin: str = "", **fields: str) -> TestResponse:
    headers = BROWSER | {"Accept-Language": "fr"} | ({"Origin": origin} if origin else {})
    return house.client.post(page_of(comment, site), data=fields, headers=headers)


def stored(house: House) -> list[tuple[str, str]]:
    with house.database.read() as connection:
        return [(row.reason, row.note) for row in connection.execute(select(ReportRow.reason, ReportRow.note))]


def control(page: html.HtmlElement, name: str) -> html.HtmlElement:
    return one(page, f"form//*[@name='{name}']")


def test_every_published_comment_can_be_reported_and_the_link_says_whose_it_is(house: House) -> None:
    first = house.comment(name="Anaïs")
    reply = house.comment(name="Karim", parent=first)
    removed = house.comment()
    house.comment(parent=removed)
    house.withdraw(removed)

    links = {link.get("href"): link.get("aria-label") for link in every(house.page(), "a[text()='Signaler']")}

    assert links[page_of(first)] == "Signaler le commentaire écrit par Anaïs"
    assert links[page_of(reply)] == "Signaler le commentaire écrit par Karim"
    assert len(links) == 3
    assert page_of(removed) not in links


def test_the_page_shows_who_and_what_is_reported(house: House) -> None:
    comment = house.comment("Un *mot* de trop.", name="Anaïs")

    page = house.page(page_of(comment))

    assert words(one(page, "h1")) == "Signaler un commentaire"
    assert words(one(page, "article//h3")) == "Anaïs"
    assert one(page, "article//div[@class='text']//em").text == "mot"


def test_the_page_says_what_happens_next_and_asks_for_nobodys_name(house: House) -> None:
    page = house.page(page_of(house.comment()))

    assert "Une personne de la modération lira ce commentaire" in words(one(page, "*[@id='report-next']"))
    assert {each.get("name") for each in every(page, "form//*[@name]")} == {"reason", "note"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_reasons_are_said_in_plain_words_under_one_question(house: House, language: str) -> None:
    page = house.page(page_of(house.comment()), language=language)

    group = one(page, "fieldset")
    radios = every(group, "fieldset//input[@type='radio' and @name='reason']")
    assert [each.get("value") for each in radios] == list(ReportReason)
    assert words(one(group, "legend")).split() == say("page.report_reason", language).split()
    for each in radios:
        label = words(one(page, f"label[@for='{each.get('id')}']"))
        assert label == say(f"report.{each.get('value')}", language)
        assert each.get("checked") is None
        assert each.get("required") is not None


def test_a_note_is_nobodys_duty_and_its_reader_is_named(house: House) -> None:
    page = house.page(page_of(house.comment()))

    note = control(page, "note")
    assert (note.get("required"), note.get("maxlength")) == (None, str(LONGEST))
    assert words(one(page, f"label[@for='{note.get('id')}']")) == "Précisions (facultatif)"
    hint = words(page.get_element_by_id(str(note.get("aria-describedby"))))
    assert hint == "Seule la modération les lira. Les adresses e-mail en seront effacées."


def test_the_form_that_is_filled_in_leads_to_thanks_and_from_there_back_to_the_comment(house: House) -> None:
    comment = house.comment()
    form = form_of(house.page(page_of(comment)))
    assert form.method == "POST"

    answer = house.client.post(
        str(form.action), data={"reason": "insult", "note": "La fin.\r\nTout en bas."}, headers=BROWSER
    )

    assert answer.status_code == 303
    page = house.page(answer.location)
    assert words(one(page, "h1")) == "Votre signalement est arrivé"
    assert words(one(page, "*[@role='status']")) == THANKS
    assert one(page, "*[@role='status']").get("autofocus") is not None
    assert not page.forms
    assert [link.get("href") for link in every(page, "main//a")] == [f"/demo/tramway-de-nuit#c-{comment}"]
    assert stored(house) == [("insult", "La fin.\nTout en bas.")]


def test_who_reports_again_is_thanked_again_and_counts_once(house: House) -> None:
    comment = house.comment()

    answers = [send(house, comment, reason=reason) for reason in ("spam", "hate")]

    assert len({(answer.status_code, answer.location) for answer in answers}) == 1
    assert stored(house) == [("spam", "")]


def test_a_report_and_the_api_know_the_same_device(house: House) -> None:
    comment = house.comment()
    send(house, comment, reason="spam")

    assert house.client.post(f"/v1{page_of(comment)}s", json={"reason": "hate"}).status_code == 202
    assert stored(house) == [("spam", "")]


def test_without_a_reason_the_page_comes_back_and_the_note_is_kept(house: House) -> None:
    answer = send(house, house.comment(), note="Voyez <la> fin\r\n& le début")

    page = read(answer)
    assert answer.status_code == 422
    assert (control(page, "note").text or "").removeprefix("\n").replace("\r\n", "\n") == "Voyez <la> fin\n& le début"
    assert words(one(page, "title")).startswith("Erreur – ")
    assert every(page, "input[@aria-invalid='true']") == every(page, "input[@type='radio']")
    told = words(page.get_element_by_id(str(one(page, "fieldset").get("aria-describedby"))))
    assert told == "Erreur : Choisissez ce que vous reprochez à ce commentaire."
    assert stored(house) == []


def test_a_note_that_is_too_long_comes_back_whole_with_the_reason_chosen(house: House) -> None:
    long = "x" * (LONGEST + 1)

    page = read(send(house, house.comment(), reason="threat", note=long))

    assert (control(page, "note").text or "").strip() == long
    assert control(page, "note").get("aria-invalid") == "true"
    described = str(control(page, "note").get("aria-describedby")).split()
    assert "1000 caractères au plus" in " ".join(words(page.get_element_by_id(each)) for each in described)
    assert [each.get("value") for each in every(page, "input[@checked]")] == ["threat"]


def test_mistakes_are_listed_first_announced_and_lead_to_their_fields(house: House) -> None:
    page = read(send(house, house.comment(), reason="x", note="\x00"))

    alert = one(page, "*[@role='alert']")
    assert alert.get("autofocus") is not None
    targets = [str(link.get("href")) for link in every(alert, "a[ancestor::*[@role='alert']]")]
    assert [page.get_element_by_id(target[1:]).get("name") for target in targets] == ["reason", "note"]


@pytest.mark.parametrize("status", ["pending", "held", "rejected"])
def test_what_readers_cannot_see_has_no_page(house: House, status: str) -> None:
    comment = house.comment("Secret", name="Inconnue", status=status)

    for answer in (house.get(page_of(comment)), house.get(f"{page_of(comment)}?sent=yes"), send(house, comment)):
        assert answer.status_code == 404
        assert words(one(read(answer), "h1")) == "Ce commentaire n’existe pas."
        assert "Inconnue" not in answer.text


@pytest.mark.parametrize("comment", ["x", "%00", "é", "z" * 36, "00000000-0000-7000-8000-000000000000", "1" * 400])
def test_what_is_not_there_has_no_page(house: House, comment: str) -> None:
    assert house.get(page_of(comment)).status_code == 404
    assert send(house, comment, reason="spam").status_code == 404


def test_a_comment_has_its_page_on_its_own_site_only(house: House) -> None:
    house.site("gazette")
    comment = house.comment()

    assert house.get(page_of(comment, "gazette")).status_code == 404
    assert send(house, comment, site="gazette", reason="spam").status_code == 404
    assert words(one(read(house.get(page_of(comment, "nobody"))), "h1")) == "Ce site n’existe pas."


def test_another_sites_page_reports_nothing(house: House) -> None:
    comment = house.comment()

    assert send(house, comment, origin="https://elsewhere.example", reason="spam").status_code == 403
    assert send(house, comment, origin="null", reason="spam").status_code == 403
    assert stored(house) == []
    assert send(house, comment, origin="http://localhost", reason="spam").status_code == 303


def test_looking_never_reports(house: House) -> None:
    comment = house.comment()
    house.get(page_of(comment))
    house.get(f"{page_of(comment)}?sent=yes&reason=spam")

    assert stored(house) == []


def test_the_page_may_be_framed_by_its_site_as_the_discussion_may(gazette: House) -> None:
    comment = gazette.comment(place=gazette.place("gazette", "a-1"))

    answer = gazette.get(page_of(comment, "gazette"))

    assert f"frame-ancestors 'self' {ORIGIN}" in answer.headers["Content-Security-Policy"].split("; ")
    assert answer.headers["Cache-Control"] == "no-store"
    cancel = one(read(answer), "a[@class='cancel']")
    assert (words(cancel), cancel.get("href")) == ("Ne pas signaler", f"{GAZETTE}#c-{comment}")


def test_a_comment_far_down_is_found_again(house: House) -> None:
    for _ in range(50):
        house.comment()
    last = house.comment()

    back = one(house.page(page_of(last)), "a[@class='cancel']").get("href")

    assert back == f"/demo/tramway-de-nuit?from={last}#c-{last}"
    assert every(house.page(str(back)), f"article[@id='c-{last}']")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_readers_write_runs_nowhere(house: House, text: str) -> None:
    comment = house.comment(text, name=text)

    assert is_harmless(house.page())
    assert is_harmless(house.page(page_of(comment)))
    assert is_harmless(read(send(house, comment, note=text, reason=text)))
    assert is_harmless(house.page(f"{page_of(comment)}?sent={text}"))


def test_a_form_that_is_turned_away_for_haste_keeps_what_was_typed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    comment = house.comment()
    monkeypatch.setattr("service.limits.Limits.wait", lambda *_, **__: 7)

    answer = send(house, comment, reason="hate", note="Écrit avec soin.")

    page = read(answer)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert words(one(page, "*[@role='alert']")) == say("problem.too_many_reports", "fr", count=7)
    assert (control(page, "note").text or "").strip() == "Écrit avec soin."
    assert [each.get("value") for each in every(page, "input[@checked]")] == ["hate"]
