"""What readers see of an article: what is published, in order, page by page; and when it has changed."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import update

from service.store.comments import Comment
from tests.api.told import faults, told
from tests.factories import ARTICLE, House

COMMENTS = f"{ARTICLE}/comments"


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [each["id"] for each in answer.get_json()["comments"]]


def pages(house: House, **query: Any) -> list[list[str]]:
    """All pages, to the last."""
    found, cursor = [], ""
    while True:
        answer = house.client.get(COMMENTS, query_string=query | ({"cursor": cursor} if cursor else {}))
        found.append(ids(answer))
        cursor = answer.get_json()["next"]
        if cursor is None:
            return found


def test_only_what_is_published_is_shown(small_house: House) -> None:
    shown = small_house.published()
    refused = small_house.published()
    assert small_house.decide(refused, "reject", reason="insult").status_code == 200
    small_house.held()
    small_house.accepted()

    answer = small_house.client.get(COMMENTS)

    assert ids(answer) == [shown]
    assert answer.get_json()["count"] == 1


def test_an_item_has_these_fields_and_no_other(small_house: House) -> None:
    parent = small_house.published(name="Zoé", website="example.fr", body="Un *mot*.")
    small_house.published(parent=parent)

    [first, second] = small_house.client.get(COMMENTS).get_json()["comments"]

    created = small_house.row(parent).created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    assert first == {
        "id": parent, "parent": None, "name": "Zoé", "website": "https://example.fr",
        "html": "<p>Un <em>mot</em>.</p>", "created_at": created, "edited_at": None, "badge": None,
    }  # fmt: skip
    assert second["parent"] == parent


def test_where_a_comment_was_there_stays_a_tombstone_while_replies_hang_on_it(small_house: House) -> None:
    parent = small_house.published()
    reply = small_house.published(parent=parent)
    small_house.decide(parent, "reject", reason="insult")

    [first, second] = small_house.client.get(COMMENTS).get_json()["comments"]

    assert set(first) == {"id", "parent", "status", "created_at"}
    assert (first["id"], first["status"], second["id"]) == (parent, "rejected", reply)
    small_house.decide(reply, "reject", reason="insult")
    assert ids(small_house.client.get(COMMENTS)) == []


def test_an_article_nobody_has_commented_on_is_an_empty_list(small_house: House) -> None:
    answer = small_house.client.get(COMMENTS)

    assert answer.get_json() == {
        "comments": [], "next": None, "count": 0,
        "form": {
            "open": True, "closed_reason": None,
            "fields": {
                "name": {"required": True, "max_length": 245}, "email": {"required": True, "max_length": 100},
                "body": {"required": True, "max_bytes": 65525}, "website": {"required": False, "max_length": 200},
            },
            "depth": 3, "consent": False, "notices": False, "languages": ["fr", "en"],
        },
    }  # fmt: skip
    assert answer.headers["ETag"].startswith('W/"')
    assert answer.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("same_moment", [False, True])
@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_pages_join_without_gap_or_overlap(house: House, *, same_moment: bool, order: str) -> None:
    written = [house.accepted() for _ in range(11)]
    house.judge()
    if same_moment:
        with house.database.write() as connection:
            connection.execute(update(Comment).values(created_at=datetime(2026, 5, 1, 12, 0, 0, 123457, tzinfo=UTC)))
    expected = sorted(written) if same_moment else written
    expected = expected[::-1] if order == "newest" else expected

    for limit in (1, 2, 5, 10, 11):
        found = pages(house, order=order, limit=limit)
        assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
        assert [each for page in found for each in page] == expected


def test_a_page_goes_on_where_it_ended_whatever_was_published_since(small_house: House) -> None:
    first, second, third = (small_house.published() for _ in range(3))
    answer = small_house.client.get(COMMENTS, query_string={"limit": 2})
    assert ids(answer) == [first, second]

    small_house.decide(first, "reject", reason="spam")
    small_house.decide(second, "reject", reason="spam")
    last = small_house.published()

    assert ids(small_house.client.get(COMMENTS, query_string={"cursor": answer.get_json()["next"]})) == [third, last]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "x", "1e2", "٣", "99999999999999999999", " 5", "+5"])
def test_a_page_has_one_to_a_hundred(small_house: House, limit: str) -> None:
    assert list(faults(small_house.client.get(COMMENTS, query_string={"limit": limit}))) == ["limit"]


def test_an_order_is_one_of_two(small_house: House) -> None:
    for order in ("", "OLDEST", "id", "created_at; DROP TABLE comments", "oldest,newest"):
        answer = small_house.client.get(COMMENTS, query_string={"order": order}, headers={"Accept-Language": "en"})
        assert faults(answer) == {"order": ["Choose one of: oldest, newest."]}


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_what_is_no_cursor_of_ours_is_refused(small_house: House) -> None:
    item = "01890000-0000-7000-8000-000000000000"
    garbage = [
        "x", "=", "é", "\x00", "null", "1", "x" * 5000,
        *map(encoded, (
            "1", "null", "{}", "[]", "[1]", f'[1, "{item}", 2]', '[1, "x"]', "[1, null]", "[1, 2]", f'["x", "{item}"]',
            f'[null, "{item}"]', f'[1e999, "{item}"]', f'[NaN, "{item}"]', f'[{"9" * 30}, "{item}"]',
            f'[-{"9" * 30}, "{item}"]', f'[[1], "{item}"]', f"[1, {[0] * 36}]",
            f"[1, {json.dumps(dict.fromkeys(range(36)))}]",
            "[" * 50_000, f'{{"a": 1, "b": "{item}"}}',
        )),
    ]  # fmt: skip

    for cursor in garbage:
        answer = small_house.client.get(COMMENTS, query_string={"cursor": cursor})
        assert list(faults(answer)) == ["cursor"], cursor[:60]


def test_a_cursor_of_any_time_is_a_cursor(house: House) -> None:
    house.published()
    for microseconds in (-62_135_596_800_000_000, -1, 0, 253_402_300_799_999_999):
        cursor = encoded(f'[{microseconds}, "01890000-0000-7000-8000-000000000000"]')
        assert house.client.get(COMMENTS, query_string={"cursor": cursor}).status_code == 200


# Whether it has changed.


def etag(house: House, path: str = COMMENTS, **query: Any) -> str:
    return str(house.client.get(path, query_string=query).headers["ETag"])


def test_whoever_has_the_page_is_told_so(small_house: House) -> None:
    small_house.published()
    tag = etag(small_house)

    for given in (tag, tag.removeprefix("W/"), f'"x", {tag}', f'W/"a",{tag},W/"b"', "*"):
        answer = small_house.client.get(COMMENTS, headers={"If-None-Match": given})
        assert (answer.status_code, answer.data) == (304, b""), given
        assert answer.headers["ETag"] == tag
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert "Origin" in answer.vary
    for other in ('"x"', 'W/"x"', tag[:-2] + '"', "", "W/", tag.removeprefix("W/").strip('"')[:-1]):
        assert small_house.client.get(COMMENTS, headers={"If-None-Match": other}).status_code == 200, other


def test_a_page_is_another_after_everything_that_changes_it_and_the_same_after_all_else(small_house: House) -> None:
    seen = [etag(small_house)]

    def changed(because: str) -> None:
        now = etag(small_house)
        assert now not in seen, because
        seen.append(now)

    def unchanged(because: str) -> None:
        assert etag(small_house) == seen[-1], because

    pending = small_house.accepted()
    first_comment = etag(small_house)
    seen.append(first_comment)
    small_house.judge()
    changed("a comment was published")
    held = small_house.held()
    unchanged("a comment is held")
    small_house.post({})
    unchanged("a comment was refused")
    small_house.published(article="/v1/sites/journal/articles/a-2")
    unchanged("another article's comment was published")
    small_house.decide(held, "publish")
    changed("a moderator published one")
    small_house.decide(pending, "reject", reason="spam")
    changed("a moderator took one down")
    small_house.decide(pending, "reject", reason="insult")
    unchanged("a moderator refused for another reason what isn't shown")
    small_house.set_rules(depth=5)
    changed("the rules changed")
    small_house.set_policy(mode="closed")
    changed("the policy changed")


def test_a_tombstone_that_changes_its_status_changes_the_page(small_house: House) -> None:
    parent = small_house.published()
    small_house.published(parent=parent)
    small_house.decide(parent, "reject", reason="insult")
    before, shown = etag(small_house), small_house.client.get(COMMENTS).get_json()["comments"]

    small_house.decide(parent, "hold")

    assert small_house.client.get(COMMENTS).get_json()["comments"] != shown
    assert etag(small_house) != before


def test_each_page_has_a_tag_of_its_own(small_house: House) -> None:
    for _ in range(3):
        small_house.published()
    cursor = small_house.client.get(COMMENTS, query_string={"limit": 1}).get_json()["next"]
    small_house.published(article="/v1/sites/journal/articles/a-2")

    tags = [
        etag(small_house), etag(small_house, order="newest"), etag(small_house, limit=1),
        etag(small_house, limit=1, cursor=cursor), etag(small_house, path="/v1/sites/journal/articles/a-2/comments"),
    ]  # fmt: skip

    assert len(set(tags)) == len(tags)


# An article's id is the publisher's own.

KEYS = (
    "a", "2026/05/un-article", "/2026/05/un-article", "//a", "a/", "/", "a//b", "100%", "%2F", "%252F", "a b", " a",
    "é", "e\u0301", "的🗞️", "a?b=c&d#e", "a+b", "a;b", "https://www.journal.example/a?b=c", "comments", "a/comments",
    "form-token", "..", "../../x", ".", "<script>", "' OR 1=1 --", "\\", "x" * 255, "的" * 255,
)  # fmt: skip


def test_any_text_may_be_an_articles_id(house: House) -> None:
    for key in KEYS:
        article = f"/v1/sites/journal/articles/{quote(key, safe='')}"
        identifier = house.published(article=article)
        assert ids(house.client.get(f"{article}/comments")) == [identifier], key
        assert house.client.get(f"{article}/form-token").status_code == 200
    answer = house.client.get("/v1/sites/journal/counts", query_string={"article": list(KEYS)})
    assert answer.get_json() == {"counts": dict.fromkeys(KEYS, 1)}


def test_an_articles_id_has_255_visible_characters_at_most(small_house: House) -> None:
    for key in ("x" * 256, "é" * 256, "a\x00b", "a\nb", "a\u200bb", "\u202e", "\x7f", "\u00a0"):
        for path in ("comments", "form-token"):
            answer = small_house.client.get(f"/v1/sites/journal/articles/{quote(key, safe='')}/{path}")
            assert list(faults(answer)) == ["article"], ascii(key)
        answer = small_house.client.get("/v1/sites/journal/counts", query_string={"article": ["a", key]})
        assert list(faults(answer)) == ["article"]


# Counts.


def counts(house: House, *articles: str, **how: Any) -> Any:
    return house.client.get("/v1/sites/journal/counts", query_string={"article": list(articles)}, **how)


def test_counts_come_as_they_were_asked_for_once_each(small_house: House) -> None:
    small_house.published()
    small_house.published()
    small_house.held()
    small_house.published(article="/v1/sites/journal/articles/a-2")

    answer = counts(small_house, "b", "a-2", "a-1", "a-2", "A-1")

    assert answer.get_json() == {"counts": {"b": 0, "a-2": 1, "a-1": 2, "A-1": 0}}
    assert list(answer.get_json()["counts"]) == ["b", "a-2", "a-1", "A-1"]


def test_two_hundred_articles_are_counted_at_once_and_no_more(small_house: House) -> None:
    articles = [f"a-{number}" for number in range(201)]

    assert len(counts(small_house, *articles[:200]).get_json()["counts"]) == 200
    assert faults(counts(small_house, *articles, headers={"Accept-Language": "en"})) == {
        "article": ["Too many articles: 200 at most."]
    }
    assert counts(small_house, *["a-1"] * 201).status_code == 422, "the same one again counts as well"
    assert counts(small_house).get_json() == {"counts": {}}


def test_a_sites_counts_are_its_own(small_house: House) -> None:
    small_house.add_site("other")
    small_house.published(article="/v1/sites/other/articles/a-1")

    assert counts(small_house, "a-1").get_json() == {"counts": {"a-1": 0}}


# HTTP.


def test_head_is_get_without_a_body(small_house: House) -> None:
    for path in (COMMENTS, f"{ARTICLE}/form-token", "/v1/sites/journal/counts", "/healthz", "/openapi.json"):
        answer = small_house.client.head(path)
        assert (answer.status_code, answer.data) == (200, b"")
        assert int(answer.headers["Content-Length"]) > 0
    assert small_house.client.head(COMMENTS).headers["ETag"] == etag(small_house)


def test_what_an_address_does_not_allow_is_told_with_what_it_does(small_house: House) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "FOO"):
        answer = small_house.client.open(COMMENTS, method=method)
        told(answer, 405, "method_not_allowed")
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    "path", ["/v1", "/v1/", "/v1/x", "/v1/sites/journal", "/v1/sites/journal/articles/a-1", "/v2/x"]
)
def test_what_is_not_there_is_a_problem_document(small_house: House, path: str) -> None:
    told(small_house.client.get(path), 404, "not_found")
