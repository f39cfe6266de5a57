"""One address is sent in by every door, and looked for everywhere that isn't allowed to hold it, in every disguise."""

import base64
import hashlib
import json
import threading
import urllib.parse
from collections.abc import Iterator
from typing import Any, Self

import httpx
import pytest
from redis import Redis
from sqlalchemy import select

from service.handoff import redis_client
from service.settings import Settings
from service.store.base import Base, EmailColumn
from service.store.session import Database
from tests.factories import CANARY_STRING, a_submission
from tests.journeys.conftest import SECONDS, Service, wait_until
from tests.scorer import ScorerServer
from tests.scorer import answers as receives

pytestmark = pytest.mark.journey

ADDRESS = "Canari.Jaune+Secret@Cachette.Example.org"


def disguises(address: str) -> Iterator[str]:
    """Every form in which the address could get out: as it is, encoded, or hashed as the peers do."""
    local, _, domain = address.partition("@")
    forms = {address, address.lower(), address.upper(), f"{local}@{domain.lower()}", address.casefold().strip()}
    for form in sorted(forms):
        raw = form.encode()
        yield form
        yield urllib.parse.quote(form)
        yield urllib.parse.quote_plus(form)
        yield form.replace("@", "&#64;")
        yield form.replace("@", "\\u0040")
        yield base64.b64encode(raw).decode().rstrip("=")
        yield base64.urlsafe_b64encode(raw).decode().rstrip("=")
        yield raw.hex()
        for algorithm in ("md5", "sha1", "sha256", "sha512"):
            digest = hashlib.new(algorithm, raw)
            yield digest.hexdigest()
            yield base64.b64encode(digest.digest()).decode().rstrip("=")
            yield base64.urlsafe_b64encode(digest.digest()).decode().rstrip("=")
    yield "canari.jaune"
    yield "cachette.example"


DISGUISES = sorted({form.lower() for form in disguises(ADDRESS)})


def look(where: str, text: str) -> None:
    lower = text.lower()
    found = [form for form in DISGUISES if form in lower]
    assert not found, f"{where} holds {found}: …{text[max(0, lower.find(found[0]) - 200) :][:400]}…"


class Ears:
    """Hears every command that Redis is given, from the first word to the last."""

    _LAST = "the ears may close"

    def __init__(self, url: str) -> None:
        self.heard: list[str] = []
        self._client = Redis.from_url(url)
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(SECONDS), "MONITOR didn't begin"
        return self

    def _listen(self) -> None:
        with self._client.monitor() as monitor:  # type: ignore[no-untyped-call]
            self._begun.set()
            while not self.heard or self._LAST not in self.heard[-1]:
                self.heard.append(str(monitor.next_command()))

    def __exit__(self, *_: object) -> None:
        self._client.echo(self._LAST)
        self._thread.join(SECONDS)
        self._client.close()
        assert not self._thread.is_alive(), "the ears have heard all that was said before"


def webhook(service: Service, url: str) -> dict[str, Any]:
    """A new webhook of the service's site. The embedded service's own token is a moderator's."""
    owner = service.run("token", "create", "--site", service.site, "--role", "owner", "--quiet").strip()
    headers = {"Authorization": f"Bearer {owner}"}
    answer = httpx.post(f"{service.api}/v1/moderation/webhooks", json={"url": url}, headers=headers, timeout=SECONDS)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found | {"headers": headers, "log": f"{service.api}/v1/moderation/webhooks/{found['id']}/deliveries"}


