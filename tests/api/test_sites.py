"""Sites by API: what changes, what stays, and what is refused with the field, the rule and the reason."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import pytest
from werkzeug.test import TestResponse

from service.api.sites import RulesIn
from service.domain.site import SiteRules
from tests.factories import ARTICLE, ORIGIN, House

SITES = "/v1/moderation/sites"
HERE = f"{SITES}/journal"


def put(house: House, document: Any, role: str = "owner", **headers: str) -> TestResponse:
    return house.client.put(HERE, json=document, headers=house.staff(role) | headers)


def get(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.client.get(HERE, headers=house.staff()).get_json()
    return found


def test_a_token_is_told_of_its_own_site_and_of_no_other(house: House) -> None:
    house.add_site("gazette")

    listed = house.client.get(SITES, headers=house.staff()).get_json()

    assert [site["name"] for site in listed["sites"]] == ["journal"]
    assert listed["sites"] == [get(house)]
    assert house.client.get(f"{SITES}/gazette", headers=house.staff()).status_code == 404
    assert house.client.put(f"{SITES}/gazette", json={}, headers=house.staff("owner")).status_code == 404


def test_all_that_a_command_sets_is_set_by_the_api(house: House) -> None:
    before = get(house)

    answer = put(
        house,
        {
            "title": "Le Journal du soir",
            "origins": ["HTTPS://www.Journal.example:443/", "https://m.journal.example"],
            "languages": ["en"],
            "rules": {"depth": 1, "consent": True, "close_days": 14},
        },
    )

    after = answer.get_json()
    assert (answer.status_code, after) == (200, get(house))
    assert after == before | {
        "title": "Le Journal du soir",
        "origins": [ORIGIN, "https://m.journal.example"],
        "languages": ["en"],
        "rules": before["rules"] | {"depth": 1, "consent": True, "close_days": 14},
        "version": before["version"] + 1,
    }
    assert after["rules"].keys() == asdict(SiteRules()).keys() == RulesIn().fields.keys()


def test_what_is_not_said_stays_as_it_is(house: House) -> None:
    put(house, {"rules": {"depth": 1}})
    before = get(house)

    after = put(house, {"rules": {"burst": 7}}).get_json()

    assert after["rules"] == before["rules"] | {"burst": 7}
    assert (after["title"], after["origins"]) == (before["title"], before["origins"])


def test_the_rules_count_from_the_next_request_on(house: House) -> None:
    house.client.get(f"{ARTICLE}/comments")

    put(house, {"rules": {"body_bytes": 20, "depth": 0}, "origins": ["https://neuf.example"]})

    assert list(house.post(body="x" * 21).get_json()["errors"]) == ["body"]
    assert house.client.get(f"{ARTICLE}/comments").get_json()["form"]["depth"] == 0
    assert house.post(headers={"Origin": ORIGIN}).status_code == 403
    assert house.post(body="court", headers={"Origin": "https://neuf.example"}).status_code == 202


def test_readers_copies_go_stale(house: House) -> None:
    etag = house.client.get(f"{ARTICLE}/comments").headers["ETag"]

    put(house, {"rules": {"depth": 1}})

    assert house.client.get(f"{ARTICLE}/comments", headers={"If-None-Match": etag}).status_code == 200


def test_of_many_who_change_different_rules_at_once_nobody_undoes_anothers(house: House) -> None:
    wanted = {"depth": 1, "burst": 11, "per_minute": 12, "edit_minutes": 13, "close_days": 14, "name_length": 15}
    house.staff("owner")  # the token is there before they begin

    with ThreadPoolExecutor(len(wanted)) as pool:
        answers = list(pool.map(lambda rule: put(house, {"rules": dict([rule])}).status_code, wanted.items()))

    assert set(answers) == {200}
    assert get(house)["rules"].items() >= wanted.items()


@pytest.mark.parametrize(
    ("document", "field", "said"),
    [
        ({"title": ""}, "title", "This field is required."),
        ({"title": "\u200b"}, "title", "This field is required."),
        ({"title": None}, "title", "This field takes text."),
        ({"title": "t" * 201}, "title", "This is too long: 200 characters at most."),
        ({"origins": "https://www.journal.example"}, "origins", "A list is expected here, of 0 to 100."),
        ({"origins": ["https://*.journal.example"]}, "origins", "This is not an origin: it reads"),
        ({"origins": ["https://www.journal.example/page"]}, "origins", "This is not an origin: it reads"),
        ({"origins": ["javascript:alert(1)"]}, "origins", "This is not an origin: it reads"),
        ({"origins": ["https://a b.example"]}, "origins", "This is not an origin: it reads"),
        ({"origins": ["https://www.journal.example:99999"]}, "origins", "This is not an origin: it reads"),
        ({"origins": [3]}, "origins", "This is not an origin: it reads"),
        ({"origins": [None]}, "origins", "This is not an origin: it reads"),
        ({"origins": ["https://a.example"] * 101}, "origins", "A list is expected here, of 0 to 100."),
        ({"origins": None}, "origins", "A list is expected here, of 0 to 100."),
        ({"languages": [None]}, "languages", "A language reads fr, or pt-BR."),
        ({"languages": []}, "languages", "A list is expected here, of 1 to 20."),
        ({"languages": ["français"]}, "languages", "A language reads fr, or pt-BR."),
        ({"rules": []}, "rules", "A JSON object is expected here."),
        ({"rules": None}, "rules", "A JSON object is expected here."),
        ({"rules": {"depth": 21}}, "rules", "depth is a whole number from 0 to 20."),
        ({"rules": {"depth": True}}, "rules", "depth is a whole number from 0 to 20."),
        ({"rules": {"depth": None}}, "rules", "depth is a whole number from 0 to 20."),
        ({"rules": {"depth": "2"}}, "rules", "depth is a whole number from 0 to 20."),
        ({"rules": {"depth": 1.5}}, "rules", "depth is a whole number from 0 to 20."),
        ({"rules": {"burst": 10**400}}, "rules", "burst is a whole number from 1 to 1000000."),
        ({"rules": {"name_length": 0}}, "rules", "name_length is a whole number from 1 to 245."),
        ({"rules": {"consent": "yes"}}, "rules", "consent is true or false."),
        ({"rules": {"colour": 1}}, "rules", "There is no rule colour. These are: name_length,"),
        ({"name": "other"}, "name", "This field is not known."),
        ({"policy": {}}, "policy", "This field is not known."),
    ],
)
def test_a_malformed_site_is_refused_with_the_field_and_the_reason(
    small_house: House, document: Any, field: str, said: str
) -> None:
    before = get(small_house)

    answer = put(small_house, document, **{"Accept-Language": "en"})

    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert list(answer.get_json()["errors"]) == [field]
    assert answer.get_json()["errors"][field][0].startswith(said)
    assert get(small_house) == before


def test_all_faults_are_told_at_once_in_the_readers_language(small_house: House) -> None:
    document = {"title": "", "languages": ["x"], "rules": {"depth": -1, "consent": 1, "colour": 1}}

    errors = put(small_house, document, **{"Accept-Language": "fr"}).get_json()["errors"]

    assert list(errors) == ["title", "languages", "rules"]
    assert errors["rules"][0] == "depth est un nombre entier de 0 à 20."
    assert errors["rules"][1] == "consent vaut true ou false."
    assert errors["rules"][2].startswith("Il n’y a pas de règle colour.")


def test_of_forty_thousand_unknown_rules_fifty_are_told(small_house: House) -> None:
    answer = put(small_house, {"rules": {f"r{number}": 1 for number in range(10_000)}})

    assert answer.status_code == 422
    assert len(answer.get_json()["errors"]["rules"]) == 50


def test_an_origin_in_another_script_is_kept_as_browsers_send_it(small_house: House) -> None:
    assert put(small_house, {"origins": ["https://www.évian.example"]}).get_json()["origins"] == [
        "https://www.xn--vian-9oa.example"
    ]


def test_an_auditor_reads_and_changes_nothing(small_house: House) -> None:
    assert small_house.client.get(SITES, headers=small_house.staff("auditor")).status_code == 200
    assert small_house.client.get(HERE, headers=small_house.staff("auditor")).status_code == 200
    assert put(small_house, {"title": "Autre"}, "auditor").status_code == 403
