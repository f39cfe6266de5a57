"""A random share of all verdicts, drawn when they are made: what people decide on these is true of all the others.

The audit log has taken the word: in code such a verdict is a sample, and what people do on it they call an audit.
Its label is the decision that stands; nothing is written when somebody decides.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    and_,
    exists,
    func,
    insert,
    literal,
    select,
    tuple_,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.comment import Action, Status
from service.store.base import Base, Id, Json, UtcTime, table
from service.store.comments import Comment
from service.store.moderation import ACTIONS, DecisionRow, Token, VerdictRow
from service.store.numbers import decided_on

_AT_ONCE: Final = 500


class SampleRow(Base):
    """One verdict that the dice chose: with which share, what it said, and how likely it thought a refusal was."""

    __tablename__ = "samples"
    __table_args__ = (
        CheckConstraint(f"action IN ({ACTIONS})", name="action"),
        CheckConstraint("share > 0 AND share <= 1", name="share"),
        CheckConstraint("score >= 0 AND score <= 1", name="score"),
        Index("ix_samples_site", "site_id", "created_at", "comment_id"),
    )

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    share: Mapped[float] = mapped_column(Float(53))
    action: Mapped[str] = mapped_column(String(7))
    awaited: Mapped[bool] = mapped_column(Boolean)
    """Whether the verdict asked for a person by itself."""
    score: Mapped[float] = mapped_column(Float(53))
    chances: Mapped[dict[str, float]] = mapped_column(Json)
    """By category, the best that was known."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)


_ADD_SAMPLE = insert(table(SampleRow))


def add_samples(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(_ADD_SAMPLE, list(rows))


def waits_again(connection: Connection, undone: Any, revision: int) -> bool:
    """Whether a text of a sample waits for a person again once this decision on it is undone: it was the first."""
    drawn = exists().where(SampleRow.comment_id == undone.comment_id, SampleRow.revision == revision)
    earlier = exists().where(DecisionRow.comment_id == undone.comment_id, DecisionRow.version < undone.version)
    return bool(connection.execute(select(and_(drawn, ~earlier))).scalar())


def _labelled(*columns: Any) -> Select[Any]:
    """Samples of texts on which a person's decision stands, and nobody is asked any more."""
    return (
        select(*columns)
        .join(Comment, and_(Comment.id == SampleRow.comment_id, Comment.revision == SampleRow.revision))
        .join(DecisionRow, and_(DecisionRow.comment_id == Comment.id, DecisionRow.version == Comment.version - 1))
        .where(
            Comment.decided, ~Comment.awaiting, Comment.status.in_((Status.PUBLISHED, Status.REJECTED)),
            DecisionRow.action != Action.HOLD,
        )
    )  # fmt: skip


def labelled(connection: Connection, site_id: str, since: datetime, limit: int) -> Sequence[Any]:
    """The latest of a site's samples that have a label: `action`, `score`, `chances`; `decided`, `reason`."""
    return connection.execute(
        _labelled(
            SampleRow.action, SampleRow.score, SampleRow.chances, DecisionRow.action.label("decided"),
            DecisionRow.reason,
        )
        .where(SampleRow.site_id == site_id, SampleRow.created_at >= since)
        .order_by(SampleRow.created_at.desc(), SampleRow.comment_id.desc())
        .limit(limit)
    ).all()  # fmt: skip


def decisions(connection: Connection, site_id: str, since: datetime, limit: int) -> list[Any]:
    """A site's latest decisions that stand, each with the verdict on that text and whether that was a sample.

    `text_key`, `decided`, `reason`, `action` (the machine's), `estimate`, `sampled`.
    """
    ids = decided_on(connection, site_id, since, limit)
    found: list[Any] = []
    for begun in range(0, len(ids), _AT_ONCE):
        some = ids[begun : begun + _AT_ONCE]
        rows = connection.execute(
            select(
                Comment.id, Comment.text_key, DecisionRow.action.label("decided"), DecisionRow.reason,
                VerdictRow.action, VerdictRow.estimate, SampleRow.comment_id.is_not(None).label("sampled"),
            )
            .join(DecisionRow, and_(DecisionRow.comment_id == Comment.id, DecisionRow.version == Comment.version - 1))
            .join(VerdictRow, and_(VerdictRow.comment_id == Comment.id, VerdictRow.revision == Comment.revision))
            .outerjoin(SampleRow, and_(SampleRow.comment_id == Comment.id, SampleRow.revision == Comment.revision))
            .where(
                Comment.id.in_(some), Comment.decided, ~Comment.awaiting,
                Comment.status.in_((Status.PUBLISHED, Status.REJECTED)), DecisionRow.action != Action.HOLD,
            )
        ).all()  # fmt: skip
        by_id = {row.id: row for row in rows}
        found += [by_id[each] for each in some if each in by_id]
    return found


def audits(connection: Connection, site_id: str, *, after: tuple[datetime, str] | None, limit: int) -> Sequence[Any]:
    """Finished audits of what the machine did alone, the latest verdict first, by keyset on its time and the comment.

    `id`, `created_at`, `action`, `score`, `chances`; `decided`, `reason`, `decided_at`, `who`.
    """
    statement = (
        _labelled(
            SampleRow.comment_id.label("id"), SampleRow.created_at, SampleRow.action, SampleRow.score,
            SampleRow.chances, DecisionRow.action.label("decided"), DecisionRow.reason,
            DecisionRow.created_at.label("decided_at"), Token.name.label("who"),
        )
        .join(Token, Token.id == DecisionRow.token_id)
        .where(SampleRow.site_id == site_id, ~SampleRow.awaited)
    )  # fmt: skip
    if after is not None:
        here = tuple_(SampleRow.created_at, SampleRow.comment_id)
        statement = statement.where(here < tuple_(literal(after[0], UtcTime()), literal(after[1], Id)))
    return connection.execute(
        statement.order_by(SampleRow.created_at.desc(), SampleRow.comment_id.desc()).limit(limit)
    ).all()


def summary(connection: Connection, site_id: str, since: datetime) -> dict[str, int]:
    """How many audits there were since then: `open`, `done`, `agreed`, `disagreed`."""
    mine = (SampleRow.site_id == site_id, SampleRow.created_at >= since, ~SampleRow.awaited)
    agrees = SampleRow.action == DecisionRow.action
    done = _labelled(agrees, func.count()).where(*mine).group_by(agrees)
    counted = {bool(agreed): count for agreed, count in connection.execute(done)}
    waiting = (
        select(func.count())
        .select_from(SampleRow)
        .join(Comment, and_(Comment.id == SampleRow.comment_id, Comment.revision == SampleRow.revision))
        .where(*mine, Comment.awaiting)
    )
    agreed, disagreed = counted.get(True, 0), counted.get(False, 0)
    return {
        "open": connection.execute(waiting).scalar_one(), "done": agreed + disagreed, "agreed": agreed,
        "disagreed": disagreed,
    }  # fmt: skip
