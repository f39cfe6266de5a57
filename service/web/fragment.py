"""The discussion as a piece of HTML, for publishers whose own servers put it into their pages.

It is the same for everybody: in the site's language, without form, token or anything a reader typed. Whoever wants to
write goes to the complete page. The comments are schema.org items, so that search engines can tell who said what.
"""

from datetime import UTC, datetime

from flask import Blueprint, Response, render_template, request

from service.front import front
from service.web.discussion import Start, read_discussion
from service.web.kept import kept
from service.web.pages import address_of, article_link, place_of_page
from service.web.reader import absolute, publishers_language
from service.web.sheet import phrases
from service.web.view import View

fragment = Blueprint("fragment", __name__)


@fragment.get("/sites/<site>/fragments/<path:article>")
def show_fragment(site: str, article: str) -> Response:
    """One page of the discussion, with the same `order`, `after` and `from` as the page for readers."""
    place = place_of_page(site, article)
    spoken = publishers_language(place.languages)
    view = View(absolute(address_of(place)), newest_first=request.args.get("order") == "newest")
    start = Start(request.args.get("after", ""), request.args.get("from", ""), newest_first=view.newest_first)
    with front().database.read() as connection:
        discussion = read_discussion(connection, place, start)
    html = render_template(
        "fragment.html",
        **phrases(spoken),
        place=place,
        discussion=discussion,
        view=view,
        absolute=absolute,
        article=article_link(place) or view.address,
        is_open=place.closed_reason(datetime.now(UTC)) is None,
    )
    return kept(html.encode(), "text/html", spoken)
