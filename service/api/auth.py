"""Who may use the moderators' API: a bearer token, or a browser that one has let into the desk; good today, of the
right role. Before anything is validated.
"""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from flask import g, request

from service.errors import Forbidden, Invalid, NotFound, Sentence, Unauthorized
from service.front import front
from service.keys import hash_secret, split_token
from service.operations.decide import Decider
from service.store import moderation
from service.web.reader import speak_for
from service.web.session import csrf, signed_in

P = ParamSpec("P")
T = TypeVar("T")

# Who may what, on the token's own site. Each route names one of these; docs/reference/roles.md is made of the routes.
READERS: Final = frozenset({"moderator", "editor", "owner", "auditor", "service"})
DECIDERS: Final = frozenset({"moderator", "editor", "owner", "service"})  # on comments
PUBLISHERS: Final = frozenset({"editor", "owner", "service"})  # say what articles are
KEEPERS: Final = frozenset({"moderator", "editor", "owner"})  # people, no programs: know authors, speak as the newsroom
EDITORS: Final = frozenset({"editor", "owner"})  # change policies and lists, ban
AUDITORS: Final = frozenset({"editor", "owner", "auditor"})  # read what staff did
OVERSEERS: Final = frozenset({"owner", "auditor"})  # see what came of audits, which those who decide must not
OWNERS: Final = frozenset({"owner"})  # change the site, webhooks, badges; have an address revealed
CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="moderato"'}
CSRF_HEADER: Final = "X-CSRF-Token"
RUN_HEADER: Final = "X-Run-ID"
_RUN: Final = re.compile("[A-Za-z0-9_-]{0,64}")
_CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Staff:
    """The holder of a good token."""

    token_id: str
    site_id: str
    site: str
    role: str
    name: str = ""


def staff_only(roles: frozenset[str]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let only holders of a good token of one of these roles in."""

    def guard(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            g.staff = _authenticate()
            if g.staff.role not in roles:
                raise Forbidden("role")
            return view(*args, **kwargs)

        guarded.staff_roles = roles  # type: ignore[attr-defined] # read by the wiring tests and the OpenAPI document
        return guarded

    return guard


def staff() -> Staff:
    """Who is asking."""
    found: Staff = g.staff
    return found


def decider() -> Decider:
    """Who decides, in which of their windows (`X-Run-ID`, any word of the client's own).

    Raises:
        Invalid: the header isn't a word.
    """
    run = request.headers.get(RUN_HEADER, "")
    if not _RUN.fullmatch(run):
        raise Invalid({RUN_HEADER: [Sentence("field.run")]})
    return Decider(staff().token_id, staff().site_id, run)


def own_site(site: str) -> None:
    """Refuse any site but the token's own: a foreign one isn't there.

    Raises:
        NotFound: it is another's, or nobody's.
    """
    if site != staff().site:
        raise NotFound("site_unknown")


def holder_of(token: str) -> Staff | None:
    """Whose token this is, as people paste it; None if it opens nothing."""
    parts = split_token(token.strip())
    if parts is None:
        return None
    with front().database.read() as connection:
        row = moderation.find_token(connection, parts[0])
    return _staff(row) if _is_good(row, parts[1]) else None


def check_csrf() -> None:
    """A cookie comes along whoever sends the request; what the page was told does not.

    Raises:
        Forbidden: the header is missing or wrong.
    """
    told = request.headers.get(CSRF_HEADER, "").encode()
    if not hmac.compare_digest(told, csrf().encode()):
        raise Forbidden("csrf")


def _authenticate() -> Staff:
    if "Authorization" in request.headers:
        scheme, _, shown = request.headers["Authorization"].partition(" ")
        found = holder_of(shown) if scheme.lower() == "bearer" else None
    else:
        row = signed_in()
        found = _staff(row) if row is not None else None
        if found is not None and request.method not in _CHANGES_NOTHING:
            check_csrf()
    if found is None:
        raise Unauthorized(headers=CHALLENGE)
    return found


def _staff(row: Any) -> Staff:
    speak_for(row.languages)
    return Staff(row.id, row.site_id, row.site, row.role, row.name)


def _is_good(row: Any, secret: str) -> bool:
    """Compared in constant time, and compared also when there is no such token."""
    stored = row.secret_hash if row is not None else "0" * 64
    matches = hmac.compare_digest(stored, hash_secret(secret))
    return matches and row is not None and moderation.is_in_force(row, datetime.now(UTC))
