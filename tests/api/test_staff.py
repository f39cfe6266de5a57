"""Who gets into the moderators' API, and how far."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha1, sha256
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from service.api.auth import DECIDERS, READERS
from service.store.moderation import ROLES, Token
from tests.api.told import told
from tests.factories import ORIGIN, House

NOBODY = "01890000-0000-7000-8000-000000000000"


def routes(identifier: str) -> dict[str, Callable[[FlaskClient, dict[str, str]], Any]]:
    return {
        "queue": lambda client, headers: client.get("/v1/moderation/queue", headers=headers),
        "comment": lambda client, headers: client.get(f"/v1/moderation/comments/{identifier}", headers=headers),
        "decision": lambda client, headers: client.post(
            f"/v1/moderation/comments/{identifier}/decision",
            data=b"{broken",
            content_type="text/plain",
            headers=headers,
        ),
        "decisions": lambda client, headers: client.post(
            "/v1/moderation/decisions", data=b"x" * 3_000_000, content_type="application/json", headers=headers
        ),
        "policy": lambda client, headers: client.put("/v1/moderation/sites/journal/policy", data=b"{", headers=headers),
    }


def refused(house: House, headers: dict[str, str]) -> None:
    """By every route alike, before anything of the request is looked at."""
    for ask in routes(NOBODY).values():
        answer = ask(house.client, headers)
        told(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="moderato"'
        assert answer.headers["Cache-Control"] == "no-store"


NO_TOKENS = (
    "", "Bearer", "Bearer ", "Bearer x", "Bearer mdr_x", "Bearer mdr_.x", "Bearer mdr_abc.",
    "Bearer mdr_000000000000.x",
    "Basic bWRyXzA6eA==", "Digest x", "Token mdr_000000000000.x", "Bearer \xe9\xff.\xe9", "Bearer mdr_\xe9.x",
    "Bearer mdr_000000000000.\xe9", "Bearer mdr_' OR 1=1.x", "Bearer mdr_" + "a" * 5000 + ".x", "Bearer null",
    "Bearer mdr_x.y mdr_x.y",
)  # fmt: skip


def test_without_a_good_token_nobody_gets_in(small_house: House) -> None:
    for shown in NO_TOKENS:
        refused(small_house, {"Authorization": shown} if shown else {})


def test_a_token_that_is_almost_right_is_wrong(small_house: House) -> None:
    good = small_house.token()
    head, secret = good.split(".")
    other = small_house.token("auditor")
    small_house.add_site("other")

    for bad in (
        good[:-1],
        f"{good}x",
        f"{head}.{secret.upper()}",
        f"{head}.{other.split('.')[1]}",
        good.removeprefix("mdr_"),
    ):
        refused(small_house, {"Authorization": f"Bearer {bad}"})
    refused(small_house, {"Authorization": f"Basic {good}"})
    refused(small_house, {"Cookie": f"token={good}"})
    assert small_house.client.get(f"/v1/moderation/queue?token={good}").status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_good_token_gets_in(small_house: House, scheme: str) -> None:
    headers = {"Authorization": f"{scheme}  {small_house.token()} "}

    answer = small_house.client.get("/v1/moderation/queue", headers=headers)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_revoked_token_and_a_lapsed_one_open_nothing(house: House) -> None:
    headers = house.staff()
    now = datetime.now(UTC)
    for changes in ({"revoked_at": now}, {"expires_at": now - timedelta(seconds=1)}):
        with house.database.write() as connection:
            connection.execute(update(Token).values(changes))
        refused(house, headers)
        with house.database.write() as connection:
            connection.execute(update(Token).values(dict.fromkeys(changes)))
    with house.database.write() as connection:
        connection.execute(update(Token).values(expires_at=now + timedelta(hours=1)))
    assert house.client.get("/v1/moderation/queue", headers=headers).status_code == 200


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_or_decides(small_house: House, role: str) -> None:
    identifier = small_house.held()
    headers = small_house.staff(role)

    assert role in READERS
    for path in ("queue", f"comments/{identifier}"):
        assert small_house.client.get(f"/v1/moderation/{path}", headers=headers).status_code == 200
    body: dict[str, Any] = {"action": "publish", "version": 2}
    one = small_house.client.post(f"/v1/moderation/comments/{identifier}/decision", json=body, headers=headers)
    many = small_house.client.post("/v1/moderation/decisions", json={"decisions": [body]}, headers=headers)
    if role in DECIDERS:
        assert (one.status_code, many.status_code) == (200, 200)
    else:
        told(one, 403, "role")
        told(many, 403, "role")
        told(small_house.client.post("/v1/moderation/decisions", data=b"{", headers=headers), 403, "role")
        assert small_house.status(identifier) == "held"


def test_another_sites_comments_are_not_there(house: House) -> None:
    house.add_site("other")
    theirs = house.held(article="/v1/sites/other/articles/a-1")
    ours = house.held()
    for path in (f"/v1/moderation/comments/{theirs}", "/v1/moderation/comments/x", f"/v1/moderation/comments/{NOBODY}"):
        told(house.client.get(path, headers=house.staff()), 404, "comment_unknown")

    told(house.decide(theirs, "publish", 2), 404, "comment_unknown")
    told(house.client.get("/v1/moderation/queue?site=other", headers=house.staff()), 404, "site_unknown")
    told(house.client.get("/v1/moderation/queue?site=nobody", headers=house.staff()), 404, "site_unknown")
    decisions = [{"id": each, "version": 2, "action": "publish"} for each in (theirs, ours, NOBODY)]
    answer = house.client.post("/v1/moderation/decisions", json={"decisions": decisions}, headers=house.staff())

    assert [each.get("problem", {}).get("status") for each in answer.get_json()["results"]] == [404, None, 404]
    assert (house.status(theirs), house.status(ours)) == ("held", "published")
    queue = house.client.get("/v1/moderation/queue?site=journal", headers=house.staff()).get_json()
    assert (queue["items"], queue["counts"]["awaiting"]) == ([], 0)


def test_staff_are_told_in_their_sites_language_unless_they_ask_for_another(small_house: House) -> None:
    def title(**headers: str) -> str:
        answer = small_house.client.get(f"/v1/moderation/comments/{NOBODY}", headers=small_house.staff() | headers)
        return str(told(answer, 404)["title"])

    assert title() == "Ce commentaire n’existe pas."
    assert title(**{"Accept-Language": "en"}) == "There is no such comment."


def test_no_route_of_the_moderators_shows_an_address(small_house: House) -> None:
    """Nor anything made of it."""
    address = "canari@lecteurs.example.org"
    identifier = small_house.held(email=address, body="Bonjour http://a.example http://b.example http://c.example")
    traces = [address, "canari", *(kind(address.encode()).hexdigest() for kind in (md5, sha1, sha256))]
    keys = small_house.app.extensions["moderato"].keys
    traces.append(keys.author(small_house.site_id, address))
    small_house.decide(identifier, "reject", reason="spam")

    for path in (
        f"comments/{identifier}",
        "queue",
        "queue?status=rejected",
        "queue?q=canari",
        "queue?status=rejected&q=x",
    ):
        text = small_house.client.get(f"/v1/moderation/{path}", headers=small_house.staff("owner")).get_data(
            as_text=True
        )
        assert not [trace for trace in traces if trace in text.lower()], path


def test_a_moderators_page_elsewhere_gets_no_answer_it_could_read(small_house: House) -> None:
    answer = small_house.client.get("/v1/moderation/queue", headers=small_house.staff() | {"Origin": ORIGIN})

    assert "Access-Control-Allow-Origin" not in answer.headers
