"""The main job, end to end, on the embedded default and on PostgreSQL with Redis: the same journeys on both."""

import httpx
import pytest

from tests.factories import CANARY_STRING, a_submission
from tests.journeys.conftest import SECONDS, Service, wait_until

pytestmark = pytest.mark.journey


def test_a_readers_comment_is_accepted_checked_and_published(service: Service) -> None:
    sent = service.accepted(body="Enfin une bonne nouvelle pour les noctambules !")
    assert sent["status"] == "pending"

    assert service.decided(sent["receipt"]) == "published"

    page = httpx.get(service.comments, params={"order": "newest"}).json()
    [shown] = [comment for comment in page["comments"] if comment["id"] == sent["id"]]
    assert shown["html"] == "<p>Enfin une bonne nouvelle pour les noctambules !</p>"


def test_a_moderator_publishes_what_was_held_and_the_second_to_decide_is_told(service: Service) -> None:
    sent = service.accepted(body=f"À voir. {CANARY_STRING}")
    assert service.decided(sent["receipt"]) == "held"
    listed = httpx.get(f"{service.api}/v1/moderation/queue", headers=service.staff, params={"order": "newest"}).json()
    [item] = [item for item in listed["items"] if item["id"] == sent["id"]]
    assert item["verdict"]["signals"][0]["reason"] == "test_string"

    address = f"{service.api}/v1/moderation/comments/{sent['id']}"
    decision = {"action": "publish", "version": item["version"], "note": "C’est bon."}
    first = httpx.post(f"{address}/decision", json=decision, headers=service.staff)
    second = httpx.post(f"{address}/decision", json=decision, headers=service.staff)

    assert (first.status_code, second.status_code) == (200, 409)
    detail = httpx.get(address, headers=service.staff).json()
    assert [entry["type"] for entry in detail["history"]] == ["submitted", "verdict", "decision"]
    assert service.state(sent["receipt"])["status"] == "published"


def test_an_author_reads_why_their_comment_was_refused_in_their_language(service: Service) -> None:
    sent = service.accepted(body=f"Non. {CANARY_STRING}")
    service.decided(sent["receipt"])
    httpx.post(
        f"{service.api}/v1/moderation/decisions",
        json={"decisions": [{"id": sent["id"], "version": 2, "action": "reject", "reason": "off_topic"}]},
        headers=service.staff,
    )

    told = {
        language: httpx.get(
            f"{service.api}/v1/receipts/{sent['receipt']}", headers={"Accept-Language": language}
        ).json()
        for language in ("fr", "en")
    }

    assert told["fr"]["reason"] == told["en"]["reason"] == "off_topic"
    assert told["fr"]["message"].startswith("Votre commentaire n’a pas été publié")
    assert told["en"]["message"].startswith("Your comment was not published")


def test_a_form_without_javascript_leads_to_the_receipt_and_a_second_click_to_the_same(service: Service) -> None:
    token = httpx.get(service.comments.removesuffix("comments") + "form-token").json()["form_token"]
    form = a_submission(form_token=token, website="", parent="", contact="")

    answers = [httpx.post(service.comments, data=form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    page = httpx.get(service.api + answers[0].headers["Location"])
    assert page.status_code == 200
    assert form["body"] in page.text


def test_the_service_says_that_it_is_ready(service: Service) -> None:
    assert httpx.get(f"{service.api}/healthz").json() == {"status": "ok"}
    ready = httpx.get(f"{service.api}/readyz")
    assert ready.status_code == 200
    assert ready.json() == {
        "status": "ready", "database": "ok", "migrations": "ok", "redis": "ok", "scorer": "ok", "backlog": "ok",
        "disk": "ok", "clock": "ok",
    }  # fmt: skip


def test_a_hundred_comments_are_all_decided(service: Service) -> None:
    sent = [service.post() for _ in range(100)]
    assert {answer.status_code for answer in sent} == {202}
    accepted = {answer.json()["id"] for answer in sent}

    wait_until(
        lambda: all(status != "pending" for key, status in service.statuses().items() if key in accepted),
        SECONDS,
        "not all were decided",
    )

    assert accepted <= service.statuses().keys()
