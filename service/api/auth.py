"""Who may use the moderators' API: a bearer token, good today, of the right role. Before anything is validated."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from flask import g, request

from service.errors import Forbidden, NotFound, Unauthorized
from service.front import front
from service.keys import hash_secret, split_token
from service.store import moderation
from service.web.reader import speak_for

P = ParamSpec("P")
T = TypeVar("T")

# Who may what, on the token's own site. Each route names one of these; docs/reference/roles.md is made of the routes.
READERS: Final = frozenset({"moderator", "editor", "owner", "auditor", "service"})
DECIDERS: Final = frozenset({"moderator", "editor", "owner", "service"})  # on comments
PUBLISHERS: Final = frozenset({"editor", "owner", "service"})  # say what articles are
KEEPERS: Final = frozenset({"moderator", "editor", "owner"})  # of what is known of authors: people, no programs
EDITORS: Final = frozenset({"editor", "owner"})  # change policies and lists, ban
AUDITORS: Final = frozenset({"editor", "owner", "auditor"})  # read what staff did
OWNERS: Final = frozenset({"owner"})  # change the site, webhooks, badges; have an address revealed
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="moderato"'}


@dataclass(frozen=True, slots=True)
class Staff:
    """The holder of a good token."""

    token_id: str
    site_id: str
    site: str
    role: str


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


def own_site(site: str) -> None:
    """Refuse any site but the token's own: a foreign one isn't there.

    Raises:
        NotFound: it is another's, or nobody's.
    """
    if site != staff().site:
        raise NotFound("site_unknown")


def _authenticate() -> Staff:
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    parts = split_token(shown.strip()) if scheme.lower() == "bearer" else None
    if parts is None:
        raise Unauthorized(headers=_CHALLENGE)
    with front().database.read() as connection:
        row = moderation.find_token(connection, parts[0])
    if not _is_good(row, parts[1]):
        raise Unauthorized(headers=_CHALLENGE)
    speak_for(row.languages)
    return Staff(row.id, row.site_id, row.site, row.role)


def _is_good(row: Any, secret: str) -> bool:
    """Compared in constant time, and compared also when there is no such token."""
    stored = row.secret_hash if row is not None else "0" * 64
    matches = hmac.compare_digest(stored, hash_secret(secret))
    return (
        matches
        and row is not None
        and row.revoked_at is None
        and (row.expires_at is None or row.expires_at > datetime.now(UTC))
    )
