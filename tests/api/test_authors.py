"""What staff know of authors: the record, notes, the hold; badges and reserved names, which nobody else can take."""

from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from service.domain.policy import Mode
from service.store.authors import Author
from tests.api.told import faults, told
from tests.factories import ARTICLE, House

ADDRESS = "nadia.secret@lecteurs.example.org"
NOBODY = "01890000-0000-7000-8000-000000000000"


def author_of(house: House, comment: str) -> str:
    """As a moderator learns it: from the comment's detail."""
    detail = house.client.get(f"/v1/moderation/comments/{comment}", headers=house.staff()).get_json()
    return str(detail["author"]["id"])


def record(house: House, author: str) -> dict[str, Any]:
    answer = house.client.get(f"/v1/moderation/authors/{author}", headers=house.staff())
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found: dict[str, Any] = answer.get_json()
    return found


def put(house: House, author: str, what: str, document: Any, role: str = "owner") -> TestResponse:
    return house.client.put(f"/v1/moderation/authors/{author}/{what}", json=document, headers=house.staff(role))


def note(house: House, author: str, text: str) -> TestResponse:
    return house.client.post(
        f"/v1/moderation/authors/{author}/notes", json={"text": text}, headers=house.staff("moderator")
    )


def acts(house: House) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.client.get(
        "/v1/moderation/audit?order=oldest", headers=house.staff("auditor")
    ).get_json()["entries"]
    return found


def reasons(house: House, comment: str) -> list[str]:
    found: list[str] = house.row(comment).reasons.split()
    return found


def test_an_authors_record_tells_what_became_of_their_comments_and_nothing_of_their_address(house: House) -> None:
    first = house.published(email=ADDRESS, name="Nadia")
    second = house.held(email=ADDRESS, name="Nadia B.")
    house.decide(second, "reject", reason="insult")
    author = author_of(house, first)
    assert author_of(house, second) == author

    found = record(house, author)

    assert (found["published"], found["rejected"], found["on_hold"], found["badge"]) == (1, 1, False, None)
    assert found["names"] == ["Nadia B.", "Nadia"]
    assert [(each["id"], each["status"]) for each in found["latest"]] == [(second, "rejected"), (first, "published")]
    key = house.app.extensions["moderato"].keys.author(house.site_id, ADDRESS)
    assert not [trace for trace in ("secret", "lecteurs", key) if trace in str(found)]


def test_notes_are_kept_with_who_wrote_them_and_without_addresses(house: House) -> None:
    author = author_of(house, house.held())

    note(house, author, f"Writes as {ADDRESS} too.\nSecond line.")
    found = note(house, author, "Calm again.").get_json()

    assert [each["text"] for each in found["notes"]] == ["Calm again.", "Writes as [e-mail] too.\nSecond line."]
    assert {each["who"] for each in found["notes"]} == {"moderator of journal"}
    assert [each["act"] for each in acts(house)] == ["author.note", "author.note"]
    assert "Calm" not in str(acts(house))


def test_all_of_an_author_is_held_until_it_is_no_longer(house: House) -> None:
    author = author_of(house, house.published(email=ADDRESS))

    put(house, author, "hold", {"hold": True, "reason": "Second warning."}, "moderator")
    comment = house.accepted(email=ADDRESS)
    house.judge()
    assert (house.status(comment), reasons(house, comment)) == ("held", ["author_held"])
    put(house, author, "hold", {"hold": True, "reason": "Again."}, "moderator")

    assert put(house, author, "hold", {"hold": False, "reason": "Calm."}, "editor").get_json()["on_hold"] is False
    house.published(email=ADDRESS)
    assert [(each["act"], each["data"]) for each in acts(house)] == [
        ("author.hold", {"reason": "Second warning."}),
        ("author.release", {"reason": "Calm."}),
    ]


def test_a_hold_holds_in_every_mode(house: House) -> None:
    author = author_of(house, house.published(email=ADDRESS))
    put(house, author, "hold", {"hold": True, "reason": "Second warning."})
    for mode in (Mode.AUTO, Mode.PREMODERATE, Mode.POSTMODERATE):
        house.set_policy(mode=mode)
        comment = house.accepted(email=ADDRESS)
        house.judge()
        assert house.status(comment) == "held", mode


def test_readers_see_a_badge_beside_what_people_have_published(house: House) -> None:
    author = author_of(house, house.published(email=ADDRESS, name="Nadia"))
    listed = f"{ARTICLE}/comments"
    etag = house.client.get(listed).headers["ETag"]
    assert house.client.get(listed).get_json()["comments"][0]["badge"] is None

    assert put(house, author, "badge", {"badge": "Rédaction"}).get_json()["badge"] == "Rédaction"

    fresh = house.client.get(listed, headers={"If-None-Match": etag})
    assert [each["badge"] for each in fresh.get_json()["comments"]] == ["Rédaction"]
    page = house.client.get("/sites/journal/articles/a-1").get_data(as_text=True)
    assert "Rédaction" in page
    fragment = house.client.get("/sites/journal/fragments/a-1").get_data(as_text=True)
    assert "Rédaction" in fragment
    put(house, author, "badge", {"badge": None})
    assert house.client.get(listed).get_json()["comments"][0]["badge"] is None
    assert [(each["act"], each["data"]) for each in acts(house)] == [
        ("author.badge", {"badge": "Rédaction", "before": None}),
        ("author.badge", {"badge": None, "before": "Rédaction"}),
    ]


