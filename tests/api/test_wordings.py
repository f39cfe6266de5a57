"""What authors are told of a refusal: in a moderator's words, the site's or ours; and reasons of the site's own."""

from typing import Any

import pytest
from sqlalchemy import func, select

from service.store.wordings import Wording
from service.words import catalogue
from tests.api.told import faults
from tests.factories import House
from tests.operations.test_life import count

SITE = "/v1/moderation/sites/journal"
OWN = "Écrivez-le encore une fois, sans le nom de votre voisin."
SILENCE = {"word": "election_silence", "sentences": {"fr": "Pas de pronostic un jour de vote.", "en": "No forecasts."}}


def told(house: House, comment: str, language: str = "fr") -> tuple[str, str]:
    receipt = house.app.extensions["moderato"].keys.receipt(comment)
    view = house.client.get(f"/v1/receipts/{receipt}", headers={"Accept-Language": language}).get_json()
    page = house.client.get(f"/receipts/{receipt}", headers={"Accept-Language": language, "Accept": "text/html"})
    assert " ".join(view["message"].split()) in " ".join(page.get_data(as_text=True).replace("&#39;", "'").split())
    return view["reason"], view["message"]


def put(house: House, **changes: Any) -> Any:
    return house.client.put(SITE, json=changes, headers=house.staff("owner"))


def history(house: House, comment: str) -> list[Any]:
    detail = house.client.get(f"/v1/moderation/comments/{comment}", headers=house.staff()).get_json()
    return [each for each in detail["history"] if each["type"] == "decision"]


def refused(house: House, reason: str = "personal_data", **more: Any) -> str:
    comment = house.held()
    answer = house.decide(comment, "reject", reason=reason, **more)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return comment


def test_the_author_is_told_in_the_words_that_the_moderator_wrote(house: House) -> None:
    comment = refused(house, public_reason=OWN, note="Troisième fois.")

    assert told(house, comment) == ("personal_data", OWN)
    assert [(each["reason"], each["public_reason"]) for each in history(house, comment)] == [("personal_data", OWN)]


def test_addresses_in_these_words_are_masked_and_blanks_are_none(house: House) -> None:
    masked = refused(house, public_reason="Écrivez à paul@voisins.example.org.")
    blank = refused(house, public_reason="   ")

    assert told(house, masked)[1] == "Écrivez à [e-mail]."
    assert told(house, blank)[1] == catalogue("fr")["public.personal_data"]
    assert count(house, Wording) == 1


def test_the_words_are_those_of_the_decision_that_counts(house: House) -> None:
    comment = refused(house, public_reason=OWN)
    house.decide(comment, "publish")
    house.decide(comment, "reject", reason="insult")

    assert told(house, comment) == ("insult", catalogue("fr")["public.insult"])


def test_a_refusal_that_an_undo_restores_is_told_as_it_was(house: House) -> None:
    comment = refused(house, public_reason=OWN)
    version = house.decide(comment, "publish").get_json()["version"]

    undone = house.client.post(
        f"/v1/moderation/comments/{comment}/undo", json={"version": version}, headers=house.staff()
    )

    assert undone.status_code == 200
    assert told(house, comment) == ("personal_data", OWN)


def test_the_words_go_when_the_comment_does(house: House) -> None:
    comment = refused(house, public_reason=OWN)
    house.client.delete(f"/v1/receipts/{house.app.extensions['moderato'].keys.receipt(comment)}")

    assert count(house, Wording) == 0
    assert [each["public_reason"] for each in history(house, comment)] == [""]


def test_the_log_and_the_events_hold_none_of_it(house: House) -> None:
    from service.store.audit import AuditRow
    from service.store.events import Event

    refused(house, public_reason=OWN)

    with house.database.read() as connection:
        for column in (AuditRow.data, Event.data):
            assert OWN not in str(connection.execute(select(column)).scalars().all())


@pytest.mark.parametrize(
    ("decision", "field"),
    [
        ({"action": "publish", "public_reason": OWN}, "public_reason"),
        ({"action": "hold", "public_reason": OWN}, "public_reason"),
        ({"action": "reject", "reason": "spam", "public_reason": "x" * 501}, "public_reason"),
        ({"action": "reject", "reason": "spam", "public_reason": None}, "public_reason"),
        ({"action": "reject", "reason": "spam", "public_reason": "a\x00b"}, "public_reason"),
        ({"action": "reject", "public_reason": OWN}, "reason"),
        ({"action": "reject", "reason": "election_silence"}, "reason"),
        ({"action": "hold", "reason": "election_silence"}, "reason"),
    ],
    ids=str,
)
def test_what_is_no_reason_here_is_refused_and_nothing_is_decided(
    small_house: House, decision: dict[str, Any], field: str
) -> None:
    comment = small_house.held()
    path = f"/v1/moderation/comments/{comment}/decision"

    answer = small_house.client.post(path, json={"version": 2} | decision, headers=small_house.staff())

    assert list(faults(answer)) == [field]
    assert small_house.status(comment) == "held"


