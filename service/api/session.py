"""Signing in to the desk, and out: a token lets a browser in for a while, by a cookie that no script can read."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Blueprint, Response, redirect, request, url_for
from marshmallow import fields

from service.api.answers import private
from service.api.auth import CHALLENGE, check_csrf, holder_of
from service.api.body import is_form, read_form, read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Text, UtcTime
from service.api.schemas import Strict
from service.api.shown import Shown, Word
from service.domain.roles import Role
from service.errors import Forbidden, Problem, TooMany, Unauthorized
from service.front import front
from service.limits import client_net
from service.operations.decide import Decider
from service.operations.sign_in import csrf_of, sign_in, sign_out
from service.web.desk.page import show_door
from service.web.reader import allowed_origins, language, speak_for
from service.web.session import cookie_name, is_secure, signed_in
from service.words import say

blueprint = Blueprint("session", __name__)

_AT_ONCE: Final = 10
"""Sign-ins of one address, and then as many a minute. A token can't be guessed; a hammering is still a nuisance."""
_COOKIE: Final[dict[str, dict[str, Any]]] = {
    "Set-Cookie": {"description": "The session: `HttpOnly`, `SameSite=Lax`, and `Secure` where the service is."}
}


class SessionIn(Strict):
    """What lets in."""

    token = Text(required=True, longest=200, metadata={"description": "As `moderato token create` made it."})


class SessionOut(Shown):
    """Who is signed in, where, as what, until when."""

    site = fields.String()
    title = fields.String(metadata={"description": "The site's, as readers know it."})
    languages = fields.List(fields.String(), metadata={"description": "The site's."})
    name = fields.String(metadata={"description": "The token's."})
    role = Word(Role)
    csrf_token = fields.String(metadata={"description": "Goes as `X-CSRF-Token` with whatever changes something."})
    expires_at = UtcTime()


@blueprint.post("/desk/session")
@described(
    Described(
        "Sign in: a session for a browser, in a cookie.",
        "session",
        {
            200: Answer(SessionOut, headers=NOT_KEPT | _COOKIE),
            303: Answer(
                None, "An HTML form let in: to the desk.", "text/html",
                headers={"Location": {"description": "The desk.", "schema": {"format": "uri-reference"}}} | _COOKIE,
            ),
        },
        ("unauthorized", "origin", "too_many_sign_ins", "unavailable", *BODY),
        body=SessionIn,
        form=True,
    )
)  # fmt: skip
def post_session() -> Any:
    """A token may let in any number of browsers. Unknown, lapsed and revoked ones are told alike."""
    if not is_form():
        return _let_in(read_json())
    try:
        answer = _let_in(read_form())
    except Problem as problem:
        return show_door(problem.status, say(f"problem.{problem.code}", language(), **problem.facts), problem.headers)
    door = redirect(url_for("desk.show_desk"), 303)
    door.headers["Cache-Control"] = "no-store"
    door.headers["Set-Cookie"] = answer.headers["Set-Cookie"]
    return door


@blueprint.get("/desk/session")
@described(Described("Who is signed in here.", "session", {200: Answer(SessionOut, headers=NOT_KEPT)}, STAFF))
def get_session() -> Any:
    row = signed_in()
    if row is None:
        raise Unauthorized(headers=CHALLENGE)
    speak_for(row.languages)
    return private(_told(row, request.cookies[cookie_name()]))


@blueprint.delete("/desk/session")
@described(
    Described(
        "Sign out here, or everywhere.",
        "session",
        {204: Answer(None, "Signed out.", "")},
        (*STAFF, "csrf"),
        query={"everywhere": {"type": "string", "enum": ["true", "false"], "default": "false",
                              "description": "`true`: every browser that this token has let in."}},
    )
)  # fmt: skip
def delete_session() -> Any:
    row = signed_in()
    if row is None:
        raise Unauthorized(headers=CHALLENGE)
    check_csrf()
    everywhere = request.args.get("everywhere") == "true"
    secret = request.cookies[cookie_name()]
    sign_out(front().database, Decider(row.id, row.site_id), secret, datetime.now(UTC), everywhere=everywhere)
    gone = Response(status=204)
    gone.delete_cookie(cookie_name(), path="/", secure=is_secure(), httponly=True, samesite="Lax")
    gone.headers["Clear-Site-Data"] = '"cache"'
    return gone


def _let_in(given: dict[str, Any]) -> Response:
    """The answer with its cookie.

    Raises:
        Forbidden: another site's page asks. TooMany: too often. Unauthorized: no good token.
    """
    origin = request.headers.get("Origin")
    if origin is not None and origin not in allowed_origins(()):
        raise Forbidden("origin")
    client = front().keys.address("desk", client_net(request.remote_addr or ""))
    wait = front().limits.wait(f"sign-in:{client:x}", burst=_AT_ONCE, per_minute=_AT_ONCE)
    if wait:
        raise TooMany("too_many_sign_ins", facts={"count": wait}, headers={"Retry-After": str(wait)})
    found = holder_of(SessionIn().load(given)["token"])
    if found is None:
        raise Unauthorized(headers=CHALLENGE)
    seconds = front().settings.desk_seconds
    former = signed_in()
    if former is not None:
        leaving = Decider(former.id, former.site_id)
        sign_out(front().database, leaving, request.cookies[cookie_name()], datetime.now(UTC))
    made = sign_in(front().database, Decider(found.token_id, found.site_id), seconds, datetime.now(UTC))
    answer = private(_told(signed_in(made.secret), made.secret))
    answer.set_cookie(
        cookie_name(), made.secret, max_age=timedelta(seconds=seconds), path="/", secure=is_secure(), httponly=True,
        samesite="Lax",
    )  # fmt: skip
    return answer


def _told(row: Any, secret: str) -> dict[str, Any]:
    found: dict[str, Any] = SessionOut().dump(
        {"site": row.site, "title": row.title, "languages": row.languages, "name": row.name, "role": row.role,
         "csrf_token": csrf_of(secret), "expires_at": row.signed_in_until}
    )  # fmt: skip
    return found
