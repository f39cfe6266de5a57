"""What is known around claimed comments: authors' records, what came lately, and the policies that count."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, literal, select, union_all

from service.domain.person import Record
from service.domain.policy import Policy
from service.store import sites
from service.store.comments import Comment
from workers.checks.context import Context, Recent

FLOOD_WINDOW = timedelta(minutes=10)
REPEAT_WINDOW = timedelta(hours=24)
COUNT_CAP = 50


def contexts(connection: Connection, claimed: Sequence[Any], now: datetime) -> list[tuple[Context, Policy, int]]:
    """For each claimed row, in order: its context, its policy and that policy's version. Two statements a batch."""
    policies = {
        key: sites.current_policy(connection, *key) for key in {(row.site_id, row.article_id) for row in claimed}
    }
    recent = {row.id: row for row in connection.execute(union_all(*(_counts(row) for row in claimed)))}
    made = []
    for row in claimed:
        policy, version = policies[row.site_id, row.article_id]
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


def _counts(row: Any) -> Any:
    """One line of counts for one comment; each stops at 50, so that a flood costs no more than a trickle."""
    author, address = Comment.author_id == row.author_id, Comment.address_key == row.address_key
    same = Comment.text_key == row.text_key
    return select(
        literal(row.id, Comment.id.type).label("id"),
        _capped(row, FLOOD_WINDOW, author).label("author_comments"),
        _capped(row, REPEAT_WINDOW, same, author).label("author_same"),
        _capped(row, FLOOD_WINDOW, address).label("address_comments"),
        _capped(row, REPEAT_WINDOW, same, address).label("address_same"),
    )


def _capped(row: Any, window: timedelta, *where: Any) -> Any:
    rows = (
        select(literal(1))
        .where(*where, Comment.created_at > row.created_at - window, Comment.created_at <= row.created_at)
        .limit(COUNT_CAP)
        .subquery()
    )
    return select(func.count()).select_from(rows).scalar_subquery()
