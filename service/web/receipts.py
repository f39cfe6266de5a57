"""What an author is shown of their own comment: its state, and the public reason in their language."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from service.domain.comment import Cause, Status, may_move
from service.domain.reasons import AUTOMATIC, PUBLIC_REASONS, DecisionReason, own_wording
from service.domain.site import SiteRules
from service.store import comments, moderation, wordings
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
    row = comments.find_for_author(connection, comment_id)
    if row is None:
        return None
    status = Status(row.status)
    reason, message = None, say(f"status.{status}", language)
    if status is Status.REJECTED:
        reason, message = _refusal(connection, row, language)
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


def _refusal(connection: Connection, row: Any, language: str) -> tuple[str, str]:
    """Why it was refused, and how its author is told.

    A person's reason where a person refused; else that the machine did. In the words that the person wrote; else in
    the site's own; else in ours. A reason that the site has taken back is told as `other`.
    """
    decision = moderation.latest_decision(connection, row.id)
    by_person = decision is not None and decision.action == "reject"
    reason = str(decision.reason) if by_person else AUTOMATIC
    written = wordings.wordings_of(connection, row.id).get(decision.version) if by_person else None
    sites_own = own_wording(reason, language, row.wordings, row.reasons)
    if sites_own is None and reason not in PUBLIC_REASONS:
        reason = str(DecisionReason.OTHER)
        sites_own = own_wording(reason, language, row.wordings, ())
    return reason, written or sites_own or say(f"public.{reason}", language)
