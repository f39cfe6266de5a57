"""Letters on their way in: judged like anybody's, once, and completed where a start was cut short."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from service import demo
from service.keys import Keys
from service.operations.submit import submit
from service.store import places, sites
from service.store.comments import Comment
from service.store.moderation import VerdictRow
from service.store.places import Place
from tests.factories import CANARY_STRING, House
from workers.letters import sending
from workers.letters.sending import Sent, send
from workers.letters.written import Letter, read
from workers.tasks import judge_batch

BUSY, QUIET, OVER = demo.STORIES


class Newspaper:
    """The demo on a database of its own, whose letters are sent by hand."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.keys = Keys(house.settings)
        with house.database.write() as connection:
            demo.ensure(connection, "", datetime.now(UTC))

    def send(self, story: demo.Story) -> Sent:
        return send(self.house.room, self.keys, story, datetime.now(UTC))

    def place(self, story: demo.Story) -> Place:
        with self.house.database.read() as connection:
            place = places.find_place(connection, demo.SITE, story.key)
        assert place is not None
        return place

    def rows(self) -> list[Any]:
        with self.house.database.read() as connection:
            return list(connection.execute(select(Comment.__table__).order_by(Comment.created_at, Comment.id)))

    def unfinished(self) -> list[demo.Story]:
        with self.house.database.read() as connection:
            return demo.unfinished(connection)


@pytest.fixture
def newspaper(small_house: House) -> Newspaper:
    return Newspaper(small_house)


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> list[Letter]:
    """Letters that a test has written itself."""
    written: list[Letter] = []
    monkeypatch.setattr(sending, "read", lambda _key: written)
    return written


def a_thread() -> list[Letter]:
    return [
        Letter("Josiane", "Une place sans voitures, enfin.", None, 0),
        Letter("Karim", "Je viens avec la craie.", 0, 1),
        Letter("Josiane", "Apportez aussi un coussin.", 1, 2),
    ]


def test_the_judge_publishes_them_all_on_its_own_grounds(newspaper: Newspaper) -> None:
    """If this fails, the judge has become stricter or a letter was ill chosen: change the letter, not the verdict."""
    found = [newspaper.send(story) for story in demo.STORIES]

    assert [each.statuses for each in found] == [
        Counter({"published": len(read(s.key))} if read(s.key) else {}) for s in demo.STORIES
    ]
    assert all(each.is_complete for each in found)
    with newspaper.house.database.read() as connection:
        verdicts = connection.execute(select(func.count()).select_from(VerdictRow)).scalar_one()
    assert verdicts == sum(each.sent for each in found) == len(newspaper.rows()), (
        "nothing is published without a verdict"
    )


def test_a_finished_story_has_its_date_and_the_one_that_is_over_is_closed(newspaper: Newspaper) -> None:
    now = datetime.now(UTC)
    for story in demo.STORIES:
        newspaper.send(story)

    busy, quiet, over = (newspaper.place(story) for story in demo.STORIES)
    assert not newspaper.unfinished()
    assert [each.closed_reason(now) for each in (busy, quiet, over)] == [None, None, "article"]
    assert all(each.published_at is not None and each.published_at < now for each in (busy, quiet, over))
    assert (quiet.published_count, over.published_count) == (0, len(read(OVER.key)))
    for place in (busy, over):
        moments = [row.created_at for row in newspaper.rows() if row.article_id == place.article_id]
        assert place.published_at is not None
        assert place.published_at < min(moments)
        assert max(moments) < now


def test_a_second_start_adds_nothing(newspaper: Newspaper, mail: list[Letter]) -> None:
    mail += a_thread()
    newspaper.send(BUSY)
    before = newspaper.rows()

    again = newspaper.send(BUSY)

    assert again.sent == 0
    assert newspaper.rows() == before


@pytest.mark.parametrize("survived", [0, 1, 2])
def test_a_start_that_was_cut_short_is_completed_by_the_next(
    newspaper: Newspaper, mail: list[Letter], monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    mail += [*a_thread(), Letter("Odile", "On y mettait les pastèques.", None, 0)]
    left = [survived]

    def cut_short(*arguments: Any) -> Any:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return submit(*arguments)

    monkeypatch.setattr(sending, "submit", cut_short)
    with pytest.raises(KeyboardInterrupt):
        newspaper.send(BUSY)
    assert BUSY in newspaper.unfinished()

    monkeypatch.setattr(sending, "submit", submit)
    newspaper.send(BUSY)

    assert Counter(row.body for row in newspaper.rows()) == Counter(letter.body for letter in mail)
    assert {row.status for row in newspaper.rows()} == {"published"}
    assert BUSY not in newspaper.unfinished()


def test_what_the_judge_holds_stays_held_and_is_not_answered(newspaper: Newspaper, mail: list[Letter]) -> None:
    mail += [
        Letter("Josiane", f"À relire. {CANARY_STRING}", None, 0),
        Letter("Karim", "Je réponds à ce qui n’est pas paru.", 0, 1),
        Letter("Odile", "Je parle d’autre chose.", None, 0),
    ]

    found = newspaper.send(BUSY)

    assert found.statuses == {"held": 1, "published": 1}
    assert found.is_complete
    assert [row.name for row in newspaper.rows()] in (["Josiane", "Odile"], ["Odile", "Josiane"])


def test_what_is_not_judged_yet_is_waited_for_by_the_next_start(
    newspaper: Newspaper, mail: list[Letter], monkeypatch: pytest.MonkeyPatch
) -> None:
    mail += a_thread()
    monkeypatch.setattr(sending, "judge_batch", lambda _room: 0)

    first = newspaper.send(BUSY)

    assert (first.sent, first.statuses, first.is_complete) == (1, {"pending": 1}, False)
    assert BUSY in newspaper.unfinished()
    monkeypatch.setattr(sending, "judge_batch", judge_batch)
    assert newspaper.send(BUSY).statuses == {"published": 3}


def test_a_discussion_that_a_moderator_has_closed_meanwhile_stays_closed(
    newspaper: Newspaper, mail: list[Letter]
) -> None:
    mail += a_thread()
    with newspaper.house.database.write() as connection:
        sites.change_article(connection, str(newspaper.place(BUSY).article_id), {"is_open": False})

    assert newspaper.send(BUSY).sent == 0
    assert not newspaper.rows()
    assert not newspaper.place(BUSY).is_open


def test_a_paper_comes_out_in_the_morning() -> None:
    at = datetime(2026, 11, 27, 4, 30, tzinfo=UTC)

    assert sending._in_the_morning(at) == datetime(2026, 11, 26, 5, 30, tzinfo=UTC)
    assert sending._in_the_morning(at + timedelta(hours=2)) == datetime(2026, 11, 27, 5, 30, tzinfo=UTC)


def test_an_article_of_an_earlier_release_learns_its_new_address(small_house: House) -> None:
    old, new = "http://127.0.0.1:8080/demo/", f"http://127.0.0.1:8080/demo/{QUIET.key}"
    with small_house.database.write() as connection:
        demo.ensure(connection, "http://127.0.0.1:8080", datetime.now(UTC))
        article = places.find_place(connection, demo.SITE, QUIET.key)
        assert article is not None
        sites.change_article(connection, str(article.article_id), {"url": old})

    with small_house.database.write() as connection:
        demo.ensure(connection, "http://127.0.0.1:8080", datetime.now(UTC))
        found = places.find_place(connection, demo.SITE, QUIET.key)

    assert found is not None
    assert found.article_url == new
