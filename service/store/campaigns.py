"""Campaigns: near copies of one text on one site, found out after they were judged and counted now and then.

A comment joins the cluster whose oldest text (its head) its own is a copy of: never one of which it resembles a member
alone, so that no chain of small changes joins what is unlike. Only `gather` writes clusters, one process at a time and
the oldest first; figures are those of the last count, a few seconds old.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    Boolean,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.campaign import is_campaign, lesson
from service.domain.comment import Status
from service.domain.likeness import alike
from service.store import claims, marks
from service.store.base import Base, Id, UtcTime, new_id, table
from service.store.claims import Claim
from service.store.comments import Comment
from service.store.forgetting import forget_part
from service.store.lists import EXCERPT
from service.store.marks import Follower, Page, Place
from service.store.traces import MOST_ALIKE, Likeness

COUNTED: Final = 10_000
"""So many of a campaign's newest members are looked at; figures and lessons say nothing of older ones."""
BESIDE: Final = 200
"""So many of the members that wait are offered after one that was read,"""
_NEARBY: Final = 1_000
"""of so many of the newest."""
ACTS_AT_ONCE: Final = 1_000
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Campaign(Base):
    """A cluster of copies as it was last counted, and what people's decisions on some say of the others."""

    __tablename__ = "campaigns"
    __table_args__ = (
        Index("ix_campaigns_waiting", "site_id", "waiting", "id"),
        Index("ix_campaigns_members", "site_id", "members", "id"),
        Index("ix_campaigns_latest", "site_id", "latest_at", "id"),
        Index("ix_campaigns_due", "counted_at", postgresql_where=text("due"), sqlite_where=text("due = 1")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    due: Mapped[bool] = mapped_column(Boolean)
    """Whether it is to be counted again: something moved, or there are members that don't know the lesson yet."""
    members: Mapped[int] = mapped_column(Integer)
    authors: Mapped[int] = mapped_column(Integer)
    articles: Mapped[int] = mapped_column(Integer)
    waiting: Mapped[int] = mapped_column(Integer)
    pending: Mapped[int] = mapped_column(Integer)
    published: Mapped[int] = mapped_column(Integer)
    rejected: Mapped[int] = mapped_column(Integer)
    refused: Mapped[int] = mapped_column(Integer)
    """By people, as `accepted`."""
    accepted: Mapped[int] = mapped_column(Integer)
    lesson: Mapped[str] = mapped_column(String(7))
    """What people decided more often, by the last count."""
    taught: Mapped[str] = mapped_column(String(7))
    """The lesson that waiting members are being told, since when it was written for all to see."""
    taught_at: Mapped[datetime | None] = mapped_column(UtcTime)
    first_at: Mapped[datetime] = mapped_column(UtcTime)
    latest_at: Mapped[datetime] = mapped_column(UtcTime)
    counted_at: Mapped[datetime] = mapped_column(UtcTime)


class Sort(StrEnum):
    """The orders in which campaigns are listed, each by what it has most of."""

    WAITING = "waiting"
    LARGEST = "largest"
    LATEST = "latest"


_campaigns, _alike, _comments = table(Campaign), table(Likeness), table(Comment)
_BANDS: Final = tuple(_alike.c[f"band_{band}"] for band in "abcd")
_OPEN: Final = and_(_comments.c.status == Status.HELD, _comments.c.awaiting, ~_comments.c.decided)
"""Who waits because the machine said so: what a person put on hold stays there."""


# Gathering: each new likeness is given its cluster.

_LOOSE: Final = (
    select(_alike)
    .where(_alike.c.cluster_id.is_(None))
    .order_by(_alike.c.created_at, _alike.c.comment_id)
    .limit(bindparam("limit", type_=Integer()))
)


def _near() -> Any:
    """The nearest in time that share a band, on both sides; so many of each, gathered or not."""

    def side(band: Any, *, before: bool) -> Any:
        at = _alike.c.created_at
        here = bindparam("created_at", type_=UtcTime())
        way = at.desc() if before else at
        found = select(_alike).where(band == bindparam(band.name, type_=Integer()), at <= here if before else at > here)
        return select(found.order_by(way).limit(MOST_ALIKE).subquery())

    found = union_all(*(side(band, before=before) for band in _BANDS for before in (True, False))).subquery()
    return select(found.c.cluster_id, found.c.sketch).where(
        found.c.cluster_id.is_not(None), found.c.site_id == bindparam("site_id", type_=Id)
    )


_NEAR: Final = _near()
_HEAD: Final = (
    select(_alike.c.created_at, _alike.c.comment_id, _alike.c.cluster_id, _alike.c.sketch)
    .where(_alike.c.cluster_id == bindparam("cluster", type_=Id))
    .order_by(_alike.c.created_at, _alike.c.comment_id)
    .limit(1)
)
_JOIN: Final = (
    update(_alike)
    .where(_alike.c.comment_id == bindparam("member", type_=Id))
    .values(cluster_id=bindparam("cluster", type_=Id))
)


def gather(connection: Connection, limit: int, now: datetime) -> int:
    """Give clusters to up to `limit` comments, the oldest first. Returns how many there were."""
    rows = connection.execute(_LOOSE, {"limit": limit}).all()
    for row in rows:
        found = connection.execute(_NEAR, row._asdict()).all()
        near = sorted({hit.cluster_id for hit in found if alike(hit.sketch, row.sketch)})
        heads = [connection.execute(_HEAD, {"cluster": cluster}).one() for cluster in near]
        heads = [head for head in heads if alike(head.sketch, row.sketch)]
        cluster = min(heads, key=lambda head: (head.created_at, head.comment_id)).cluster_id if heads else new_id()
        connection.execute(_JOIN, {"member": row.comment_id, "cluster": cluster})
        if heads:
            _grown(connection, cluster, row, now)
    return len(rows)


def _grown(connection: Connection, cluster: str, row: Any, now: datetime) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    numbers = ("members", "authors", "articles", "waiting", "pending", "published", "rejected", "refused", "accepted")
    connection.execute(
        dialect.insert(Campaign)
        .values(
            id=cluster, site_id=row.site_id, due=True, lesson="", taught="", first_at=row.created_at,
            latest_at=row.created_at, counted_at=now, **dict.fromkeys(numbers, 0),
        )
        .on_conflict_do_update(index_elements=["id"], set_={"due": True})
    )  # fmt: skip


# Counting: what moved is seen by the acts of staff, and by what gathering and forgetting mark.


def take_in(connection: Connection, site_id: str, after: Place) -> Page:
    """Have the campaigns counted again on whose members people decided after a place, and move the site's mark on."""
    found = marks.page(connection, site_id, after, ACTS_AT_ONCE)
    if found.comment_ids:
        connection.execute(_DUE, {"ids": found.comment_ids})
        marks.move(connection, Follower.CAMPAIGNS, site_id, found.end.at, done=True)
    return found


_DUE: Final = (
    update(_campaigns)
    .where(
        ~_campaigns.c.due,
        _campaigns.c.id.in_(
            select(_alike.c.cluster_id).where(_alike.c.comment_id.in_(bindparam("ids", expanding=True, type_=Id)))
        ),
    )
    .values(due=True)
)


def members_leave(connection: Connection, ids: Collection[str]) -> None:
    """Their texts are about to be forgotten: have their campaigns counted again."""
    if ids:
        connection.execute(_DUE, {"ids": sorted(ids)})


def due(connection: Connection, limit: int) -> Sequence[str]:
    """The campaigns that are to be counted, those first that were counted longest ago."""
    return connection.execute(
        select(_campaigns.c.id).where(_campaigns.c.due).order_by(_campaigns.c.counted_at).limit(limit)
    ).scalars().all()  # fmt: skip


def count(connection: Connection, campaign: str, now: datetime) -> None:
    """Count a campaign's members, and see what people think of them. What is too small for one is forgotten.

    The mark is taken off before they are looked at, so that whatever moves meanwhile puts it on again.
    """
    row = connection.execute(
        update(_campaigns)
        .where(_campaigns.c.id == campaign)
        .values(due=False, counted_at=now)
        .returning(_campaigns.c.taught, _campaigns.c.taught_at)
    ).one_or_none()
    if row is None:
        return
    found = connection.execute(_counted(campaign, row.taught_at or _NEVER, now)).one()
    if not is_campaign(found.members, found.authors):
        connection.execute(delete(_campaigns).where(_campaigns.c.id == campaign))
        return
    learnt = lesson(found.refused, found.accepted)
    figures = {name: value for name, value in found._asdict().items() if name != "untold"}
    still = bool(found.untold or found.pending or learnt != row.taught)
    connection.execute(
        update(_campaigns).where(_campaigns.c.id == campaign).values(lesson=learnt, due=still, **figures)
    )


def _counted(campaign: str, taught_at: datetime, now: datetime) -> Any:
    newest = (
        select(_alike.c.comment_id, _alike.c.told_at)
        .where(_alike.c.cluster_id == campaign)
        .order_by(_alike.c.created_at.desc(), _alike.c.comment_id.desc())
        .limit(COUNTED)
        .subquery()
    )
    c = _comments.c

    def those(*where: Any) -> Any:
        return func.coalesce(func.sum(case((and_(*where), 1), else_=0)), 0)

    return select(
        func.count().label("members"),
        func.count(c.author_id.distinct()).label("authors"),
        func.count(c.article_id.distinct()).label("articles"),
        those(c.awaiting).label("waiting"),
        *(those(c.status == status).label(status) for status in (Status.PENDING, Status.PUBLISHED, Status.REJECTED)),
        those(c.decided, c.status == Status.REJECTED).label("refused"),
        those(c.decided, c.status == Status.PUBLISHED).label("accepted"),
        those(_OPEN, newest.c.told_at < taught_at).label("untold"),
        func.coalesce(func.min(c.created_at), now).label("first_at"),
        func.coalesce(func.max(c.created_at), now).label("latest_at"),
    ).select_from(newest.join(_comments, _comments.c.id == newest.c.comment_id))


def announce(connection: Connection, campaign: str, now: datetime) -> None:
    """From now on whoever was judged before is to be judged again, if the lesson isn't the one that they were told.

    In a transaction after the one that wrote the lesson: whoever is judged later than this moment has seen it.
    """
    connection.execute(
        update(_campaigns)
        .where(_campaigns.c.id == campaign, _campaigns.c.lesson != _campaigns.c.taught)
        .values(taught=_campaigns.c.lesson, taught_at=now)
    )


def untold(connection: Connection, campaign: str, limit: int) -> Sequence[Any]:
    """Members that wait, that nobody reads, and that were judged before the lesson: the oldest first."""
    newest = (
        select(_alike.c.comment_id, _alike.c.told_at)
        .where(_alike.c.cluster_id == campaign)
        .order_by(_alike.c.created_at.desc(), _alike.c.comment_id.desc())
        .limit(COUNTED)
        .subquery()
    )
    c = _comments.c
    return connection.execute(
        select(c.id, c.article_id, c.parent_id, c.version)
        .select_from(newest.join(_comments, c.id == newest.c.comment_id).join(_campaigns, _campaigns.c.id == campaign))
        .where(
            _OPEN,
            newest.c.told_at < _campaigns.c.taught_at,
            ~exists().where(claims.of(c.id)).correlate_except(table(Claim)),
        )
        .order_by(c.created_at, c.id)
        .limit(limit)
    ).all()


def forget(connection: Connection, before: datetime) -> int:
    """Drop campaigns whose last member is older, a part of them, and have the others counted that lost some. How many
    went.
    """
    gone = forget_part(connection, _campaigns, _campaigns.c.latest_at < before)
    connection.execute(update(_campaigns).where(_campaigns.c.first_at < before, ~_campaigns.c.due).values(due=True))
    return gone


# Looking at them.


def campaigns(connection: Connection, site_id: str, sort: Sort, limit: int) -> Sequence[Any]:
    """The first campaigns of a site in an order, each with its oldest text's comment."""
    c = _campaigns.c
    by = {Sort.WAITING: c.waiting, Sort.LARGEST: c.members, Sort.LATEST: c.latest_at}[sort]
    first = (
        select(_campaigns)
        .where(c.site_id == site_id, c.members > 1)
        .order_by(by.desc(), c.id.desc())
        .limit(limit)
        .subquery()
    )
    head = (
        select(_alike.c.comment_id)
        .where(_alike.c.cluster_id == first.c.id)
        .order_by(_alike.c.created_at, _alike.c.comment_id)
        .limit(1)
        .correlate(first)
        .scalar_subquery()
    )
    found = select(first, head.label("comment")).subquery()
    order = found.c[by.name]
    return connection.execute(
        select(found, func.substr(_comments.c.body, 1, EXCERPT).label("excerpt"), _comments.c.name)
        .outerjoin(_comments, _comments.c.id == found.c.comment)
        .order_by(order.desc(), found.c.id.desc())
    ).all()


def campaign_of(connection: Connection, comment_id: str) -> Any:
    """The campaign of a comment (id, members, waiting), or None."""
    return connection.execute(
        select(_campaigns.c.id, _campaigns.c.members, _campaigns.c.waiting)
        .join(_alike, _alike.c.cluster_id == _campaigns.c.id)
        .where(_alike.c.comment_id == comment_id, _campaigns.c.members > 1)
    ).one_or_none()


def clusters_of(connection: Connection, ids: Iterable[str]) -> Mapping[str, str]:
    """The cluster of each of these comments that has one: alike texts of one site have the same."""
    found = connection.execute(
        select(_alike.c.comment_id, _alike.c.cluster_id).where(
            _alike.c.comment_id.in_(sorted(set(ids))), _alike.c.cluster_id.is_not(None)
        )
    )
    return {row.comment_id: row.cluster_id for row in found}


def members(
    connection: Connection, site_id: str, campaign: str, *, waiting: bool, limit: int, most: int | None = None
) -> list[str]:
    """The newest members of a campaign of this site by their ids; of those that await a person, or of all.

    So many are looked at (`most`), `COUNTED` if nothing is said.
    """
    newest = (
        select(_alike.c.comment_id, _alike.c.created_at)
        .where(_alike.c.cluster_id == campaign, _alike.c.site_id == site_id)
        .order_by(_alike.c.created_at.desc(), _alike.c.comment_id.desc())
        .limit(most or COUNTED)
        .subquery()
    )
    found = select(newest.c.comment_id).order_by(newest.c.created_at.desc(), newest.c.comment_id.desc()).limit(limit)
    if waiting:
        found = found.where(_awaiting(newest.c.comment_id))
    return list(connection.execute(found).scalars())


def _awaiting(comment_id: Any) -> Any:
    """Whether a comment awaits a person, by its id: if it were joined, the planner might walk all that await one."""
    return select(_comments.c.awaiting).where(_comments.c.id == comment_id).scalar_subquery()


def has_members(connection: Connection, site_id: str, campaign: str) -> bool:
    """Whether there is such a cluster on this site."""
    found = select(_alike.c.comment_id).where(_alike.c.cluster_id == campaign, _alike.c.site_id == site_id).limit(1)
    return connection.execute(found).first() is not None


def beside(connection: Connection, site_id: str, comment_id: str) -> list[str]:
    """The members of a comment's campaign that await a person, the newest few, by their ids; without itself."""
    own = select(_alike.c.cluster_id).where(_alike.c.comment_id == comment_id, _alike.c.site_id == site_id)
    cluster = connection.execute(own).scalar()
    if cluster is None:
        return []
    found = members(connection, site_id, cluster, waiting=True, limit=BESIDE, most=_NEARBY)
    return [each for each in found if each != comment_id]


# What a judge asks.


class Opinion(NamedTuple):
    """How often people refused and accepted members of a cluster, and the text it is known by."""

    refused: int
    accepted: int
    sketch: str


def opinions(connection: Connection, ids: Collection[str]) -> tuple[Mapping[str, str], Mapping[str, Opinion]]:
    """Of these comments: the campaign of each, as far as people decided on it; and what they decided, by campaign."""
    rows = connection.execute(
        select(_alike.c.comment_id, _campaigns.c.id, _campaigns.c.refused, _campaigns.c.accepted)
        .join(_campaigns, _campaigns.c.id == _alike.c.cluster_id)
        .where(_alike.c.comment_id.in_(sorted(ids)), _campaigns.c.refused + _campaigns.c.accepted > 0)
    ).all()
    known = {row.id: (row.refused, row.accepted) for row in rows}
    heads = {cluster: connection.execute(_HEAD, {"cluster": cluster}).one() for cluster in sorted(known)}
    return (
        {row.comment_id: row.id for row in rows},
        {cluster: Opinion(*known[cluster], head.sketch) for cluster, head in heads.items()},
    )
