"""Letters are sent in as readers' are: submitted, judged by the engine, answered once they are published.

One round for each depth of reply, so that replies find their parents published. What is there already is not sent
again, and a letter whose parent isn't published is not sent at all: nothing is forced past the judge.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select

from service import demo
from service.demo import Story
from service.domain.comment import Status
from service.errors import Problem
from service.keys import Keys
from service.operations.submit import Submission, submit
from service.store import places
from service.store.base import Email
from service.store.comments import Comment
from service.store.places import Place
from workers.letters.written import Letter, read, times
from workers.room import Room
from workers.tasks import judge_batch

OPENING: Final = timedelta(minutes=25)
"""After a story's publication, until its first letter."""
CLOSING: Final = timedelta(days=4)
"""After the publication of a story that is closed, until its last."""
JUST_NOW: Final = timedelta(minutes=3)


@dataclass
class Sent:
    """What became of a story's letters."""

    sent: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    is_complete: bool = True


def send(room: Room, keys: Keys, story: Story, now: datetime) -> Sent:
    """Send a story's letters in, as far as they aren't there; once all are judged, the story is finished."""
    letters = read(story.key)
    published_at = _in_the_morning(now - story.age)
    ended = now - JUST_NOW if story.is_open else published_at + CLOSING
    moments = times(letters, published_at + OPENING, ended)
    result = Sent()
    for depth in range(1 + max((letter.depth for letter in letters), default=0)):
        known = _known(room, keys, story, letters)
        for number, letter in enumerate(letters):
            if letter.depth == depth and number not in known:
                result.sent += _submit(room, keys, story, letter, known.get(letter.parent), moments[number])
        while judge_batch(room):
            pass
    known = _known(room, keys, story, letters)
    result.statuses.update(row.status for row in known.values())
    result.is_complete = Status.PENDING not in result.statuses
    if result.is_complete:
        room.database.transact(lambda connection: demo.finish(connection, story, published_at))
    return result


def _in_the_morning(when: datetime) -> datetime:
    """The last time before it that the paper came out."""
    out = when.replace(hour=5, minute=30, second=0, microsecond=0)
    return out if out <= when else out - timedelta(days=1)


def _submit(room: Room, keys: Keys, story: Story, letter: Letter, parent: Any, at: datetime) -> bool:
    """Send one letter in, unless what it answers isn't published. What the front desk turns away stays out."""
    if letter.parent is not None and (parent is None or parent.status != Status.PUBLISHED):
        return False
    sent = Submission(
        name=letter.name,
        email=Email(letter.email),
        body=letter.body,
        parent=None if parent is None else parent.id,
        address=letter.network,
    )
    try:
        submit(room.database, keys, _place(room, story), sent, at)
    except Problem:  # the discussion was closed meanwhile, or another process has just sent it
        return False
    return True


def _place(room: Room, story: Story) -> Place:
    with room.database.read() as connection:
        place = places.find_place(connection, demo.SITE, story.key)
    if place is None:
        raise LookupError("the demo's site is made before its letters are sent")
    return place


def _known(room: Room, keys: Keys, story: Story, letters: list[Letter]) -> dict[int | None, Any]:
    """The letters that are there, by their number: found by their texts, on the story's article."""
    place = _place(room, story)
    numbers = {keys.text(place.site_id, letter.body): number for number, letter in enumerate(letters)}
    with room.database.read() as connection:
        return {numbers[row.text_key]: row for row in _rows(connection, place) if row.text_key in numbers}


def _rows(connection: Connection, place: Place) -> Any:
    return connection.execute(
        select(Comment.id, Comment.status, Comment.text_key, Comment.created_at)
        .where(Comment.article_id == place.article_id)
        .order_by(Comment.created_at.desc(), Comment.id.desc())
    )
