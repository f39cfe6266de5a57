"""Authors are told by mail what they asked to be told, and nobody else is told anything."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.domain.notice import Notice
from service.keys import Keys, Purpose
from service.operations.fan_out import fan_out
from service.store.authors import Author
from service.store.deliveries import Delivery
from service.store.events import Event
from service.store.subscriptions import Asking, Subscription
from service.words import say
from tests.factories import CANARY_STRING, House
from tests.postoffice import PostOffice
from tests.servers import free_port
from workers.delivery import tell

READER = "zoe.martin@lecteurs.example.org"
FORM = "application/x-www-form-urlencoded"
ALL = dict.fromkeys(Notice, "on")


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as opened:
        yield opened


@pytest.fixture
def telling(house: House, office: PostOffice) -> House:
    """A house whose site tells its authors what becomes of their comments."""
    return told_by(house, office)


@pytest.fixture
def small(small_house: House, office: PostOffice) -> House:
    """The same on SQLite only."""
    return told_by(small_house, office)


def told_by(house: House, office: PostOffice) -> House:
    house.give_mail(f"smtp://127.0.0.1:{office.port}")
    house.set_rules(notices=True, gather_minutes=0)
    return house


def subscribe(house: House, office: PostOffice, address: str = READER, **chosen: str) -> str:
    """A comment whose author has asked for notices and confirmed; what came until then is forgotten."""
    comment = house.published(email=address, notices=True)
    tell(house.room)
    answer = house.client.post(office.to(address)[-1].link("notices/confirm"), data=chosen or ALL)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    tell(house.room)
    office.mails.clear()
    return comment


def after(seconds: float) -> Any:
    """A clock that much later."""
    return lambda: datetime.now(UTC) + timedelta(seconds=seconds)


def state(house: House) -> Any:
    with house.database.read() as connection:
        return connection.execute(select(Subscription.__table__)).all()


def deliveries(house: House) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(select(Delivery.__table__).order_by(Delivery.created_at)))


def told(office: PostOffice) -> list[tuple[str, str]]:
    """To whom what was said: the subject after the site's name."""
    return [(mail.recipient, mail.subject.partition(":")[2].strip()) for mail in office.mails]


# Asking, and being asked.


def test_who_ticks_the_box_is_sent_one_link_and_nothing_more(telling: House, office: PostOffice) -> None:
    telling.held(email=READER, notices=True, headers={"Accept-Language": "fr"})

    tell(telling.room)

    (mail,) = office.mails
    assert mail.recipient == READER
    assert mail.subject == "\u2068Journal\u2069\u00a0: confirmez que vous voulez recevoir des e-mails"
    assert mail.message["Content-Language"] == "fr"
    assert state(telling)[0].state == "asked"


def test_a_mail_to_somebody_who_has_not_confirmed_says_nothing_that_a_stranger_typed(
    small: House, office: PostOffice
) -> None:
    small.post(email=READER, name="Achetez chez Spam", body="http://spam.example gratuit", notices=True,
               article_title="Spam", article_url="https://www.journal.example/spam")  # fmt: skip
    tell(small.room)

    (mail,) = office.mails
    assert "spam" not in (mail.subject + mail.text + mail.html).lower()


def test_who_does_not_tick_it_is_sent_nothing(small: House, office: PostOffice) -> None:
    small.published(email=READER)

    tell(small.room)

    assert office.mails == []
    assert state(small) == []


@pytest.mark.parametrize("wrong", ["maybe", 3, None, ["on"]])
def test_a_box_that_is_neither_ticked_nor_not_is_a_fault_of_that_field(small: House, wrong: Any) -> None:
    answer = small.post(notices=wrong)

    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == ["notices"]


def test_where_the_site_tells_nobody_anything_the_box_is_passed_over(small: House, office: PostOffice) -> None:
    small.set_rules(notices=False)

    small.published(email=READER, notices=True)
    tell(small.room)

    assert office.mails == []
    assert state(small) == []


def test_without_a_mail_server_nothing_is_asked_and_nothing_is_queued(small_house: House) -> None:
    small_house.set_rules(notices=True)

    small_house.published(email=READER, notices=True)
    tell(small_house.room)

    assert state(small_house) == []
    assert deliveries(small_house) == []


