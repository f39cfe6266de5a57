"""The thresholds that follow from a site's bounds, each with the evidence that it rests on, as last computed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Connection,
    Float,
    ForeignKey,
    String,
    bindparam,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.bounds import MISSED_GRID, NO_THRESHOLDS, WRONGED_GRID, Bounds, Found, Kind, State, Thresholds
from service.domain.teaching import Category
from service.store.base import Base, Id, Json, UtcTime, table
from service.store.sites import Site

FRESH: Final = timedelta(hours=1)
"""What nobody has looked after for longer refuses nothing."""


class ThresholdRow(Base):
    """One threshold of one site, or that there is none, and why."""

    __tablename__ = "thresholds"
    __table_args__ = (
        CheckConstraint("category IN ({})".format(", ".join(f"'{each}'" for each in Category)), name="category"),
        CheckConstraint("kind IN ({})".format(", ".join(f"'{each}'" for each in Kind)), name="kind"),
    )

    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    category: Mapped[str] = mapped_column(String(5), primary_key=True)
    kind: Mapped[str] = mapped_column(String(7), primary_key=True)
    at: Mapped[float | None] = mapped_column(Float(53))
    evidence: Mapped[dict[str, Any]] = mapped_column(Json)
    since: Mapped[datetime] = mapped_column(UtcTime)
    """When it last became another one."""
    computed_at: Mapped[datetime] = mapped_column(UtcTime)


_ROWS: Final = select(table(ThresholdRow)).where(table(ThresholdRow).c.site_id.in_(bindparam("sites", expanding=True)))


def rows_of(connection: Connection, site_ids: Collection[str]) -> Sequence[Any]:
    """All rows of these sites."""
    return connection.execute(_ROWS, {"sites": sorted(site_ids)}).all()


def thresholds(connection: Connection, stated: Mapping[str, Bounds], now: datetime) -> dict[str, Thresholds]:
    """By site, what is in force for the bounds that its policy states. One statement, and none without bounds."""
    asked = {site_id: bounds for site_id, bounds in stated.items() if any(bounds.stated())}
    found = dict.fromkeys(stated, NO_THRESHOLDS)
    if asked:
        rows = rows_of(connection, asked)
        for site_id, bounds in asked.items():
            found[site_id] = _in_force([row for row in rows if row.site_id == site_id], bounds, now)
    return found


def _in_force(rows: Sequence[Any], bounds: Bounds, now: datetime) -> Thresholds:
    """A row that isn't as it should be, or is out of date, refuses nothing, and holds what it can."""
    hold: dict[Category, float] = {}
    reject: dict[Category, float] = {}
    for row in rows:
        category = Category(row.category)
        if row.kind == Kind.MISSED:
            if row.at is not None:
                hold[category] = row.at if row.at in MISSED_GRID else MISSED_GRID[0]
        elif row.at is not None and now - row.computed_at <= FRESH and _proves(row, bounds.wronged.get(category)):
            reject[category] = row.at
    return Thresholds(hold, reject)


def _proves(row: Any, bound: float | None) -> bool:
    """Whether the evidence is about this bound, and sound."""
    said = row.evidence if isinstance(row.evidence, dict) else {}
    upper = said.get("upper")
    return (
        bound is not None
        and row.at in WRONGED_GRID
        and said.get("state") == State.KEPT
        and isinstance(upper, int | float)
        and 0 <= upper <= bound
    )


def keep(connection: Connection, site_id: str, kind: Kind, category: Category, found: Found, now: datetime) -> Any:
    """Write what was found. Returns the row that it replaces, or None."""
    here = (ThresholdRow.site_id == site_id, ThresholdRow.category == category, ThresholdRow.kind == kind)
    before = connection.execute(select(table(ThresholdRow)).where(*here).with_for_update()).one_or_none()
    values = {"at": found.at, "evidence": found.evidence(), "computed_at": now}
    if before is None:
        connection.execute(
            insert(ThresholdRow).values(site_id=site_id, category=category, kind=kind, since=now, **values)
        )
    else:
        since = before.since if before.at == found.at else now
        connection.execute(update(ThresholdRow).where(*here).values(since=since, **values))
    return before


def forget(connection: Connection, site_id: str, bounds: Bounds) -> None:
    """Drop the rows of bounds that the site states no more."""
    stated = {(kind, category) for kind, category, _ in bounds.stated()}
    for kind in Kind:
        gone = [category for category in Category if (kind, category) not in stated]
        connection.execute(
            delete(ThresholdRow).where(
                ThresholdRow.site_id == site_id, ThresholdRow.kind == kind, ThresholdRow.category.in_(gone)
            )
        )


def sites_with_rows(connection: Connection) -> Sequence[Any]:
    """Sites for which something was computed: `id`, `name`."""
    return connection.execute(
        select(Site.id, Site.name).where(Site.id.in_(select(ThresholdRow.site_id))).order_by(Site.id)
    ).all()
