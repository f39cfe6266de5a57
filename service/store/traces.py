"""Traces: what a judged comment leaves for later ones to be compared with. Its text's bands, the places it links to.

Written with the verdict, gone with the text: an edit or a removal takes them along. Lookups give ids; what became of
those comments is one more question, asked only when something was found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    Delete,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    column,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.comment import Status
from service.domain.likeness import alike
from service.store.base import Base, Id, UtcTime, table
from service.store.comments import Comment
from service.store.forgetting import forget_part
from service.store.moderation import DecisionRow

MOST_ALIKE: Final = 20
"""Look-alikes fetched for one band, the newest first: a campaign of ten thousand costs no more than one of twenty."""
MOST_COPIES: Final = 500
"""Likewise, for a person who acts on all copies of one text at once."""
MOST_LINKS: Final = 20
"""Comments fetched for one domain, the newest first."""


class Likeness(Base):
    """A text as it is compared with others: kept for as long as campaigns last, then forgotten."""

    __tablename__ = "likenesses"
    __table_args__ = (
        Index("ix_likenesses_created_at", "created_at"),
        Index("ix_likenesses_cluster", "cluster_id", "created_at", "comment_id"),
        *(Index(f"ix_likenesses_band_{band}", f"band_{band}", "created_at") for band in "abcd"),
    )

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    band_a: Mapped[int] = mapped_column(Integer)
    band_b: Mapped[int] = mapped_column(Integer)
    band_c: Mapped[int] = mapped_column(Integer)
    band_d: Mapped[int] = mapped_column(Integer)
    sketch: Mapped[str] = mapped_column(String(32))
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    cluster_id: Mapped[str | None] = mapped_column(Id)
    """Which texts it is a copy of (see campaigns); None until that was looked at."""
    told_at: Mapped[datetime] = mapped_column(UtcTime)
    """When it was last looked at what people had decided on copies of it: its verdict knows that."""


class Link(Base):
    """One comment links to one place outside, by its registrable domain."""

    __tablename__ = "links"
    __table_args__ = (Index("ix_links_domain", "site_id", "domain", "created_at", "comment_id"),)

    comment_id: Mapped[str] = mapped_column(Id, ForeignKey("comments.id"), primary_key=True)
    domain: Mapped[str] = mapped_column(String(253), primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)


@dataclass(frozen=True, slots=True)
class Trace:
    """What one comment leaves. A text too short to be told from others has no bands; most have no domains."""

    bands: tuple[int, int, int, int] | None = None
    sketch: str = ""
    domains: tuple[str, ...] = ()
    copied: bool = False
    """Whether an earlier comment says nearly the same."""
    seen_at: datetime | None = None
    """When the past was looked at; None: when the comment was sent in."""


class Fate(NamedTuple):
    """What became of an earlier comment."""

    id: str
    author_id: str | None
    status: str
    decided: str | None
    """What a person decided last, if one did."""
    created_at: datetime


_likenesses, _links, _comments, _decisions = table(Likeness), table(Link), table(Comment), table(DecisionRow)


def add_traces(connection: Connection, traces: Sequence[tuple[Any, Trace]]) -> None:
    """Write the traces of comments (rows with id, site_id and created_at)."""
    alike = [
        {
            "comment_id": row.id,
            "created_at": row.created_at,
            "sketch": trace.sketch,
            "site_id": row.site_id,
            "told_at": trace.seen_at or row.created_at,
        }
        | dict(zip(("band_a", "band_b", "band_c", "band_d"), trace.bands, strict=True))
        for row, trace in traces
        if trace.bands is not None
    ]
    links = [
        {"comment_id": row.id, "domain": domain, "site_id": row.site_id, "created_at": row.created_at}
        for row, trace in traces
        for domain in trace.domains
    ]
    if alike:
        connection.execute(_add_likenesses(connection.dialect.name), alike)
    if links:
        connection.execute(insert(_links), links)


@cache
def _add_likenesses(dialect: str) -> Any:
    """What was judged again with the same text keeps its cluster."""
    statement: Any = {"postgresql": postgresql, "sqlite": sqlite}[dialect].insert(_likenesses)
    return statement.on_conflict_do_update(index_elements=["comment_id"], set_={"told_at": statement.excluded.told_at})


def _forget(from_table: Any) -> Delete:
    return delete(from_table).where(from_table.c.comment_id.in_(bindparam("ids", expanding=True, type_=Id)))


_FORGET: Final = (_forget(_likenesses), _forget(_links))


def forget_traces(connection: Connection, ids: Sequence[str]) -> None:
    """The texts are no longer what they were: nothing is left to be compared with."""
    for statement in _FORGET if ids else ():
        connection.execute(statement, {"ids": sorted(ids)})


def forget_links(connection: Connection, ids: Sequence[str]) -> None:
    """The same texts are judged again, and then leave their links anew."""
    if ids:
        connection.execute(_FORGET[1], {"ids": sorted(ids)})


def forget_likenesses(connection: Connection, before: datetime) -> int:
    """Drop what no window reaches any more, a part of it. Returns how many."""
    return forget_part(connection, table(Likeness), Likeness.created_at < before)


# Lookups. The keys come as one JSON list, so that one prepared statement serves a batch of any size; each key is
# looked for on its own, newest first and no further than the cap; the answer is one line a key.


def _asked(dialect: str) -> Any:
    each = {"postgresql": func.json_array_elements, "sqlite": func.json_each}[dialect]
    return each(bindparam("asked", type_=JSON())).table_valued(column("value", JSON()), name="asked")


def _ids(found: Select[Any]) -> Any:
    ids = found.subquery()
    return select(func.aggregate_strings(ids.c.line, " ")).scalar_subquery()


@cache
def _find_alike(dialect: str, most: int) -> Select[Any]:
    asked = _asked(dialect)

    def hits(at: int, band: Any) -> Any:
        line = cast(_likenesses.c.comment_id, String(36)) + ":" + _likenesses.c.sketch
        lately = _likenesses.c.created_at > bindparam("since", type_=UtcTime())
        return _ids(
            select(line.label("line"))
            .where(band == asked.c.value[at].as_integer(), lately)
            .order_by(_likenesses.c.created_at.desc())
            .limit(most)
            .correlate(asked)
        )

    bands = (_likenesses.c[f"band_{band}"] for band in "abcd")
    return select(asked.c.value[0].as_integer(), *(hits(at, band) for at, band in enumerate(bands, 1)))


def _find_links(dialect: str) -> Select[Any]:
    asked = _asked(dialect)
    here = (
        _links.c.site_id == cast(asked.c.value[1].as_string(), Id),
        _links.c.domain == asked.c.value[2].as_string(),
    )
    found = (
        select(cast(_links.c.comment_id, String(36)).label("line"))
        .where(*here)
        .order_by(_links.c.created_at.desc())
        .limit(MOST_LINKS)
        .correlate(asked)
    )
    first = select(func.min(_links.c.created_at)).where(*here).correlate(asked).scalar_subquery()
    return select(asked.c.value[0].as_integer(), first, _ids(found))


_FIND_LINKS: Final = {dialect: _find_links(dialect) for dialect in ("postgresql", "sqlite")}


def find_alike(
    connection: Connection,
    asked: Mapping[int, tuple[int, int, int, int]],
    since: datetime,
    *,
    most: int = MOST_ALIKE,
) -> Iterable[tuple[int, dict[str, str]]]:
    """For each of the texts asked about that shares a band with earlier ones: their sketches by comment id."""
    lines = connection.execute(
        _find_alike(connection.dialect.name, most),
        {"asked": [[at, *bands] for at, bands in asked.items()], "since": since},
    )
    for at, *hits in lines:
        found = {each for hit in hits if hit for each in hit.split(" ")}  # a copy comes by several bands
        sketches = {_plain(id_): sketch for id_, _, sketch in (each.partition(":") for each in found)}
        if sketches:
            yield at, sketches


_OWN = select(
    _likenesses.c.band_a, _likenesses.c.band_b, _likenesses.c.band_c, _likenesses.c.band_d, _likenesses.c.sketch
).where(_likenesses.c.comment_id == bindparam("comment_id", type_=Id))
_COPIES = (
    select(_comments.c.id, _comments.c.status, _comments.c.name, _comments.c.body, _comments.c.created_at)
    .where(_comments.c.id.in_(bindparam("ids", expanding=True, type_=Id)))
    .order_by(_comments.c.created_at.desc(), _comments.c.id)
)


def copies_of(connection: Connection, comment_id: str, since: datetime) -> Sequence[Any]:
    """Comments of the same site whose texts are nearly this one's, the newest first; a few dozen at most."""
    ids = ids_of_copies(connection, comment_id, since)
    return connection.execute(_COPIES, {"ids": ids}).all() if ids else []


