"""Edit a site, its policy, or an article: what is there already is judged as it was; what comes is judged anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.policy import Policy
from service.domain.site import SiteRules
from service.errors import NotFound
from service.store import places, policies, sites
from service.store.session import Database


@dataclass(frozen=True, slots=True)
class SiteChange:
    """What a publisher says of a site: only the columns and the rules that are given change."""

    columns: Mapping[str, Any] = field(default_factory=dict)
    rules: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ArticleChange:
    """What a publisher says of an article: only the columns that are given change."""

    key: str
    columns: Mapping[str, Any]
    policy: Policy | None = None


def edit_site(database: Database, site_id: str, change: SiteChange) -> None:
    """Change a site. Of two who do so at once neither undoes what the other said of other columns and rules."""
    database.transact(lambda connection: change_site(connection, site_id, change))


def change_site(connection: Connection, site_id: str, change: SiteChange) -> None:
    """The same within a transaction that does more."""
    row = sites.lock_site(connection, site_id)
    rules = replace(SiteRules.from_document(row.rules), **change.rules)
    sites.change_site(connection, site_id, dict(change.columns), rules)


def edit_policy(database: Database, site_id: str, policy: Policy, now: datetime, *, by: str) -> int:
    """Make the policy the site's next version; the number it got."""
    return database.transact(lambda connection: policies.add_policy(connection, site_id, None, policy, now, by=by))


def edit_article(database: Database, site: str, change: ArticleChange, now: datetime, *, by: str) -> None:
    """Change an article; it is made if nobody has commented on it yet. The publisher's own title is confirmed.

    Raises:
        NotFound: no such site.
    """
    database.transact(lambda connection: _edit(connection, site, change, now, by))


def _edit(connection: Connection, site: str, change: ArticleChange, now: datetime, by: str) -> None:
    place = places.find_place(connection, site, change.key)
    if place is None:
        raise NotFound("site_unknown")
    article_id = places.ensure_article(connection, place, now)
    confirmed = {"title_confirmed": True} if change.columns.get("title") else {}
    sites.change_article(connection, article_id, {**change.columns, **confirmed})
    if change.policy is not None:
        policies.add_policy(connection, place.site_id, article_id, change.policy, now, by=by)