def answers(service: Service) -> Iterator[tuple[str, httpx.Response]]:
    """Every documented route with the canary in play: what is accepted, what is refused, what is shown after."""
    with httpx.Client(base_url=service.api, timeout=SECONDS, follow_redirects=False) as client:
        article = f"/v1/sites/{service.site}/articles/{service.article}"
        submission = a_submission(email=ADDRESS)
        accepted = client.post(f"{article}/comments", json=submission)
        yield "accepted", accepted
        yield "duplicate", client.post(f"{article}/comments", json=submission)
        held = client.post(f"{article}/comments", json=a_submission(email=ADDRESS, body=f"x {CANARY_STRING}"))
        yield "held", held
        for name, wrong in {
            "invalid body": {"body": " "},
            "unknown parent": {"parent": "01900000-0000-7000-8000-000000000000"},
            "unknown field": {"phone": "1"},
            "bad website": {"website": "javascript:alert(1)"},
            "too long": {"name": "n" * 300},
            "address in other fields' faults": {"email": f"{ADDRESS} "},
            "broken address": {"email": f"{ADDRESS}@twice"},
        }.items():
            yield name, client.post(f"{article}/comments", json=a_submission(email=ADDRESS, name="Canari") | wrong)
        yield (
            "broken JSON",
            client.post(
                f"{article}/comments", content=json.dumps(submission)[:-1], headers={"Content-Type": "application/json"}
            ),
        )
        yield "wrong type", client.post(f"{article}/comments", files={"email": ADDRESS})
        yield (
            "foreign origin",
            client.post(f"{article}/comments", json=submission, headers={"Origin": "https://elsewhere.example"}),
        )
        token = client.get(f"{article}/form-token").json()["form_token"]
        key = {"Idempotency-Key": "canary"}
        yield "first with a key", client.post(f"{article}/comments", json=a_submission(email=ADDRESS), headers=key)
        yield "other with the key", client.post(f"{article}/comments", json=a_submission(email=ADDRESS), headers=key)
        yield "form accepted", client.post(f"{article}/comments", data=a_submission(email=ADDRESS, form_token=token))
        service.decided(accepted.json()["receipt"])
        service.decided(held.json()["receipt"])
        decision = {"action": "reject", "version": 2, "reason": "spam", "note": "non", "public_reason": ADDRESS}
        identifiers = (accepted.json()["id"], held.json()["id"])
        for identifier in identifiers:
            yield "detail", client.get(f"/v1/moderation/comments/{identifier}", headers=service.staff)
            yield (
                "decision",
                client.post(f"/v1/moderation/comments/{identifier}/decision", json=decision, headers=service.staff),
            )
            yield (
                "conflict",
                client.post(f"/v1/moderation/comments/{identifier}/decision", json=decision, headers=service.staff),
            )
        yield (
            "bulk",
            client.post(
                "/v1/moderation/decisions",
                json={
                    "decisions": [{"id": identifier, "version": 3, "action": "publish"} for identifier in identifiers]
                },
                headers=service.staff,
            ),
        )
        comment = f"/sites/{service.site}/comments/{accepted.json()['id']}"
        note = {"reason": "other", "note": f"C’est {ADDRESS}, je la connais."}
        yield "report", client.post(f"/v1{comment}/reports", json=note)
        yield "report again", client.post(f"/v1{comment}/reports", json=note)
        yield "report with an address", client.post(f"/v1{comment}/reports", json={"reason": "spam", "email": ADDRESS})
        yield "report for an address", client.post(f"/v1{comment}/reports", json={"reason": ADDRESS})
        yield "report by form", client.post(f"{comment}/report", data=note, headers={"User-Agent": "another"})
        yield "report page", client.get(f"{comment}/report")
        yield "thanks", client.get(f"{comment}/report", params={"sent": "yes"})
        yield "detail with reports", client.get(f"/v1/moderation/comments/{identifiers[0]}", headers=service.staff)
        for status in ("", "published", "held", "rejected"):
            yield (
                f"queue {status}",
                client.get("/v1/moderation/queue", params={"status": status, "q": ""}, headers=service.staff),
            )
        yield from on_many(client, service.staff)
        yield (
            "queue looked through for the address",
            client.get("/v1/moderation/queue", params={"q": "canari.jaune"}, headers=service.staff),
        )
        yield "list", client.get(f"{article}/comments")
        yield "counts", client.get(f"/v1/sites/{service.site}/counts", params={"article": service.article})
        for answer in (accepted, held):
            receipt = answer.json()["receipt"]
            yield "receipt", client.get(f"/v1/receipts/{receipt}")
            yield "receipt page", client.get(f"/receipts/{receipt}")
        yield "article page", client.get(f"/sites/{service.site}/articles/{service.article}")
        site = f"/sites/{service.site}"
        for path in (
            "/demo/", f"/demo/{service.article}", f"{site}/fragments/{service.article}",
            f"{site}/feeds/{service.article}", f"{site}/feed.atom", "/desk/",
            "/openapi.json", "/readyz",
        ):  # fmt: skip
            yield path, client.get(path)
        sites = f"sites/{service.site}"
        for place in (
            "sites", sites, f"{sites}/policy", f"{sites}/articles/{service.article}",
            "audit", "audit.csv", "audit.ndjson",
        ):  # fmt: skip
            yield place, client.get(f"/v1/moderation/{place}", headers=service.staff)


