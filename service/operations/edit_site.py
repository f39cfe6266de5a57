"""Edit a site, its policy, or an article: what is there already is judged as it was; what comes is judged anew.

Each edit is an entry of the audit log. `token` is whose it is; None: an operator's, at the command line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.policy import Policy
from service.domain.site import SiteRules
from service.errors import Conflict, NotFound
from service.store import audit, places, policies, sites
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


def edit_site(database: Database, site_id: str, change: SiteChange, now: datetime, *, token: str | None) -> None:
    """Change a site. Of two who do so at once neither undoes what the other said of other columns and rules."""
    database.transact(lambda connection: change_site(connection, site_id, change, now, token=token))


def change_site(
    connection: Connection, site_id: str, change: SiteChange, now: datetime, *, token: str | None = None
) -> None:
    """The same within a transaction that does more."""
    row = sites.lock_site(connection, site_id)
    rules = replace(SiteRules.from_document(row.rules), **change.rules)
    sites.change_site(connection, site_id, dict(change.columns), rules)
    changed = [*change.columns, *(f"rules.{name}" for name in change.rules)]
    audit.add_entry(connection, audit.Entry(site_id, token, Act.PUT_SITE, row.name, {"changed": changed}), now)


def edit_policy(
    database: Database, site_id: str, policy: Policy, now: datetime, *, token: str, seen: int | None = None
) -> int:
    """Make the policy the site's next version; the number it got.

    Raises:
        Conflict: somebody has changed it since the version that was `seen`.
    """

    def work(connection: Connection) -> int:
        sites.lock_site(connection, site_id)
        _, version = policies.current_policy(connection, site_id, None)
        if seen is not None and seen != version:
            raise Conflict("policy_changed", facts={"count": version})
        return change_policy(connection, site_id, policy, now, by=token, token=token)

    return database.transact(work)


def change_policy(
    connection: Connection,
    site_id: str,
    policy: Policy,
    now: datetime,
    *,
    by: str,
    token: str | None = None,
    article: tuple[str, str] | None = None,
) -> int:
    """The same within a transaction that does more; with `article` (its id and key) for that article alone.

    The log names which parts are different, never a listed word: that can be somebody's name.
    """
    site = sites.lock_site(connection, site_id)
    article_id, key = article or (None, None)
    before, _ = policies.current_policy(connection, site_id, article_id)
    version = policies.add_policy(connection, site_id, article_id, policy, now, by=by)
    old, new = before.to_document(), policy.to_document()
    data: dict[str, Any] = {"version": version, "changed": [name for name in new if new[name] != old[name]]}
    if key is not None:
        data["article"] = key
    audit.add_entry(connection, audit.Entry(site_id, token, Act.PUT_POLICY, key or site.name, data), now)
    return version


def edit_article(
    database: Database, site: str, change: ArticleChange, now: datetime, *, by: str, token: str | None = None
) -> None:
    """Change an article; it is made if nobody has commented on it yet. The publisher's own title is confirmed.

    Raises:
        NotFound: no such site.
    """
    database.transact(lambda connection: _edit(connection, site, change, now, by, token))


def _edit(connection: Connection, site: str, change: ArticleChange, now: datetime, by: str, token: str | None) -> None:
    place = places.find_place(connection, site, change.key)
    if place is None:
        raise NotFound("site_unknown")
    article_id = places.ensure_article(connection, place, now)
    confirmed = {"title_confirmed": True} if change.columns.get("title") else {}
    sites.change_article(connection, article_id, {**change.columns, **confirmed})
    changed = {"changed": list(change.columns)}
    audit.add_entry(connection, audit.Entry(place.site_id, token, Act.PUT_ARTICLE, change.key, changed), now)
    if change.policy is not None:
        change_policy(
            connection, place.site_id, change.policy, now, by=by, token=token, article=(article_id, change.key)
        )
