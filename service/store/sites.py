"""Sites, their articles, and the versions of their policies."""

import re
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    and_,
    bindparam,
    exists,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, aliased, mapped_column

from service.domain.policy import Mode, Policy
from service.domain.site import SiteRules
from service.store.base import Base, Id, Json, UtcTime, new_id, table


class Site(Base):
    """A publisher's property. `name` is the slug in addresses; `version` rises with whatever readers can see of it."""

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(63), unique=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    origins: Mapped[list[str]] = mapped_column(Json)
    languages: Mapped[list[str]] = mapped_column(Json)
    rules: Mapped[dict[str, Any]] = mapped_column(Json)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Article(Base):
    """What is commented on. `key` is the publisher's own id; `version` rises when its public list changes."""

    __tablename__ = "articles"
    __table_args__ = (
        UniqueConstraint("site_id", "key"),
        CheckConstraint("published_count >= 0", name="count"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    key: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(300), default="")
    title_confirmed: Mapped[bool] = mapped_column(Boolean, default=False)
    url: Mapped[str] = mapped_column(String(2000), default="")
    published_at: Mapped[datetime | None] = mapped_column(UtcTime)
    is_open: Mapped[bool] = mapped_column(Boolean, default=True)
    published_count: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


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
    site_id: Mapped[str] = mapped_column(ForeignKey("sites.id"))
    article_id: Mapped[str | None] = mapped_column(ForeignKey("articles.id"))
    version: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    created_by: Mapped[str] = mapped_column(String(200), default="")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment goes or a list comes from: the site, and the article if it has been commented on before."""

    site_id: str
    site_name: str
    site_title: str
    origins: tuple[str, ...]
    languages: tuple[str, ...]
    rules: SiteRules
    site_version: int
    article_key: str
    article_id: str | None
    article_title: str
    article_url: str
    is_open: bool
    published_count: int
    article_version: int
    mode: Mode


_site_policy = (
    select(PolicyVersion.document)
    .where(PolicyVersion.site_id == Site.id, PolicyVersion.article_id.is_(None))
    .order_by(PolicyVersion.version.desc())
    .limit(1)
    .correlate(Site)
    .scalar_subquery()
)
_article_policy = (
    select(PolicyVersion.document)
    .where(PolicyVersion.article_id == Article.id)
    .order_by(PolicyVersion.version.desc())
    .limit(1)
    .correlate(Article)
    .scalar_subquery()
)


_PLACE = (
    select(
        Site.id.label("site_id"),
        Site.name,
        Site.title.label("site_title"),
        Site.origins,
        Site.languages,
        Site.rules,
        Site.version.label("site_version"),
        Article.id.label("article_id"),
        Article.title,
        Article.url,
        Article.is_open,
        Article.published_count,
        Article.version.label("article_version"),
        _site_policy.label("site_policy"),
        _article_policy.label("article_policy"),
    )
    .outerjoin_from(Site, Article, and_(Article.site_id == Site.id, Article.key == bindparam("article")))
    .where(Site.name == bindparam("site"))
)


def find_place(connection: Connection, site: str, article: str) -> Place | None:
    """The site by name, with the article if it is known; None without the site. One statement."""
    row = connection.execute(_PLACE, {"site": site, "article": article}).one_or_none()
    if row is None:
        return None
    policy = row.article_policy or row.site_policy or {}
    known = row.article_id is not None
    return Place(
        site_id=row.site_id,
        site_name=row.name,
        site_title=row.site_title,
        origins=tuple(row.origins),
        languages=tuple(row.languages),
        rules=SiteRules.from_document(row.rules),
        site_version=row.site_version,
        article_key=article,
        article_id=row.article_id,
        article_title=row.title or "",
        article_url=row.url or "",
        is_open=row.is_open if known else True,
        published_count=row.published_count or 0,
        article_version=row.article_version or 0,
        mode=Mode(policy.get("mode", Mode.AUTO)),
    )


def is_site_name(name: str) -> bool:
    """Whether a name can stand in addresses."""
    return re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name) is not None


def find_site(connection: Connection, name: str) -> Any:
    """The site's row by its name, or None."""
    return connection.execute(select(Site.__table__).where(Site.name == name)).one_or_none()


def ensure_article(connection: Connection, place: Place, now: datetime, *, title: str = "", url: str = "") -> str:
    """The article's id; the article is made when this is its first comment. A reader's title stays unconfirmed."""
    if place.article_id is not None:
        return place.article_id
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(
        dialect.insert(Article)
        .values(
            id=new_id(),
            site_id=place.site_id,
            key=place.article_key,
            title=title,
            url=url,
            created_at=now,
            title_confirmed=False,
            is_open=True,
            published_count=0,
            version=1,
        )
        .on_conflict_do_nothing(index_elements=["site_id", "key"])
    )
    found: str = connection.execute(
        select(Article.id).where(Article.site_id == place.site_id, Article.key == place.article_key)
    ).scalar_one()
    return found


def find_article(connection: Connection, site_id: str, key: str) -> Any:
    """The article's row by the publisher's id, or None."""
    return connection.execute(
        select(Article.__table__).where(Article.site_id == site_id, Article.key == key)
    ).one_or_none()


def change_article(connection: Connection, article_id: str, changes: dict[str, Any]) -> None:
    """Change an article's columns; readers' copies of its list go stale."""
    connection.execute(update(Article).where(Article.id == article_id).values(version=Article.version + 1, **changes))


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
    """The policy that counts, and its version, for each pair of a site's id and an article's. One statement."""
    asked = {
        "sites": sorted({site_id for site_id, _ in places}),
        "articles": sorted({article_id for _, article_id in places if article_id is not None}),
    }
    known = {
        (row.site_id, row.article_id): (Policy.from_document(row.document), row.version)
        for row in connection.execute(_CURRENT_POLICIES, asked)
    }
    default = Policy(), 0
    return {place: known.get(place) or known.get((place[0], None)) or default for place in places}


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
    """A new site with the first version of its policy. The caller has checked that the name is free."""
    site_id = new_id()
    connection.execute(
        insert(Site).values(
            id=site_id,
            name=name,
            title=title,
            origins=origins,
            languages=languages,
            rules=asdict(rules),
            version=1,
            created_at=now,
        )
    )
    add_policy(connection, site_id, None, policy, now, by="site add")
    return site_id


def change_site(connection: Connection, site_id: str, changes: dict[str, Any], rules: SiteRules | None) -> None:
    """Change a site's columns, and its rules if given; readers' copies of its pages go stale."""
    if rules is not None:
        changes = changes | {"rules": asdict(rules)}
    connection.execute(update(Site).where(Site.id == site_id).values(version=Site.version + 1, **changes))


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


def lock_articles(connection: Connection, article_ids: list[str]) -> None:
    """Take the articles' rows in the order of their ids before their comments move: no deadlock, right counts."""
    connection.execute(
        select(Article.id)
        .where(Article.id.in_(sorted(set(article_ids))))
        .order_by(Article.id)
        .with_for_update(key_share=True)
    )


_CHANGE_PUBLISHED = (
    update(table(Article))
    .where(table(Article).c.id == bindparam("article", type_=Id))
    .values(published_count=table(Article).c.published_count + bindparam("by"), version=table(Article).c.version + 1)
)


def change_published(connection: Connection, changes: dict[str, int]) -> None:
    """Add to the counters of articles (already locked) and let their versions rise: their lists changed."""
    if changes:
        connection.execute(
            _CHANGE_PUBLISHED, [{"article": article, "by": by} for article, by in sorted(changes.items())]
        )


def counts(connection: Connection, site: str, articles: list[str]) -> dict[str, int] | None:
    """Published comments by article key; 0 for articles nobody has commented on. None without the site."""
    if connection.execute(select(Site.id).where(Site.name == site)).scalar() is None:
        return None
    rows = connection.execute(
        select(Article.key, Article.published_count)
        .join(Site, Site.id == Article.site_id)
        .where(Site.name == site, Article.key.in_(articles))
    )
    found = {key: count for key, count in rows}  # noqa: C416 - rows are not pairs to dict()
    return {article: found.get(article, 0) for article in articles}
