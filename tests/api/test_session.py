"""Signing in to the desk: a token lets a browser in, for a while, and out again, here or everywhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from service.store.base import table
from service.store.signins import SignIn, forget_sign_ins
from tests.api.told import told
from tests.factories import House

SESSION = "/desk/session"
SAFE = ("HttpOnly", "SameSite=Lax", "Path=/")


def sign_in(house: House, **more: Any) -> Any:
    return house.client.post(SESSION, json={"token": house.token()}, **more)


def session(house: House, headers: dict[str, str]) -> int:
    return house.client.get(SESSION, headers=headers).status_code


def test_a_good_token_is_exchanged_for_a_cookie_that_no_script_can_read(small_house: House) -> None:
    answer = sign_in(small_house)

    cookie = answer.headers["Set-Cookie"]
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert all(part in cookie for part in (*SAFE, "Max-Age=28800"))
    assert "Secure" not in cookie  # this service is reached by http
    told_of = answer.get_json()
    assert (told_of["site"], told_of["role"], told_of["name"]) == ("journal", "moderator", "moderator of journal")
    assert small_house.token() not in answer.get_data(as_text=True)


def test_behind_https_the_cookie_is_bound_to_this_host_and_to_https(small_house: House) -> None:
    answer = small_house.client.post(SESSION, json={"token": small_house.token()}, base_url="https://comments.example")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-moderato=")
    assert "Secure" in cookie
    headers = {"Cookie": cookie.partition(";")[0]}
    assert small_house.client.get(SESSION, headers=headers, base_url="https://comments.example").status_code == 200
    assert session(small_house, headers) == 401


def test_of_the_cookie_only_a_hash_is_kept(small_house: House) -> None:
    secret = small_house.signed_in()["Cookie"].partition("=")[2]

    with small_house.database.read() as connection:
        (row,) = connection.execute(select(table(SignIn)))
    assert secret not in str(row)


def test_a_form_is_let_in_and_led_to_the_desk_or_comes_back_with_the_reason(small_house: House) -> None:
    client = small_house.app.test_client()
    refused = client.post(SESSION, data={"token": "mdr_000000000000.x"}, headers={"Accept-Language": "fr"})
    assert refused.status_code == 401
    assert refused.mimetype == "text/html"
    assert "Il faut un jeton valable" in refused.get_data(as_text=True)
    assert "Set-Cookie" not in refused.headers

    let_in = client.post(SESSION, data={"token": f"  {small_house.token()} "})
    assert (let_in.status_code, let_in.headers["Location"]) == (303, "/desk/")
    assert "main.js" in client.get("/desk/").get_data(as_text=True)


def test_whoever_has_no_good_token_is_told_one_and_the_same(small_house: House) -> None:
    revoked = small_house.token("service")
    small_house.client.post(f"/v1/moderation/tokens/{revoked[4:16]}/revoke", headers=small_house.staff("owner"))
    for token in ("x", "mdr_000000000000.x", small_house.token() + "x", revoked, "\u00e9"):
        told(small_house.client.post(SESSION, json={"token": token}), 401, "unauthorized")
    told(small_house.client.post(SESSION, json={"token": ""}), 422, "invalid")
    told(small_house.client.post(SESSION, json={}), 422, "invalid")
    told(small_house.client.post(SESSION, data="{", content_type="application/json"), 400, "malformed")


def test_another_sites_page_signs_nobody_in(small_house: House) -> None:
    told(sign_in(small_house, headers={"Origin": "https://evil.example"}), 403, "origin")
    told(sign_in(small_house, headers={"Origin": "null"}), 403, "origin")
    assert sign_in(small_house, headers={"Origin": "http://localhost"}).status_code == 200


def test_a_hammering_is_slowed_down(small_house: House) -> None:
    answers = [small_house.client.post(SESSION, json={"token": "mdr_000000000000.x"}) for _ in range(40)]

    assert {answer.status_code for answer in answers[:10]} == {401}
    document = told(next(answer for answer in answers if answer.status_code == 429), 429, "too_many_sign_ins")
    assert document["title"]


def test_one_signs_out_here_and_the_cookie_opens_nothing_any_more(small_house: House) -> None:
    here, there = small_house.signed_in(), small_house.signed_in()
    told(small_house.client.delete(SESSION, headers={"Cookie": here["Cookie"]}), 403, "csrf")

    answer = small_house.client.delete(SESSION, headers=here)

    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert (session(small_house, here), session(small_house, there)) == (401, 200)
    told(small_house.client.get("/v1/moderation/queue", headers=here), 401, "unauthorized")


def test_or_everywhere(small_house: House) -> None:
    mine, other, editor = small_house.signed_in(), small_house.signed_in(), small_house.signed_in("editor")

    assert small_house.client.delete(f"{SESSION}?everywhere=true", headers=mine).status_code == 204

    assert [session(small_house, each) for each in (mine, other, editor)] == [401, 401, 200]
    entries = small_house.client.get("/v1/moderation/audit?act=session.end", headers=small_house.staff("owner"))
    assert entries.get_json()["entries"][0]["data"] == {"everywhere": 2}


def test_a_revoked_token_takes_its_sessions_along(small_house: House) -> None:
    browser = small_house.signed_in("editor")
    prefix = small_house.token("editor")[4:16]

    small_house.client.post(f"/v1/moderation/tokens/{prefix}/revoke", headers=small_house.staff("owner"))

    assert session(small_house, browser) == 401


def test_a_session_ends_by_itself_and_is_forgotten(small_house: House) -> None:
    browser = small_house.signed_in()
    with small_house.database.write() as connection:
        (row,) = connection.execute(select(table(SignIn)))
        connection.execute(update(table(SignIn)).values(expires_at=row.expires_at - timedelta(days=1)))

    assert session(small_house, browser) == 401
    told(small_house.client.get("/v1/moderation/queue", headers=browser), 401, "unauthorized")
    with small_house.database.write() as connection:
        assert forget_sign_ins(connection, datetime.now(UTC)) == 1


def test_a_header_that_is_wrong_is_not_mended_by_a_cookie(small_house: House) -> None:
    browser = small_house.signed_in("owner")

    answer = small_house.client.get("/v1/moderation/queue", headers=browser | {"Authorization": "Bearer x"})

    told(answer, 401, "unauthorized")
    with_token = browser | small_house.staff("auditor")
    assert small_house.client.get("/v1/moderation/tokens", headers=with_token).status_code == 403


def test_who_signs_in_anew_in_a_browser_leaves_no_session_behind(small_house: House) -> None:
    before = small_house.signed_in()

    again = small_house.client.post(SESSION, json={"token": small_house.token("editor")}, headers=before)

    assert again.status_code == 200
    assert session(small_house, before) == 401
