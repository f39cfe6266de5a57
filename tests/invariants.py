"""What must be true of any database of ours, whatever has happened to whoever wrote it."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select

from service.domain.comment import Action, Status
from service.store.authors import Author
from service.store.comments import Comment
from service.store.events import Event
from service.store.moderation import DecisionRow, VerdictRow
from service.store.sites import Article


def faults(connection: Connection) -> list[str]:
    """One sentence for each invariant that doesn't hold, and for whom; the whole database is read."""
    comments = connection.execute(
        select(
            Comment.id, Comment.status, Comment.revision, Comment.article_id, Comment.author_id, Comment.parent_id,
            Comment.published_replies, Comment.name, Comment.body, Comment.html,
        )
    ).all()  # fmt: skip
    return [
        *_unfounded(connection, comments),
        *_not_scrubbed(comments),
        *_miscounted(connection, comments),
        *_told_apart(connection),
        *_moved_without_event(connection, comments),
    ]


def shown_without_ground(connection: Connection, seen: set[str]) -> list[str]:
    """Those of the comments that readers have seen which neither a verdict nor a decision had let through."""
    return sorted(seen - _let_through(connection))


def _let_through(connection: Connection) -> set[str]:
    verdicts = select(VerdictRow.comment_id).where(VerdictRow.action == Action.PUBLISH)
    decisions = select(DecisionRow.comment_id).where(DecisionRow.action == Action.PUBLISH)
    return {*connection.execute(verdicts).scalars(), *connection.execute(decisions).scalars()}


def _unfounded(connection: Connection, comments: Any) -> Iterator[str]:
    """Published, but not by a verdict on this very revision, nor by a person."""
    verdicts = connection.execute(
        select(VerdictRow.comment_id, VerdictRow.revision).where(VerdictRow.action == Action.PUBLISH)
    )
    judged = {(row.comment_id, row.revision) for row in verdicts}
    decided = set(
        connection.execute(select(DecisionRow.comment_id).where(DecisionRow.action == Action.PUBLISH)).scalars()
    )
    for each in comments:
        if each.status == Status.PUBLISHED and (each.id, each.revision) not in judged and each.id not in decided:
            yield f"published without verdict or decision: {each.id}"


def _not_scrubbed(comments: Any) -> Iterator[str]:
    for each in comments:
        if each.status == Status.REMOVED and (each.name or each.body or each.html or each.author_id):
            yield f"removed, and still there: {each.id}"


def _miscounted(connection: Connection, comments: Any) -> Iterator[str]:
    """Counters are what a recount comes to."""
    published = [each for each in comments if each.status == Status.PUBLISHED]
    by_article, replies = Counter(each.article_id for each in published), Counter(each.parent_id for each in published)
    for article in connection.execute(select(Article.id, Article.published_count)):
        if article.published_count != by_article[article.id]:
            yield f"article {article.id} counts {article.published_count} comments and has {by_article[article.id]}"
    for each in comments:
        if each.published_replies != replies[each.id]:
            yield f"comment {each.id} counts {each.published_replies} replies and has {replies[each.id]}"
    stand = Counter((each.author_id, each.status) for each in comments)
    for author in connection.execute(select(Author.id, Author.published_count, Author.rejected_count)):
        counted = author.published_count, author.rejected_count
        if counted != (stand[author.id, Status.PUBLISHED], stand[author.id, Status.REJECTED]):
            yield f"author {author.id} counts {counted} published and rejected"


def _told_apart(connection: Connection) -> Iterator[str]:
    """One fact, one event: whoever is told twice is told the same id."""
    rows = connection.execute(select(Event.comment_id, Event.type, Event.data).where(Event.comment_id.is_not(None)))
    facts = Counter((row.comment_id, row.type, row.data.get("version"), row.data.get("revision")) for row in rows)
    for fact, number in facts.items():
        if number > 1:
            yield f"{number} events of one fact: {fact}"


def _moved_without_event(connection: Connection, comments: Any) -> Iterator[str]:
    """Whatever stands somewhere has an event that says how it came there."""
    told = {(row.comment_id, row.type) for row in connection.execute(select(Event.comment_id, Event.type))}
    for each in comments:
        kind = "submitted" if each.status == Status.PENDING else each.status
        if (each.id, f"comment.{kind}") not in told:
            yield f"no event says that {each.id} is {each.status}"
