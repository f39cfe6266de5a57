"""Who may talk to a site from a browser: its own pages, by exact origin, and ours."""

from typing import Any

import pytest
from sqlalchemy import update

from service.store.sites import Article
from tests.api.told import faults, told
from tests.factories import ARTICLE, ORIGIN, House, a_submission

PATHS = (f"{ARTICLE}/comments", f"{ARTICLE}/form-token", "/v1/sites/journal/counts?article=a-1")

STRANGERS = (
    "null", "", "*", "https://evil.example", "https://www.journal.example.evil.example",
    "https://evil-www.journal.example", "https://wwwxjournal.example", "https://journal.example",
    "https://sub.www.journal.example", "http://www.journal.example", "https://www.journal.example:444",
    "https://www.journal.example:443", "https://www.journal.example.", "HTTPS://WWW.JOURNAL.EXAMPLE",
    "https://www.journal.example/", "https://www.journal.example, https://evil.example",
    "https://www.journal.example https://evil.example", "https://www.journal.example@evil.example",
    "https://[::1", "https://www.journal.example:99999", "https://www.journ\u00e1l.example", "file://", "chrome-extension://x",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_the_sites_own_pages_are_let_in_and_told_so(small_house: House, path: str) -> None:
    answer = small_house.client.get(path, headers={"Origin": ORIGIN})

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Origin" in answer.vary
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert {"ETag", "Retry-After"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))


@pytest.mark.parametrize("path", PATHS)
def test_without_an_origin_everyone_is_let_in(small_house: House, path: str) -> None:
    answer = small_house.client.get(path)

    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.vary, "a cache must not give this answer to a page"


def test_strangers_are_turned_away_whatever_they_look_like(small_house: House) -> None:
    for origin in STRANGERS:
        for path in PATHS:
            answer = small_house.client.get(path, headers={"Origin": origin.encode().decode("latin-1")})
            told(answer, 403, "origin")
            assert "Access-Control-Allow-Origin" not in answer.headers
        told(small_house.post(headers={"Origin": origin.encode().decode("latin-1")}), 403, "origin")


def test_a_site_may_have_several_origins_each_exactly(small_house: House) -> None:
    small_house.add_site(
        "other", origins=("http://localhost:3000", "https://m.journal.example", "https://[2001:db8::1]")
    )
    path = "/v1/sites/other/articles/a-1/comments"

    for origin in ("http://localhost:3000", "https://m.journal.example", "https://[2001:db8::1]"):
        answer = small_house.client.get(path, headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
    for origin in (ORIGIN, "http://localhost:3001", "https://localhost:3000"):
        told(small_house.client.get(path, headers={"Origin": origin}), 403)


def test_our_own_pages_are_let_in_everywhere(small_house: House) -> None:
    for host in ("localhost", "comments.example.fr", "127.0.0.1:8080"):
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert small_house.client.get(PATHS[0], headers=headers).status_code == 200
    told(small_house.client.get(PATHS[0], headers={"Host": "localhost", "Origin": "https://localhost"}), 403)


def ask(house: House, path: str, origin: str | None, method: str = "POST") -> Any:
    headers = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}
    return house.client.options(path, headers=headers | ({} if origin is None else {"Origin": origin}))


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_that_asks_first_is_told_what_it_may_do(small_house: House, path: str) -> None:
    answer = ask(small_house, path, ORIGIN)

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert answer.headers["Access-Control-Allow-Headers"] == "Content-Type, Idempotency-Key, If-None-Match"
    allowed = answer.headers["Access-Control-Allow-Methods"].split(", ")
    assert set(allowed) == ({"GET", "HEAD", "OPTIONS"} | ({"POST"} if path.endswith("/comments") else set()))
    assert "Origin" in answer.vary


def test_a_stranger_that_asks_first_is_turned_away(small_house: House) -> None:
    for origin in STRANGERS:
        answer = ask(small_house, PATHS[0], origin.encode().decode("latin-1"))
        told(answer, 403, "origin")
        assert "Access-Control-Allow-Methods" not in answer.headers
    told(ask(small_house, "/v1/sites/nobody/articles/a-1/comments", ORIGIN), 404, "site_unknown")


