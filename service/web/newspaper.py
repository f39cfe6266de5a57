"""The demo's newspaper, « Le Courrier de la Loire »: its front page, and a page for each story with its discussion.

Its pages work without scripts, and may run ours: the counts of the front page, and the widget, which takes the place of
the discussion that the server has put inside it.
"""

from datetime import UTC, datetime

from flask import Blueprint, Response
from markupsafe import Markup

from service import demo
from service.errors import NotFound
from service.front import front
from service.store import places
from service.web.pages import place_of_page, show_article
from service.web.reader import language
from service.web.sheet import sheet
from service.words import say

newspaper = Blueprint("newspaper", __name__)


@newspaper.get("/demo/")
def front_page() -> Response:
    """The lead, the other stories, and how many comments each has."""
    place_of_page(demo.SITE, "")
    with front().database.read() as connection:
        counts = places.counts(connection, demo.SITE, [story.key for story in demo.STORIES])
    lead, *others = demo.STORIES
    tallies = {key: _tally(key, count) for key, count in (counts or {}).items()}
    return sheet(
        "front.html", scripts=True, site=demo.SITE, lead=lead, others=others, tallies=tallies, now=datetime.now(UTC)
    )


def _tally(key: str, count: int) -> Markup:
    """« 264 commentaires », with the number where the script of the counts looks for it."""
    before, number, after = say("page.comments_count", language(), count=count).partition(str(count))
    return Markup('{}<span data-moderato-count="{}">{}</span>{}').format(before, key, number, after)


@newspaper.get("/demo/<key>")
def show_story(key: str) -> Response:
    if demo.find_story(key) is None:
        raise NotFound("not_found")
    return show_article(place_of_page(demo.SITE, key))
