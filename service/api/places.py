"""Who is let in where: the site and article a reader's request is about, their origin, and how often they may post."""

from typing import Any, Final

from flask import current_app, g, request

from service.errors import Invalid, NotFound, Sentence, TooMany
from service.front import front
from service.limits import client_net
from service.store import places, sites
from service.store.backlog import Stage
from service.store.places import Place
from service.web.reader import admit

ARTICLE_ROUTE: Final = "/v1/sites/<site>/articles/<path:article>"
BUSY_SECONDS: Final = 30


def place_of_request(site: str, article: str) -> Place:
    """The site and article in question, and the reader let in by their origin.

    Raises:
        NotFound: no such site.
        Invalid: an article id that can't be one.
        Forbidden: the origin isn't the site's.
    """
    check_key(article)
    with front().database.read() as connection:
        place = places.find_place(connection, site, article) if sites.is_site_name(site) else None
    if place is None:
        raise NotFound("site_unknown")
    admit(place)
    return place


def place_of_receipt(receipt: str) -> tuple[Place, str]:
    """The place and the id of a receipt's comment, and the author let in by their origin.

    Raises:
        NotFound: the receipt isn't one of ours.
        Forbidden: the origin isn't the site's.
    """
    comment_id = front().keys.comment_of(receipt)
    if comment_id is None:
        raise NotFound("receipt_unknown")
    with front().database.read() as connection:
        place = places.place_of(connection, comment_id)
    if place is None:
        raise NotFound("receipt_unknown")
    admit(place)
    return place, comment_id


def check_key(article: str) -> None:
    """An article's id is the publisher's own: anything printable of up to 255 characters."""
    if len(article) > 255 or not article.isprintable():
        raise Invalid({"article": [Sentence("field.article_key")]})


def count_against_limit(place: Place, act: str = "submission", code: str = "too_many") -> None:
    """Count one act of this client on this site. Each kind may be done as often as submissions, and apart from them.

    Raises:
        TooMany: with the seconds to wait.
    """
    client = front().keys.address(place.site_id, client_net(request.remote_addr or ""))
    wait = front().limits.wait(
        f"{act}:{place.site_id}:{client:x}", burst=place.rules.burst, per_minute=place.rules.per_minute
    )
    if wait:
        raise TooMany(code, facts={"count": wait}, headers={"Retry-After": str(wait)})


def refuse_when_busy(place: Place) -> None:
    """Take no comment while so many of the site wait for their verdict.

    Raises:
        TooMany: with the seconds after which some of them will have been judged.
    """
    if front().backlog.stage(front().database, place.site_id) is Stage.REFUSING:
        g.outcome = "busy"
        raise TooMany("site_busy", facts={"count": BUSY_SECONDS}, headers={"Retry-After": str(BUSY_SECONDS)})


def preflight() -> Any:
    """A browser asks before it sends JSON from another origin: yes to the site's own, 403 to others."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    known = request.view_args or {}
    if "site" in known:
        place_of_request(known["site"], known.get("article", ""))
    elif "receipt" in known:
        place_of_receipt(known["receipt"])
    allowed = current_app.make_default_options_response().allow
    response = current_app.response_class(status=204)
    response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(allowed))
    response.headers["Access-Control-Allow-Headers"] = "Content-Type, Idempotency-Key, If-None-Match"
    response.headers["Access-Control-Max-Age"] = "600"
    return response
