"""Places: a site and an article in one look, as every request of a reader needs them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from service.domain.policy import Mode
from service.domain.site import SiteRules
from service.store.base import new_id
from service.store.comments import Comment
from service.store.policies import PolicyVersion
from service.store.sites import Article, Site


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
    published_at: datetime | None
    published_count: int
    article_version: int
    mode: Mode

    def closed_reason(self, now: datetime) -> str | None:
        """Why no comments are taken here now: the `site`, the `article`, its `age`; None while they are."""
        if self.mode is Mode.CLOSED:
            return "site"
        if not self.is_open:
            return "article"
        days = self.rules.close_days
        aged = days and self.published_at is not None and now - self.published_at > timedelta(days=days)
        return "age" if aged else None


# Only the mode: a policy may carry ten thousand words, and readers' requests have no use for them.
_mode = PolicyVersion.document["mode"].as_string()
_site_mode = (
    select(_mode)
    .where(PolicyVersion.site_id == Site.id, PolicyVersion.article_id.is_(None))
    .order_by(PolicyVersion.version.desc())
    .limit(1)
    .correlate(Site)
    .scalar_subquery()
)
_article_mode = (
    select(_mode)
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
        Article.published_at,
        Article.published_count,
        Article.version.label("article_version"),
        func.coalesce(_article_mode, _site_mode).label("mode"),
    )
    .outerjoin_from(Site, Article, and_(Article.site_id == Site.id, Article.key == bindparam("article")))
    .where(Site.name == bindparam("site"))
)


def find_place(connection: Connection, site: str, article: str) -> Place | None:
    """The site by name, with the article if it is known; None without the site. One statement."""
    row = connection.execute(_PLACE, {"site": site, "article": article}).one_or_none()
    if row is None:
        return None
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
        published_at=row.published_at,
        published_count=row.published_count or 0,
        article_version=row.article_version or 0,
        mode=Mode(row.mode or Mode.AUTO),
    )


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


def place_of(connection: Connection, comment_id: str) -> Place | None:
    """The site and article a comment is on; None without such a comment."""
    row = connection.execute(
        select(Site.name, Article.key)
        .join(Article, Article.site_id == Site.id)
        .join(Comment, Comment.article_id == Article.id)
        .where(Comment.id == comment_id)
    ).one_or_none()
    return find_place(connection, row.name, row.key) if row is not None else None


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
