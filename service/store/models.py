"""The versions of what a site's decisions taught: bytes and a manifest each, of which one serves, the champion."""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.teaching import Category
from service.store.base import Base, Id, Json, UtcTime
from service.store.sites import Site

KEPT: Final = 12
"""Versions of one site and category, the champion among them."""


class State(StrEnum):
    """Where a version stands."""

    CHAMPION = "champion"
    RETIRED = "retired"  # served, and may again
    REFUSED = "refused"  # was worse than the champion


_ONE: Final = f"state = '{State.CHAMPION}'"


class ModelRow(Base):
    """One version: numbers only (no pickle, no text), and what they were made from, with their checksum."""

    __tablename__ = "models"
    __table_args__ = (
        UniqueConstraint("site_id", "category", "version"),
        CheckConstraint("category IN ({})".format(", ".join(f"'{each}'" for each in Category)), name="category"),
        CheckConstraint("state IN ({})".format(", ".join(f"'{each}'" for each in State)), name="state"),
        CheckConstraint("version >= 1", name="version"),
        Index("uq_models_champion", "site_id", "category", unique=True, postgresql_where=text(_ONE),
              sqlite_where=text(_ONE)),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    category: Mapped[str] = mapped_column(String(5))
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(8))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    manifest: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


_CHAMPIONS = select(ModelRow.id, ModelRow.site_id, ModelRow.category, ModelRow.version).where(
    ModelRow.state == State.CHAMPION, ModelRow.site_id.in_(bindparam("sites", expanding=True))
)


def champions(connection: Connection, site_ids: Collection[str]) -> Sequence[Any]:
    """Who serves on these sites: `id`, `site_id`, `category`, `version`."""
    return connection.execute(_CHAMPIONS, {"sites": sorted(site_ids)}).all()


def find_model(connection: Connection, model_id: str) -> Any:
    """One version, bytes and all, or None."""
    return connection.execute(select(ModelRow.__table__).where(ModelRow.id == model_id)).one_or_none()


def all_champions(connection: Connection, limit: int) -> Sequence[Any]:
    """Every site's, bytes and all, with the `site`'s name: for whoever looks whether they are sound."""
    return connection.execute(
        select(ModelRow.__table__, Site.name.label("site"))
        .join(Site, Site.id == ModelRow.site_id)
        .where(ModelRow.state == State.CHAMPION)
        .limit(limit)
    ).all()


def versions(connection: Connection, site_id: str) -> Sequence[Any]:
    """All versions of a site, the latest first, without their bytes."""
    columns = [column for column in ModelRow.__table__.c if column.name != "content"]
    return connection.execute(
        select(*columns).where(ModelRow.site_id == site_id).order_by(ModelRow.category, ModelRow.version.desc())
    ).all()


def add_model(connection: Connection, row: dict[str, Any], *, serves: bool, beside: str | None) -> int | None:
    """A new version, at once the champion if it serves. Returns its number; None, and nothing is added, if the champion
    isn't `beside`. The site's row is locked meanwhile.

    `id`, `site_id`, `category`, `content`, `manifest`, `created_at`. The oldest beyond `KEPT` are forgotten.
    """
    lock(connection, row["site_id"])
    ours = ModelRow.site_id == row["site_id"], ModelRow.category == row["category"]
    champion = connection.execute(select(ModelRow.id).where(*ours, ModelRow.state == State.CHAMPION)).scalar()
    if champion != beside:
        return None
    version: int = (connection.execute(select(func.max(ModelRow.version)).where(*ours)).scalar() or 0) + 1
    if serves:
        retire(connection, row["site_id"], row["category"])
    state = State.CHAMPION if serves else State.REFUSED
    connection.execute(insert(ModelRow).values(**row, version=version, state=state))
    connection.execute(
        delete(ModelRow).where(*ours, ModelRow.version <= version - KEPT, ModelRow.state != State.CHAMPION)
    )
    return version


def lock(connection: Connection, site_id: str) -> None:
    """Whoever changes which version serves holds the site's row."""
    connection.execute(select(Site.id).where(Site.id == site_id).with_for_update())


def retire(connection: Connection, site_id: str, category: str) -> None:
    """Nobody serves any more."""
    connection.execute(
        update(ModelRow)
        .where(ModelRow.site_id == site_id, ModelRow.category == category, ModelRow.state == State.CHAMPION)
        .values(state=State.RETIRED)
    )


def crown(connection: Connection, model_id: str) -> None:
    connection.execute(update(ModelRow).where(ModelRow.id == model_id).values(state=State.CHAMPION))
