"""Compare-and-set: the only statements that change a comment's status, and what they are given to compare."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Float, Integer, bindparam, or_, select, tuple_, update

from service.domain.comment import MOVES, Cause, Lane, Status, starts
from service.store.base import Id, Score, UtcTime, database_time, table
from service.store.comments import Comment

_comments = table(Comment)


@dataclass(frozen=True, slots=True)
class Mover:
    """A comment as the mover saw it: the compare half of compare-and-set."""

    id: str
    version: int


def is_still_held(row: Any, claimed: Any) -> bool:
    """Whether nobody has moved a comment, or taken it, since it was claimed: `row` is how it stands, under lock.

    The count of attempts is the fence. Who slept past the lease, and wakes when somebody else has taken the comment,
    finds another number; each lane counts from the beginning.
    """
    return (row.status, row.version, row.lane, row.attempts) == (
        Status.PENDING, claimed.version, claimed.lane, claimed.attempts,
    )  # fmt: skip


_LOCK = (
    select(
        Comment.id,
        Comment.status,
        Comment.version,
        Comment.revision,
        Comment.article_id,
        Comment.parent_id,
        Comment.author_id,
        Comment.site_id,
        Comment.body,
        Comment.html,
        Comment.lane,
        Comment.attempts,
        Comment.published_replies,
        Comment.score,
        Comment.open_reports,
        Comment.reported_at,
        Comment.awaiting,
        Comment.created_at,
    )
    .where(Comment.id.in_(bindparam("ids", expanding=True)))
    .order_by(Comment.id)
    .with_for_update(key_share=True)
)


def lock_comments(connection: Connection, ids: Iterable[str]) -> Sequence[Any]:
    """The comments' rows, locked in the order of their ids; parents' counters hang on those rows too."""
    return connection.execute(_LOCK, {"ids": sorted(set(ids))}).all()


def move(connection: Connection, movers: Sequence[Mover], cause: Cause, goal: Status, **changes: Any) -> set[str]:
    """Move comments by compare-and-set on status and version. Returns the ids of those that moved.

    This and `apply` are the only statements that change a status. Whoever isn't in the answer lost a race: an
    ordinary outcome. Whatever moves is judged, if it is to be, by our own checks at first.
    """
    if not movers:
        return set()
    changes = {"lane": Lane.JUDGE, "decided": cause is Cause.DECISION} | changes
    rows = connection.execute(
        update(Comment)
        .where(
            tuple_(Comment.id, Comment.version).in_([(mover.id, mover.version) for mover in movers]),
            Comment.status.in_(sorted(starts(cause, goal))),
        )
        .values(status=goal, version=Comment.version + 1, lease_until=None, holder=None, attempts=0, **changes)
        .returning(Comment.id)
    )
    return set(rows.scalars())


_APPLY = (
    update(_comments)
    .where(
        _comments.c.id == bindparam("comment_id", type_=Id),
        _comments.c.version == bindparam("seen", type_=Integer()),
        _comments.c.attempts == bindparam("taken", type_=Integer()),
        or_(*(_comments.c.status == start for start in MOVES[Cause.VERDICT])),
    )
    .values(
        status=bindparam("goal"),
        version=_comments.c.version + 1,
        awaiting=bindparam("awaits"),
        html=bindparam("new_html"),
        score=bindparam("new_score"),
        reasons=bindparam("new_reasons"),
        checks=bindparam("new_checks"),
        decided=False,
        urgent_at=bindparam("new_urgent_at", type_=UtcTime()),
        teaches=bindparam("new_teaches", type_=Score),
        lane=bindparam("new_lane"),
        lease_until=database_time(bindparam("rest_seconds", type_=Float())),  # None: no lease
        holder=None,
        attempts=0,
    )
)


def apply(connection: Connection, rows: Sequence[dict[str, Any]]) -> bool:
    """Move comments by their verdicts, each to its own `goal`, in one go. Whether all moved.

    `rows`: comment_id, seen (the version), taken (its attempts when it was claimed), goal, awaits, new_html, new_score,
    new_reasons, new_checks, new_urgent_at, new_teaches, new_lane, rest_seconds. The same compare-and-set as `move`, for
    rows that are locked: nobody can win a race against them any more.
    """
    return not rows or connection.execute(_APPLY, list(rows)).rowcount == len(rows)


def pass_on(connection: Connection, claimed: Sequence[Any]) -> int:
    """Put pending comments that our own checks have seen into the scorer's lane, free to be claimed there.

    `claimed`: their rows as they were claimed. It is no move: they stay as they were, for everybody but the workers.
    Who lost them meanwhile passes nothing on. Returns how many are there now.
    """
    standing = {row.id: row for row in lock_comments(connection, [row.id for row in claimed])}
    mine = [row.id for row in claimed if row.id in standing and is_still_held(standing[row.id], row)]
    return connection.execute(
        update(Comment)
        .where(Comment.id.in_(mine), Comment.lane == Lane.JUDGE)
        .values(lane=Lane.SCORE, lease_until=None, holder=None, attempts=0)
    ).rowcount
