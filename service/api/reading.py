"""What readers read: an article's comments, how many there are, and the token of a form."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, current_app, request

from service.api import query, shown
from service.api.answers import private
from service.api.cursors import cursor_after, read_cursor
from service.api.describe import NOT_KEPT, SITE, Answer, Described, described
from service.api.fields import as_identifier
from service.api.places import ARTICLE_ROUTE, check_key, place_of_request, preflight
from service.domain.comment import Status
from service.errors import Invalid, NotFound, Sentence
from service.front import front
from service.render import RENDERER_VERSION
from service.store import places, reading
from service.store.places import Place

blueprint = Blueprint("reading", __name__)
blueprint.before_request(preflight)

_MOST_ARTICLES: Final = 200
_WITH_ETAG: Final = {
    "ETag": {"description": "Weak, over article, site, renderer and query.", "example": 'W/"7.1.1.8f14e45fceea"'},
    "Cache-Control": {"description": "Kept by whoever asks each time.", "example": "public, no-cache"},
}
_FOR_A_MOMENT: Final = {"Cache-Control": {"description": "Kept for ten seconds.", "example": "public, max-age=10"}}
_AT: Final = {"type": "string", "format": "uuid", "description": "The comment with which the page begins."}
_comment_schema = shown.PublicComment()
_tombstone_schema = shown.Tombstone()


@blueprint.get(f"{ARTICLE_ROUTE}/comments")
@described(
    Described(
        "An article's published comments.",
        "readers",
        {
            200: Answer(shown.CommentPage, headers=_WITH_ETAG),
            304: Answer(None, "Nothing has changed since the ETag.", "", headers=_WITH_ETAG),
        },
        (*SITE, "comment_unknown"),
        query={"order": query.ORDER, "limit": query.LIMIT, "cursor": query.CURSOR, "at": _AT},
        headers={"If-None-Match": {"type": "string", "description": "The ETag of the page that is there already."}},
    )
)
def list_comments(site: str, article: str) -> Any:
    """Published only; a weak ETag, so that a reader who has the page gets a 304."""
    place = place_of_request(site, article)
    order, limit = query.choice("order", query.ORDERS, "oldest"), query.limit()
    after, at = read_cursor(request.args.get("cursor")), request.args.get("at")
    etag = _etag(place, order, limit, at or request.args.get("cursor", ""))
    if request.if_none_match.contains_weak(etag):
        response: Any = current_app.response_class(status=304)
    else:
        after = after if at is None else _before(place, order, at)
        response = current_app.json.response(_page(place, order, limit, after))
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def _page(place: Place, order: str, limit: int, after: Any) -> dict[str, Any]:
    rows: list[Any] = []
    if place.article_id is not None:
        with front().database.read() as connection:
            rows = list(
                reading.page(connection, place.article_id, limit=limit + 1, newest_first=order == "newest", after=after)
            )
    shown = rows[:limit]
    document: dict[str, Any] = {"comments": [_item(row) for row in shown]}
    document["next"] = cursor_after(shown[-1]) if len(rows) > limit else None
    return document | {"count": place.published_count, "form": form_state(place)}


def _before(place: Place, order: str, comment_id: str) -> tuple[datetime, str]:
    """Where a page begins that has this comment first.

    Raises:
        NotFound: no such comment is shown on this article.
    """
    found = as_identifier(comment_id)
    with front().database.read() as connection:
        row = reading.find_shown(connection, place.article_id, found) if found and place.article_id else None
    if row is None:
        raise NotFound("comment_unknown")
    return reading.beside(row.created_at, row.id, -1 if order == "oldest" else 1)


def _item(row: Any) -> Any:
    return (_comment_schema if row.status == Status.PUBLISHED else _tombstone_schema).dump(row)


def form_state(place: Place) -> dict[str, Any]:
    """Whether and how one can comment on this article."""
    rules = place.rules
    closed = place.closed_reason(datetime.now(UTC))
    fields = {
        "name": {"required": True, "max_length": rules.name_length},
        "email": {"required": True, "max_length": rules.email_length},
        "body": {"required": True, "max_bytes": rules.body_bytes},
    }
    if rules.website:
        fields["website"] = {"required": False, "max_length": rules.website_length}
    return {
        "open": closed is None,
        "closed_reason": closed,
        "fields": fields,
        "depth": rules.depth,
        "consent": rules.consent,
        "notices": rules.notices and front().settings.sends_mail,
        "languages": list(place.languages),
    }


def _etag(place: Place, order: str, limit: int, cursor: str) -> str:
    """Changes with the article's list, the site's rules, the renderer, and what was asked."""
    asked = hashlib.sha256(
        f"{place.article_id}|{order}|{limit}|{cursor}|{place.closed_reason(datetime.now(UTC))}|"
        f"{front().settings.sends_mail}".encode()
    ).hexdigest()[:12]
    return f"{place.article_version}.{place.site_version}.{RENDERER_VERSION}.{asked}"


@blueprint.get(f"{ARTICLE_ROUTE}/form-token")
@described(
    Described(
        "A token for one submission of the form: signed, with its time of issue.",
        "readers",
        {200: Answer(shown.FormTokenOut, headers=NOT_KEPT)},
        SITE,
    )
)
def get_form_token(site: str, article: str) -> Any:
    place, now = place_of_request(site, article), datetime.now(UTC)
    token = front().keys.form_token(place.site_name, place.article_key, now)
    return private(shown.FormTokenOut().dump({"form_token": token, "issued_at": now}))


@blueprint.get("/v1/sites/<site>/counts")
@described(
    Described(
        "How many published comments each article has: up to 200 articles in one request.",
        "readers",
        {200: Answer(shown.Counts, headers=_FOR_A_MOMENT)},
        SITE,
        query={
            "article": {
                "type": "array",
                "items": {"type": "string", "maxLength": 255},
                "maxItems": _MOST_ARTICLES,
                "description": "The publisher's own ids, each by itself: `article=a&article=b`.",
            }
        },
    )
)
def get_counts(site: str) -> Any:
    place = place_of_request(site, "")
    articles = request.args.getlist("article")
    if len(articles) > _MOST_ARTICLES:
        raise Invalid({"article": [Sentence("field.too_many", count=_MOST_ARTICLES)]})
    articles = list(dict.fromkeys(articles))
    for article in articles:
        check_key(article)
    with front().database.read() as connection:
        found = places.counts(connection, place.site_name, articles)
    response = current_app.json.response({"counts": found or {}})
    response.headers["Cache-Control"] = "public, max-age=10"
    return response