def on_many(client: httpx.Client, staff: dict[str, str]) -> Iterator[tuple[str, httpx.Response]]:
    """What is selected, what is counted, and what the newsroom says to it."""
    selection = "/v1/moderation/selection"
    everything = client.get(selection, headers=staff)
    yield "selection", everything
    found = everything.json()["items"]
    yield "copies", client.get(selection, params={"copies_of": found[0]["id"]}, headers=staff)
    yield "campaigns", client.get("/v1/moderation/campaigns", headers=staff)
    yield "numbers", client.get("/v1/moderation/numbers", headers=staff)
    published = next(each["id"] for each in found if each["status"] == "published")
    replies = f"/v1/moderation/comments/{published}/replies"
    yield "newsroom", client.post(replies, json={"body": "Merci."}, headers=staff)


def reveal(service: Service, comment: str, token: str, reason: str) -> httpx.Response:
    address = f"{service.api}/v1/moderation/comments/{comment}/reveal"
    return httpx.post(address, json={"reason": reason}, headers={"Authorization": f"Bearer {token}"}, timeout=SECONDS)


def open_the_one_door(service: Service, comment: str) -> None:
    """An owner's reveal tells the address; everybody else's, and a wrong one, tells nothing."""
    for role in ("moderator", "editor", "auditor", "service"):
        token = service.run("token", "create", "--site", service.site, "--role", role, "--quiet").strip()
        answer = reveal(service, comment, token, "curious")
        assert answer.status_code == 403
        look(f"what a {role} is told", f"{answer.headers} {answer.text}")
    look("a reveal without a reason", reveal(service, comment, service.token, " ").text)
    answer = reveal(service, comment, service.token, f"A threat, from {ADDRESS}")
    assert answer.status_code == 200
    assert answer.json()["email"].casefold() == ADDRESS.casefold()
    assert answer.headers["Cache-Control"] == "no-store"
    look("the headers of a reveal", str(answer.headers))


def let_staff_write_it_everywhere(service: Service, comment: str) -> None:
    """Notes, holds and bans whose words hold the address; and all that is told of the author afterwards."""
    with httpx.Client(base_url=f"{service.api}/v1/moderation", headers=service.staff, timeout=SECONDS) as client:
        author = client.get(f"/comments/{comment}").json()["author"]["id"]
        here, words = f"/authors/{author}", f"Writes as {ADDRESS} too"
        ban = {"kind": "author", "target": author, "action": "hold", "reason": words}
        made = client.post("/bans", json=ban)
        listed = {"kind": "word", "targets": [ADDRESS, f"zorglub {ADDRESS}", "zorglub"], "action": "hold"}
        told = [
            client.post(f"{here}/notes", json={"text": words}),
            client.put(f"{here}/hold", json={"hold": True, "reason": words}),
            client.put(f"{here}/hold", json={"hold": False, "reason": words}),
            client.post("/bans/preview", json=ban),
            client.post("/bans/preview", json=ban | {"kind": "domain", "target": "cachette.other.example"}),
            made,
            client.post(f"/bans/{made.json()['id']}/lift", json={"reason": words}),
            client.post("/bans/list", json=listed | {"reason": words}),
            client.post("/bans/list", json=listed | {"kind": "name", "reason": words}),
            client.post("/bans/list/preview", json=listed),
            client.get("/bans?state=all"),
            client.get(here),
        ]
    for answer in told:
        assert answer.status_code == 200, answer.text
        look(f"the answer of {answer.request.url.path}", f"{answer.headers} {answer.text}")


