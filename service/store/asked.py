"""What moderators ask for: a list, an order and filters; and what each of them asks of a comment's row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, literal_column, or_, select

from service.domain.comment import Status
from service.store.base import UtcTime, table
from service.store.comments import Comment
from service.store.sites import Article
from service.store.traces import Link

OVERDUE: Final = timedelta(minutes=5)
"""What has been pending for longer than this is `overdue`: the workers are behind, or away."""


class List(StrEnum):
    """The moderators' lists."""

    AWAITING = "awaiting"
    REPORTED = "reported"
    PUBLISHED = "published"
    REJECTED_BY_MACHINE = "rejected_by_machine"
    REJECTED_BY_PEOPLE = "rejected_by_people"
    OVERDUE = "overdue"


class Order(StrEnum):
    """By when it was sent in, by urgency, or by what a decision would teach."""

    OLDEST = "oldest"
    NEWEST = "newest"
    PRIORITY = "priority"
    TEACHING = "teaching"

    @property
    def key(self) -> str:
        """The column it goes by."""
        return {Order.PRIORITY: "urgent_at", Order.TEACHING: "teaches"}.get(self, "created_at")

    @property
    def falls(self) -> bool:
        """Whether what has most of it comes first."""
        return self in {Order.NEWEST, Order.TEACHING}

    @property
    def by_time(self) -> bool:
        """Whether it is the order in which comments were sent in, or that one backwards."""
        return self.key == "created_at"


URGENT: Final = frozenset({List.AWAITING, List.REPORTED})
"""The lists that have orders of priority and of teaching: those on which somebody is to decide."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A list (or all comments of a status), in an order, by filters; None: any."""

    list: List = List.AWAITING
    status: Status | None = None
    """Instead of a list: all comments that have it."""
    order: Order = Order.OLDEST
    article: str | None = None
    reason: str | None = None
    check: str | None = None
    language: str | None = None
    author: str | None = None
    domain: str | None = None
    q: str | None = None
    min_score: float | None = None
    max_score: float | None = None
    since: datetime | None = None
    until: datetime | None = None


class Place(NamedTuple):
    """Where a page ended, by its order's time or number."""

    at: datetime | float
    id: str


_comments, _links = table(Comment), table(Link)

Clause = ColumnElement[bool]
Filter = Callable[[Any], Clause]
"""What a row is asked, as a function of its columns."""


def _is(status: Status, c: Any) -> Clause:
    """Written into the statement: as a parameter it would be planned for any status, and find no partial index."""
    clause: Clause = c.status == literal_column(f"'{status}'")
    return clause


def members(asked: Asked, c: Any = _comments.c) -> tuple[Clause, ...]:
    """What makes a comment one of the list; the first is what an index by status answers."""
    if asked.status is not None:
        return (_is(asked.status, c),)
    late = bindparam("late", type_=UtcTime())
    clauses: dict[List, Callable[[], tuple[Clause, ...]]] = {
        List.AWAITING: lambda: (and_(c.awaiting),),
        List.REPORTED: lambda: (_is(Status.PUBLISHED, c), c.reported_at.is_not(None)),
        List.PUBLISHED: lambda: (_is(Status.PUBLISHED, c),),
        List.REJECTED_BY_MACHINE: lambda: (_is(Status.REJECTED, c), ~c.decided),
        List.REJECTED_BY_PEOPLE: lambda: (_is(Status.REJECTED, c), and_(c.decided)),
        List.OVERDUE: lambda: (
            _is(Status.PENDING, c), c.created_at < late, func.coalesce(c.edited_at, c.created_at) < late
        ),
    }  # fmt: skip
    return clauses[asked.list]()


def article_of(site_id: str, key: str) -> Any:
    """The id of a site's article, as part of a statement."""
    return select(Article.id).where(Article.site_id == site_id, Article.key == key).scalar_subquery()


def left_to_ask(site_id: str, asked: Asked, left: frozenset[str]) -> list[Filter]:
    """What is to be asked of each row that a walk along an index meets.

    `left`: what the index doesn't answer, of `list`, `site`, `article`, `author` and `domain`. Times are asked of rows
    where the order isn't one of times: else the walk begins and ends there.
    """
    return [*_places(site_id, asked, left), *_findings(asked), *_spans(asked)]


def _places(site_id: str, asked: Asked, left: frozenset[str]) -> Iterator[Filter]:
    if "list" in left:
        yield lambda c: and_(*members(asked, c))
    if "site" in left:
        yield lambda c: c.site_id == site_id
    if "article" in left and (article := asked.article) is not None:
        yield lambda c: c.article_id == article_of(site_id, article)
    if "author" in left and asked.author is not None:
        yield lambda c: c.author_id == asked.author
    if "domain" in left and asked.domain is not None:
        yield (
            lambda c: (
                exists().where(_links.c.comment_id == c.id, _links.c.domain == asked.domain).correlate_except(_links)
            )
        )


def _findings(asked: Asked) -> Iterator[Filter]:
    if (reason := asked.reason) is not None:
        yield lambda c: c.reasons.contains(f" {reason} ", autoescape=True)
    if (check := asked.check) is not None:
        yield lambda c: c.checks.contains(f" {check} ", autoescape=True)
    if asked.language is not None:
        yield lambda c: c.language == asked.language
    if (q := asked.q) is not None:
        yield lambda c: or_(c.body.icontains(q, autoescape=True), c.name.icontains(q, autoescape=True))


def _spans(asked: Asked) -> Iterator[Filter]:
    if asked.min_score is not None:
        yield lambda c: c.score >= asked.min_score
    if asked.max_score is not None:
        yield lambda c: c.score <= asked.max_score
    if not asked.order.by_time and asked.since is not None:
        yield lambda c: c.created_at >= asked.since
    if not asked.order.by_time and asked.until is not None:
        yield lambda c: c.created_at < asked.until


def ages(asked: Asked) -> Iterator[Clause]:
    """From when to when, where no walk begins and ends there."""
    if asked.since is not None:
        yield _comments.c.created_at >= asked.since
    if asked.until is not None:
        yield _comments.c.created_at < asked.until
