"""A comment's way in: by JSON, or by a form without JavaScript."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, Response, g, redirect, request, url_for
from marshmallow import ValidationError

from service import meters, metrics
from service.api import schemas, shown
from service.api.answers import private
from service.api.body import idempotency_key, is_form, read_form, read_json, typed_form
from service.api.describe import BODY, IDEMPOTENCY_KEY, NOT_KEPT, SITE, Answer, Described, described
from service.api.fields import is_plain
from service.api.notices import may_tell, seconds_to_wait
from service.api.places import ARTICLE_ROUTE, count_against_limit, place_of_request, preflight, refuse_when_busy
from service.api.problems import as_invalid, document_of, field_sentences
from service.errors import Forbidden, Invalid, Problem, Sentence
from service.front import front
from service.keys import FormToken
from service.limits import client_net
from service.operations.submit import Accepted, Submission, submit
from service.store.places import Place
from service.web.origins import origin_of
from service.web.pages import show_article
from service.web.reader import language, own_origin

blueprint = Blueprint("comments", __name__)
blueprint.before_request(preflight)

_RAW_IN_QUERIES: Final = {ord(sign): f"%{ord(sign):02X}" for sign in "^`{|}"}
"""What browsers leave as it is in a page's address; advertisers' links are full of it."""
_TO_RECEIPT: Final = {
    verb: {"operationId": f"{verb}_receipt", "parameters": {"receipt": "$response.body#/receipt"}, "description": about}
    for verb, about in (("get", "Follow it."), ("patch", "Edit it."), ("delete", "Take it back."))
}


@blueprint.post(f"{ARTICLE_ROUTE}/comments")
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
        (*SITE, *BODY, "closed", "duplicate", "key_used", "form_stale", "too_many", "site_busy"),
        body=schemas.Submission,
        form=True,
        headers=IDEMPOTENCY_KEY,
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
        meters.count(metrics.SUBMISSIONS, g.get("outcome", outcome))
    return response


def _post_form(place: Place) -> Any:
    """A browser's form: what can't be accepted comes back as the form's page, with the text kept."""
    values: dict[str, str] = {}
    try:
        accepted = _submit(place, lambda: values.update(read_form()) or dict(values))
    except Problem as problem:
        return _form_again(place, values or typed_form(), problem)
    except ValidationError as error:
        return _form_again(place, values, as_invalid(error))
    return redirect(url_for("pages.receipt", receipt=front().keys.receipt(accepted.id)), 303)


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
    refuse_when_busy(place)
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
            notices=language() if data["notices"] and may_tell(place) and not seconds_to_wait(place) else "",
        ),
        now,
    )
    if accepted.replayed:
        g.outcome = "replayed"
    else:
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
    url = data["article_url"] = data["article_url"].translate(_RAW_IN_QUERIES)
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
    header = idempotency_key()
    return tuple(key for key in (f"header:{header}" if header else "", f"form:{token.nonce}" if token else "") if key)
