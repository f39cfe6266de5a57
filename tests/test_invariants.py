"""The invariants see what they are there to see: each is broken by hand, and told."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from sqlalchemy import Connection, insert, select, update

from service.store.authors import Author
from service.store.base import Base, new_id
from service.store.comments import Comment
from service.store.events import Event
from service.store.moderation import DecisionRow
from service.store.samples import SampleRow
from service.store.sites import Article
from tests.factories import House
from tests.invariants import faults, shown_without_ground

Break = Callable[[Connection, dict[str, str]], None]


def whole(house: House) -> dict[str, str]:
    """A house with comments in each state, of which nothing is to be said."""
    parent = house.published()
    made = {"parent": parent, "reply": house.published(parent=parent), "held": house.held(), "new": house.accepted()}
    assert house.decide(made["held"], "publish").status_code == 200
    with house.database.read() as connection:
        assert faults(connection) == []
    return made


def change(what: type[Base], column: Any, name: str = "", **values: Any) -> Break:
    """Write values into the rows of one comment; `name` says of which, or all rows."""

    def breaks(connection: Connection, made: dict[str, str]) -> None:
        rows = update(what).where(column == made[name]) if name else update(what)
        connection.execute(rows.values(**values))

    return breaks


def second_event(connection: Connection, made: dict[str, str]) -> None:
    event = connection.execute(
        select(Event.__table__).where(Event.comment_id == made["reply"], Event.type == "comment.published")
    )
    connection.execute(insert(Event).values(**(dict(event.mappings().one()) | {"id": new_id()})))


def forget_act(connection: Connection, _made: dict[str, str]) -> None:
    row = connection.execute(select(DecisionRow.__table__)).mappings().one()
    connection.execute(insert(DecisionRow).values(**(dict(row) | {"id": new_id(), "version": 9})))


def sample_another_score(connection: Connection, made: dict[str, str]) -> None:
    row = {"revision": 1, "share": 0.5, "action": "publish", "awaited": False, "score": 0.99, "chances": {}}
    comment = connection.execute(select(Comment.site_id, Comment.created_at).where(Comment.id == made["reply"])).one()
    about = {"comment_id": made["reply"], "site_id": comment.site_id, "created_at": comment.created_at}
    connection.execute(insert(SampleRow).values(**row, **about))


BREAKS: Final[dict[str, tuple[Break, str]]] = {
    "a fact has two events": (second_event, "and events tell of"),
    "an edit without a verdict": (change(Comment, Comment.id, "reply", revision=2), "without a verdict or a decision"),
    "a move without an event": (change(Comment, Comment.id, "new", status="rejected", version=2), "and events tell of"),
    "an article counts wrong": (change(Article, Article.id, published_count=4), "counts 4, and there are 3"),
    "an author counts wrong": (change(Author, Author.id, rejected_count=1), "counts (1, 1), and it is"),
    "a parent counts wrong": (change(Comment, Comment.id, "parent", published_replies=0), "counts 0 replies"),
    "a report too many": (change(Comment, Comment.id, "reply", reports=1), "counts 1 reports, and there are 0"),
    "a decision without an act": (forget_act, "was decided on 2 times, and the log tells of 1"),
    "a sample of another verdict": (sample_another_score, "has not its verdict"),
    "a lease on what is over": (change(Comment, Comment.id, "reply", lease_until=datetime.now(UTC)), "a worker has it"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_told(small_house: House, name: str) -> None:
    made = whole(small_house)
    breaks, sentence = BREAKS[name]
    with small_house.database.write() as connection:
        breaks(connection, made)

        found = faults(connection)

    assert any(sentence in fault for fault in found), found


def test_what_was_shown_needs_a_verdict_or_a_decision(small_house: House) -> None:
    made = whole(small_house)

    with small_house.database.read() as connection:
        assert shown_without_ground(connection, {made["reply"], made["held"]}) == []
        assert shown_without_ground(connection, set(made.values())) == [made["new"]]
