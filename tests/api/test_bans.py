"""Bans: made by people for a reason, applied by the machine, lifted by people; and what one would have met."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from service.domain.policy import Mode
from service.operations.ban import lift
from service.operations.decide import Decider
from service.operations.withdraw import withdraw
from service.store.bans import BanRow
from service.store.moderation import Token
from service.store.sites import Site
from service.words import say
from tests.api.told import faults, told
from tests.factories import House

BANS = "/v1/moderation/bans"
ADDRESS = "nadia.secret@lecteurs.example.org"
NOBODY = "01890000-0000-7000-8000-000000000000"
HERE = "198.51.100.7"


def a_ban(**changes: Any) -> dict[str, Any]:
    return {"kind": "name", "target": "zorglub*", "action": "hold", "reason": "Third warning."} | changes


def ask(house: House, document: Any, path: str = "", role: str = "editor") -> TestResponse:
    return house.client.post(f"{BANS}{path}", json=document, headers=house.staff(role))


def made(house: House, **changes: Any) -> dict[str, Any]:
    answer = ask(house, a_ban(**changes))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def judged(house: House, **changes: Any) -> tuple[str, list[str]]:
    """What becomes of a new comment, and why; that an author is new is no news here."""
    comment = house.accepted(**changes)
    house.judge()
    row = house.row(comment)
    return row.status, [reason for reason in row.reasons.split() if reason != "first_comment"]


def acts(house: House) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.client.get(
        "/v1/moderation/audit?order=oldest", headers=house.staff("auditor")
    ).get_json()["entries"]
    return found


def author_of(house: House, comment: str) -> str:
    return str(house.row(comment).author_id)


def test_a_banned_author_sends_as_ever_and_is_held(house: House) -> None:
    """They are told nothing that others aren't: their comment is taken in, and waits."""
    comment = house.published(email=ADDRESS)
    made(house, kind="author", target=author_of(house, comment))

    answer = house.post(email=ADDRESS)
    house.judge()

    told_free, told_banned = house.post().get_json(), answer.get_json()
    assert set(told_free) == set(told_banned)
    assert (answer.status_code, told_banned["status"]) == (202, "pending")
    assert house.status(told_banned["id"]) == "held"
    receipt = house.client.get(f"/v1/receipts/{told_banned['receipt']}").get_json()
    assert receipt["message"] == say("status.held", "fr")
    assert house.status(comment) == "published", "what came before stays as it was"
    assert judged(house)[0] == "published", "others are not meant"


def test_a_ban_that_refuses_does_so_although_the_machine_refuses_nothing(house: House) -> None:
    comment = house.published(email=ADDRESS)
    made(house, kind="author", target=author_of(house, comment), action="reject")

    assert judged(house, email=ADDRESS) == ("rejected", ["banned_outright"])


def test_a_moderator_sees_the_bans_reason_and_the_author_does_not(house: House) -> None:
    made(house, reason="He writes under ten names.", action="reject")
    answer = house.post(name="Zorglub 3").get_json()
    house.judge()

    detail = house.client.get(f"/v1/moderation/comments/{answer['id']}", headers=house.staff()).get_json()
    (signal,) = [each for each in detail["verdict"]["signals"] if each["reason"] == "banned_outright"]

    assert signal["detail"].endswith("He writes under ten names.")
    receipt = house.client.get(f"/v1/receipts/{answer['receipt']}").get_data(as_text=True)
    assert "ten names" not in receipt
    assert "automatic" in receipt


def test_a_network_is_banned_by_a_comment_that_came_from_it_and_is_never_told(house: House) -> None:
    comment = house.published(address=HERE)
    ban = made(house, kind="network", target=comment)

    assert judged(house, address=HERE) == ("held", ["banned"])
    assert judged(house, address="198.51.100.8")[0] == "published"
    assert (ban["author"], ban["pattern"]) == (None, None)
    everything = str(ban) + str(acts(house)) + house.client.get(BANS, headers=house.staff()).get_data(as_text=True)
    assert "198.51" not in everything
    assert str(house.row(comment).address_key) not in everything


def test_where_it_is_not_known_whence_a_comment_came_nobody_is_banned(small_house: House) -> None:
    comment = small_house.published(address="unix")

    answer = ask(small_house, a_ban(kind="network", target=comment))

    assert list(faults(answer)) == ["target"]
    assert judged(small_house, address="unix")[0] == "published"


def test_a_domain_is_banned_with_its_subdomains_in_texts_and_as_a_website(house: House) -> None:
    assert made(house, kind="domain", target="https://WWW.Spam.example/", action="reject")["pattern"] == "spam.example"

    assert judged(house, body="Voyez https://shop.spam.example/x ici.")[0] == "rejected"
    assert judged(house, website="https://spam.example")[0] == "rejected"
    assert judged(house, body="Voyez https://notspam.example/x ici.")[1].count("banned_outright") == 0