def test_whoever_types_a_badge_holders_address_goes_to_a_person_first(house: House) -> None:
    """An address is no proof: a badge speaks for the house, so that the machine never publishes one."""
    author = author_of(house, house.published(email=ADDRESS))
    put(house, author, "badge", {"badge": "Rédaction"})

    comment = house.accepted(email=ADDRESS, name="Un inconnu")
    house.judge()

    assert (house.status(comment), reasons(house, comment)) == ("held", ["badge_holder"])
    house.decide(comment, "publish")
    shown = house.client.get(f"{ARTICLE}/comments").get_json()["comments"]
    assert [each["badge"] for each in shown] == ["Rédaction", "Rédaction"]


@pytest.mark.parametrize(
    "name",
    ["La Rédaction", "la redaction", "L\u0430 r\u00e9d\u0430cti\u043en", "LA  R\u00c9DACTION", "L a r é d a c t i o n"],
)
def test_nobody_else_can_take_a_reserved_name(small_house: House, name: str) -> None:
    small_house.client.put(
        "/v1/moderation/sites/journal", json={"reserved_names": ["La rédaction"]}, headers=small_house.staff("owner")
    )

    comment = small_house.accepted(name=name)
    small_house.judge()

    assert small_house.status(comment) == "held"
    assert "reserved_name" in reasons(small_house, comment)
    detail = small_house.client.get(f"/v1/moderation/comments/{comment}", headers=small_house.staff()).get_json()
    assert "La rédaction" in str(detail["verdict"]["signals"])


def test_reserved_names_are_the_sites_and_the_owners_to_say(house: House) -> None:
    here = "/v1/moderation/sites/journal"
    answer = house.client.put(here, json={"reserved_names": ["A b", " A b "]}, headers=house.staff("owner"))
    assert answer.get_json()["reserved_names"] == ["A b"]
    for wrong in ("x", [""], [1], None, ["x"] * 501):
        assert list(faults(house.client.put(here, json={"reserved_names": wrong}, headers=house.staff("owner")))) == [
            "reserved_names"
        ]
    house.published(name="Paul")


WRONG: list[tuple[str, Any, str]] = [
    ("hold", {}, "hold"),
    ("hold", {"hold": 1, "reason": "x"}, "hold"),
    ("hold", {"hold": True}, "reason"),
    ("hold", {"hold": True, "reason": " "}, "reason"),
    ("badge", {}, "badge"),
    ("badge", {"badge": ""}, "badge"),
    ("badge", {"badge": "\u200b"}, "badge"),
    ("badge", {"badge": "x" * 41}, "badge"),
]


@pytest.mark.parametrize(("what", "document", "field"), WRONG)
def test_what_cannot_be_accepted_is_told_by_its_field(small_house: House, what: str, document: Any, field: str) -> None:
    author = author_of(small_house, small_house.held())

    assert field in faults(put(small_house, author, what, document))
    assert acts(small_house) == []


def test_another_sites_authors_are_not_there(house: House) -> None:
    house.add_site("other")
    theirs = house.row(house.held(article="/v1/sites/other/articles/a-1")).author_id
    for author in (theirs, NOBODY, "x"):
        told(house.client.get(f"/v1/moderation/authors/{author}", headers=house.staff()), 404, "author_unknown")
        told(note(house, author, "x"), 404, "author_unknown")
        told(put(house, author, "hold", {"hold": True, "reason": "x"}), 404, "author_unknown")
        told(put(house, author, "badge", {"badge": "x"}), 404, "author_unknown")
    assert acts(house) == []


def withdraw(house: House, comment: str) -> None:
    receipt = house.app.extensions["moderato"].keys.receipt(comment)
    assert house.client.delete(f"/v1/receipts/{receipt}").status_code == 200


def test_who_takes_everything_back_is_forgotten_with_the_notes_on_them(house: House) -> None:
    comment = house.held(email=ADDRESS)
    author = author_of(house, comment)
    note(house, author, "Quarrels.")

    withdraw(house, comment)

    told(house.client.get(f"/v1/moderation/authors/{author}", headers=house.staff()), 404, "author_unknown")


def test_nobody_gets_out_of_a_hold_by_taking_everything_back(house: House) -> None:
    """Known again by the key; the address and the notes are gone."""
    comment = house.held(email=ADDRESS)
    author = author_of(house, comment)
    note(house, author, "Quarrels.")
    put(house, author, "hold", {"hold": True, "reason": "x"})

    withdraw(house, comment)
    assert (record(house, author)["notes"], record(house, author)["latest"]) == ([], [])
    with house.database.read() as connection:
        assert connection.execute(select(Author.email).where(Author.id == author)).scalar() is None

    again = house.accepted(email=ADDRESS)
    house.judge()
    assert (house.status(again), author_of(house, again)) == ("held", author)