def test_the_same_address_is_asked_once_a_day_whoever_types_it(telling: House, office: PostOffice) -> None:
    for network in range(5):
        telling.post(email=READER.upper() if network % 2 else READER, notices=True, address=f"192.0.2.{network}")
    tell(telling.room)

    assert len(office.mails) == 1


def test_who_leaves_three_unanswered_is_left_in_peace(small: House, office: PostOffice) -> None:
    for _ in range(6):
        small.post(email=READER, notices=True)
        tell(small.room)
        yesterday(small)

    assert len(office.mails) == 3


def test_taking_the_comment_back_does_not_make_the_address_new(small: House, office: PostOffice) -> None:
    """Else whoever writes under another's address could have them asked without end."""
    for _ in range(4):
        answer = small.post(email=READER, notices=True).get_json()
        tell(small.room)
        assert small.client.delete(f"/v1/receipts/{answer['receipt']}").status_code == 200

    assert len(office.mails) == 1


def test_one_client_asks_for_few_addresses(small: House, office: PostOffice) -> None:
    for number in range(10):
        assert small.post(email=f"victime.{number}@ailleurs.example", notices=True).status_code == 202
    tell(small.room)

    assert len(office.mails) == 3, "the comments are taken all the same"


def test_whoever_says_no_is_never_asked_again(small: House, office: PostOffice) -> None:
    small.post(email=READER, notices=True)
    tell(small.room)
    small.client.post(office.mails[0].link("notices/stop"))

    yesterday(small)
    small.post(email=READER, notices=True)
    tell(small.room)

    assert len(office.mails) == 1


def yesterday(house: House) -> None:
    """A day passes for all who were asked."""
    from sqlalchemy import update

    with house.database.write() as connection:
        row = connection.execute(select(Asking.asked_at)).scalar_one()
        connection.execute(update(Asking).values(asked_at=row - timedelta(days=1, seconds=1)))


# Confirming.


