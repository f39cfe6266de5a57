"""Events are told to those whom they concern, at least once and under one id, whoever is killed on the way."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from service.keys import Keys
from service.operations import webhook
from service.operations.decide import Decider
from service.operations.webhook import Endpoint
from service.store.deliveries import Delivery
from service.store.events import Event
from service.store.moderation import Token
from tests.factories import House
from tests.scorer import ScorerServer as Receiver
from tests.scorer import answers
from workers.delivery import is_due, tell


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver(answers(b"ok")) as made:
        yield made


def hook(house: House, url: str, **more: Any) -> webhook.Made:
    house.allow_private_webhooks()
    return webhook.add(house.database, Keys(house.settings), owner(house), Endpoint(url, **more), datetime.now(UTC))


def owner(house: House) -> Decider:
    house.token("owner")
    with house.database.read() as connection:
        row = connection.execute(select(Token.id).where(Token.role == "owner")).first()
    assert row is not None
    return Decider(row.id, house.site_id)


def rows(house: House) -> list[Any]:
    with house.database.read() as connection:
        return list(connection.execute(select(Delivery.__table__).order_by(Delivery.created_at, Delivery.id)))


def untold(house: House) -> int:
    with house.database.read() as connection:
        return connection.execute(select(func.count()).select_from(Event).where(Event.untold)).scalar_one()


def test_what_happens_to_a_comment_is_told_in_order_with_ids_and_words_alone(house: House, receiver: Receiver) -> None:
    made = hook(house, receiver.url)
    comment = house.published()

    assert tell(house.room) == 2

    told = [asked.document for asked in receiver.asked]
    assert [each["type"] for each in told] == ["comment.submitted", "comment.published"]
    assert told[0]["data"] == {"comment": comment, "article": "a-1", "revision": 1}
    assert {each.state for each in rows(house)} == {"delivered"}
    assert {each.target_id for each in rows(house)} == {made.id}
    assert [each.headers["webhook-id"] for each in receiver.asked] == [each["id"] for each in told]
    assert untold(house) == 0
    assert not is_due(house.room)
