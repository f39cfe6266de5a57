"""What an author is shown of their own comment: its state, and the public reason in their language."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service.domain.comment import Cause, Status, may_move
from service.domain.site import SiteRules
from service.refusal import refusal
from service.store import reading
from service.words import say


@dataclass(frozen=True, slots=True)
class AuthorView:
    """An author's own comment. It has no field for the e-mail."""

    id: str
    status: Status
    message: str
    """What the state means, in a sentence."""
    reason: str | None
    """The public reason's word, when the comment was refused: ours, or one of the site's own."""
    name: str
    website: str
    body: str
    html: str | None
    parent: str | None
    site: str
    article: str
    article_title: str
    article_url: str
    created_at: datetime
    edited_at: datetime | None
    editable: bool
    """Whether its text can be edited now."""


def author_view(connection: Connection, comment_id: str, language: str, now: datetime) -> AuthorView | None:
    """The author's view, or None without such a comment."""
    row = reading.find_for_author(connection, comment_id)
    if row is None:
        return None
    status = Status(row.status)
    reason, message = None, say(f"status.{status}", language)
    if status is Status.REJECTED:
        reason, message = refusal(connection, row, language)
    return AuthorView(
        id=row.id, status=status, message=message, reason=reason, name=row.name, website=row.website, body=row.body,
        html=row.html, parent=row.parent_id, site=row.site, article=row.article, article_title=row.article_title,
        article_url=row.article_url, created_at=row.created_at, edited_at=row.edited_at,
        editable=_is_editable(row, now),
    )  # fmt: skip


def _is_editable(row: Any, now: datetime) -> bool:
    """What `operations.revise` will ask again, under lock."""
    window = timedelta(minutes=SiteRules.from_document(row.rules).edit_minutes)
    may = may_move(Cause.REVISION, Status(row.status), Status.PENDING)
    return may and not row.published_replies and now <= row.created_at + window
