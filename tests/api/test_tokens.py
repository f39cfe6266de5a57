"""Tokens by API: owners make and revoke them, and can't lock themselves out."""

import pytest

from tests.api.told import told
from tests.factories import House

TOKENS = "/v1/moderation/tokens"


def test_a_new_token_opens_what_its_role_opens_and_is_shown_once(small_house: House) -> None:
    owner = small_house.staff("owner")
    made = small_house.client.post(TOKENS, json={"name": "Inès", "role": "moderator", "days": 30}, headers=owner)
    token = made.get_json()

    assert made.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {token['token']}"}
    assert small_house.client.get("/v1/moderation/queue", headers=headers).status_code == 200
    assert small_house.client.get(TOKENS, headers=headers).status_code == 403
    listed = small_house.client.get(TOKENS, headers=owner)
    (found,) = [each for each in listed.get_json()["tokens"] if each["name"] == "Inès"]
    assert found == {name: value for name, value in token.items() if name != "token"}
    assert token["token"].partition(".")[2] not in listed.get_data(as_text=True)


def test_a_revoked_token_opens_nothing_and_stays_in_the_list(small_house: House) -> None:
    owner, prefix = small_house.staff("owner"), small_house.token()[4:16]

    once = small_house.client.post(f"{TOKENS}/{prefix}/revoke", headers=owner).get_json()
    twice = small_house.client.post(f"{TOKENS}/{prefix}/revoke", headers=owner).get_json()

    assert once == twice
    assert once["good"] is False
    told(small_house.client.get("/v1/moderation/queue", headers=small_house.staff()), 401, "unauthorized")
    entries = small_house.client.get("/v1/moderation/audit?act=token.revoke", headers=owner).get_json()["entries"]
    assert [each["object"]["id"] for each in entries] == [prefix]


def test_nobody_revokes_the_token_they_use(small_house: House) -> None:
    prefix = small_house.token("owner")[4:16]

    told(small_house.client.post(f"{TOKENS}/{prefix}/revoke", headers=small_house.staff("owner")), 409, "own_token")


def test_a_foreign_or_unknown_token_is_not_there(small_house: House) -> None:
    small_house.add_site("other")
    for prefix in (small_house.token("editor", "other")[4:16], "000000000000", "x" * 300):
        answer = small_house.client.post(f"{TOKENS}/{prefix}/revoke", headers=small_house.staff("owner"))
        told(answer, 404, "token_unknown")
    assert (
        small_house.client.get("/v1/moderation/queue", headers=small_house.staff("editor", "other")).status_code == 200
    )


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"role": "moderator"}, "name"),
        ({"name": " ", "role": "moderator"}, "name"),
        ({"name": "x" * 201, "role": "moderator"}, "name"),
        ({"name": "Inès", "role": "admin"}, "role"),
        ({"name": "Inès"}, "role"),
        ({"name": "Inès", "role": "moderator", "days": 0}, "days"),
        ({"name": "Inès", "role": "moderator", "days": 3651}, "days"),
        ({"name": "Inès", "role": "moderator", "days": True}, "days"),
        ({"name": "Inès", "role": "moderator", "site": "other"}, "site"),
    ],
)
def test_a_wish_that_cannot_be_met_is_told_by_its_field(
    small_house: House, wish: dict[str, object], field: str
) -> None:
    answer = small_house.client.post(TOKENS, json=wish, headers=small_house.staff("owner"))

    told(answer, 422, "invalid")
    assert list(answer.get_json()["errors"]) == [field]