def test_a_site_s_own_wording_stands_in_place_of_ours_in_its_language_only(house: House) -> None:
    answer = put(house, wordings={"personal_data": {"fr": "Pas de nom."}, "automatic": {"en": "A robot said no."}})
    assert answer.get_json()["wordings"]["personal_data"] == {"fr": "Pas de nom."}
    comment, worded = refused(house), refused(house, public_reason=OWN)

    assert told(house, comment) == ("personal_data", "Pas de nom.")
    assert told(house, comment, "en") == ("personal_data", catalogue("en")["public.personal_data"])
    assert told(house, worded)[1] == OWN, "a moderator's words count more"

    put(house, wordings={})
    assert told(house, comment) == ("personal_data", catalogue("fr")["public.personal_data"])


def test_a_site_adds_reasons_of_its_own_and_they_are_told(house: House) -> None:
    assert put(house, reasons=[SILENCE]).get_json()["reasons"] == [SILENCE]

    comment = refused(house, "election_silence")

    assert told(house, comment) == ("election_silence", "Pas de pronostic un jour de vote.")
    assert told(house, comment, "en") == ("election_silence", "No forecasts.")
    assert [each["reason"] for each in history(house, comment)] == ["election_silence"]


def test_a_reason_s_only_sentence_is_told_in_any_language_and_one_taken_back_as_other(house: House) -> None:
    put(house, reasons=[SILENCE | {"sentences": {"en": "No forecasts."}}])
    comment = refused(house, "election_silence")
    assert told(house, comment) == ("election_silence", "No forecasts.")

    put(house, reasons=[])

    assert told(house, comment) == ("other", catalogue("fr")["public.other"])
    assert list(faults(house.decide(comment, "reject", reason="election_silence"))) == ["reason"]
    version = house.decide(comment, "publish").get_json()["version"]
    undone = house.client.post(
        f"/v1/moderation/comments/{comment}/undo", json={"version": version}, headers=house.staff()
    )
    assert undone.get_json()["status"] == "rejected", "what was decided under it is still restored"


def test_another_site_s_reasons_are_not_ours(small_house: House) -> None:
    small_house.add_site("other")
    small_house.client.put(
        "/v1/moderation/sites/other", json={"reasons": [SILENCE]}, headers=small_house.staff("owner", "other")
    )

    answer = small_house.decide(small_house.held(), "reject", reason="election_silence")

    assert list(faults(answer)) == ["reason"]


WRONG: dict[str, list[Any]] = {
    "wordings": [
        None, [], "x", {"nonsense": {"fr": "x"}}, {"spam": "x"}, {"spam": {}}, {"spam": {"de": "x"}},
        {"spam": {"fr": ""}}, {"spam": {"fr": "x" * 501}}, {"spam": {"fr": 1}}, {"spam": None},
    ],
    "reasons": [
        None, {}, "x", [1], [{}], [SILENCE, SILENCE], [SILENCE | {"word": "spam"}], [SILENCE | {"word": "automatic"}],
        [SILENCE | {"word": "Silence"}], [SILENCE | {"word": "x" * 41}], [SILENCE | {"word": None}],
        [SILENCE | {"sentences": {}}], [SILENCE | {"sentences": {"fr": " "}}], [SILENCE | {"more": 1}],
        [SILENCE | {"word": f"silence_{at}"} for at in range(51)],
    ],
}  # fmt: skip


@pytest.mark.parametrize("field", WRONG)
def test_what_cannot_be_told_to_an_author_is_refused_by_name(small_house: House, field: str) -> None:
    for value in WRONG[field]:
        answer = put(small_house, **{field: value})
        assert list(faults(answer)) == [field], value

    with small_house.database.read() as connection:
        from service.store.sites import Site

        assert connection.execute(select(Site.wordings, Site.reasons)).one() == ({}, [])
        assert connection.execute(select(func.count()).select_from(Site)).scalar_one() == 1
