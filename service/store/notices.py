"""What is looked up to tell authors about their comments: who is concerned, what was before, what a mail is about."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.orm import aliased

from service.domain.comment import Status
from service.domain.delivery import Kind
from service.domain.delivery import State as Waiting
from service.store.comments import Comment
from service.store.deliveries import Delivery
from service.store.events import Event
from service.store.sites import Article, Site
from service.store.subscriptions import State, Subscription

STATUS_OF: Final = {f"comment.{status}": status for status in (Status.HELD, Status.PUBLISHED, Status.REJECTED)}
"""The events that say where a comment stands, and the status that each says."""
MOST_NAMED: Final = 100


def concerned(connection: Connection, comment_ids: Collection[str]) -> dict[str, Any]:
    """Of these comments those of which somebody wants to be told: author, parent, its author, the notices that each of
    the two wants (None: not a subscriber), the site's rules.
    """
    parent, own, other = aliased(Comment), aliased(Subscription), aliased(Subscription)
    rows = connection.execute(
        select(
            Comment.id, Comment.author_id, Comment.parent_id, parent.author_id.label("parent_author_id"),
            own.kinds.label("kinds"), other.kinds.label("parent_kinds"), Site.rules,
        )
        .join(Site, Site.id == Comment.site_id)
        .outerjoin(parent, parent.id == Comment.parent_id)
        .outerjoin(own, and_(own.author_id == Comment.author_id, own.state == State.CONFIRMED))
        .outerjoin(other, and_(other.author_id == parent.author_id, other.state == State.CONFIRMED))
        .where(Comment.id.in_(sorted(comment_ids)), or_(own.author_id.is_not(None), other.author_id.is_not(None)))
    )  # fmt: skip
    return {row.id: row for row in rows}


def standings(connection: Connection, comment_ids: Collection[str]) -> Sequence[Any]:
    """Where these comments have stood: id and type of each event that says so, in the order of time."""
    return connection.execute(
        select(Event.id, Event.comment_id, Event.type)
        .where(Event.comment_id.in_(sorted(comment_ids)), Event.type.in_(sorted(STATUS_OF)))
        .order_by(Event.id)
    ).all()


def gathering(connection: Connection, author_ids: Collection[str]) -> Sequence[Any]:
    """The mails about replies that still wait to be sent to these authors: target_id, parent_id, and when they go."""
    return connection.execute(
        select(Delivery.target_id, Comment.parent_id, Delivery.next_at)
        .join(Event, Event.id == Delivery.event_id)
        .join(Comment, Comment.id == Event.comment_id)
        .where(
            Delivery.target_id.in_(sorted(author_ids)), Delivery.kind == Kind.MAIL, Delivery.state == Waiting.WAITING,
            Delivery.lease_until.is_(None), Comment.parent_id.is_not(None),
            Comment.author_id.is_distinct_from(Delivery.target_id),
        )
    ).all()  # fmt: skip


def replies_since(connection: Connection, parent_id: str, author_id: str, event_id: str) -> Sequence[str]:
    """The names under which others have replied to a comment: what is published now, and was from this event on."""
    told = (
        select(Event.comment_id)
        .join(Comment, Comment.id == Event.comment_id)
        .where(Comment.parent_id == parent_id, Event.type == f"comment.{Status.PUBLISHED}", Event.id >= event_id)
    )
    return connection.execute(
        select(Comment.name)
        .where(
            Comment.parent_id == parent_id, Comment.status == Status.PUBLISHED,
            Comment.author_id.is_distinct_from(author_id), Comment.id.in_(told),
        )
        .order_by(Comment.created_at, Comment.id)
        .limit(MOST_NAMED)
    ).scalars().all()  # fmt: skip


def find_comment(connection: Connection, comment_id: str) -> Any:
    """What a mail may say of a comment: never its text. The title is the publisher's, or empty."""
    return connection.execute(
        select(
            Comment.id, Comment.status, Comment.author_id, Comment.parent_id, Comment.created_at,
            Article.title, Article.title_confirmed, Site.wordings, Site.reasons,
        )
        .join(Article, Article.id == Comment.article_id)
        .join(Site, Site.id == Comment.site_id)
        .where(Comment.id == comment_id)
    ).one_or_none()  # fmt: skip
