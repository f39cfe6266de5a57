"""One comment, all context: the texts it had, and the others that say nearly the same."""

from typing import Any

from tests.factories import House

SPAM = "Gagnez {} euros par semaine depuis chez vous avec cette méthode simple que les banques détestent vraiment"


def detail(house: House, comment: str) -> Any:
    return house.client.get(f"/v1/moderation/comments/{comment}", headers=house.staff()).get_json()


def test_nearly_the_same_texts_are_shown_together_the_newest_first(house: House) -> None:
    first = house.accepted(body=SPAM.format(900))
    house.judge()
    second = house.accepted(body=SPAM.format(950) + ".")
    other = house.accepted(body="Une remarque tout autre sur le tramway de nuit, que je prends chaque vendredi soir.")
    house.judge()
    third = house.accepted(body=SPAM.format(990) + " !")
    house.judge()

    copies = detail(house, second)["copies"]

    assert [copy["id"] for copy in copies] == [third, first]
    assert copies[0]["body"].startswith("Gagnez 990")
    assert detail(house, other)["copies"] == []


def test_copies_are_of_the_site_and_gone_when_they_are_taken_back(house: House) -> None:
    first = house.accepted(body=SPAM.format(900))
    second = house.accepted(body=SPAM.format(901))
    house.judge()
    receipt = house.app.extensions["moderato"].keys.receipt(first)
    assert house.client.delete(f"/v1/receipts/{receipt}").status_code == 200

    assert detail(house, second)["copies"] == []


def test_a_pending_comment_has_no_copies_yet(small_house: House) -> None:
    assert detail(small_house, small_house.accepted(body=SPAM.format(1)))["copies"] == []


def test_earlier_texts_are_kept_for_moderators(house: House) -> None:
    comment = house.accepted(body="Le premier texte.")
    house.judge()
    receipt = house.app.extensions["moderato"].keys.receipt(comment)
    house.client.patch(f"/v1/receipts/{receipt}", json={"body": "Le deuxième texte."})
    house.judge()

    found = detail(house, comment)

    assert [(each["revision"], each["body"]) for each in found["revisions"]] == [(1, "Le premier texte.")]
    assert (found["revision"], found["body"]) == (2, "Le deuxième texte.")
