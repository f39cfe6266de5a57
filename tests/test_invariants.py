"""The invariants see what they are there to see: each is broken by hand, and told."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from service.domain.comment import Status
from service.store.authors import Author
from service.store.base import new_id
from service.store.comments import Comment
from service.store.events import Event
from service.store.sites import Article
from tests.factories import House
from tests.invariants import faults, shown_without_ground


def whole(house: House) -> dict[str, str]:
    """A house with comments in each state, of which nothing is to be said."""
    parent = house.published()
    made = {"parent": parent, "reply": house.published(parent=parent), "held": house.held(), "new": house.accepted()}
    assert house.decide(made["held"], "publish").status_code == 200
    with house.database.read() as connection:
        assert faults(connection) == []
    return made


def second_event(connection: Connection, made: dict[str, str]) -> None:
    event = connection.execute(select(Event.__table__).where(Event.comment_id == made["reply"])).mappings().first()
    assert event is not None
    connection.execute(insert(Event).values(**(dict(event) | {"id": new_id()})))


def later_revision(connection: Connection, made: dict[str, str]) -> None:
    connection.execute(update(Comment).where(Comment.id == made["reply"]).values(revision=2))


def miscount_article(connection: Connection, _made: dict[str, str]) -> None:
    connection.execute(update(Article).values(published_count=Article.published_count + 1))


def miscount_author(connection: Connection, _made: dict[str, str]) -> None:
    connection.execute(update(Author).values(rejected_count=1))


def miscount_replies(connection: Connection, made: dict[str, str]) -> None:
    connection.execute(update(Comment).where(Comment.id == made["parent"]).values(published_replies=0))


def silent_move(connection: Connection, made: dict[str, str]) -> None:
    connection.execute(update(Comment).where(Comment.id == made["new"]).values(status=Status.REJECTED))


@pytest.mark.parametrize(
    ("breaks", "sentence"),
    [
        (second_event, "2 events of one fact"),
        (later_revision, "published without verdict or decision"),
        (miscount_article, "counts 4 comments and has 3"),
        (miscount_author, "published and rejected"),
        (miscount_replies, "counts 0 replies and has 1"),
        (silent_move, "no event says that"),
    ],
)
def test_what_is_broken_is_told(small_house: House, breaks: Callable[[Connection, Any], None], sentence: str) -> None:
    made = whole(small_house)
    with small_house.database.write() as connection:
        breaks(connection, made)

        found = faults(connection)

    assert any(sentence in fault for fault in found), found


def test_what_was_shown_needs_a_verdict_or_a_decision(small_house: House) -> None:
    made = whole(small_house)

    with small_house.database.read() as connection:
        assert shown_without_ground(connection, {made["reply"], made["held"]}) == []
        assert shown_without_ground(connection, set(made.values())) == [made["new"]]
