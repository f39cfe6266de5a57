"""What is known around claimed comments: authors' records, what came lately, and the policies that count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal, select

from service.domain.ban import Ban, BanKind, BanList
from service.domain.bounds import Thresholds
from service.domain.comment import Action, Status
from service.domain.person import Record
from service.domain.policy import Policy
from service.store import bans, policies, thresholds
from service.store.base import earlier, table
from service.store.comments import Comment
from service.store.traces import Trace
from workers.checks.context import Context, Recent
from workers.listed import listed
from workers.past import Past, trace_of

FLOOD_WINDOW = timedelta(minutes=10)
REPEAT_WINDOW = timedelta(hours=24)
BREADTH_WINDOW = timedelta(hours=1)
RECORD_WINDOW = timedelta(days=30)
COUNT_CAP = 50
RECORD_CAP = 20


@dataclass(frozen=True, slots=True)
class Known:
    """What a comment is judged by, and what it will leave for later ones."""

    context: Context
    policy: Policy
    policy_version: int
    trace: Trace
    thresholds: Thresholds


def contexts(connection: Connection, claimed: Sequence[Any], now: datetime) -> list[Known]:
    """What is known around each claimed row, in order. Seven statements a batch at most, and one for new bans."""
    current = policies.current_policies(connection, {(row.site_id, row.article_id) for row in claimed})
    over = thresholds.thresholds(connection, {place[0]: policy.bounds for place, (policy, _) in current.items()}, now)
    recent = {row.id: row for row in connection.execute(_COUNTS, {"ids": [row.id for row in claimed]})}
    traces = [trace_of(row) for row in claimed]
    good, lists = bans.good_bans(connection, claimed, now), listed(connection, claimed, now)
    past = Past(connection, claimed, traces, now)
    made = []
    for row, trace in zip(claimed, traces, strict=True):
        policy, version = current[row.site_id, row.article_id]
        context = _context(row, recent[row.id], past, trace, policy, now, _bans(row, good), lists[row.site_id])
        copied = bool(context.copies.by_others or context.copies.own)
        left = replace(trace, copied=copied, seen_at=now)
        made.append(Known(context, policy, version, left, over[row.site_id]))
    return made


def _bans(row: Any, good: Sequence[Any]) -> tuple[Ban, ...]:
    """Those of the site that are of this author or this network."""
    return tuple(
        Ban(each.id, BanKind(each.kind), Action(each.action), each.reason)
        for each in good
        if each.site_id == row.site_id
        and (each.author_id == (row.author_id or "") or each.address_key == row.address_key)
    )


def _context(
    row: Any,
    recent: Any,
    past: Past,
    trace: Trace,
    policy: Policy,
    now: datetime,
    good: tuple[Ban, ...],
    lists: BanList,
) -> Context:
    facts = row.facts
    return Context(
        body=row.body,
        name=row.name,
        website=row.website,
        language=row.language,
        languages=tuple(row.site_languages or ()),
        title=row.article_title or "",
        now=now,
        honeypot_filled=bool(facts.get("honeypot")),
        seconds_to_fill=facts.get("seconds_to_fill"),
        author=Record(
            row.published_count or 0,
            row.rejected_count or 0,
            recent.author_lately or 0,
            recent.author_rejected or 0,
            bool(row.throwaway),
        ),
        by_author=Recent(recent.author_comments, recent.author_same, articles=recent.author_articles),
        by_address=Recent(recent.address_comments, recent.address_same, authors=recent.address_authors),
        copies=past.copies(row, trace),
        places=past.places(row, trace),
        blocked_words=policy.blocked_words,
        blocked_domains=policy.blocked_domains,
        bans=good,
        listed=lists,
        on_hold=bool(row.on_hold),
        badge=row.badge or "",
        reserved_names=tuple(row.reserved_names or ()),
        site_title=row.site_title or "",
    )


# One statement counts for a whole batch. Each count stops at 50, so that a flood costs no more than a trickle.

_one, _other = table(Comment).alias("one"), table(Comment).alias("other")
_author, _address = _other.c.author_id == _one.c.author_id, _other.c.address_key == _one.c.address_key
_same = _other.c.text_key == _one.c.text_key


def _newest(what: Any, window: timedelta, *where: ColumnElement[bool], most: int = COUNT_CAP) -> Any:
    """The newest comments that fit the description within the window that ends with this one, itself included."""
    within = _other.c.created_at > earlier(_one.c.created_at, window), _other.c.created_at <= _one.c.created_at
    newest = _other.c.created_at.desc()
    return select(what.label("what")).where(*where, *within).order_by(newest).limit(most).correlate(_one).subquery()


def _count(window: timedelta, *where: ColumnElement[bool]) -> Any:
    return select(func.count()).select_from(_newest(literal(1), window, *where)).scalar_subquery()


def _different(what: Any, window: timedelta, *where: ColumnElement[bool]) -> Any:
    return select(func.count(_newest(what, window, *where).c.what.distinct())).scalar_subquery()


def _lately(status: ColumnElement[bool]) -> Any:
    """Of the author's latest comments, those that stand so."""
    statuses = _newest(case((status, 1), else_=0), RECORD_WINDOW, _author, _other.c.id != _one.c.id, most=RECORD_CAP)
    return select(func.sum(statuses.c.what)).scalar_subquery()


_COUNTS = select(
    _one.c.id,
    _count(FLOOD_WINDOW, _author).label("author_comments"),
    _count(REPEAT_WINDOW, _same, _author).label("author_same"),
    _different(_other.c.article_id, BREADTH_WINDOW, _author).label("author_articles"),
    _lately(_other.c.status.in_((Status.PUBLISHED, Status.REJECTED))).label("author_lately"),
    _lately(_other.c.status == Status.REJECTED).label("author_rejected"),
    _count(FLOOD_WINDOW, _address).label("address_comments"),
    _count(REPEAT_WINDOW, _same, _address).label("address_same"),
    _different(_other.c.author_id, BREADTH_WINDOW, _address).label("address_authors"),
).where(_one.c.id.in_(bindparam("ids", expanding=True)))