@pytest.mark.parametrize("path", ["notices/confirm", "notices/stop"])
def test_whoever_only_follows_a_link_changes_nothing(small: House, office: PostOffice, path: str) -> None:
    """Mail programs follow links before anybody has read them."""
    small.post(email=READER, notices=True)
    tell(small.room)
    before = state(small)

    for _ in range(2):
        answer = small.client.get(office.mails[0].link(path), headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "no-store"

    assert state(small) == before
    assert small.client.head(office.mails[0].link(path)).status_code == 200
    assert state(small) == before


def test_a_link_confirms_once(telling: House, office: PostOffice) -> None:
    telling.post(email=READER, notices=True)
    tell(telling.room)
    link = office.mails[0].link("notices/confirm")

    first = telling.client.post(link, data={"refused": "on"})
    second = telling.client.post(link, data=ALL)

    assert (first.status_code, second.status_code) == (303, 410)
    assert [(row.state, row.kinds) for row in state(telling)] == [("confirmed", "refused")]
    assert telling.client.get(link).status_code == 410


def test_a_link_is_good_for_its_purpose_its_author_and_its_time_alone(small: House, office: PostOffice) -> None:
    small.post(email=READER, notices=True)
    tell(small.room)
    keys, now = Keys(small.settings), datetime.now(UTC)
    author = state(small)[0].author_id
    good = keys.link(Purpose.CONFIRM, author, 0, now + timedelta(days=3))
    with small.database.read() as connection:
        other = connection.execute(select(Author.id).where(Author.id != author)).scalar() or small.site_id
    foreign = replace_key(small)
    bad = {
        keys.link(Purpose.CHOOSE, author, 0, now + timedelta(days=3)): 404,
        keys.link(Purpose.STOP, author): 404,
        keys.link(Purpose.CONFIRM, author, 0, now - timedelta(seconds=2)): 410,
        keys.link(Purpose.CONFIRM, author, 7, now + timedelta(days=3)): 410,
        keys.link(Purpose.CONFIRM, other, 0, now + timedelta(days=3)): 404,
        foreign.link(Purpose.CONFIRM, author, 0, now + timedelta(days=3)): 404,
        good[:-1]: 404,
        good + "A": 404,
        good.replace(".", "..", 1): 404,
        "x": 404,
    }

    for token, status in bad.items():
        assert small.client.get(f"/notices/confirm/{token}").status_code == status, token
        assert small.client.post(f"/notices/confirm/{token}", data=ALL).status_code == status, token
    assert state(small)[0].state == "asked"
    assert small.client.post(f"/notices/confirm/{good}", data=ALL).status_code == 303


def replace_key(house: House) -> Keys:
    from dataclasses import replace

    from service.settings import Secret

    return Keys(replace(house.settings, secret_keys=(Secret("k1", b"x" * 32),)))


def test_two_who_confirm_at_once_confirm_once(telling: House, office: PostOffice) -> None:
    from concurrent.futures import ThreadPoolExecutor

    telling.post(email=READER, notices=True)
    tell(telling.room)
    link = office.mails[0].link("notices/confirm")

    with ThreadPoolExecutor(4) as crowd:
        answers = list(crowd.map(lambda _: telling.client.post(link, data=ALL).status_code, range(4)))

    assert sorted(answers) == [303, 410, 410, 410]


def test_what_is_chosen_can_be_changed_by_the_link_of_any_newer_mail(small: House, office: PostOffice) -> None:
    subscribe(small, office)
    small.decide(small.held(email=READER), "publish")
    tell(small.room)
    link = office.mails[-1].link("notices/choices")

    saved = small.client.post(link, data={"replied": "on"})

    assert saved.status_code == 303
    assert state(small)[0].kinds == "replied"
    assert small.client.get(saved.location).status_code == 200
    assert small.client.post(link, data=ALL).status_code == 410, "used up"
    nothing = small.client.post(saved.location.partition("?")[0], data="", content_type=FORM)
    assert nothing.location.endswith("?done=ended")
    assert state(small)[0].state == "ended"


# What is told.


def test_an_author_is_told_of_waiting_publishing_and_refusal(telling: House, office: PostOffice) -> None:
    subscribe(telling, office)
    published, refused = telling.held(email=READER), telling.held(email=READER)
    tell(telling.room)
    assert [subject for _, subject in told(office)] == ["votre commentaire attend d’être relu"] * 2
    office.mails.clear()

    telling.decide(published, "publish")
    telling.decide(refused, "reject", reason="insult")
    tell(telling.room)

    said = {mail.subject.partition(": ")[2]: mail for mail in office.mails}
    assert set(said) == {"votre commentaire est publié", "votre commentaire n’est pas publié"}
    assert say("public.insult", "fr") in said["votre commentaire n’est pas publié"].text
    assert {mail.recipient for mail in office.mails} == {READER}
    before = state(telling)
    for mail in office.mails:
        links = [line for line in mail.text.splitlines() if line.startswith("https://c.journal.example/")]
        assert len(links) == 3
        for link in links:
            answer = telling.client.get(link.removeprefix("https://c.journal.example"))
            assert answer.status_code in {200, 303}, link
    assert state(telling) == before


def test_what_is_published_at_once_is_no_news(small: House, office: PostOffice) -> None:
    subscribe(small, office)

    small.published(email=READER)
    tell(small.room)

    assert office.mails == []


def test_a_mail_has_nobodys_text_and_nobodys_address_in_it(small: House, office: PostOffice) -> None:
    mine = subscribe(small, office)
    reply = small.held(
        parent=mine, email="karim@lecteurs.example.org", name="karim@lecteurs.example.org",
        body=f"Écrivez-moi : karim@lecteurs.example.org {CANARY_STRING}",
    )  # fmt: skip
    small.decide(reply, "publish")
    small.decide(small.held(email=READER, body=f"Mon secret. {CANARY_STRING}"), "reject", reason="spam")
    tell(small.room)

    assert len(office.mails) == 2
    for mail in office.mails:
        assert "karim@" not in mail.raw.decode()
        assert "Mon secret" not in mail.text + mail.html
        assert "Écrivez-moi" not in mail.text + mail.html
        assert mail.raw.decode().count(READER) == 1, "in To, and nowhere else"


def test_only_what_was_chosen_is_told(small: House, office: PostOffice) -> None:
    subscribe(small, office, published="on")
    comment = small.held(email=READER)
    small.decide(comment, "reject", reason="spam")
    small.decide(comment, "publish")
    tell(small.room)

    assert [subject for _, subject in told(office)] == ["votre commentaire est publié"]


def test_what_is_no_longer_true_when_it_is_sent_is_not_told(small: House, office: PostOffice) -> None:
    subscribe(small, office)
    comment = small.held(email=READER)
    small.decide(comment, "reject", reason="spam")
    small.decide(comment, "publish")
    tell(small.room)

    assert [subject for _, subject in told(office)] == ["votre commentaire est publié"]


def test_a_reply_is_told_to_whom_it_answers_and_not_to_its_own_author(telling: House, office: PostOffice) -> None:
    mine = subscribe(telling, office)

    telling.published(parent=mine, email=READER)
    telling.published(parent=mine, name="Karim")
    tell(telling.room)

    (mail,) = office.mails
    assert (mail.recipient, mail.subject.partition(": ")[2]) == (READER, "une réponse à votre commentaire")
    assert "\u2068Karim\u2069 y a répondu." in mail.text
    assert f"https://c.journal.example/sites/journal/comments/{mine}" in mail.text


def test_fifty_replies_in_an_hour_are_one_mail(telling: House, office: PostOffice) -> None:
    telling.set_rules(gather_minutes=60)
    mine = subscribe(telling, office)
    for number in range(25):
        telling.published(parent=mine, name=f"Lectrice {number:02}", address=f"198.51.100.{number}")
    tell(telling.room)
    for number in range(25, 50):
        telling.published(parent=mine, name=f"Lectrice {number:02}", address=f"198.51.100.{number}")
    tell(telling.room)
    assert office.mails == []

    tell(telling.room, after(3601))

    (mail,) = office.mails
    assert mail.subject.partition(": ")[2] == "50 réponses à votre commentaire"
    assert "\u2068Lectrice 00\u2069, \u2068Lectrice 01\u2069 et 48 autres y ont répondu." in mail.text
    tell(telling.room, after(9000))
    assert len(office.mails) == 1

    telling.published(parent=mine, name="Une de plus")
    tell(telling.room, after(12000))
    assert [mail.subject.partition(": ")[2] for mail in office.mails[1:]] == ["une réponse à votre commentaire"]


def test_a_reply_that_is_taken_back_in_time_is_not_told(small: House, office: PostOffice) -> None:
    small.set_rules(gather_minutes=60)
    mine = subscribe(small, office)
    reply = small.published(parent=mine)
    tell(small.room)
    small.decide(reply, "reject", reason="insult")

    tell(small.room, after(3601))

    assert office.mails == []
    assert [row.why for row in deliveries(small)][-1] == "not_wanted"


def test_the_newsrooms_reply_is_told_under_its_name(telling: House, office: PostOffice) -> None:
    mine = subscribe(telling, office)

    answer = telling.client.post(
        f"/v1/moderation/comments/{mine}/replies", json={"body": "Merci."}, headers=telling.staff("editor")
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    tell(telling.room)

    (mail,) = office.mails
    assert "\u2068Journal\u2069 y a répondu." in mail.text


def test_a_refusal_is_told_in_the_words_that_the_moderator_chose(small: House, office: PostOffice) -> None:
    subscribe(small, office)

    answer = small.decide(
        small.held(email=READER),
        "reject",
        reason="insult",
        public_reason="Relisez la charte, ou écrivez à chef@journal.example.",
    )
    assert answer.status_code == 200, answer.get_data(as_text=True)
    tell(small.room)

    (mail,) = office.mails
    assert "Relisez la charte" in mail.text
    assert "chef@" not in mail.text + mail.html


# Ending.


def test_one_post_ends_all_mails_whatever_the_program_sends_along(telling: House, office: PostOffice) -> None:
    mine = subscribe(telling, office)
    telling.published(parent=mine)
    tell(telling.room)
    (mail,) = office.mails
    stop = mail.message["List-Unsubscribe"].strip("<>").removeprefix("https://c.journal.example")

    for sent in (
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"data": {"List-Unsubscribe": "One-Click"}, "content_type": "multipart/form-data"},
        {"data": b"", "content_type": "text/plain"},
    ):
        assert telling.client.post(stop, **sent).status_code == 200

    telling.published(parent=mine)
    tell(telling.room)
    assert len(office.mails) == 1
    assert state(telling)[0].state == "ended"


def test_what_waits_when_somebody_ends_it_is_not_sent(small: House, office: PostOffice) -> None:
    small.set_rules(gather_minutes=60)
    mine = subscribe(small, office)
    small.published(parent=mine)
    tell(small.room)
    small.client.post(f"/notices/stop/{Keys(small.settings).link(Purpose.STOP, state(small)[0].author_id)}")

    tell(small.room, after(3601))

    assert office.mails == []


def test_who_takes_the_last_comment_back_is_forgotten_and_their_old_links_still_answer(
    telling: House, office: PostOffice
) -> None:
    mine = subscribe(telling, office)
    keys = Keys(telling.settings)
    stop = f"/notices/stop/{keys.link(Purpose.STOP, state(telling)[0].author_id)}"

    telling.client.delete(f"/v1/receipts/{keys.receipt(mine)}")

    assert state(telling) == []
    assert telling.client.get(stop).status_code == 200
    assert telling.client.post(stop).status_code == 200
    assert telling.client.post(stop.replace("/stop/", "/choices/"), data=ALL).status_code == 404


# When the server is away.


def test_a_server_that_is_away_leaves_all_waiting_and_nothing_is_lost(house: House) -> None:
    office = PostOffice(port=free_port())
    told_by(house, office)
    house.post(email=READER, notices=True)
    tell(house.room)
    (row,) = deliveries(house)
    assert (row.state, row.why) == ("waiting", "away")

    with office:
        tell(house.room, after(3600))

    (mail,) = office.mails
    assert mail.message["Message-ID"] == f"<{row.id}@journal.example>"


def test_who_is_refused_for_good_is_given_up_and_it_is_told_without_the_address(
    small: House, office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    office.says["rcpt"] = "550 <{address}> is nobody"
    small.post(email=READER, notices=True)

    tell(small.room)

    (row,) = deliveries(small)
    assert (row.state, row.why, row.status, row.attempts) == ("failed", "recipient_refused", 550, 1)
    assert "zoe.martin" not in str(row) + caplog.text


def test_who_is_refused_for_now_is_tried_again(small: House, office: PostOffice) -> None:
    office.says["rcpt"] = "451 later"
    small.post(email=READER, notices=True)
    tell(small.room)
    office.says.clear()

    tell(small.room, after(3600))

    (mail,) = office.mails
    assert mail.recipient == READER
    assert [(row.state, row.attempts) for row in deliveries(small)] == [("delivered", 2)]


def test_both_forms_of_a_name_from_right_to_left_and_one_that_is_code(small: House, office: PostOffice) -> None:
    mine = subscribe(small, office)
    for name in ("ليلى", "<script>alert(1)</script>"):
        small.published(parent=mine, name=name)
        tell(small.room)

    arabic, code = office.mails
    assert "<bdi>ليلى</bdi> y a répondu." in arabic.html
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi> y a répondu." in code.html


def test_a_mail_leads_to_the_comment_wherever_it_stands(small: House, office: PostOffice) -> None:
    mine = subscribe(small, office)

    answer = small.client.get(f"/sites/journal/comments/{mine}")

    assert answer.status_code == 303
    assert answer.location == f"/sites/journal/articles/a-1#c-{mine}"
    assert small.client.get(f"/sites/other/comments/{mine}").status_code == 404
    assert small.client.get(f"/sites/journal/comments/{small.held()}").status_code == 404


def test_webhooks_are_not_told_what_is_between_the_house_and_one_reader(telling: House) -> None:
    telling.webhook()
    telling.post(email=READER, notices=True)
    telling.mailbox()

    fan_out(telling.database, datetime.now(UTC), sends_mail=True)

    with telling.database.read() as connection:
        found = connection.execute(select(Delivery.kind, Event.type).join(Event, Event.id == Delivery.event_id)).all()
    assert sorted(map(tuple, found)) == [
        ("mail", "mailbox.asked"), ("mail", "notices.asked"), ("webhook", "comment.submitted")
    ]  # fmt: skip


def test_where_mail_is_switched_off_again_nothing_more_is_queued_and_what_waits_is_given_up(
    small: House, office: PostOffice
) -> None:
    small.set_rules(gather_minutes=60)
    mine = subscribe(small, office)
    small.published(parent=mine)
    tell(small.room)
    small.give_mail("")
    small.decide(small.held(email=READER), "publish")

    tell(small.room, after(3601))

    assert office.mails == []
    assert [(row.state, row.why) for row in deliveries(small)][1:] == [("failed", "off")]