def test_a_name_is_banned_however_it_is_written(house: House) -> None:
    made(house, target="super zorglub*")

    assert judged(house, name="S u p e r Z\u043eRGLUB 2000")[0] == "held"
    assert judged(house, name="Un super zorglub")[0] == "published"


def test_the_harder_of_two_bans_counts_and_a_person_in_distress_is_never_refused(house: House) -> None:
    made(house)
    made(house, target="*zorglub*", action="reject")

    assert judged(house, name="Zorglub")[0] == "rejected"
    assert judged(house, name="Zorglub", body="Je veux mourir, je vais me tuer ce soir.")[0] == "held"


@pytest.mark.parametrize("mode", [Mode.AUTO, Mode.PREMODERATE, Mode.POSTMODERATE])
def test_a_ban_counts_in_every_mode(house: House, mode: Mode) -> None:
    house.set_policy(mode=mode)
    made(house)
    made(house, target="fantasio", action="reject")

    assert judged(house, name="Zorglub")[0] == "held"
    assert judged(house, name="Fantasio")[0] == "rejected"


def test_a_ban_is_over_when_its_time_is(house: House) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    ban = made(house, expires_at=tomorrow.isoformat())
    assert judged(house, name="Zorglub")[0] == "held"

    with house.database.write() as connection:
        connection.execute(update(BanRow).values(expires_at=datetime.now(UTC)))
        connection.execute(update(Site).values(bans_version=Site.bans_version + 1))

    assert judged(house, name="Zorglub")[0] == "published"
    assert house.client.get(BANS, headers=house.staff()).get_json()["bans"] == []
    (shown,) = house.client.get(f"{BANS}?state=all", headers=house.staff()).get_json()["bans"]
    assert (shown["id"], shown["good"], shown["lifted_at"]) == (ban["id"], False, None)


def test_a_ban_is_lifted_once_with_a_reason(house: House) -> None:
    ban = made(house)["id"]

    first = ask(house, {"reason": f"We talked, {ADDRESS}"}, f"/{ban}/lift").get_json()
    second = ask(house, {"reason": "Again."}, f"/{ban}/lift", "owner").get_json()

    assert first == second
    assert (first["good"], first["lifted_by"]) == (False, "editor of journal")
    assert judged(house, name="Zorglub")[0] == "published"
    assert [(each["act"], each["object"]["id"]) for each in acts(house)] == [("ban.make", ban), ("ban.lift", ban)]
    assert acts(house)[1]["data"] == {"reason": "We talked, [e-mail]"}


def test_the_log_tells_what_was_banned_why_and_until_when_but_no_name(house: House) -> None:
    made(house, target="Jean Dupont", reason=f"Writes as {ADDRESS}", expires_at="2126-01-01T00:00:00Z")

    (entry,) = acts(house)

    assert entry["data"] == {
        "kind": "name", "action": "hold", "reason": "Writes as [e-mail]", "author": None,
        "expires_at": "2126-01-01T00:00:00+00:00",
    }  # fmt: skip


