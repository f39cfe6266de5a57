"""Claim: a moderator takes up a comment, and for a while nobody else is given it. Anybody may still decide on it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.comment import Status
from service.errors import Conflict, NotFound
from service.operations.decide import Decider
from service.store import campaigns, claims, lists, moving
from service.store.asked import Asked
from service.store.session import Database


@dataclass(frozen=True, slots=True)
class Held:
    """A comment that somebody reads, who (their token's name), and until when."""

    id: str
    name: str
    until: datetime


def claim_next(
    database: Database, who: Decider, asked: Asked, skip: Collection[str], seconds: float, now: datetime,
    *, beside: str | None = None,
) -> Held | None:  # fmt: skip
    """The comment of a list that comes next and that nobody else reads, claimed; None if there is none.

    What one reads already comes first: asking again gives the same comment, for longer. After it comes what waits of
    the campaign of the comment `beside`, and is of the list.
    """
    return database.transact(lambda connection: _next(connection, who, asked, skip, seconds, now, beside))


def _next(
    connection: Connection, who: Decider, asked: Asked, skip: Collection[str], seconds: float, now: datetime,
    beside: str | None = None,
) -> Held | None:  # fmt: skip
    mine = [each for each in claims.held_by(connection, who.token_id, who.run) if each not in skip]
    for again in lists.among(connection, who.site_id, asked, mine, now=now):
        held = _take(connection, again, who, seconds)
        if held is not None:
            return held
    if beside is not None:
        alike = [each for each in campaigns.beside(connection, who.site_id, beside) if each not in skip]
        read = claims.held_among(connection, alike)
        for each in lists.among(connection, who.site_id, asked, [each for each in alike if each not in read], now=now):
            held = _take(connection, each, who, seconds)
            if held is not None:
                return held
    while (free := lists.next_free(connection, who.site_id, asked, skip, now=now)) is not None:
        held = _take(connection, free, who, seconds)
        if held is not None:
            return held  # else it was claimed between two looks, and the next look sees that
    return None


def _take(connection: Connection, comment_id: str, who: Decider, seconds: float) -> Held | None:
    until = claims.take(connection, comment_id, who.token_id, who.run, seconds)
    return Held(comment_id, claims.holder(connection, comment_id).claimed_by, until) if until is not None else None


def claim(database: Database, who: Decider, comment_id: str, seconds: float) -> Held:
    """Claim one comment, or keep it for longer.

    Raises:
        NotFound: no such comment on this site.
        Conflict: somebody else reads it (the problem says who, and until when), or it is removed for good.
    """
    return database.transact(lambda connection: _claim(connection, who, comment_id, seconds))


def _claim(connection: Connection, who: Decider, comment_id: str, seconds: float) -> Held:
    row = _locked(connection, who, comment_id)
    if row.status == Status.REMOVED:
        raise Conflict("moved_on", extra={"current": {"id": row.id, "status": row.status, "version": row.version}})
    held = _take(connection, comment_id, who, seconds)
    if held is None:
        raise _taken(connection, comment_id)
    return held


def give_back(database: Database, who: Decider, comment_id: str) -> None:
    """Read it no longer. To give back what one doesn't have changes nothing.

    Raises:
        NotFound: no such comment on this site.
        Conflict: somebody else reads it.
    """
    database.transact(lambda connection: _give_back(connection, who, comment_id))


def _give_back(connection: Connection, who: Decider, comment_id: str) -> None:
    _locked(connection, who, comment_id)
    holder = claims.holder(connection, comment_id)
    if holder is not None and (holder.token_id, holder.run) != (who.token_id, who.run):
        raise _taken(connection, comment_id)
    claims.end(connection, [comment_id])


def _locked(connection: Connection, who: Decider, comment_id: str) -> Any:
    row = next(iter(moving.lock_comments(connection, [comment_id])), None)
    if row is None or row.site_id != who.site_id:
        raise NotFound("comment_unknown")
    return row


def _taken(connection: Connection, comment_id: str) -> Conflict:
    holder = claims.holder(connection, comment_id)
    if holder is None:  # it lapsed at this very moment
        return Conflict("claimed")
    until = holder.claimed_until.replace(tzinfo=None).isoformat(timespec="microseconds")
    told = {"claimed_by": holder.claimed_by, "claimed_until": f"{until}Z"}
    return Conflict("claimed", extra=told)
