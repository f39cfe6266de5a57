"""The demo site: automatic, without the hold of first comments, so that a newcomer sees a comment appear."""

from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from service.domain.policy import Policy
from service.domain.site import SiteRules
from service.keys import hash_secret, split_token
from service.store import moderation, places, policies, sites

SITE: Final = "demo"
ARTICLE: Final = "tramway-de-nuit"
TITLE: Final = "Le tramway roulera toute la nuit le week-end"


def ensure(connection: Connection, public_url: str, now: datetime) -> str:
    """The demo site and article, made if they aren't there, reachable from where the service now is. The site's id."""
    origins = [public_url] if public_url else []
    row = sites.find_site(connection, SITE)
    if row is None:
        site_id = policies.add_site(
            connection, SITE, now, title="Le Courrier de la Loire", origins=origins, languages=["fr", "en"],
            rules=SiteRules(), policy=Policy(hold_first_comment=False),
        )  # fmt: skip
    else:
        site_id = row.id
        missing = [origin for origin in origins if origin not in row.origins]
        if missing:
            sites.change_site(connection, site_id, {"origins": [*row.origins, *missing]}, None)
    place = places.find_place(connection, SITE, ARTICLE)
    if place is not None and place.article_id is None:
        places.ensure_article(connection, place, now, title=TITLE, url=f"{public_url}/demo/" if public_url else "")
    return str(site_id)


def opens(connection: Connection, shown: str, site_id: str) -> bool:
    """Whether this is a good moderator's token of the site."""
    parts = split_token(shown)
    row = moderation.find_token(connection, parts[0]) if parts else None
    return bool(
        parts
        and row
        and row.site_id == site_id
        and row.revoked_at is None
        and row.expires_at is None
        and row.secret_hash == hash_secret(parts[1])
    )
