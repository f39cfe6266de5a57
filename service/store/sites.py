"""Sites and their articles."""

import re
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Integer,
    String,
    UniqueConstraint,
    bindparam,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

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
    reserved_names: Mapped[list[str]] = mapped_column(Json, default=list)
    """Kept for the newsroom's own: whoever else writes under one is held."""
    wordings: Mapped[dict[str, dict[str, str]]] = mapped_column(Json, default=dict)
    """The site's own public wordings, by reason and language: in place of the standard ones."""
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=list)
    """Decision reasons of the site's own: `word`, and `sentences` by language."""
    version: Mapped[int] = mapped_column(Integer, default=1)
    bans_version: Mapped[int] = mapped_column(Integer, default=1)
    """Rises with its bans by domain, name and word: workers keep those, compiled."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Article(Base):
    """What is commented on. `key` is the publisher's own id; `version` rises when its public list changes."""

    __tablename__ = "articles"
    __table_args__ = (
        UniqueConstraint("site_id", "key"),
        CheckConstraint("published_count >= 0", name="count"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    key: Mapped[str] = mapped_column(String(255))
    title: Mapped[str] = mapped_column(String(300), default="")
    title_confirmed: Mapped[bool] = mapped_column(Boolean, default=False)
    url: Mapped[str] = mapped_column(String(2000), default="")
    published_at: Mapped[datetime | None] = mapped_column(UtcTime)
    is_open: Mapped[bool] = mapped_column(Boolean, default=True)
    published_count: Mapped[int] = mapped_column(Integer, default=0)
    version: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


def is_site_name(name: str) -> bool:
    """Whether a name can stand in addresses."""
    return re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", name) is not None


def find_site(connection: Connection, name: str) -> Any:
    """The site's row by its name, or None."""
    return connection.execute(select(Site.__table__).where(Site.name == name)).one_or_none()


def own_reasons(connection: Connection, site_id: str) -> list[str]:
    """The words of the decision reasons that a site has added."""
    return [each["word"] for each in connection.execute(select(Site.reasons).where(Site.id == site_id)).scalar_one()]


def lock_site(connection: Connection, site_id: str) -> Any:
    """The site's row, which nobody else changes until this transaction ends."""
    return connection.execute(select(Site.__table__).where(Site.id == site_id).with_for_update()).one()


def hold_site(connection: Connection, site_id: str) -> None:
    """Have whoever else does so with this site wait until this transaction ends; comments come in all the while."""
    connection.execute(select(Site.id).where(Site.id == site_id).with_for_update(key_share=True))


def change_bans(connection: Connection, site_id: str) -> None:
    """The site's lists of bans are about to change; until this transaction ends, nobody else changes them."""
    connection.execute(update(Site).where(Site.id == site_id).values(bans_version=Site.bans_version + 1))


def confirmed_titles(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Titles by articles' ids; of those only that the publisher gave."""
    found = connection.execute(
        select(Article.id, Article.title).where(Article.id.in_(sorted(ids)), Article.title_confirmed)
    )
    return {row.id: row.title for row in found}


def find_article(connection: Connection, site_id: str, key: str) -> Any:
    """The article's row by the publisher's id, or None."""
    return connection.execute(
        select(Article.__table__).where(Article.site_id == site_id, Article.key == key)
    ).one_or_none()


def change_article(connection: Connection, article_id: str, changes: dict[str, Any]) -> None:
    """Change an article's columns; readers' copies of its list go stale."""
    connection.execute(update(Article).where(Article.id == article_id).values(version=Article.version + 1, **changes))


def add_site(
    connection: Connection,
    name: str,
    now: datetime,
    *,
    title: str,
    origins: list[str],
    languages: list[str],
    rules: SiteRules,
) -> str:
    """A new site, whose policy comes next. The caller has checked that the name is free."""
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
            bans_version=1,
            created_at=now,
        )
    )
    return site_id


def change_site(connection: Connection, site_id: str, changes: dict[str, Any], rules: SiteRules | None) -> None:
    """Change a site's columns, and its rules if given; readers' copies of its pages go stale."""
    if rules is not None:
        changes = changes | {"rules": asdict(rules)}
    connection.execute(update(Site).where(Site.id == site_id).values(version=Site.version + 1, **changes))


_LOCK_ARTICLES = (
    select(Article.id)
    .where(Article.id.in_(bindparam("ids", expanding=True)))
    .order_by(Article.id)
    .with_for_update(key_share=True)
)


def lock_articles(connection: Connection, article_ids: list[str]) -> None:
    """Take the articles' rows in the order of their ids before their comments move: no deadlock, right counts."""
    connection.execute(_LOCK_ARTICLES, {"ids": sorted(set(article_ids))})


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
