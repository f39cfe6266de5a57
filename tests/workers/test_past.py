"""What earlier comments say about a new one, end to end: near copies, links, records; on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from service.store.base import earlier
from service.store.traces import Likeness, Link
from tests.factories import House

CAMPAIGN = "Mon voisin {name} a compté {euros} vélos en une semaine sur ce pont, comptez donc vous aussi"
OTHER = "La ligne du tramway ferme demain pour des travaux, et la mairie ne prévient pas les habitants du quartier"


def signals(house: House, identifier: str) -> dict[str, dict[str, Any]]:
    """What the verdict on a comment says, by reason."""
    found = house.client.get(f"/v1/moderation/comments/{identifier}", headers=house.staff()).get_json()
    return {signal["reason"]: signal for signal in found["verdict"]["signals"]}


def judged(house: House, body: str, **more: Any) -> str:
    identifier = house.accepted(body=body, **more)
    house.judge()
    return identifier


def copy(house: House, number: int, **more: Any) -> str:
    names = ("Marc", "Zoé", "Paul", "Lucie", "Jean", "Anna", "Luc", "Marie", "Guy", "Léa")
    body = CAMPAIGN.format(name=names[number % 10], euros=1000 + 77 * number)
    return judged(house, f"{body} : https://comptage-{number}.example", **more)


def test_the_second_copy_by_another_author_is_told_and_held(house: House) -> None:
    first, second = copy(house, 1), copy(house, 2)

    assert house.status(first) == "published"
    assert house.status(second) == "held"
    found = signals(house, second)["near_copies"]
    assert found["facts"] == {"count": 1, "authors": 1, "hours": 1}


def test_copies_in_one_batch_see_those_before_them(house: House) -> None:
    sent = [house.accepted(body=CAMPAIGN.format(name=name, euros=3)) for name in ("Marc", "Zoé", "Paul")]
    house.judge()

    assert [house.status(each) for each in sent] == ["published", "held", "held"]
    assert signals(house, sent[2])["near_copies"]["facts"]["count"] == 2


def test_other_texts_and_short_ones_are_no_copies(house: House) -> None:
    copy(house, 1)
    others = [judged(house, OTHER), *(judged(house, "Je suis tout à fait d’accord avec vous !") for _ in range(3))]

    assert not any("near_copies" in signals(house, each) for each in others)


def test_what_moderators_rejected_speaks_against_its_copies_whoever_sends_them(house: House) -> None:
    first = copy(house, 1, email="marc@lecteurs.example.org")
    house.decide(first, "reject", reason="spam")

    again = copy(house, 2, email="marc@lecteurs.example.org")

    assert house.status(again) == "held"
    assert signals(house, again)["refused_copies"]["facts"] == {"count": 1}
    assert "near_copies" not in signals(house, again)


def test_what_moderators_published_lets_its_copies_through(house: House) -> None:
    petition = "Nous demandons au conseil municipal de renoncer à la fermeture de la piscine et d’écouter les habitants"
    first = judged(house, petition)
    house.decide(first, "publish")

    second = judged(house, f"{petition} Signé : Léa")

    assert house.status(second) == "published"
    assert signals(house, second)["near_copies"]["score"] < 0.3


def test_an_author_who_sends_a_corrected_text_once_is_left_alone(house: House) -> None:
    judged(house, OTHER, email="zoe@lecteurs.example.org")

    corrected = judged(house, OTHER.replace("ferme", "fermera"), email="zoe@lecteurs.example.org")
    third = judged(house, OTHER.replace("demain", "lundi"), email="zoe@lecteurs.example.org")

    assert not {"near_copies", "near_repeats"} & signals(house, corrected).keys()
    assert signals(house, third)["near_repeats"]["facts"] == {"count": 2}


def test_no_site_is_compared_with_another(house: House) -> None:
    from workers.likeness import bands, numbers

    of = numbers(OTHER)
    assert of is not None
    assert not set(bands(house.site_id, of)) & set(bands("01900000-0000-7000-8000-000000000000", of))


def test_a_copy_of_more_than_a_week_ago_counts_no_more(house: House) -> None:
    first = copy(house, 1)
    with house.database.write() as connection:
        connection.execute(
            update(Likeness).values(created_at=earlier(Likeness.__table__.c.created_at, timedelta(days=7)))
        )

    assert house.status(first) == "published"
    assert "near_copies" not in signals(house, copy(house, 2))


@pytest.mark.parametrize("removed", [False, True], ids=["edited", "withdrawn"])
def test_a_text_that_is_gone_leaves_no_trace(house: House, *, removed: bool) -> None:
    from service.keys import Keys

    identifier = copy(house, 1)
    receipt = f"/v1/receipts/{Keys(house.settings).receipt(identifier)}"
    assert left(house) == ([identifier], ["comptage-1.example"])

    if removed:
        house.client.delete(receipt)
    else:
        house.client.patch(receipt, json={"body": "Pardon."})

    assert left(house) == ([], [])
    assert "near_copies" not in signals(house, copy(house, 2))


def left(house: House) -> tuple[list[str], list[str]]:
    with house.database.read() as connection:
        return (
            list(connection.execute(select(Likeness.comment_id)).scalars()),
            list(connection.execute(select(Link.domain)).scalars()),
        )


def test_likenesses_are_forgotten_when_no_window_reaches_them(house: House) -> None:
    from service.store.traces import forget_likenesses

    copy(house, 1)
    with house.database.write() as connection:
        at = connection.execute(select(Likeness.created_at)).scalar_one()
        assert forget_likenesses(connection, at) == 0
        assert forget_likenesses(connection, at + timedelta(seconds=1)) == 1


def test_a_new_place_is_told_and_known_once_it_is_published(house: House) -> None:
    first = judged(house, "La source est sur https://www.rapport.example.org/12, lisez.")
    second = judged(house, "Lisez plutôt https://rapport.example.org/13, c’est clair.")

    assert signals(house, first)["new_domain"]["facts"] == {"count": 1, "domains": "example.org"}
    assert house.status(first) == "published"
    assert "new_domain" not in signals(house, second)


def test_a_place_whose_comments_moderators_rejected_is_told(house: House) -> None:
    first = judged(house, "Comparez sur https://credits.example, vous verrez.")
    house.decide(first, "reject", reason="advertising")

    second = judged(house, "Mon site", website="https://www.credits.example/")

    found = signals(house, second)
    assert found["refused_domain"]["facts"] == {"count": 1, "domains": "credits.example"}
    assert house.status(second) == "held"


def test_the_fourth_author_in_a_day_who_links_to_a_new_place_is_told(house: House) -> None:
    bodies = ("Bien moins cher sur {}", "J’ai tout trouvé chez {}", "Voyez aussi {} pour comparer", "Et {} alors ?")
    sent = [judged(house, body.format("https://promo.example")) for body in bodies]

    assert ["link_campaign" in signals(house, each) for each in sent] == [False, False, False, True]
    assert signals(house, sent[3])["link_campaign"]["facts"]["count"] == 4
    assert house.status(sent[3]) == "held"


def test_one_author_under_many_articles_in_an_hour_is_told(house: House) -> None:
    sent = [
        house.accepted(article=f"/v1/sites/journal/articles/m-{number}", email="zoe@lecteurs.example.org")
        for number in range(9)
    ]
    house.judge()

    assert signals(house, sent[8])["many_articles"]["facts"] == {"count": 9}
    assert "many_articles" not in signals(house, sent[7])


def test_an_author_whose_comments_were_rejected_is_told_and_a_good_record_is_not_held_against_anybody(
    house: House,
) -> None:
    for number in range(3):
        house.decide(judged(house, f"Numéro {number}", email="z@lecteurs.example.org"), "reject", reason="insult")
    bad = judged(house, "Encore moi", email="z@lecteurs.example.org")
    for number in range(3):
        judged(house, f"Remarque {number}", email="y@lecteurs.example.org")
    good = judged(house, "Encore moi aussi", email="y@lecteurs.example.org")

    assert signals(house, bad)["rejected_before"]["facts"] == {"count": 3, "all": 3}
    assert house.status(bad) == "held"
    assert "rejected_before" not in signals(house, good)


def test_a_throw_away_address_is_never_told_apart_from_other_signs_of_an_unknown_author(house: House) -> None:
    thrown = judged(house, OTHER, email="x@mailinator.com", address="192.0.2.7")
    crowd = [judged(house, f"Bonjour {number}", address="192.0.2.8") for number in range(6)]

    assert "unknown_author" not in signals(house, crowd[4])
    assert signals(house, thrown)["unknown_author"] == signals(house, crowd[5])["unknown_author"]


def test_a_throw_away_address_says_nothing_of_an_author_who_is_known(house: House) -> None:
    for _ in range(2):
        known = judged(house, f"Bonjour {_}", email="x@mailinator.com")

    assert signals(house, known) == {}
