"""Readers' routes: comment, read, count."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from marshmallow import ValidationError

from service import meters, metrics
from service.api import query, schemas, shown
from service.api.answers import private
from service.api.body import is_form, read_form, read_json
from service.api.cursors import cursor_after, read_cursor
from service.api.describe import BODY, NOT_KEPT, SITE, Answer, Described, described
from service.api.fields import is_plain
from service.api.places import check_key, count_against_limit, place_of_request, preflight
from service.api.problems import as_invalid, document_of, field_sentences
from service.domain.comment import Status
from service.errors import Forbidden, Invalid, Problem, Sentence
from service.front import front
from service.keys import FormToken
from service.limits import client_net
from service.operations.submit import Accepted, Submission, submit
from service.render import RENDERER_VERSION
from service.store import comments as store
from service.store import places
from service.store.places import Place
from service.web.origins import origin_of
from service.web.pages import show_article
from service.web.reader import language, own_origin

blueprint = Blueprint("comments", __name__)
blueprint.before_request(preflight)

_ARTICLE: Final = "/v1/sites/<site>/articles/<path:article>"
_MOST_ARTICLES: Final = 200
_LONGEST_KEY: Final = 200
_TO_RECEIPT: Final = {
    verb: {"operationId": f"{verb}_receipt", "parameters": {"receipt": "$response.body#/receipt"}, "description": about}
    for verb, about in (("get", "Follow it."), ("patch", "Edit it."), ("delete", "Take it back."))
}
_WITH_ETAG: Final = {
    "ETag": {"description": "Weak, over article, site, renderer and query.", "example": 'W/"7.1.1.8f14e45fceea"'},
    "Cache-Control": {"description": "Kept by whoever asks each time.", "example": "public, no-cache"},
}
_FOR_A_MOMENT: Final = {"Cache-Control": {"description": "Kept for ten seconds.", "example": "public, max-age=10"}}
_comment_schema = shown.PublicComment()
_tombstone_schema = shown.Tombstone()


@blueprint.post(f"{_ARTICLE}/comments")
@described(
    Described(
        "Send a comment in. It is stored before the answer, judged after it, and shown only then.",
        "readers",
        {
            202: Answer(shown.Accepted, headers=NOT_KEPT, links=_TO_RECEIPT),
            303: Answer(
                None,
                "An HTML form was accepted: to the receipt's page.",
                "text/html",
                headers={"Location": {"description": "The receipt's page.", "schema": {"format": "uri-reference"}}},
            ),
        },
        (*SITE, *BODY, "closed", "duplicate", "key_used", "form_stale", "too_many"),
        body=schemas.Submission,
        form=True,
        headers={
            "Idempotency-Key": {
                "type": "string",
                "maxLength": _LONGEST_KEY,
                "description": "Any visible word of the client's own, on one site for one comment: sent again, "
                "the same comment gets the same answer, with the status of the day; another one gets 422.",
            }
        },
    )
)
def post_comment(site: str, article: str) -> Any:
    """202 with id, status and receipt; or, for an HTML form, 303 to the receipt page."""
    place = place_of_request(site, article)
    if is_form():
        return _post_form(place)
    accepted = _submit(place, read_json)
    body = {"id": accepted.id, "status": str(accepted.status), "receipt": front().keys.receipt(accepted.id)}
    return private(body, 202)


@blueprint.after_request
def _count(response: Response) -> Response:
    """Every submission by what was answered, whoever turned it away."""
    if request.endpoint == "comments.post_comment":
        outcome = metrics.OUTCOME_BY_STATUS.get(response.status_code, "refused")
        meters.count(metrics.SUBMISSIONS, "replayed" if g.get("replayed") else outcome)
    return response


def _post_form(place: Place) -> Any:
    """A browser's form: what can't be accepted comes back as the form's page, with the text kept."""
    values: dict[str, str] = {}
    try:
        accepted = _submit(place, lambda: values.update(read_form()) or dict(values))
    except Problem as problem:
        return _form_again(place, values or _typed(), problem)
    except ValidationError as error:
        return _form_again(place, values, as_invalid(error))
    return redirect(url_for("pages.receipt", receipt=front().keys.receipt(accepted.id)), 303)


def _typed() -> dict[str, Any]:
    """What was typed into a form that was turned away unread: it shall not be lost."""
    try:
        return read_form()
    except Problem:
        return {}


def _form_again(place: Place, values: dict[str, str], problem: Problem) -> Any:
    errors = field_sentences(problem, language()) if isinstance(problem, Invalid) else {}
    page = show_article(
        place, values=values, errors=errors, notice=document_of(problem)["title"], status=problem.status
    )
    page.headers.extend(problem.headers)
    return page


