"""With real processes and a real mail server: from the ticked box to the mail that tells, whoever is away or killed."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from service.domain.notice import Notice
from service.settings import Settings
from service.store.deliveries import Delivery
from service.store.session import Database
from tests.factories import CANARY_STRING
from tests.journeys.conftest import SECONDS, Production, Service, wait_until
from tests.journeys.test_canary import ADDRESS, DISGUISES, Ears, columns, kept_by_redis, look
from tests.postoffice import SENDER, PostOffice

pytestmark = pytest.mark.journey

ALL = dict.fromkeys(map(str, Notice), "on")
DESK = "Bureau.Canari.Jaune@Cachette.Example.org"
HELD = f"À relire, s’il vous plaît. {CANARY_STRING}"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    made = PostOffice()
    yield made
    made.shut()


def start(production: Production, office: PostOffice) -> Service:
    """A service whose site tells authors what becomes of their comments, and tells replies at once."""
    production.env |= {
        "MODERATO_SMTP_URL": f"smtp://127.0.0.1:{office.port}", "MODERATO_MAIL_FROM": SENDER,
        "MODERATO_PUBLIC_URL": "https://comments.journal.example", "MODERATO_SWEEP_SECONDS": "0.5",
    }  # fmt: skip
    service = production.start()
    rules = {"rules": {"notices": True, "gather_minutes": 0}}
    answer = httpx.put(f"{service.api}/v1/moderation/sites/journal", json=rules, headers=service.staff)
    assert answer.status_code == 200, answer.text
    return service


def deliveries(service: Service) -> list[Any]:
    database = Database(Settings.from_env(service.env))
    with database.read() as connection:
        found = list(connection.execute(select(Delivery.__table__).order_by(Delivery.created_at)))
    database.close()
    return found


def decide(service: Service, comment: str, action: str, **more: str) -> None:
    where = f"{service.api}/v1/moderation/comments/{comment}"
    version = httpx.get(where, headers=service.staff, timeout=SECONDS).json()["version"]
    answer = httpx.post(
        f"{where}/decision", json={"action": action, "version": version, **more}, headers=service.staff, timeout=SECONDS
    )
    assert answer.status_code == 200, answer.text


def test_from_the_ticked_box_to_the_mail_that_tells_and_to_the_click_that_ends_it(
    production: Production, office: PostOffice
) -> None:
    service = start(production, office)
    with office, Ears(service.env["MODERATO_REDIS_URL"]) as ears:
        sent = service.accepted(email=ADDRESS, notices=True, body=HELD)
        assert service.decided(sent["receipt"]) == "held"
        (asked,) = office.wait_for(1)
        assert asked.recipient.casefold() == ADDRESS.casefold()
        link = f"{service.api}{asked.link('notices/confirm')}"
        assert httpx.get(link, timeout=SECONDS).status_code == 200
        assert httpx.post(link, data=ALL, timeout=SECONDS).status_code == 303

        decide(service, sent["id"], "publish")
        mail = office.wait_for(2)[1]
        assert "votre commentaire est publié" in mail.subject or "your comment is published" in mail.subject
        second = service.accepted(email=ADDRESS, body=f"Encore un. {HELD}")
        assert service.decided(second["receipt"]) == "held"
        office.wait_for(3)
        decide(service, second["id"], "reject", reason="insult")
        service.decided(service.accepted(parent=sent["id"], name="Karim")["receipt"])
        mails = office.wait_for(5)
        assert "Karim" in "".join(mail.text for mail in mails)

        stop = (
            mails[-1].message["List-Unsubscribe"].strip("<>").replace("https://comments.journal.example", service.api)
        )
        assert httpx.post(stop, data={"List-Unsubscribe": "One-Click"}, timeout=SECONDS).status_code == 200
        box = {"label": "Bureau", "email": DESK}
        answer = httpx.post(f"{service.api}/v1/moderation/mailboxes", json=box, headers=service.staff, timeout=SECONDS)
        look("the answer about a mailbox", answer.text)
        service.decided(service.accepted(parent=sent["id"])["receipt"])
        assert office.wait_for(6)[5].recipient.casefold() == DESK.casefold()
        wait_until(
            lambda: all(row.state == "delivered" for row in deliveries(service)), SECONDS, "something still waits"
        )

    assert len(office.mails) == 6, "nothing after the click"
    for mail in office.mails:
        assert mail.message["Auto-Submitted"] == "auto-generated"
    look("what Redis was told", "\n".join(ears.heard))
    look("what Redis keeps", kept_by_redis(service))
    for name, process in service.processes.items():
        look(f"the log of {name}", process.output())
    look("the metrics", httpx.get(f"{service.api}/metrics", timeout=SECONDS).text)
    database = Database(Settings.from_env(service.env))
    held = [where for where, text in columns(database) if any(form in text.lower() for form in DISGUISES)]
    database.close()
    assert held == ["authors.email", "mailboxes.email"]


def test_a_worker_killed_when_the_mail_was_taken_sends_it_again_under_the_same_name(
    production: Production, office: PostOffice
) -> None:
    service = start(production, office)
    office.on_data = lambda: service.processes["worker"].kill() if len(office.mails) == 1 else None
    with office:
        service.accepted(email=ADDRESS, notices=True)
        office.wait_for(1)
        wait_until(lambda: not service.processes["worker"].running, SECONDS, "the worker lives on")
        assert [row.state for row in deliveries(service)] == ["waiting"], "what was taken is not written down"

        service.processes["worker"] = production.worker()
        first, second = office.wait_for(2)

        assert first.message["Message-ID"] == second.message["Message-ID"]
        wait_until(lambda: deliveries(service)[0].state == "delivered", SECONDS, "it is not written down")
        assert len(office.mails) == 2


def test_while_the_mail_server_is_away_all_waits_and_nothing_is_lost(
    production: Production, office: PostOffice
) -> None:
    service = start(production, office)
    for number in range(3):
        service.accepted(email=f"lectrice.{number}@lecteurs.example.org", notices=True)
    wait_until(lambda: sorted(row.why for row in deliveries(service)) == ["away"] * 3, SECONDS, "nobody has tried")
    assert {row.state for row in deliveries(service)} == {"waiting"}

    with office:
        mails = office.wait_for(3)

    assert sorted(mail.recipient for mail in mails) == [
        f"lectrice.{number}@lecteurs.example.org" for number in range(3)
    ]


@pytest.mark.long
def test_beat_has_moderators_told_that_the_queue_grows(production: Production, office: PostOffice) -> None:
    service = start(production, office)
    with office:
        box = {"label": "Bureau", "email": DESK, "alert_waiting": 1}
        made = httpx.post(f"{service.api}/v1/moderation/mailboxes", json=box, headers=service.staff, timeout=SECONDS)
        assert made.status_code == 200, made.text
        (asked,) = office.wait_for(1)
        assert httpx.post(f"{service.api}{asked.link('mailboxes/confirm')}", timeout=SECONDS).status_code == 200
        for number in range(2):
            service.decided(service.accepted(body=f"{number}. {HELD}")["receipt"])

        alert = office.wait_for(2, seconds=150)[1]

    assert alert.recipient.casefold() == DESK.casefold()
    assert "https://comments.journal.example/desk/" in alert.text
    look("the text of an alert", alert.text + alert.html)
