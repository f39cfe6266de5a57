"""What is known around claimed comments: authors' records, what came lately, and the policies that count."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, literal, select

from service.domain.person import Record
from service.domain.policy import Policy
from service.store import policies
from service.store.base import earlier, table
from service.store.comments import Comment
from workers.checks.context import Context, Recent

FLOOD_WINDOW = timedelta(minutes=10)
REPEAT_WINDOW = timedelta(hours=24)
COUNT_CAP = 50


def contexts(connection: Connection, claimed: Sequence[Any], now: datetime) -> list[tuple[Context, Policy, int]]:
    """For each claimed row, in order: its context, its policy and that policy's version. Two statements a batch."""
    current = policies.current_policies(connection, {(row.site_id, row.article_id) for row in claimed})
    recent = {row.id: row for row in connection.execute(_COUNTS, {"ids": [row.id for row in claimed]})}
    made = []
    for row in claimed:
        policy, version = current[row.site_id, row.article_id]
        made.append((_context(row, recent[row.id], policy, now), policy, version))
    return made


def _context(row: Any, recent: Any, policy: Policy, now: datetime) -> Context:
    facts = row.facts
    return Context(
        body=row.body,
        name=row.name,
        website=row.website,
        language=row.language,
        now=now,
        honeypot_filled=bool(facts.get("honeypot")),
        seconds_to_fill=facts.get("seconds_to_fill"),
        author=Record(row.published_count or 0, row.rejected_count or 0),
        by_author=Recent(recent.author_comments, recent.author_same),
        by_address=Recent(recent.address_comments, recent.address_same),
        blocked_words=policy.blocked_words,
        blocked_domains=policy.blocked_domains,
    )


# One statement counts for a whole batch. Each count stops at 50, so that a flood costs no more than a trickle.

_one, _other = table(Comment).alias("one"), table(Comment).alias("other")


def _capped(window: timedelta, *where: ColumnElement[bool]) -> Any:
    """How many comments fit the description within the window that ends with this one, itself included."""
    rows = (
        select(literal(1))
        .select_from(_other)
        .where(
            *where, _other.c.created_at > earlier(_one.c.created_at, window), _other.c.created_at <= _one.c.created_at
        )
        .limit(COUNT_CAP)
        .correlate(_one)
        .subquery()
    )
    return select(func.count()).select_from(rows).scalar_subquery()


_author, _address = _other.c.author_id == _one.c.author_id, _other.c.address_key == _one.c.address_key
_same = _other.c.text_key == _one.c.text_key
_COUNTS = select(
    _one.c.id,
    _capped(FLOOD_WINDOW, _author).label("author_comments"),
    _capped(REPEAT_WINDOW, _same, _author).label("author_same"),
    _capped(FLOOD_WINDOW, _address).label("address_comments"),
    _capped(REPEAT_WINDOW, _same, _address).label("address_same"),
).where(_one.c.id.in_(bindparam("ids", expanding=True)))