def test_a_preview_tells_what_a_ban_would_have_met_and_bans_nobody(house: House) -> None:
    author = [house.published(email=ADDRESS, address=HERE, name="Zorglub"), house.held(email=ADDRESS, address=HERE)]
    other = house.published(
        address=HERE, body="Voyez https://blog.spam.example/x ici, c'est bien dit.", name="Zorglub II"
    )
    house.published()

    def preview(**changes: Any) -> tuple[int, int, list[str]]:
        answer = ask(house, a_ban(**changes), "/preview")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found = answer.get_json()
        assert sum(found["statuses"].values()) == found["count"]
        return found["count"], found["authors"], sorted(each["id"] for each in found["examples"])

    assert preview(kind="author", target=author_of(house, author[0])) == (2, 1, sorted(author))
    assert preview(kind="network", target=author[0]) == (3, 2, sorted([*author, other]))
    assert preview(kind="domain", target="spam.example") == (1, 1, [other])
    assert preview(kind="domain", target="blog.spam.example") == (1, 1, [other])
    assert preview(kind="domain", target="shop.spam.example") == (0, 0, [])
    assert preview(target="zorglub*") == (2, 2, sorted([author[0], other]))
    assert preview(target="fantasio") == (0, 0, [])
    assert house.client.get(f"{BANS}?state=all", headers=house.staff()).get_json()["bans"] == []
    assert acts(house) == []
    assert judged(house, name="Zorglub")[0] == "published"


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"kind": "address"}, "kind"),
    ({"kind": None}, "kind"),
    ({"action": "publish"}, "action"),
    ({"reason": ""}, "reason"),
    ({"target": ""}, "target"),
    ({"target": "*"}, "target"),
    ({"target": "a*b"}, "target"),
    ({"target": ADDRESS}, "target"),
    ({"kind": "domain", "target": "spam"}, "target"),
    ({"kind": "domain", "target": "a.example b.example"}, "target"),
    ({"kind": "domain", "target": "jean@a.example"}, "target"),
    ({"kind": "author", "target": "x"}, "target"),
    ({"kind": "network", "target": "192.0.2.0/24"}, "target"),
    ({"expires_at": "2026-01-01T00:00:00Z"}, "expires_at"),
    ({"expires_at": "2126-01-01T00:00:00"}, "expires_at"),
    ({"expires_at": "tomorrow"}, "expires_at"),
    ({"email": ADDRESS}, "email"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_what_cannot_be_banned_is_told_by_its_field(small_house: House, changes: dict[str, Any], field: str) -> None:
    for path in ("", "/preview"):
        assert list(faults(ask(small_house, a_ban(**changes), path))) == [field]
    assert acts(small_house) == []


def test_what_is_another_sites_is_not_there(house: House) -> None:
    house.add_site("other")
    theirs = house.held(article="/v1/sites/other/articles/a-1")
    author = author_of(house, theirs)
    for path in ("", "/preview"):
        told(ask(house, a_ban(kind="author", target=author), path), 404, "author_unknown")
        told(ask(house, a_ban(kind="author", target=NOBODY), path), 404, "author_unknown")
        told(ask(house, a_ban(kind="network", target=theirs), path), 404, "comment_unknown")
    ban = made(house)["id"]
    foreign = house.client.post(f"{BANS}/{ban}/lift", json={"reason": "x"}, headers=house.staff("owner", "other"))
    told(foreign, 404, "ban_unknown")
    told(ask(house, {"reason": "x"}, "/x/lift"), 404, "ban_unknown")
    assert judged(house, name="Zorglub")[0] == "held"
    assert judged(house, name="Zorglub", article="/v1/sites/other/articles/a-1")[0] == "published"


def test_nobody_gets_out_of_a_ban_by_taking_everything_back(house: House) -> None:
    comment = house.published(email=ADDRESS)
    made(house, kind="author", target=author_of(house, comment))

    withdraw(house.database, house.site_id, comment, datetime.now(UTC))

    assert judged(house, email=ADDRESS) == ("held", ["banned"])


def test_bans_are_listed_page_by_page(house: House) -> None:
    bans = [made(house, target=f"zorglub {number}")["id"] for number in range(5)]

    walked: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.client.get(f"{BANS}?limit=2&cursor={cursor}", headers=house.staff()).get_json()
        walked += [each["id"] for each in page["bans"]]
        cursor = page["next"]

    assert walked == bans[::-1]


def test_there_are_only_so_many_bans_that_every_comment_is_compared_with(
    small_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.operations.ban.MOST_LISTED", 2)
    comment = small_house.held()
    for number in range(2):
        made(small_house, target=f"zorglub {number}")

    assert list(faults(ask(small_house, a_ban()))) == ["target"]
    made(small_house, kind="author", target=author_of(small_house, comment))


def test_of_many_who_lift_a_ban_at_once_one_has_lifted_it(house: House) -> None:
    ban = made(house)["id"]
    with house.database.read() as connection:
        token = connection.execute(select(Token.id)).scalars().first()
    assert token is not None
    editor = Decider(token, house.site_id)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: lift(house.database, editor, ban, "x", datetime.now(UTC)), range(16)))

    assert [each["act"] for each in acts(house)] == ["ban.make", "ban.lift"]


def test_an_author_who_is_banned_while_they_take_everything_back_stays_banned_or_is_gone(house: House) -> None:
    """Whichever comes first: no fault, and never a ban of nobody."""
    for _ in range(5):
        comment = house.published(email=ADDRESS)
        author = author_of(house, comment)
        house.staff("editor")

        with ThreadPoolExecutor(2) as pool:
            taken = pool.submit(withdraw, house.database, house.site_id, comment, datetime.now(UTC))
            answer = pool.submit(ask, house, a_ban(kind="author", target=author)).result()
            taken.result()

        assert answer.status_code in {200, 404}, answer.get_data(as_text=True)
        with house.database.write() as connection:
            connection.execute(update(BanRow).values(lifted_at=datetime.now(UTC), lifted_by=BanRow.token_id))


def test_the_newsroom_does_not_ban_itself(small_house: House) -> None:
    made = small_house.client.post(
        "/v1/moderation/sites/journal/newsroom/a-1", json={"body": "Merci à tous."}, headers=small_house.staff()
    )
    author = small_house.row(made.get_json()["id"]).author_id
    wish = {"kind": "author", "target": author, "action": "reject", "reason": "Par mégarde."}

    for path in ("bans", "bans/preview"):
        answer = small_house.client.post(f"/v1/moderation/{path}", json=wish, headers=small_house.staff("editor"))
        assert list(faults(answer)) == ["target"]
