"""The workers' claims on pending comments, and one comment as moderators see it."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Float,
    Integer,
    Select,
    Update,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal_column,
    select,
    true,
    update,
)

from service.domain.comment import Lane, Status
from service.store import claims
from service.store.authors import Author
from service.store.base import database_time, is_free, table
from service.store.claims import Claim
from service.store.comments import Comment
from service.store.lists import BESIDE
from service.store.moderation import Token
from service.store.session import storage
from service.store.sites import Article, Site

_PAST = -1.0
"""Seconds from now: a lease that is over, so that somebody is known to have had it."""
LONGEST_REST = 3600.0
"""Seconds for which a comment that is held because the scorer was away is left alone, at most."""

_LEASE = bindparam("lease", type_=Float())
_FREE = is_free(Comment.lease_until, _LEASE)


def _waiting(lane: Lane) -> Select[str, int, datetime | None]:
    """What is written into a statement finds its partial index, also when the statement is prepared."""
    return (
        select(Comment.id, Comment.attempts, Comment.lease_until)
        .where(Comment.status == Status.PENDING, Comment.lane == literal_column(f"'{lane}'"), _FREE)
        .order_by(Comment.created_at)
        .limit(bindparam("limit", type_=Integer()))
    )


_WAITING = {lane: _waiting(lane) for lane in Lane}
_CLAIMABLE = {lane: waiting.with_for_update(skip_locked=True) for lane, waiting in _WAITING.items()}
_ROUND = (
    select(Comment.id)
    .where(
        Comment.status == literal_column(f"'{Status.PENDING}'"),
        Comment.lane == literal_column(f"'{Lane.SCORE}'"),
        ~_FREE,
    )
    .limit(literal_column("1"))
)
_UNSCORED = (
    select(Comment.id, Comment.article_id, Comment.parent_id)
    .where(
        Comment.status == literal_column(f"'{Status.HELD}'"),
        Comment.lane == literal_column(f"'{Lane.SCORE}'"),
        is_free(Comment.lease_until, LONGEST_REST),
    )
    .order_by(Comment.created_at)
    .limit(bindparam("limit", type_=Integer()))
)
_ROUND_LOCK = 0x6D6F7363
_CLAIMED = (
    select(
        Comment.id,
        Comment.version,
        Comment.revision,
        Comment.site_id,
        Comment.article_id,
        Comment.parent_id,
        Comment.author_id,
        Comment.name,
        Comment.website,
        Comment.body,
        Comment.language,
        Comment.facts,
        Comment.address_key,
        Comment.text_key,
        Comment.created_at,
        Comment.lane,
        Comment.attempts,
        Author.published_count,
        Author.rejected_count,
        Author.throwaway,
        Author.on_hold,
        Author.badge,
        Article.title.label("article_title"),
        Site.languages.label("site_languages"),
        Site.reserved_names,
        Site.title.label("site_title"),
        Site.bans_version,
    )
    .outerjoin(Author, Author.id == Comment.author_id)
    .outerjoin(Article, Article.id == Comment.article_id)
    .outerjoin(Site, Site.id == Comment.site_id)
    .where(Comment.id.in_(bindparam("ids", expanding=True)))
    .order_by(Comment.created_at)
)


@cache
def _lease(seconds: float) -> Update:
    return (
        update(table(Comment))
        .where(table(Comment).c.id.in_(bindparam("ids", expanding=True)))
        .values(attempts=table(Comment).c.attempts + 1, lease_until=database_time(seconds), holder=bindparam("by_whom"))
    )


def claim(
    connection: Connection, *, limit: int, lease_seconds: float, lane: Lane = Lane.JUDGE, holder: str | None = None
) -> Sequence[Any]:
    """Take up to `limit` pending comments of a lane, oldest first, for `lease_seconds` by the database's clock.

    `holder` says which process takes them (see `give_back`).

    One that failed before is taken alone, so that poison harms nobody else; one that was merely beside it is taken with
    others once again. Each claim raises `attempts`. In the scorer's lane nothing is taken while something is: one round
    at a time, whoever asks, so that the scorer is never asked more than `limit` questions at once and never keeps more
    than one process of a worker busy.
    """
    if lane is Lane.SCORE:
        if storage(connection) == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_ROUND_LOCK)))
        if connection.execute(_ROUND, {"lease": lease_seconds}).one_or_none() is not None:
            return []
    waiting = connection.execute(_CLAIMABLE[lane], {"limit": limit, "lease": lease_seconds}).all()
    if not waiting:
        return []
    chosen = waiting[:1] if _is_suspect(waiting[0]) else [row for row in waiting if not _is_suspect(row)]
    ids = [row.id for row in chosen]
    connection.execute(_lease(lease_seconds), {"ids": ids, "by_whom": holder})
    return connection.execute(_CLAIMED, {"ids": ids}).all()


def _is_suspect(row: Any) -> bool:
    """Whether it may be what somebody failed at. Whoever was beside it was given back without a lease (`give_back`)."""
    return bool(row.attempts > 1 or row.lease_until is not None)


def release(connection: Connection) -> int:
    """Give back every claim. Only for whoever knows that no worker is running. Returns how many there were."""
    return connection.execute(
        update(Comment)
        .where(Comment.status == Status.PENDING, Comment.lease_until.is_not(None))
        .values(lease_until=database_time(_PAST), holder=None)
    ).rowcount


def deadly(connection: Connection, holder: str, judged: str | None = None) -> Sequence[Any]:
    """What a process died of, as it was claimed: what it judged or, where nobody knows that, what it took last, if
    somebody had taken it before: then it was alone. Else nothing.
    """
    if judged is not None:
        return connection.execute(_CLAIMED.where(Comment.holder == holder), {"ids": [judged]}).all()
    latest = connection.execute(
        select(Comment.id, Comment.attempts)
        .where(Comment.status == literal_column(f"'{Status.PENDING}'"), Comment.holder == holder)
        .order_by(Comment.lease_until.desc())
        .limit(1)
    ).one_or_none()
    if latest is None or latest.attempts == 1:
        return []
    return connection.execute(_CLAIMED, {"ids": [latest.id]}).all()


def give_back(connection: Connection, holder: str, judged: str | None = None, *, lease_seconds: float = 30.0) -> int:
    """Give back what a process had taken that has died at it. Returns how many there were.

    `judged`: what it was at, perhaps nothing (""); None if nobody knows: then it may have been any. What it may have
    died of is taken again alone, and rests, longer after each try, that the others need not wait for one process after
    the other to die: no longer than a lease. (Not in the scorer's lane, which is one round at a time: there it would be
    taken for one.)
    """
    suspect = true() if judged is None else Comment.id == judged if judged else false()
    longer = cast(Comment.attempts * Comment.attempts, Float)
    rest = database_time(case((longer > lease_seconds, lease_seconds), else_=longer))
    rests = and_(suspect, Comment.attempts > 1, Comment.lane == Lane.JUDGE)
    return connection.execute(
        update(Comment)
        .where(Comment.status == literal_column(f"'{Status.PENDING}'"), Comment.holder == holder)
        .values(lease_until=case((rests, rest), (suspect, database_time(_PAST))), holder=None)
    ).rowcount


def hand_back(connection: Connection, claimed: Sequence[Any], holder: str | None) -> int:
    """Give back what its holder could write no verdict on for reasons that are the database's: this try is none.

    The number that a claim had is so given once more. Nobody can mistake it for theirs: its holder is done, and whoever
    had the number before that has slept since, as if nobody had taken the comment up. What was taken before goes on
    being taken alone. Returns how many there were.
    """
    done = 0
    for row in claimed:
        done += connection.execute(
            update(Comment)
            .where(
                Comment.id == row.id,
                Comment.status == literal_column(f"'{Status.PENDING}'"),
                Comment.version == row.version,
                Comment.holder == holder,
                Comment.attempts == row.attempts,
            )
            .values(
                attempts=Comment.attempts - 1,
                lease_until=case((Comment.attempts > 1, database_time(_PAST))),  # else none
                holder=None,
            )
        ).rowcount
    return done


def holders(connection: Connection, lease_seconds: float) -> Sequence[str]:
    """Which processes have something taken that they have neither done nor given back."""
    taken = and_(Comment.holder.is_not(None), ~is_free(Comment.lease_until, lease_seconds))
    found = select(Comment.holder).where(Comment.status == literal_column(f"'{Status.PENDING}'"), taken).distinct()
    return [str(holder) for holder in connection.execute(found).scalars()]


def oldest_waiting(connection: Connection, lane: Lane = Lane.JUDGE, *, lease_seconds: float = 30.0) -> str | None:
    """The comment of a lane that will be claimed next; None when none can be claimed now.

    `lease_seconds`: for how long they are taken.
    """
    asked = {"lease": lease_seconds}
    if lane is Lane.SCORE and connection.execute(_ROUND, asked).one_or_none() is not None:
        return None
    found = connection.execute(_WAITING[lane], {"limit": 1} | asked).one_or_none()
    return found.id if found is not None else None


def unscored(connection: Connection, limit: int) -> Sequence[Any]:
    """Comments that are held because the scorer was away, and have rested: the oldest first, with their places."""
    return connection.execute(_UNSCORED, {"limit": limit}).all()


def one_for_moderators(connection: Connection, comment_id: str, site_id: str) -> Any:
    """A comment with its article and what it replies to; None when it isn't this site's."""
    parent = Comment.__table__.alias("parent")
    return connection.execute(
        select(
            Comment.__table__,
            *BESIDE,
            Author.published_count.label("author_published"),
            Author.rejected_count.label("author_rejected"),
            parent.c.name.label("parent_name"),
            parent.c.body.label("parent_body"),
            parent.c.status.label("parent_status"),
        )
        .join(Article, Article.id == Comment.article_id)
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(Author, Author.id == Comment.author_id)
        .outerjoin(parent, parent.c.id == Comment.parent_id)
        .outerjoin(Claim, claims.of(Comment.id))
        .outerjoin(Token, Token.id == Claim.token_id)
        .where(Comment.id == comment_id, Comment.site_id == site_id)
    ).one_or_none()
