"""The versions of policies: a site's, and those that articles have of their own."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column

from service.domain.bounds import Bounds
from service.domain.policy import Policy
from service.domain.site import SiteRules
from service.store import sites, thresholds
from service.store.base import Base, Id, Json, UtcTime, new_id
from service.store.moderation import Token
from service.store.sites import Site


class PolicyVersion(Base):
    """One version of a site's policy, or of one article's own. The latest counts; none is ever changed."""

    __tablename__ = "policies"
    __table_args__ = (
        Index(
            "uq_policies_site",
            "site_id",
            "version",
            unique=True,
            postgresql_where=text("article_id IS NULL"),
            sqlite_where=text("article_id IS NULL"),
        ),
        Index(
            "uq_policies_article",
            "article_id",
            "version",
            unique=True,
            postgresql_where=text("article_id IS NOT NULL"),
            sqlite_where=text("article_id IS NOT NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    article_id: Mapped[str | None] = mapped_column(Id, ForeignKey("articles.id"))
    version: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(200), default="")


@dataclass(frozen=True, slots=True)
class Bounded:
    """A site whose policy states bounds, and from which score on that policy holds."""

    site_id: str
    name: str
    bounds: Bounds
    hold: float


def bounded_sites(connection: Connection) -> list[Bounded]:
    """The sites for which thresholds are computed: those whose policy states a bound, or did until just now."""
    newer = aliased(PolicyVersion)
    document = PolicyVersion.document
    rows = connection.execute(
        select(Site.id, Site.name, document["bounds"].label("bounds"), document["hold"].label("hold"))
        .join(PolicyVersion, and_(PolicyVersion.site_id == Site.id, PolicyVersion.article_id.is_(None)))
        .where(
            ~exists().where(
                newer.site_id == PolicyVersion.site_id,
                newer.article_id.is_(None),
                newer.version > PolicyVersion.version,
            )
        )
        .order_by(Site.id)
    ).all()
    known = {row.id for row in thresholds.sites_with_rows(connection)}
    found = []
    for row in rows:
        bounds = Bounds.from_document(row.bounds or {})
        if row.id in known or any(bounds.stated()):
            found.append(Bounded(row.id, row.name, bounds, Policy().hold if row.hold is None else row.hold))
    return found


def has_own_policy(connection: Connection, article_id: str) -> bool:
    statement = select(PolicyVersion.id).where(PolicyVersion.article_id == article_id).limit(1)
    return connection.execute(statement).scalar() is not None


def current_policy(connection: Connection, site_id: str, article_id: str | None) -> tuple[Policy, int]:
    """The policy that counts for an article (its own, else its site's) and its version; version 0 is the default."""
    return current_policies(connection, {(site_id, article_id)})[site_id, article_id]


_newer = aliased(PolicyVersion)
_CURRENT_POLICIES = select(
    PolicyVersion.site_id, PolicyVersion.article_id, PolicyVersion.document, PolicyVersion.version
).where(
    or_(
        and_(PolicyVersion.article_id.is_(None), PolicyVersion.site_id.in_(bindparam("sites", expanding=True))),
        PolicyVersion.article_id.in_(bindparam("articles", expanding=True)),
    ),
    ~exists().where(
        _newer.site_id == PolicyVersion.site_id,
        _newer.article_id.is_not_distinct_from(PolicyVersion.article_id),
        _newer.version > PolicyVersion.version,
    ),
)


def current_policies(
    connection: Connection, places: AbstractSet[tuple[str, str | None]]
) -> dict[tuple[str, str | None], tuple[Policy, int]]:
    """The policy that counts, and its version, for each pair of a site's id and an article's. One statement.

    Bounds are always the site's.
    """
    asked = {
        "sites": sorted({site_id for site_id, _ in places}),
        "articles": sorted({article_id for _, article_id in places if article_id is not None}),
    }
    known = {
        (row.site_id, row.article_id): (Policy.from_document(row.document), row.version)
        for row in connection.execute(_CURRENT_POLICIES, asked)
    }
    default = Policy(), 0
    found = {}
    for place in places:
        of_site = known.get((place[0], None)) or default
        policy, version = known.get(place) or of_site
        if policy.bounds != of_site[0].bounds:
            policy = replace(policy, bounds=of_site[0].bounds)
        found[place] = policy, version
    return found


def versions(connection: Connection, site_id: str, limit: int = 100) -> list[dict[str, Any]]:
    """The versions of the site's policy, the latest first: `version`, `created_at`, and `by` whom: a token's name."""
    tokens = connection.execute(select(Token.id, Token.name).where(Token.site_id == site_id))
    names = {row.id: row.name for row in tokens}
    rows = connection.execute(
        select(PolicyVersion.version, PolicyVersion.created_at, PolicyVersion.created_by)
        .where(PolicyVersion.site_id == site_id, PolicyVersion.article_id.is_(None))
        .order_by(PolicyVersion.version.desc())
        .limit(limit)
    )
    return [
        {"version": row.version, "created_at": row.created_at, "by": names.get(row.created_by, row.created_by)}
        for row in rows
    ]


_JUDGED_BY: Final = ("mode", "hold_first_comment", "hold", "reject", "weights", "caps", "shadow")


def shadow_since(connection: Connection, site_id: str, limit: int = 100) -> tuple[int, datetime] | None:
    """Since which version, and when, the site's policy and its shadow have judged as they do; None without a shadow.

    Its lists may have changed since: both judge by them.
    """
    rows = connection.execute(
        select(
            PolicyVersion.version,
            PolicyVersion.created_at,
            *(PolicyVersion.document[name].label(name) for name in _JUDGED_BY),
        )
        .where(PolicyVersion.site_id == site_id, PolicyVersion.article_id.is_(None))
        .order_by(PolicyVersion.version.desc())
        .limit(limit)
    ).all()
    if not rows or rows[0].shadow is None:
        return None
    first = list(takewhile(lambda row: row[2:] == rows[0][2:], rows))[-1]
    return first.version, first.created_at


def find_version(connection: Connection, site_id: str, version: int) -> Policy | None:
    """One version of the site's policy, or None."""
    document = connection.execute(
        select(PolicyVersion.document).where(
            PolicyVersion.site_id == site_id, PolicyVersion.article_id.is_(None), PolicyVersion.version == version
        )
    ).scalar()
    return None if document is None else Policy.from_document(document)


def add_policy(
    connection: Connection, site_id: str, article_id: str | None, policy: Policy, now: datetime, *, by: str
) -> int:
    """A new version of a policy; the number it got. The site's row is locked so that two can't take the same number."""
    connection.execute(select(Site.id).where(Site.id == site_id).with_for_update())
    own = PolicyVersion.article_id.is_(None) if article_id is None else PolicyVersion.article_id == article_id
    latest = connection.execute(
        select(PolicyVersion.version)
        .where(PolicyVersion.site_id == site_id, own)
        .order_by(PolicyVersion.version.desc())
        .limit(1)
    ).scalar()
    version: int = (latest or 0) + 1
    connection.execute(
        insert(PolicyVersion).values(
            id=new_id(),
            site_id=site_id,
            article_id=article_id,
            version=version,
            document=policy.to_document(),
            created_at=now,
            created_by=by,
        )
    )
    connection.execute(update(Site).where(Site.id == site_id).values(version=Site.version + 1))
    return version


def add_site(
    connection: Connection,
    name: str,
    now: datetime,
    *,
    title: str,
    origins: list[str],
    languages: list[str],
    rules: SiteRules,
    policy: Policy,
) -> str:
    """A new site with the first version of its policy; its id. The caller has checked that the name is free."""
    site_id = sites.add_site(connection, name, now, title=title, origins=origins, languages=languages, rules=rules)
    add_policy(connection, site_id, None, policy, now, by="site add")
    return site_id
