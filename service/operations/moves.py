"""What a move drags along, in one order of locks: articles, then comments, then authors. Each kind by id."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from service.domain.comment import Status
from service.store import authors, campaigns, claims, comments, moving, sites, traces


@dataclass(frozen=True, slots=True)
class Moved:
    """One comment that moved, as it stood before."""

    id: str
    article_id: str
    parent_id: str | None
    author_id: str | None
    before: Status
    after: Status
    replies: int
    """Published ones: while there are any, readers see its status even if they don't see the comment."""
    same_text: bool = False
    """Whether it is pending only to be judged again as it stands."""


def lock(connection: Connection, rows: Iterable[Any]) -> dict[str, Any]:
    """Lock all that moving these comments may touch. Returns the comments as they stand now, by id.

    `rows` need `id`, `article_id` and `parent_id`, which never change.
    """
    rows = list(rows)
    sites.lock_articles(connection, [row.article_id for row in rows])
    family = {row.id for row in rows} | {row.parent_id for row in rows if row.parent_id is not None}
    return {row.id: row for row in moving.lock_comments(connection, family)}


def settle(connection: Connection, moves: Iterable[Moved]) -> None:
    """Bring all in line with what moved: articles' lists, parents' replies, authors' records.

    What is edited or removed leaves nothing behind for others to be compared with, and nobody reads it any more.
    """
    moves = tuple(moves)
    changed = [each for each in moves if each.after in {Status.PENDING, Status.REMOVED}]
    others = [each.id for each in changed if not each.same_text]
    campaigns.members_leave(connection, others)
    traces.forget_traces(connection, others)
    traces.forget_links(connection, [each.id for each in changed if each.same_text])
    claims.end(connection, [each.id for each in changed])
    articles: dict[str, int] = {}
    parents: Counter[str] = Counter()
    published: Counter[str] = Counter()
    rejected: Counter[str] = Counter()
    for moved in moves:
        shown = (moved.after is Status.PUBLISHED) - (moved.before is Status.PUBLISHED)
        refused = (moved.after is Status.REJECTED) - (moved.before is Status.REJECTED)
        if shown or (moved.replies and moved.after is not moved.before):
            articles[moved.article_id] = articles.get(moved.article_id, 0) + shown
        if shown and moved.parent_id is not None:
            parents[moved.parent_id] += shown
        if moved.author_id is not None:
            published[moved.author_id] += shown
            rejected[moved.author_id] += refused
    sites.change_published(connection, articles)
    comments.change_replies(connection, {parent: by for parent, by in parents.items() if by})
    authors.change_records(
        connection,
        {
            author: (published[author], rejected[author])
            for author in published.keys() | rejected.keys()
            if published[author] or rejected[author]
        },
    )