def _submit(place: Place, read: Any) -> Accepted:
    """All of a submission's way in: the limit, the shape, the operation, the wake-up."""
    desk, now = front(), datetime.now(UTC)
    count_against_limit(place)
    if place.closed_reason(now):
        raise Forbidden("closed")
    data = schemas.submission_schema(place.rules, deliverable=desk.settings.check_deliverability).load(read())
    token = _form_token(place, data["form_token"], now)
    _check_article(place, data)
    accepted = submit(
        desk.database,
        desk.keys,
        place,
        Submission(
            name=data["name"],
            email=data["email"],
            body=data["body"],
            website=data["website"],
            parent=data["parent"],
            article_url=data["article_url"],
            article_title=data["article_title"],
            address=client_net(request.remote_addr or ""),
            facts=_facts(data, token, now),
            idempotency_keys=_keys(token),
        ),
        now,
    )
    g.replayed = accepted.replayed
    if not accepted.replayed:
        desk.handoff.wake()
    return accepted


def _form_token(place: Place, shown: str, now: datetime) -> FormToken | None:
    """The form's token. A form must have one; JSON only where the site says so."""
    if not shown and not is_form() and not place.rules.form_token:
        return None
    token = front().keys.read_form_token(shown, place.site_name, place.article_key, now) if shown else None
    if token is None:
        raise Invalid({"form_token": [Sentence("field.form_token")]}, "form_stale" if is_form() else None)
    return token


def _check_article(place: Place, data: dict[str, Any]) -> None:
    """A reader's browser may say where the article is; only the site's own origins are believed."""
    url = data["article_url"]
    if not url:
        return
    origin = origin_of(url)
    if origin is None or not is_plain(url):
        raise Invalid({"article_url": [Sentence("field.website")]})
    if origin not in {*place.origins, own_origin()}:
        raise Invalid({"article_url": [Sentence("field.article_url")]})


def _facts(data: dict[str, Any], token: FormToken | None, now: datetime) -> dict[str, Any]:
    """What was seen of the sending: recorded here, judged by the workers."""
    facts: dict[str, Any] = {
        "request_id": g.request_id,
        "honeypot": bool(data["contact"]),
        "user_agent": _printable(request.headers.get("User-Agent", ""))[:300],
    }
    if token is not None:
        facts["seconds_to_fill"] = round((now - token.issued_at).total_seconds(), 1)
    return facts


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable() and not "\ud800" <= character <= "\udfff")


def _keys(token: FormToken | None) -> tuple[str, ...]:
    header = request.headers.get("Idempotency-Key", "").strip()
    if len(header) > _LONGEST_KEY:
        raise Invalid({"idempotency_key": [Sentence("field.too_long", count=_LONGEST_KEY)]})
    if not header.isprintable():
        raise Invalid({"idempotency_key": [Sentence("field.control_characters")]})
    return tuple(key for key in (f"header:{header}" if header else "", f"form:{token.nonce}" if token else "") if key)


@blueprint.get(f"{_ARTICLE}/comments")
@described(
    Described(
        "An article's published comments.",
        "readers",
        {
            200: Answer(shown.CommentPage, headers=_WITH_ETAG),
            304: Answer(None, "Nothing has changed since the ETag.", "", headers=_WITH_ETAG),
        },
        SITE,
        query={"order": query.ORDER, "limit": query.LIMIT, "cursor": query.CURSOR},
        headers={"If-None-Match": {"type": "string", "description": "The ETag of the page that is there already."}},
    )
)
def list_comments(site: str, article: str) -> Any:
    """Published only; a weak ETag, so that a reader who has the page gets a 304."""
    place = place_of_request(site, article)
    order, limit, after = (
        query.choice("order", query.ORDERS, "oldest"),
        query.limit(),
        read_cursor(request.args.get("cursor")),
    )
    etag = _etag(place, order, limit, request.args.get("cursor", ""))
    if request.if_none_match.contains_weak(etag):
        response: Any = current_app.response_class(status=304)
    else:
        response = current_app.json.response(_page(place, order, limit, after))
    response.set_etag(etag, weak=True)
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def _page(place: Place, order: str, limit: int, after: Any) -> dict[str, Any]:
    rows: list[Any] = []
    if place.article_id is not None:
        with front().database.read() as connection:
            rows = list(
                store.page(connection, place.article_id, limit=limit + 1, newest_first=order == "newest", after=after)
            )
    shown = rows[:limit]
    document: dict[str, Any] = {"comments": [_item(row) for row in shown]}
    document["next"] = cursor_after(shown[-1]) if len(rows) > limit else None
    return document | {"count": place.published_count, "form": form_state(place)}


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
        "languages": list(place.languages),
    }


def _etag(place: Place, order: str, limit: int, cursor: str) -> str:
    """Changes with the article's list, the site's rules, the renderer, and what was asked."""
    asked = hashlib.sha256(
        f"{place.article_id}|{order}|{limit}|{cursor}|{place.closed_reason(datetime.now(UTC))}".encode()
    ).hexdigest()[:12]
    return f"{place.article_version}.{place.site_version}.{RENDERER_VERSION}.{asked}"


@blueprint.get(f"{_ARTICLE}/form-token")
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