def ids_of_copies(connection: Connection, comment_id: str, since: datetime, *, most: int = MOST_ALIKE) -> list[str]:
    """The same by their ids, in no order; up to `most` for each band."""
    own = connection.execute(_OWN, {"comment_id": comment_id}).one_or_none()
    if own is None:  # too short to be told from others, pending, or too long ago
        return []
    bands = (own.band_a, own.band_b, own.band_c, own.band_d)
    found = dict(find_alike(connection, {0: bands}, since, most=most)).get(0, {})
    return [each for each, sketch in found.items() if each != comment_id and alike(sketch, own.sketch)]


_SAME = (
    select(_comments.c.id)
    .where(_comments.c.text_key == bindparam("text_key", type_=BigInteger()), _comments.c.created_at > bindparam(
        "since", type_=UtcTime()))
    .order_by(_comments.c.created_at.desc())
    .limit(MOST_COPIES)
)  # fmt: skip


def cluster(connection: Connection, site_id: str, comment_id: str, since: datetime) -> list[str] | None:
    """A comment of this site and whatever says the same, nearly or to the letter, by their ids; None without it.

    To the letter is also what is too short to be told from others, or hasn't been judged yet.
    """
    mine = select(_comments.c.text_key).where(_comments.c.id == comment_id, _comments.c.site_id == site_id)
    text_key = connection.execute(mine.where(_comments.c.status != Status.REMOVED)).scalar()
    if text_key is None:
        return None
    same = connection.execute(_SAME, {"text_key": text_key, "since": since}).scalars()
    return [*{comment_id, *same, *ids_of_copies(connection, comment_id, since, most=MOST_COPIES)}]


