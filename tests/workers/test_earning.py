"""Thresholds through the real loop: comments by the API, decisions by the API, what they earn, what they lose."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from service.domain.bounds import Bounds
from service.domain.teaching import Category
from service.domain.verdict import Estimate, Signal
from service.store.audit import AuditRow
from service.store.events import Event
from service.store.thresholds import ThresholdRow
from tests.factories import House
from workers.checks.context import Context
from workers.earning import earn_thresholds

_numbers = count(1)
SPAM = Bounds(wronged={Category.SPAM: 0.05})
"""Which 59 decisions prove: tests of 1 %, as it would be in life, are few, for they take 299."""
PUBLISHED_SPAM = Bounds(missed={Category.SPAM: 0.05})


@dataclass(frozen=True)
class Reader:
    """A model that takes the chance from the text: `… 93 %`."""

    version: str = "reader-1"

    def estimate(self, comment: Context, _signals: Iterable[Signal]) -> Estimate:
        return Estimate(spam=int(comment.body.split()[-2]) / 100)


@dataclass(frozen=True)
class Shelf:
    """Gives every site that model."""

    def models(self, _connection: Any, site_ids: Iterable[str]) -> dict[str, Reader]:
        return {each: Reader() for each in site_ids}


@pytest.fixture
def loop(house: House) -> House:
    house.__dict__["room"] = replace(house.room, learnt=Shelf(), dice=lambda: 1.0)  # type: ignore[arg-type]
    house.set_policy(bounds=SPAM, weights={"likely_spam": 0.56}, audit_share=0.02)
    return house


def send(house: House, percent: int, many: int = 1) -> list[str]:
    ids = [
        house.accepted(
            body=f"Un mot sur le tramway, le {number}, à {percent} %", article=f"/v1/sites/journal/articles/a-{number}",
            address=f"198.51.{number // 250 % 250}.{number % 250}",
        )
        for number in (next(_numbers) for _ in range(many))
    ]  # fmt: skip
    house.judge()
    return ids


def decide(house: House, ids: list[str], action: str, reason: str | None = None) -> None:
    for begun in range(0, len(ids), 500):
        answer = house.client.post(
            "/v1/moderation/decisions",
            json={
                "decisions": [
                    {"id": each, "version": house.row(each).version, "action": action}
                    | ({"reason": reason} if reason else {})
                    for each in ids[begun : begun + 500]
                ]
            },
            headers=house.staff(),
        )
        assert all("problem" not in each for each in answer.get_json()["results"])


def look(house: House, later: timedelta = timedelta()) -> int:
    return earn_thresholds(house.room, datetime.now(UTC) + later)


def rows(house: House) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(select(ThresholdRow.__table__)))


def entries(house: House) -> list[dict[str, Any]]:
    with house.database.read() as connection:
        found = connection.execute(
            select(AuditRow.data).where(AuditRow.act == "threshold.set").order_by(AuditRow.created_at, AuditRow.id)
        )
        return [row.data for row in found]


def sampled(house: House) -> None:
    """From now on every verdict is a sample."""
    house.__dict__["room"] = replace(house.room, dice=lambda: 0.0)


def earn(house: House, many: int = 60) -> None:
    held = send(house, 95, many)
    assert {house.status(each) for each in held[:3]} == {"held"}
    decide(house, held, "reject", "spam")
    assert look(house) == 1


def test_three_hundred_right_decisions_earn_refusal_and_audits_that_disagree_end_it(loop: House) -> None:
    loop.set_policy(bounds=Bounds(wronged={Category.SPAM: 0.01}))
    earn(loop, 300)
    (row,) = rows(loop)
    assert (row.at, row.evidence["state"], row.evidence["asked"], row.evidence["errors"]) == (0.5, "kept", 300, 0)

    (refused,) = send(loop, 95)
    assert loop.status(refused) == "rejected"
    assert not loop.row(refused).awaiting
    shown = loop.client.get(f"/v1/moderation/comments/{refused}", headers=loop.staff()).get_json()
    (why,) = [each for each in shown["verdict"]["signals"] if each["reason"] == "spam_earned"]
    assert "95" in why["detail"]
    assert "50" in why["detail"]
    (milder,) = send(loop, 49)
    assert loop.status(milder) == "published"

    sampled(loop)
    wronged = send(loop, 95, 2)
    assert {loop.status(each) for each in wronged} == {"rejected"}
    assert all(loop.row(each).awaiting for each in wronged)
    decide(loop, wronged, "publish")
    assert look(loop) == 1
    (row,) = rows(loop)
    assert (row.at, row.evidence["state"], row.evidence["errors"]) == (None, "broken", 2)

    (held,) = send(loop, 95)
    assert loop.status(held) == "held"
    assert [(each["before"], each["at"]) for each in entries(loop)] == [(None, 0.5), (0.5, None)]
    with loop.database.read() as connection:
        told = connection.execute(select(Event.data).where(Event.type == "threshold.changed").order_by(Event.id)).all()
    assert [each.data["at"] for each in told] == [0.5, None]


def test_refusals_that_people_overturn_end_it_too_though_nobody_asked_them(loop: House) -> None:
    earn(loop)
    decide(loop, send(loop, 95, 1), "publish")
    assert look(loop) == 1
    assert rows(loop)[0].at is None


def test_ten_decisions_earn_nothing_and_it_says_so(loop: House) -> None:
    decide(loop, send(loop, 95, 10), "reject", "spam")
    assert look(loop) == 0
    (row,) = rows(loop)
    assert (row.at, row.evidence["state"], row.evidence["asked"]) == (None, "unknown", 10)
    (held,) = send(loop, 95)
    assert loop.status(held) == "held"


def test_a_moderator_who_decides_at_random_earns_nothing(loop: House) -> None:
    dice = Random(4)
    held = send(loop, 95, 80)
    good = [each for each in held if dice.random() < 0.5]
    decide(loop, good, "publish")
    decide(loop, [each for each in held if each not in good], "reject", "spam")
    assert look(loop) == 0
    assert rows(loop)[0].evidence["state"] == "broken"


def test_one_text_that_came_sixty_times_is_one_decision(loop: House) -> None:
    ids = [
        loop.accepted(body="Un mot à 95 %", article=f"/v1/sites/journal/articles/b-{at}", address=f"198.51.100.{at}")
        for at in range(60)
    ]
    loop.judge()
    decide(loop, ids, "reject", "spam")
    assert look(loop) == 0
    assert rows(loop)[0].evidence["asked"] == 1


def test_a_threshold_that_is_missing_damaged_or_old_refuses_nothing(loop: House) -> None:
    earn(loop)
    (row,) = rows(loop)
    proof = row.evidence
    damages: tuple[dict[str, Any], ...] = (
        {"at": 0.123456}, {"at": -1.0}, {"evidence": {}}, {"evidence": proof | {"upper": "0"}},
        {"evidence": proof | {"upper": 0.06}}, {"evidence": [1]},
        {"computed_at": datetime.now(UTC) - timedelta(hours=2)},
    )  # fmt: skip
    for damage in damages:
        with loop.database.write() as connection:
            values: dict[str, Any] = {"at": row.at, "evidence": proof, "computed_at": datetime.now(UTC)}
            connection.execute(update(ThresholdRow).values(values | damage))
        (held,) = send(loop, 95)
        assert loop.status(held) == "held", damage
    look(loop)
    (refused,) = send(loop, 95)
    assert loop.status(refused) == "rejected"
    with loop.database.write() as connection:
        connection.execute(delete(ThresholdRow))
    (held,) = send(loop, 95)
    assert loop.status(held) == "held"


def test_a_bound_that_is_taken_back_or_tightened_counts_at_once(loop: House) -> None:
    earn(loop)
    loop.set_policy(bounds=Bounds(wronged={Category.SPAM: 0.02}))
    (held,) = send(loop, 95)
    assert loop.status(held) == "held"
    loop.set_policy(bounds=Bounds())
    (held,) = send(loop, 95)
    assert loop.status(held) == "held"
    look(loop)
    assert rows(loop) == []


def test_decisions_of_long_ago_prove_nothing(loop: House) -> None:
    earn(loop)
    assert look(loop, timedelta(days=181)) == 1
    assert rows(loop)[0].evidence["state"] == "unknown"


def test_what_samples_prove_of_published_spam_decides_from_where_on_a_person_is_asked(loop: House) -> None:
    loop.set_policy(bounds=PUBLISHED_SPAM, audit_share=1.0, weights={"likely_spam": 0.0})
    sampled(loop)
    decide(loop, send(loop, 3, 60), "publish")
    decide(loop, send(loop, 40, 10), "reject", "spam")
    assert look(loop) == 1
    (row,) = rows(loop)
    assert (row.at, row.evidence["state"]) == (0.4, "kept")

    low, high = send(loop, 39)[0], send(loop, 40)[0]
    assert [loop.status(each) for each in (low, high)] == ["published", "held"]
    shown = loop.client.get(f"/v1/moderation/comments/{high}", headers=loop.staff()).get_json()
    assert [each["reason"] for each in shown["verdict"]["signals"] if each["reason"].endswith("_bound")] == [
        "spam_bound"
    ]


def test_an_article_of_its_own_rules_is_under_the_sites_bounds(loop: House) -> None:
    earn(loop)
    own = {"policy": {"hold_first_comment": False, "weights": {"likely_spam": 0.0}, "bounds": {"wronged": {}}}}
    article = f"a-{next(_numbers)}"
    answer = loop.client.put(f"/v1/moderation/sites/journal/articles/{article}", json=own, headers=loop.staff("editor"))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    refused = loop.accepted(body="Un autre mot à 95 %", article=f"/v1/sites/journal/articles/{article}")
    loop.judge()
    assert loop.status(refused) == "rejected"
