"""Comments as they were judged: text and stored signals, for whoever asks what another policy would make of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select, union_all

from service.domain.comment import Status
from service.store.comments import Comment
from service.store.moderation import VerdictRow


def latest_judged(connection: Connection, site_id: str, since: datetime, limit: int) -> Sequence[Any]:
    """The site's comments since then, the newest first, each with the signals of its text's verdict.

    Removed ones have no text any more, and pending ones no verdict.
    """

    def scan(status: Status) -> Any:
        found = (
            select(Comment.id, Comment.revision, Comment.name, Comment.website, Comment.body, Comment.created_at)
            .where(Comment.site_id == site_id, Comment.status == status, Comment.created_at >= since)
            .order_by(Comment.created_at.desc(), Comment.id.desc())
            .limit(limit)
        )
        return select(found.subquery())

    found = union_all(*(scan(status) for status in (Status.PUBLISHED, Status.HELD, Status.REJECTED))).subquery()
    return connection.execute(
        select(found, VerdictRow.signals)
        .join(VerdictRow, and_(VerdictRow.comment_id == found.c.id, VerdictRow.revision == found.c.revision))
        .order_by(found.c.created_at.desc(), found.c.id.desc())
        .limit(limit)
    ).all()