def find_links(
    connection: Connection, asked: Sequence[tuple[str, str]]
) -> Iterable[tuple[tuple[str, str], datetime, list[str]]]:
    """For each (site id, domain) that was linked to: when it first was, and the newest comments that do, by id."""
    rows = [[at, site.replace("-", ""), domain] for at, (site, domain) in enumerate(asked)]
    for at, first, ids in connection.execute(_FIND_LINKS[connection.dialect.name], {"asked": rows}):
        if ids:
            yield asked[at], first, [_plain(each) for each in ids.split(" ")]


def _plain(written: str) -> str:
    """An id as it is written everywhere: SQLite keeps it without dashes."""
    return str(UUID(written))


_DECIDED = (
    select(_decisions.c.action)
    .where(_decisions.c.comment_id == _comments.c.id)
    .order_by(_decisions.c.version.desc())
    .limit(1)
    .scalar_subquery()
)
_FATES = select(
    _comments.c.id, _comments.c.author_id, _comments.c.status, _DECIDED.label("decided"), _comments.c.created_at
).where(_comments.c.id.in_(bindparam("ids", expanding=True, type_=Id)))


def fates(connection: Connection, ids: Iterable[str]) -> dict[str, Fate]:
    """What became of these comments, by id (as the lookups give it)."""
    rows = connection.execute(_FATES, {"ids": sorted(ids)})
    return {row.id: Fate(*row) for row in rows}
