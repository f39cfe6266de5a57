"""A share of all verdicts is drawn by dice: people look at those whatever they say, and nobody sees which they are."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select

from service.store.samples import SampleRow
from tests.factories import CANARY_STRING, House, a_submission


def throw(house: House, *numbers: float) -> None:
    """From now on the dice fall so, and then always on 1."""
    fallen = iter(numbers)
    house.__dict__["room"] = replace(house.room, dice=lambda: next(fallen, 1.0))


def samples(house: House) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(select(SampleRow.__table__).order_by(SampleRow.comment_id)))


def test_a_verdict_on_which_the_dice_fall_is_a_sample_and_its_comment_waits_for_a_person(house: House) -> None:
    first, second = house.accepted(), house.accepted()
    throw(house, 0.019, 0.02)
    house.judge()

    (sample,) = samples(house)
    assert (sample.comment_id, sample.revision, sample.share) == (first, 1, 0.02)
    assert (sample.action, sample.awaited) == ("publish", False)
    assert set(sample.chances) == {"spam", "abuse"}
    assert [house.status(each) for each in (first, second)] == ["published", "published"]
    assert [house.row(each).awaiting for each in (first, second)] == [True, False]


def test_one_that_waits_anyway_is_as_likely_to_be_a_sample(house: House) -> None:
    house.accepted(body=f"{a_submission()['body']} {CANARY_STRING}")
    throw(house, 0.0)
    house.judge()

    (sample,) = samples(house)
    assert (sample.action, sample.awaited) == ("hold", True)


def test_a_site_can_do_without_samples_or_have_nothing_else(house: House) -> None:
    house.set_policy(audit_share=0.0)
    house.accepted()
    throw(house, 0.0)
    house.judge()
    assert samples(house) == []

    house.set_policy(audit_share=1.0)
    house.accepted()
    throw(house, 0.999)
    house.judge()
    assert [sample.share for sample in samples(house)] == [1.0]


def test_a_refusal_that_is_a_sample_stays_refused_and_waits(house: House) -> None:
    house.set_policy(hold=0.1, reject=0.1)
    refused = house.accepted(body="Achetez http://a.example http://b.example http://c.example http://d.example")
    throw(house, 0.0)
    house.judge()
    assert house.status(refused) == "rejected"
    assert house.row(refused).awaiting
