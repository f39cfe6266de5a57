"""What a move drags along: the article's list, the parent's replies, the author's record, and what others compare."""

from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, select, update

from service.domain.comment import Status
from service.operations.moves import Moved, lock, settle
from service.store.authors import Author
from service.store.comments import Comment
from service.store.sites import Article
from service.store.traces import Likeness, Link
from tests.factories import House

PENDING, HELD, PUBLISHED, REJECTED, REMOVED = (
    Status.PENDING, Status.HELD, Status.PUBLISHED, Status.REJECTED, Status.REMOVED,
)  # fmt: skip


class Counted(NamedTuple):
    """What stands on the article, the parent and the author."""

    shown: int
    list_changed: int
    replies: int
    published: int
    rejected: int


def counted(connection: Connection, reply: Any) -> Counted:
    article = connection.execute(select(Article).where(Article.id == reply.article_id)).one()
    parent = connection.execute(select(Comment.published_replies).where(Comment.id == reply.parent_id)).scalar_one()
    author = connection.execute(select(Author).where(Author.id == reply.author_id)).one()
    return Counted(article.published_count, article.version, parent, author.published_count, author.rejected_count)


@pytest.fixture
def reply(house: House) -> Any:
    row = house.row(house.published(parent=house.published()))
    with house.database.write() as connection:
        connection.execute(update(Author).where(Author.id == row.author_id).values(rejected_count=5))
    return row


@pytest.mark.parametrize(
    ("before", "after", "replies", "expected"),
    [
        (PENDING, PUBLISHED, 0, Counted(1, 1, 1, 1, 0)),
        (HELD, PUBLISHED, 0, Counted(1, 1, 1, 1, 0)),
        (PUBLISHED, REJECTED, 0, Counted(-1, 1, -1, -1, 1)),
        (PUBLISHED, HELD, 2, Counted(-1, 1, -1, -1, 0)),
        (REJECTED, PUBLISHED, 0, Counted(1, 1, 1, 1, -1)),
        (PENDING, REJECTED, 0, Counted(0, 0, 0, 0, 1)),
        (REJECTED, REMOVED, 0, Counted(0, 0, 0, 0, -1)),
        (PENDING, HELD, 0, Counted(0, 0, 0, 0, 0)),
        (HELD, REJECTED, 1, Counted(0, 1, 0, 0, 1)),  # its tombstone says so
        (PENDING, PENDING, 1, Counted(0, 0, 0, 0, 0)),
    ],
)
def test_what_is_counted_beside_a_comment(
    house: House, reply: Any, before: Status, after: Status, replies: int, expected: Counted
) -> None:
    with house.database.write() as connection:
        stood = counted(connection, reply)
        settle(
            connection,
            [Moved(reply.id, reply.article_id, reply.parent_id, reply.author_id, before, after, replies)],
        )
        stands = counted(connection, reply)

    assert tuple(now - then for now, then in zip(stands, stood, strict=True)) == expected


def test_without_an_author_or_a_parent_only_the_article_counts(house: House, reply: Any) -> None:
    with house.database.write() as connection:
        stood = counted(connection, reply)
        settle(connection, [Moved(reply.id, reply.article_id, None, None, HELD, PUBLISHED, 0)])

        assert counted(connection, reply) == stood._replace(shown=stood.shown + 1, list_changed=stood.list_changed + 1)


def test_several_at_once_count_together(house: House, reply: Any) -> None:
    """Of one article and author: each of its rows is written once."""
    one = Moved(reply.id, reply.article_id, reply.parent_id, reply.author_id, HELD, PUBLISHED, 0)
    back = Moved(reply.id, reply.article_id, reply.parent_id, reply.author_id, PUBLISHED, REJECTED, 0)
    with house.database.write() as connection:
        stood = counted(connection, reply)
        settle(connection, [one, one, back])
        stands = counted(connection, reply)

    assert tuple(now - then for now, then in zip(stands, stood, strict=True)) == (1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("after", "same_text", "left"),
    [
        (PENDING, False, []),
        (PENDING, True, [Likeness]),  # its links are found anew, what it is like stays
        (REMOVED, False, []),
        (HELD, False, [Likeness, Link]),
        (REJECTED, False, [Likeness, Link]),
    ],
)
def test_what_is_edited_or_removed_leaves_nothing_to_be_compared_with(
    house: House, after: Status, *, same_text: bool, left: list[Any]
) -> None:
    body = "Une remarque assez longue pour que l'on y compare d'autres remarques, avec un lien : https://blog.example/a"
    row = house.row(house.published(body=body))

    def traces(connection: Connection) -> list[Any]:
        mine = {table: select(table.comment_id).where(table.comment_id == row.id) for table in (Likeness, Link)}
        return [table for table, asked in mine.items() if connection.execute(asked.limit(1)).first() is not None]

    with house.database.write() as connection:
        assert traces(connection) == [Likeness, Link]
        settle(connection, [Moved(row.id, row.article_id, None, row.author_id, PUBLISHED, after, 0, same_text)])
        assert traces(connection) == left


def test_who_locks_a_reply_has_its_article_and_its_parent_too(big_house: House) -> None:
    parent = big_house.published()
    reply = big_house.row(big_house.published(parent=parent))
    with big_house.database.write() as one, big_house.database.write() as other:
        assert lock(one, [reply]).keys() == {reply.id, parent}
        waiting = select(Comment.id).where(Comment.id.in_([reply.id, parent])).with_for_update(skip_locked=True)
        assert other.execute(waiting).all() == []
        articles = select(Article.id).where(Article.id == reply.article_id).with_for_update(skip_locked=True)
        assert other.execute(articles).all() == []