def test_problems_reach_the_sites_own_pages_too(small_house: House) -> None:
    answer = small_house.post({}, headers={"Origin": ORIGIN})

    assert faults(answer)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_a_receipt_is_shown_on_its_sites_pages_only(small_house: House) -> None:
    small_house.add_site("other", origins=("https://www.other.example",))
    path = f"/v1/receipts/{small_house.post().get_json()['receipt']}"

    assert small_house.client.get(path, headers={"Origin": ORIGIN}).headers["Access-Control-Allow-Origin"] == ORIGIN
    assert small_house.client.get(path).status_code == 200
    told(small_house.client.get(path, headers={"Origin": "https://www.other.example"}), 403, "origin")
    assert ask(small_house, path, ORIGIN, "GET").status_code == 204
    told(ask(small_house, path, "https://www.other.example", "GET"), 403)
    told(ask(small_house, f"{path}x", ORIGIN, "GET"), 404)


def test_the_moderators_routes_are_for_no_other_pages(small_house: House) -> None:
    identifier = small_house.held()
    paths = ("/v1/moderation/queue", f"/v1/moderation/comments/{identifier}", "/v1/moderation/decisions")
    for path in paths:
        for answer in (
            small_house.client.get(path, headers=small_house.staff() | {"Origin": ORIGIN}),
            small_house.client.get(path, headers={"Origin": ORIGIN}),
            ask(small_house, path, ORIGIN, "GET"),
        ):
            assert not [name for name, _ in answer.headers if name.startswith("Access-Control-")]


# What comes before what.


def test_the_site_comes_first_then_the_origin_then_everything_else(small_house: House) -> None:
    stranger = {"Origin": "https://evil.example"}
    small_house.set_policy(mode="closed")

    told(small_house.post({}, article="/v1/sites/nobody/articles/a-1", headers=stranger), 404, "site_unknown")
    told(small_house.post({}, headers=stranger), 403, "origin")
    told(small_house.post({}), 403, "closed")
    answer = small_house.client.post(f"{ARTICLE}/comments", data=b"{", content_type="text/plain", headers=stranger)
    told(answer, 403, "origin")


def test_the_limit_comes_before_anything_is_read(small_house: House) -> None:
    small_house.set_rules(burst=1, per_minute=1)
    assert small_house.client.post(f"{ARTICLE}/comments", data=b"{").status_code == 415

    for body in (b"{", b"x" * 300_000):
        told(small_house.client.post(f"{ARTICLE}/comments", data=body), 429, "too_many")


def test_a_closed_discussion_takes_nothing_and_shows_what_it_has(small_house: House) -> None:
    identifier = small_house.published()
    with small_house.database.write() as connection:
        connection.execute(update(Article).values(is_open=False))

    told(small_house.post(headers={"Accept-Language": "en"}), 403, "closed")
    assert small_house.post(article="/v1/sites/journal/articles/a-2").status_code == 202
    shown = small_house.client.get(f"{ARTICLE}/comments").get_json()
    assert [each["id"] for each in shown["comments"]] == [identifier]
    assert (shown["form"]["open"], shown["form"]["closed_reason"]) == (False, "article")

    small_house.set_policy(mode="closed")
    told(small_house.post(a_submission(), article="/v1/sites/journal/articles/a-2"), 403, "closed")
    other = small_house.client.get("/v1/sites/journal/articles/a-2/comments").get_json()
    assert (other["form"]["open"], other["form"]["closed_reason"]) == (False, "site")


@pytest.mark.parametrize("site", ["nobody", "Journal", "journal%20", "j" * 64, "%00", "journal%2F..", "é", "' OR 1=1"])
def test_there_is_no_such_site(small_house: House, site: str) -> None:
    for path in ("articles/a-1/comments", "articles/a-1/form-token", "counts"):
        told(small_house.client.get(f"/v1/sites/{site}/{path}"), 404)
