"""What there is to know of how often the machine is right: its verdicts with people's decisions on them, and samples.

Bounded whatever a site holds: the latest decisions and the latest samples, so many of each at most, and what belongs to
them by its keys. Where there were more in the time asked for, the time is as short as they reach.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, and_, func, select, union_all

from service.domain.acts import Act
from service.domain.comment import Action, Status
from service.domain.truth import Evidence, Labelled, Open
from service.store.audit import AuditRow
from service.store.comments import Comment
from service.store.moderation import DecisionRow, VerdictRow
from service.store.samples import SampleRow
from service.store.standing import COUNT_CAP

MOST_DECIDED: Final = 10_000
MOST_DRAWN: Final = 10_000
MACHINE: Final = "machine"
SHADOW: Final = "shadow"
CHECK: Final = "check."
REASON: Final = "reason."
_NO_CHECKS: Final = frozenset({"model", "all"})
"""What is kept beside the checks and finds nothing by itself: the model speaks through checks of its own."""
_AT_ONCE: Final = 500
_LABELS: Final = (Status.PUBLISHED, Status.REJECTED)


@dataclass(frozen=True, slots=True)
class Known:
    """The evidence, since when it is whole, and how often people overturned what the machine had done alone."""

    since: datetime
    evidence: Evidence
    released: int
    """Refused by the machine, published by people."""
    taken_down: int
    """Published by the machine, refused by people."""


def known(connection: Connection, site_id: str, since: datetime, *, shadow_since: int | None = None) -> Known:
    """What is known of the site's verdicts since then.

    With `shadow_since`, only of those verdicts that a shadow judged, too, under this version of the policy or a later.
    """
    acts = connection.execute(
        select(AuditRow.object_id, AuditRow.created_at.label("at"))
        .where(AuditRow.site_id == site_id, AuditRow.act == Act.DECIDE, AuditRow.created_at >= since)
        .order_by(AuditRow.created_at.desc(), AuditRow.id.desc())
        .limit(MOST_DECIDED)
    ).all()
    samples = connection.execute(
        select(SampleRow.comment_id, SampleRow.created_at.label("at"))
        .where(SampleRow.site_id == site_id, SampleRow.created_at >= since)
        .order_by(SampleRow.created_at.desc(), SampleRow.comment_id.desc())
        .limit(MOST_DRAWN)
    ).all()
    for found, most in ((acts, MOST_DECIDED), (samples, MOST_DRAWN)):
        if len(found) == most:
            since = max(since, found[-1].at)
    ids = dict.fromkeys((*(act.object_id for act in acts), *(sample.comment_id for sample in samples)))
    rows = [row for row in _verdicts(connection, ids) if row.judged_at >= since and _is_meant(row, shadow_since)]
    return _made_of(rows, since, _count_waiting(connection, site_id, since))


def known_everywhere(connection: Connection, since: datetime, limit: int) -> Known:
    """The same of all sites: of the latest decisions and samples there are, so many of each at most."""
    decided = select(DecisionRow.comment_id).order_by(DecisionRow.id.desc()).limit(limit)
    drawn = select(SampleRow.comment_id).order_by(SampleRow.comment_id.desc()).limit(limit)
    ids = dict.fromkeys((*connection.execute(decided).scalars(), *connection.execute(drawn).scalars()))
    rows = [row for row in _verdicts(connection, ids) if row.judged_at >= since]
    return _made_of(rows, since, _count_waiting(connection, None, since))


def _verdicts(connection: Connection, ids: Iterable[str]) -> Iterator[Any]:
    """Comments with their current verdicts, the decision that stands on each, and whether the dice drew it."""
    wanted = list(ids)
    for begun in range(0, len(wanted), _AT_ONCE):
        yield from connection.execute(_CURRENT.where(Comment.id.in_(wanted[begun : begun + _AT_ONCE])))


_CURRENT: Final[Select[Any]] = (
    select(
        Comment.id, Comment.status, Comment.decided, Comment.awaiting, Comment.reasons, Comment.checks,
        VerdictRow.action, VerdictRow.awaits, VerdictRow.shadow, VerdictRow.policy_version,
        VerdictRow.created_at.label("judged_at"), DecisionRow.action.label("people"), SampleRow.share,
    )
    .join(VerdictRow, and_(VerdictRow.comment_id == Comment.id, VerdictRow.revision == Comment.revision))
    .outerjoin(DecisionRow, and_(DecisionRow.comment_id == Comment.id, DecisionRow.version == Comment.version - 1))
    .outerjoin(SampleRow, and_(SampleRow.comment_id == Comment.id, SampleRow.revision == Comment.revision))
    .where(Comment.status != Status.REMOVED)
)  # fmt: skip


def _is_meant(row: Any, shadow_since: int | None) -> bool:
    return shadow_since is None or (row.shadow is not None and row.policy_version >= shadow_since)


def _made_of(rows: Sequence[Any], since: datetime, awaiting: int) -> Known:
    labelled: list[Labelled] = []
    still: list[Open] = []
    released = taken_down = 0
    for row in rows:
        found = frozenset(_found(row))
        if row.decided and row.people is not None and row.status in _LABELS:
            refused = row.people == Action.REJECT
            labelled.append(Labelled(found, refused, row.share, row.awaits))
            if not row.awaits:
                released += row.action == Action.REJECT and not refused
                taken_down += row.action == Action.PUBLISH and refused
        elif row.share is not None:
            still.append(Open(found, row.share, row.awaits))
    waiting = max(0, awaiting - sum(not each.asked for each in still))
    return Known(since, Evidence(labelled, still, waiting), released, taken_down)


def _found(row: Any) -> Iterator[str]:
    """All that spoke in a verdict: the machine as a whole, if it would not let it through in silence."""
    yield from (f"{CHECK}{check}" for check in row.checks.split() if check not in _NO_CHECKS)
    yield from (f"{REASON}{reason}" for reason in row.reasons.split())
    if speaks(row.action, asks=row.awaits):
        yield MACHINE
    if row.shadow is not None and speaks(row.shadow["action"], asks=row.shadow["awaits"]):
        yield SHADOW


def speaks(action: str, *, asks: bool) -> bool:
    """Whether a verdict speaks against a comment: it refuses it, or wants a person to look."""
    return asks or action != Action.PUBLISH


def _count_waiting(connection: Connection, site_id: str | None, since: datetime) -> int:
    """How many of these days wait for a person; `COUNT_CAP` stands for more."""
    here = [Comment.site_id == site_id] if site_id is not None else []
    waiting = select(Comment.id).where(*here, Comment.awaiting, Comment.created_at >= since).limit(COUNT_CAP).subquery()
    return connection.execute(select(func.count()).select_from(waiting)).scalar_one()


def in_shadow(connection: Connection, site_id: str, since: datetime, version: int, limit: int) -> list[Any]:
    """The newest of the site's comments that a shadow judged under this version of the policy or a later.

    `id`, `action`, `awaits`, `shadow`, and `people`: what people made of it, or None. So many are looked at at most.
    """

    def scan(status: Status) -> Any:
        newest = (
            select(Comment.id, Comment.created_at)
            .where(Comment.site_id == site_id, Comment.status == status, Comment.created_at >= since)
            .order_by(Comment.created_at.desc(), Comment.id.desc())
            .limit(limit)
        )
        return select(newest.subquery())

    scans = union_all(*(scan(status) for status in (Status.PUBLISHED, Status.HELD, Status.REJECTED))).subquery()
    newest = select(scans.c.id).order_by(scans.c.created_at.desc(), scans.c.id.desc()).limit(limit)
    ids = connection.execute(newest).scalars().all()
    found = {row.id: row for row in _verdicts(connection, ids) if _is_meant(row, version)}
    return [found[each] for each in ids if each in found]
