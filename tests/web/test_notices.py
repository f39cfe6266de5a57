"""The pages behind mails' links, in both languages; and the two places where an author asks for mails."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html
from werkzeug.test import TestResponse

from service.domain.notice import Notice
from service.front import place_front
from service.keys import Purpose
from service.operations.subscribe import ask
from service.store import mailboxes, sites, subscriptions
from service.store.base import Email, new_id
from service.words import say
from tests.web.house import BROWSER, GAZETTE, House, every, form_of, one, read, words


@pytest.fixture
def post(gazette: House) -> House:
    """A publisher's site that tells its authors what becomes of their comments."""
    gazette.change_rules("gazette", notices=True)
    gives_mail(gazette)
    return gazette


def gives_mail(house: House) -> None:
    found = house.app.extensions["moderato"]
    settings = replace(
        house.settings, smtp_url="smtp://127.0.0.1:1", mail_from="La Gazette <c@gazette.example>",
        public_url="http://localhost",
    )  # fmt: skip
    place_front(house.app.extensions, replace(found, settings=settings))


def asked(house: House) -> str:
    """An author who was asked; their id."""
    comment = house.comment(place=house.place("gazette", "a-1"))
    ask(house.database, house.place("gazette", "a-1").site_id, comment, "fr", datetime.now(UTC))
    author: str = house._row(comment).author_id
    return author


def link(house: House, path: str, purpose: Purpose, subject: str, serial: int = 0) -> str:
    return f"{path}/{house.keys.link(purpose, subject, serial, datetime.now(UTC) + timedelta(days=1))}"


def confirm_link(house: House, author: str) -> str:
    return link(house, "/notices/confirm", Purpose.CONFIRM, author)


def mailbox(house: House, label: str = "Bureau <b>du matin</b>") -> str:
    identifier = new_id()
    with house.database.write() as connection:
        row = {
            "id": identifier, "site_id": sites.find_site(connection, "gazette").id, "label": label, "is_over": False,
            "email": Email("bureau@gazette.example"), "language": "fr", "digest_hour": 7, "alert_minutes": 60,
            "alert_waiting": 100, "serial": 0, "created_at": datetime.now(UTC),
        }  # fmt: skip
        mailboxes.add(connection, row)
    return identifier


def kinds(house: House, author: str) -> tuple[str, set[str]]:
    with house.database.read() as connection:
        row = subscriptions.find(connection, author)
    return row.state, set(subscriptions.wanted(row.kinds))


def send(house: House, page: html.HtmlElement, *ticked: str) -> TestResponse:
    """Send the page's form with these boxes ticked."""
    form = form_of(page)
    assert form.method == "POST"
    return house.client.post(
        str(form.action), data="&".join(f"{name}=on" for name in ticked),
        content_type="application/x-www-form-urlencoded", headers=BROWSER | {"Accept-Language": "fr"},
    )  # fmt: skip


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_confirmations_page_asks_for_each_kind_of_news_in_plain_words(post: House, language: str) -> None:
    page = post.page(confirm_link(post, asked(post)), language=language)

    boxes = every(page, "fieldset//input[@type='checkbox']")
    assert [box.get("name") for box in boxes] == list(Notice)
    for box in boxes:
        assert box.get("checked") is not None
        label = words(one(page, f"label[@for='{box.get('id')}']"))
        assert label == " ".join(say(f"notices.kind.{box.get('name')}", language).split())
    assert words(one(page, "button")) == say("notices.confirm_send", language)
    assert "La Gazette" in words(one(page, "header"))


def test_what_is_chosen_there_is_confirmed_and_can_be_changed_at_once(post: House) -> None:
    author = asked(post)

    confirmed = send(post, post.page(confirm_link(post, author)), "refused", "replied")

    assert kinds(post, author) == ("confirmed", {"refused", "replied"})
    page = post.page(str(confirmed.location))
    assert words(one(page, "*[@role='status']")) == "C’est confirmé. Vous pouvez encore changer d’avis ici."
    ticked = [box.get("name") for box in every(page, "input[@checked]")]
    assert ticked == ["refused", "replied"]

    saved = send(post, page, "published")
    assert kinds(post, author) == ("confirmed", {"published"})
    ended = send(post, post.page(str(saved.location)))
    assert kinds(post, author)[0] == "ended"
    assert "nous ne vous écrirons plus" in words(one(post.page(str(ended.location)), "*[@role='status']"))


