"""Moderators are told by mail how the queue stands: each day, and once when it stands badly; in numbers alone."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from service.keys import Keys, Purpose
from service.operations.remind import remind
from service.store.audit import AuditRow
from service.store.comments import Comment
from service.store.mailboxes import Mailbox
from tests.api.told import faults, told
from tests.factories import CANARY_STRING, House
from tests.postoffice import Mail, PostOffice
from workers.delivery import tell

DESK = "bureau.secret@journal.example.org"
BOXES = "/v1/moderation/mailboxes"
NOON = datetime(2126, 11, 27, 12, 0, tzinfo=UTC)
"""Far enough that whatever a test does happens before."""


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as opened:
        yield opened


@pytest.fixture
def desk(house: House, office: PostOffice) -> House:
    house.give_mail(f"smtp://127.0.0.1:{office.port}")
    return house


@pytest.fixture
def small(small_house: House, office: PostOffice) -> House:
    small_house.give_mail(f"smtp://127.0.0.1:{office.port}")
    return small_house


def add(house: House, **changes: Any) -> TestResponse:
    asked = {"label": "Bureau du matin", "email": DESK, "language": "fr"} | changes
    return house.client.post(BOXES, json=asked, headers=house.staff("owner"))


def confirmed(house: House, office: PostOffice, **changes: Any) -> str:
    """The id of a mailbox whose owner wants it; what came until then is forgotten."""
    answer = add(house, **changes)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    tell(house.room)
    assert house.client.post(office.mails[-1].link("mailboxes/confirm")).status_code == 200
    office.mails.clear()
    return str(answer.get_json()["id"])


def sent(house: House, office: PostOffice, now: datetime) -> list[Mail]:
    """What is sent when a minute strikes, and two beats at once strike it."""
    office.mails.clear()
    with ThreadPoolExecutor(2) as beats:
        list(beats.map(lambda _: remind(house.database, now), range(2)))
    tell(house.room, lambda: now)
    return list(office.mails)


def listed(house: House) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.client.get(BOXES, headers=house.staff("owner")).get_json()["mailboxes"]
    return found


def waited_since(house: House, comment: str, when: datetime) -> None:
    with house.database.write() as connection:
        connection.execute(update(Comment).where(Comment.id == comment).values(created_at=when))


# Adding one.


def test_who_is_added_is_asked_first(desk: House, office: PostOffice) -> None:
    answer = add(desk)
    tell(desk.room)

    (mail,) = office.mails
    assert (mail.recipient, answer.get_json()["state"]) == (DESK, "asked")
    assert "\u2068Bureau du matin\u2069" in mail.text
    assert sent(desk, office, NOON) == []

    before = listed(desk)
    assert desk.client.get(mail.link("mailboxes/confirm")).status_code == 200
    assert desk.client.get(mail.link("mailboxes/stop")).status_code == 200
    assert listed(desk) == before, "whoever only looks changes nothing"

    assert desk.client.post(mail.link("mailboxes/confirm")).status_code == 200
    assert desk.client.post(mail.link("mailboxes/confirm")).status_code == 410
    assert listed(desk)[0]["state"] == "confirmed"


def test_no_answer_no_entry_and_no_row_but_its_own_has_the_address(
    small: House, office: PostOffice, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = [add(small, label=f"Bureau {DESK}"), add(small, email=DESK, label=" ")]
    box = answers[0].get_json()["id"]
    for method, path, body in (
        ("GET", BOXES, None), ("PUT", f"{BOXES}/{box}", {"label": DESK}), ("PUT", f"{BOXES}/{box}", {"email": DESK}),
        ("POST", f"{BOXES}/{box}/confirmation", None), ("GET", "/v1/moderation/audit", None),
        ("DELETE", f"{BOXES}/{box}", None),
    ):  # fmt: skip
        more: dict[str, Any] = {"json": body} if body is not None else {}
        answers.append(small.client.open(path, method=method, headers=small.staff("owner"), **more))
    tell(small.room)

    for answer in answers:
        assert "bureau.secret" not in answer.get_data(as_text=True)
    told(answers[4], 422)
    with small.database.read() as connection:
        entries = connection.execute(select(AuditRow.act, AuditRow.data)).all()
    assert {entry.act for entry in entries} == {"mailbox.add", "mailbox.put", "mailbox.remove"}
    assert "bureau.secret" not in str(entries) + capsys.readouterr().out


def test_an_owner_can_have_it_asked_again_but_not_at_once(small: House, office: PostOffice) -> None:
    box = add(small).get_json()["id"]

    for _ in range(3):
        small.client.post(f"{BOXES}/{box}/confirmation", headers=small.staff("owner"))
    tell(small.room)
    assert len(office.mails) == 1

    with small.database.write() as connection:
        connection.execute(update(Mailbox).values(asked_at=datetime.now(UTC) - timedelta(hours=2)))
    small.client.post(f"{BOXES}/{box}/confirmation", headers=small.staff("owner"))
    tell(small.room)
    assert len(office.mails) == 2


def test_without_a_mail_server_it_is_kept_and_nobody_is_asked(small_house: House) -> None:
    answer = add(small_house)

    assert (answer.get_json()["asked_at"], answer.get_json()["state"]) == (None, "asked")
    assert tell(small_house.room) == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"email": "x"}, "email"), ({"email": None}, "email"), ({"label": " "}, "label"),
        ({"label": "x" * 81}, "label"),
        ({"language": "de"}, "language"), ({"digest_hour": 24}, "digest_hour"), ({"digest_hour": "7"}, "digest_hour"),
        ({"digest_hour": 7.5}, "digest_hour"), ({"alert_minutes": 0}, "alert_minutes"),
        ({"alert_minutes": 10**30}, "alert_minutes"), ({"alert_waiting": -1}, "alert_waiting"),
        ({"phone": "1"}, "phone"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_field_and_nothing_is_added(small: House, wrong: dict[str, Any], field: str) -> None:
    assert list(faults(add(small, **wrong))) == [field]
    assert listed(small) == []


def test_a_site_has_so_many_and_no_more(small: House) -> None:
    answers = [add(small).status_code for _ in range(21)]

    assert answers == [200] * 20 + [422]


def test_another_sites_mailbox_is_not_there(small: House) -> None:
    small.add_site("other")
    box = add(small).get_json()["id"]

    for method in ("PUT", "DELETE"):
        answer = small.client.open(f"{BOXES}/{box}", method=method, json={}, headers=small.staff("owner", "other"))
        told(answer, 404, "mailbox_unknown")
    theirs = small.client.get(BOXES, headers=small.staff("owner", "other")).get_json()
    assert theirs == {"mailboxes": []}


def test_whoever_reads_it_ends_it_and_the_address_is_forgotten(desk: House, office: PostOffice) -> None:
    box = confirmed(desk, office, digest_hour=11)
    stop = f"/mailboxes/stop/{Keys(desk.settings).link(Purpose.STOP_MAILBOX, box)}"

    assert desk.client.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert desk.client.post(stop).status_code == 200

    assert listed(desk)[0]["state"] == "ended"
    assert sent(desk, office, NOON) == []
    with desk.database.read() as connection:
        assert connection.execute(select(Mailbox.email)).scalars().all() == [None]


# The digest.


def test_the_digest_comes_once_a_day_in_its_hour(desk: House, office: PostOffice) -> None:
    confirmed(desk, office, digest_hour=11)
    minutes = {NOON - timedelta(minutes=61): 0, NOON: 1, NOON + timedelta(minutes=1): 0, NOON + timedelta(hours=11): 0,
               NOON + timedelta(hours=22, minutes=59): 0, NOON + timedelta(days=1, hours=5): 1}  # fmt: skip

    assert {when: len(sent(desk, office, when)) for when in minutes} == minutes


def test_the_digest_tells_what_waits_what_is_reported_and_what_was_decided_yesterday(
    small: House, office: PostOffice
) -> None:
    confirmed(small, office, digest_hour=0)
    waited_since(small, small.held(body=f"Un texte secret. {CANARY_STRING}"), NOON - timedelta(hours=3))
    published = small.published()
    small.client.post(f"/v1/sites/journal/comments/{published}/reports", json={"reason": "spam"})
    small.decide(small.held(), "publish")
    for reason in ("spam", "hate"):
        small.decide(small.held(), "reject", reason=reason)

    tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1, minutes=1)
    (mail,) = sent(small, office, tomorrow)

    assert mail.subject.partition(":")[2].strip() == "1 commentaire attend"
    assert "– 1 commentaire attend une personne" in mail.text
    assert "– 1 commentaire publié est signalé" in mail.text
    assert "3 décisions : 1 pour publier, 2 pour refuser, 0 pour retenir" in mail.text.replace("\u00a0", " ")
    assert "https://c.journal.example/desk/" in mail.text
    assert "secret" not in mail.text + mail.html
    assert DESK not in mail.text + mail.html


def test_another_hour_is_no_second_digest_of_the_day(small: House, office: PostOffice) -> None:
    box = confirmed(small, office, digest_hour=9)
    assert len(sent(small, office, NOON)) == 1

    small.client.put(f"{BOXES}/{box}", json={"digest_hour": 11}, headers=small.staff("owner"))

    assert sent(small, office, NOON + timedelta(minutes=1)) == []
    assert len(sent(small, office, NOON + timedelta(days=1))) == 1


def test_an_hour_that_struck_before_the_confirmation_is_not_told(small: House, office: PostOffice) -> None:
    now = datetime.now(UTC)
    confirmed(small, office, digest_hour=now.hour)

    assert sent(small, office, now.replace(minute=59, second=59)) == []


# The alert.


def test_an_alert_comes_once_an_episode_with_a_pause_between_two(desk: House, office: PostOffice) -> None:
    confirmed(desk, office, alert_minutes=60)
    comment = desk.held()
    waited_since(desk, comment, NOON - timedelta(minutes=61))

    assert sent(desk, office, NOON - timedelta(minutes=10)) == [], "not yet an hour"
    (mail,) = sent(desk, office, NOON)
    assert "1 commentaire attend" in mail.subject
    assert "le plus ancien attend depuis 1 heure" in mail.text.replace("\u00a0", " ")
    assert sent(desk, office, NOON + timedelta(hours=5)) == [], "it is the same episode"

    desk.decide(comment, "publish")
    assert sent(desk, office, NOON + timedelta(hours=5, minutes=1)) == []
    again = desk.held()
    waited_since(desk, again, NOON)
    assert len(sent(desk, office, NOON + timedelta(hours=5, minutes=2))) == 1, "the next episode"

    desk.decide(again, "publish")
    assert sent(desk, office, NOON + timedelta(hours=5, minutes=3)) == []
    waited_since(desk, desk.held(), NOON)
    assert sent(desk, office, NOON + timedelta(hours=5, minutes=4)) == [], "too soon after the last"
    assert len(sent(desk, office, NOON + timedelta(hours=6, minutes=2))) == 1


def test_an_alert_also_comes_when_too_many_wait(small: House, office: PostOffice) -> None:
    confirmed(small, office, alert_waiting=2)
    for _ in range(2):
        small.held()
    assert sent(small, office, NOON) == []

    small.held()

    (mail,) = sent(small, office, NOON)
    assert "3 commentaires attendent" in mail.subject


def test_other_sites_queues_are_nobodys_alert(small: House, office: PostOffice) -> None:
    small.add_site("other")
    confirmed(small, office, alert_waiting=1)
    for _ in range(3):
        small.held(article="/v1/sites/other/articles/a-1")

    assert sent(small, office, NOON) == []