def test_an_e_mail_address_gets_nowhere(service: Service) -> None:
    with ScorerServer(receives(b"null")) as receiver:
        hook = webhook(service, receiver.url)
        look_everywhere(service)
        told = {"comment.submitted", "comment.held", "comment.rejected", "comment.reported"}
        wait_until(
            lambda: told <= {asked.document["type"] for asked in receiver.asked}, SECONDS, "the webhook wasn't told"
        )
        look("what the webhook was sent", "\n".join(asked.raw.decode() for asked in receiver.asked))
        look("the log of deliveries", httpx.get(hook["log"], headers=hook["headers"], timeout=SECONDS).text)
        assert httpx.delete(hook["log"].removesuffix("/deliveries"), headers=hook["headers"]).status_code == 200


def look_everywhere(service: Service) -> None:
    with Ears(service.env["MODERATO_REDIS_URL"]) as ears:
        seen = reported = 0
        for name, answer in answers(service):
            if name == "detail":
                open_the_one_door(service, answer.json()["id"])
                let_staff_write_it_everywhere(service, answer.json()["id"])
            if name == "form accepted" and answer.status_code == 422:
                pytest.fail(answer.text)
            look(f"the answer {name} ({answer.status_code})", f"{answer.headers} {answer.text}")
            assert answer.status_code < 500, f"{name}: {answer.text}"
            if name == "detail with reports":
                reported = answer.json()["reports"]["count"]
            seen += 1
    assert seen > 30
    assert any("wake" in command for command in ears.heard), "the ears heard nothing"
    look("what Redis was told", "\n".join(ears.heard))
    look("what Redis keeps", kept_by_redis(service))
    for name, process in service.processes.items():
        look(f"the log of {name}", process.output())
    assert reported == 2, "the notes were kept, each without the address"
    database = Database(Settings.from_env(service.env))
    held = [where for where, text in columns(database) if any(form in text.lower() for form in DISGUISES)]
    database.close()
    assert held == ["authors.email"], "the address lies in its one column and nowhere else"


def test_the_form_page_that_comes_back_shows_the_address_to_nobody_but_its_sender(service: Service) -> None:
    """The page that answers a refused form keeps what was typed: it goes to the sender alone, and is never stored."""
    article = f"{service.api}/v1/sites/{service.site}/articles/{service.article}"
    token = httpx.get(f"{article}/form-token").json()["form_token"]

    answer = httpx.post(f"{article}/comments", data=a_submission(email=ADDRESS, body=" ", form_token=token))

    assert answer.status_code == 422
    assert answer.headers["Cache-Control"] == "no-store"
    look(
        "the page for the next reader", httpx.get(f"{service.api}/sites/{service.site}/articles/{service.article}").text
    )


def test_a_note_that_comes_back_shows_the_address_to_nobody_but_its_sender(service: Service) -> None:
    accepted = service.accepted()
    assert service.decided(accepted["receipt"]) == "published"
    page = f"{service.api}/sites/{service.site}/comments/{accepted['id']}/report"

    answer = httpx.post(page, data={"note": ADDRESS})

    assert answer.status_code == 422
    assert answer.headers["Cache-Control"] == "no-store"
    look("the page for the next reader", httpx.get(page).text)


def kept_by_redis(service: Service) -> str:
    client = redis_client(Settings.from_env(service.env))
    kept = [f"{key!r} {client.dump(key)!r}" for key in client.scan_iter()]
    client.close()
    return "\n".join(kept)


def columns(database: Database) -> Iterator[tuple[str, str]]:
    """Every column of every table, with all that it holds."""
    with database.read() as connection:
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                values: list[Any] = list(connection.execute(select(column)).scalars())
                if isinstance(column.type, EmailColumn):
                    values = [value.reveal() for value in values if value is not None]
                yield f"{table.name}.{column.name}", json.dumps(values, default=str, ensure_ascii=False)