def test_a_made_up_outcome_says_nothing(post: House) -> None:
    page = post.page(f"{confirm_link(post, asked(post))}?done=<script>")

    assert not every(page, "*[@role='status']")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_one_button_ends_it_and_says_so(post: House, language: str) -> None:
    author = asked(post)
    stop = link(post, "/notices/stop", Purpose.STOP, author)

    page = post.page(stop, language=language)
    assert words(one(page, "h1")) == say("notices.stop_title", language)
    done = read(post.client.post(str(form_of(page).action), headers=BROWSER | {"Accept-Language": language}))

    assert words(one(done, "*[@role='status']")) == say("notices.stopped", language)
    assert not done.forms
    assert words(one(post.page(stop, language=language), "h1")) == say("notices.stopped_title", language)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_link_that_was_used_says_so_in_a_page(post: House, language: str) -> None:
    author = asked(post)
    there = confirm_link(post, author)
    send(post, post.page(there), "refused")

    answer = post.get(there, language=language)

    assert answer.status_code == 410
    assert words(one(read(answer), "h1")) == say("problem.link_over", language)


def test_no_page_is_kept_found_or_told_to_anybody(post: House) -> None:
    author, box = asked(post), mailbox(post)
    for there in (
        confirm_link(post, author), link(post, "/notices/stop", Purpose.STOP, author),
        link(post, "/mailboxes/confirm", Purpose.OPEN_MAILBOX, box),
        link(post, "/mailboxes/stop", Purpose.STOP_MAILBOX, box),
    ):  # fmt: skip
        headers = post.get(there).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "reader" not in post.get(there).get_data(as_text=True).replace("readers", "")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_mailboxs_page_says_what_it_will_get_and_its_label_is_text(post: House, language: str) -> None:
    box = mailbox(post)
    there = link(post, "/mailboxes/confirm", Purpose.OPEN_MAILBOX, box)

    page = post.page(there, language=language)

    assert "Bureau <b>du matin</b>" in words(one(page, "main/p"))
    assert [words(item) for item in every(page, "main//li")] == [
        " ".join(sentence.split())
        for sentence in (
            say("mailbox.digest_at", language, hour=7), say("mailbox.alert_late", language, count=60),
            say("mailbox.alert_many", language, count=100),
        )
    ]  # fmt: skip
    done = read(post.client.post(str(form_of(page).action), headers=BROWSER | {"Accept-Language": language}))
    assert words(one(done, "*[@role='status']")) == say("mailbox.confirmed", language)


# Where it is asked for.


def test_the_form_has_the_box_only_where_it_does_something(post: House, house: House) -> None:
    assert one(post.page(GAZETTE), "input[@name='notices']").get("checked") is None
    assert not every(house.page(), "input[@name='notices']"), "no mail server, and the site doesn't want it"
    post.change_rules("gazette", notices=False)
    assert not every(post.page(GAZETTE), "input[@name='notices']")


def test_a_box_that_was_ticked_stays_ticked_when_the_form_comes_back(post: House) -> None:
    page = read(post.send(GAZETTE, body=" ", notices="true"))

    assert one(page, "input[@name='notices']").get("checked") is not None


def test_who_ticks_it_is_asked(post: House) -> None:
    post.send(GAZETTE, notices="true")

    assert kinds(post, post.rows()[0].author_id)[0] == "asked"


def test_the_receipts_page_offers_it_too_and_says_the_same_whether_or_not_a_mail_is_sent(post: House) -> None:
    comment = post.comment(place=post.place("gazette", "a-1"))
    receipt = post.receipt(comment)
    form = one(post.page(receipt), f"form[@action='{receipt}/notices']")

    answers = [post.client.post(str(form.get("action")), headers=BROWSER) for _ in range(2)]

    assert {(answer.status_code, answer.location) for answer in answers} == {(303, f"{receipt}?asked=yes")}
    page = post.page(str(answers[0].location))
    assert "l’un d’eux est en route" in page.text_content()
    assert not every(page, f"form[@action='{receipt}/notices']")
    assert kinds(post, post.rows()[0].author_id)[0] == "asked"


def test_it_is_not_offered_where_nobody_would_be_told(post: House) -> None:
    comment = post.comment(place=post.place("gazette", "a-1"))
    receipt = post.receipt(comment)
    post.change_rules("gazette", notices=False)

    assert not every(post.page(receipt), f"form[@action='{receipt}/notices']")
    assert post.client.post(f"{receipt}/notices").status_code == 404


def test_nor_after_it_was_taken_back(post: House) -> None:
    comment = post.comment(place=post.place("gazette", "a-1"))
    post.withdraw(comment)

    assert not every(post.page(post.receipt(comment)), "form")
    assert post.client.post(f"{post.receipt(comment)}/notices").status_code == 404
