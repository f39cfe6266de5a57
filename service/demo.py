"""The demo: a small newspaper's site, its three stories, and what is known of them.

The site is automatic, without the hold of first comments, so that a newcomer sees a comment appear. Its readers'
letters are sent in by the back room (`workers.letters`); a story has its date once all of them are there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from service.domain.policy import Policy
from service.domain.roles import Role
from service.domain.site import SiteRules
from service.keys import hash_secret, split_token
from service.store import moderation, places, policies, sites

SITE: Final = "demo"


@dataclass(frozen=True, slots=True)
class Story:
    """An article of the demo. Its text is the template `stories/{key}.html`, its picture lies in `static/`."""

    key: str
    rubric: str
    title: str
    standfirst: str
    alt: str
    age: timedelta
    """How long ago it was published when the demo is made."""
    is_open: bool = True

    @property
    def picture(self) -> str:
        return f"{self.key}.svg"


STORIES: Final = (
    Story(
        "place-du-marche",
        "Valmoret · Urbanisme",
        "La place du Marché rendue aux piétons au printemps",
        "À Valmoret-sur-Loire, les voitures quitteront le pavé le 2 avril. Des tilleuls, une fontaine et une navette "
        "prendront la place de cinquante-deux stationnements. Les commerçants, eux, sont partagés.",
        "Dessin : le matin, une place pavée bordée de façades claires, une halle, des étals rayés et de jeunes arbres.",
        timedelta(days=6),
    ),
    Story(
        "tramway-de-nuit",
        "Valmoret · Mobilités",
        "Le tramway roulera toute la nuit le week-end",
        "À Valmoret-sur-Loire, le conseil municipal a voté lundi soir six mois d’essai sur la ligne A, les nuits du "
        "vendredi et du samedi. Le débat a porté sur la facture, et sur le sommeil des riverains.",
        "Dessin : de nuit, une rame de tramway aux fenêtres éclairées traverse un pont sur la Loire.",
        timedelta(hours=9),
    ),
    Story(
        "cedre-du-parc",
        "Valmoret · Nature en ville",
        "Le grand cèdre du parc Boisrenard restera debout",
        "Condamné en août après la chute d’une branche, l’arbre bicentenaire de Valmoret est sauvé par une seconde "
        "expertise et 4 116 signatures. Il aura des haubans, des béquilles et une barrière.",
        "Dessin : en fin de journée, un grand cèdre aux branches en étages domine une pelouse et un banc de pierre.",
        timedelta(days=24),
        is_open=False,
    ),
)
ARTICLE: Final = "tramway-de-nuit"
"""The quiet one, where a newcomer's comment is the first."""


def find_story(key: str) -> Story | None:
    return next((story for story in STORIES if story.key == key), None)


def ensure(connection: Connection, public_url: str, now: datetime) -> str:
    """The demo site and its articles, made if they aren't there, reachable from where the service is. The site's id."""
    origins = [public_url] if public_url else []
    row = sites.find_site(connection, SITE)
    if row is None:
        site_id = policies.add_site(
            connection, SITE, now, title="Le Courrier de la Loire", origins=origins, languages=["fr", "en"],
            rules=SiteRules(), policy=Policy(hold_first_comment=False, audit_share=0.0),  # its letters are ours
        )  # fmt: skip
    else:
        site_id = row.id
        missing = [origin for origin in origins if origin not in row.origins]
        if missing:
            sites.change_site(connection, site_id, {"origins": [*row.origins, *missing]}, None)
    for story in STORIES:
        _ensure_article(connection, story, public_url, now)
    return str(site_id)


def _ensure_article(connection: Connection, story: Story, public_url: str, now: datetime) -> None:
    place = places.find_place(connection, SITE, story.key)
    url = f"{public_url}/demo/{story.key}" if public_url else ""
    if place is not None and place.article_id is None:
        article_id = places.ensure_article(connection, place, now, title=story.title, url=url)
        sites.change_article(connection, article_id, {"title_confirmed": True})
    elif place is not None and place.article_id is not None and url and place.article_url == f"{public_url}/demo/":
        sites.change_article(connection, place.article_id, {"url": url})  # where earlier releases had it


def unfinished(connection: Connection) -> list[Story]:
    """The stories whose readers' letters are not all there yet."""
    return [story for story in STORIES if (place := _place(connection, story)) and place.published_at is None]


def finish(connection: Connection, story: Story, published_at: datetime) -> None:
    """A story's letters are all there: it gets its date, for good, and is closed if it is one that is closed."""
    place = _place(connection, story)
    if place is not None and place.article_id is not None:
        changes = {"published_at": published_at} | ({} if story.is_open else {"is_open": False})
        sites.change_article(connection, place.article_id, changes)


def _place(connection: Connection, story: Story) -> places.Place | None:
    return places.find_place(connection, SITE, story.key)


def opens(connection: Connection, shown: str, site_id: str) -> bool:
    """Whether this is a good owner's token of the site: earlier releases made a moderator's."""
    parts = split_token(shown)
    row = moderation.find_token(connection, parts[0]) if parts else None
    return bool(
        parts
        and row
        and row.site_id == site_id
        and row.role == Role.OWNER
        and row.revoked_at is None
        and row.expires_at is None
        and row.secret_hash == hash_secret(parts[1])
    )
