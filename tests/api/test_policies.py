"""Policies and articles by API: what counts from now on, and what is refused with the field and the reason."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.api.told import faults, told
from tests.factories import ARTICLE, ORIGIN, House

POLICY = "/v1/moderation/sites/journal/policy"
HERE = "/v1/moderation/sites/journal/articles/a-1"


def put(house: House, address: str, document: Any, role: str = "editor") -> TestResponse:
    return house.client.put(address, json=document, headers=house.staff(role))


def test_a_new_policy_is_a_new_version_and_counts_from_the_next_verdict_on(house: House) -> None:
    before = house.client.get(POLICY, headers=house.staff()).get_json()["version"]

    answer = put(house, POLICY, {"mode": "premoderate", "hold_first_comment": False})

    assert (answer.status_code, answer.get_json()["version"]) == (200, before + 1)
    identifier = house.accepted()
    house.judge()
    assert house.status(identifier) == "held"
    detail = house.client.get(f"/v1/moderation/comments/{identifier}", headers=house.staff()).get_json()
    assert detail["verdict"]["policy_version"] == before + 1


def test_a_blocked_word_of_the_site_is_held(house: House) -> None:
    put(house, POLICY, {"hold_first_comment": False, "blocked_words": ["salsifis"]})

    identifier = house.accepted(body="Encore des SALSIFIS à la cantine.")
    house.judge()

    assert house.status(identifier) == "held"


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"mode": "open"}, "mode"),
        ({"hold": 1.5}, "hold"),
        ({"hold": "0.5"}, "hold"),
        ({"hold": True}, "hold"),
        ({"weights": {"links": -1}}, "weights"),
        ({"weights": {"no_such_reason": 1}}, "weights"),
        ({"caps": {"links": 2}}, "caps"),
        ({"reject": 0.2, "hold": 0.5}, "reject"),
        ({"blocked_words": "salsifis"}, "blocked_words"),
        ({"blocked_words": [""]}, "blocked_words"),
        ({"blocked_words": [3]}, "blocked_words"),
        ({"blocked_words": ["a\x00"]}, "blocked_words"),
        ({"thresholds": {}}, "thresholds"),
    ],
)
def test_a_malformed_policy_is_refused_with_the_field(small_house: House, document: Any, field: str) -> None:
    answer = put(small_house, POLICY, document)

    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert list(answer.get_json()["errors"]) == [field]
    assert all(sentence for sentence in answer.get_json()["errors"][field])


def test_a_closed_article_takes_no_comments_and_says_so(house: House) -> None:
    assert put(house, HERE, {"open": False, "title": "Le budget", "url": f"{ORIGIN}/budget"}).status_code == 200

    refused = house.post()

    assert (refused.status_code, refused.get_json()["code"]) == (403, "closed")
    form = house.client.get(f"{ARTICLE}/comments").get_json()["form"]
    assert (form["open"], form["closed_reason"]) == (False, "article")


def test_a_closed_site_takes_no_comments_but_shows_them(house: House) -> None:
    identifier = house.published()
    put(house, POLICY, {"mode": "closed"})

    assert house.post().status_code == 403
    page = house.client.get(f"{ARTICLE}/comments").get_json()
    assert [item["id"] for item in page["comments"]] == [identifier]
    assert page["form"]["closed_reason"] == "site"


def test_what_the_publisher_says_of_an_article_is_confirmed(house: House) -> None:
    house.accepted(article_title="Un titre de lecteur", article_url=f"{ORIGIN}/a-1")
    before = house.client.get(HERE, headers=house.staff()).get_json()

    after = put(house, HERE, {"title": "Le vrai titre", "published_at": "2026-11-24T08:00:00+01:00"}).get_json()

    assert (before["title"], before["title_confirmed"]) == ("Un titre de lecteur", False)
    assert (after["title"], after["title_confirmed"]) == ("Le vrai titre", True)
    assert after["published_at"] == "2026-11-24T07:00:00.000000Z"
    assert after["url"] == f"{ORIGIN}/a-1"


def test_an_articles_own_policy_counts_for_it_alone(house: House) -> None:
    answer = put(house, HERE, {"policy": {"mode": "premoderate"}})

    assert answer.get_json()["policy_version"] == 1
    here, elsewhere = house.accepted(), house.accepted(article="/v1/sites/journal/articles/a-2")
    house.judge()
    assert (house.status(here), house.status(elsewhere)) == ("held", "published")


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"url": "https://elsewhere.example/a"}, "url"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"title": "t" * 301}, "title"),
        ({"published_at": "hier"}, "published_at"),
        ({"published_at": "0001-01-01T00:00:00+10:00"}, "published_at"),
        ({"published_at": "9999-12-31T23:59:59-10:00"}, "published_at"),
        ({"published_at": "2026-11-24T08:00:00"}, None),
        ({"open": "peut-être"}, "open"),
        ({"policy": {"mode": "x"}}, "policy"),
        ({"id": "other"}, "id"),
    ],
)
def test_a_malformed_article_is_refused_with_the_field(small_house: House, document: Any, field: str | None) -> None:
    answer = put(small_house, HERE, document)

    if field is None:
        assert answer.status_code == 200, "a time without a zone is read as UTC"
    else:
        assert answer.status_code == 422, answer.get_data(as_text=True)
        assert list(answer.get_json()["errors"]) == [field]


def test_an_article_nobody_knows_is_404_until_it_is_put(small_house: House) -> None:
    assert small_house.client.get(HERE, headers=small_house.staff()).status_code == 404
    put(small_house, HERE, {})
    assert small_house.client.get(HERE, headers=small_house.staff()).status_code == 200


def test_an_auditor_reads_and_changes_nothing(small_house: House) -> None:
    assert small_house.client.get(POLICY, headers=small_house.staff("auditor")).status_code == 200
    assert put(small_house, POLICY, {}, "auditor").status_code == 403
    assert put(small_house, HERE, {}, "auditor").status_code == 403


def test_a_foreign_sites_policy_is_not_there(small_house: House) -> None:
    small_house.add_site("gazette")

    for address in (POLICY, HERE):
        foreign = address.replace("journal", "gazette")
        assert small_house.client.get(foreign, headers=small_house.staff()).status_code == 404
        assert put(small_house, foreign, {}).status_code == 404


def test_a_year_has_four_figures_also_a_thousand_years_ago(house: House) -> None:
    after = put(house, HERE, {"published_at": "0861-06-19T00:00:00Z"}).get_json()

    assert after["published_at"] == "0861-06-19T00:00:00.000000Z"


def test_an_article_closes_by_its_age_where_the_site_says_so(house: House) -> None:
    house.set_rules(close_days=14)
    undated = house.post(article="/v1/sites/journal/articles/undated")
    put(house, HERE, {"published_at": "2020-01-01T00:00:00Z"})
    old = house.post()
    put(house, HERE, {"published_at": "2100-01-01T00:00:00Z"})
    young = house.post()

    assert [undated.status_code, old.status_code, young.status_code] == [202, 403, 202]
    put(house, HERE, {"published_at": "2020-01-01T00:00:00Z"})
    form = house.client.get(f"{ARTICLE}/comments").get_json()["form"]
    assert (form["open"], form["closed_reason"]) == (False, "age")


def test_of_two_who_edit_at_once_the_second_is_told(house: House) -> None:
    url, editor = "/v1/moderation/sites/journal/policy", house.staff("editor")
    seen = str(house.client.get(url, headers=editor).get_json()["version"])
    first = house.client.put(url, json={"blocked_words": ["gredin"]}, headers=editor | {"If-Match": seen})
    second = house.client.put(url, json={"hold": 0.4}, headers=editor | {"If-Match": f'"{seen}"'})

    assert first.status_code == 200
    told(second, 409, "policy_changed")
    assert house.client.get(url, headers=editor).get_json()["policy"]["blocked_words"] == ["gredin"]
    faults(house.client.put(url, json={"hold": 0.4}, headers=editor | {"If-Match": "W/x"}))
    assert (
        house.client.put(url, json={"hold": 0.4}, headers=editor).status_code == 200
    )  # whoever doesn't say, is trusted
