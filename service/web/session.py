"""The browser at the other end, if a moderator's token has let it into the desk."""

from datetime import UTC, datetime
from typing import Any

from flask import request

from service.front import front
from service.keys import hash_secret
from service.operations.sign_in import csrf_of
from service.store import moderation, signins
from service.web.reader import own_origin


def cookie_name() -> str:
    """Behind HTTPS the browser itself sees to it that nobody else has set the cookie."""
    return "__Host-moderato" if is_secure() else "moderato"


def is_secure() -> bool:
    return (own_origin() or "").startswith("https:")


def signed_in(secret: str | None = None) -> Any:
    """The token that is good and has let this browser in, with its site and `signed_in_until`; None without one.

    `secret` is what the cookie will hold, where it has just been made.
    """
    secret = secret or request.cookies.get(cookie_name())
    if not secret:
        return None
    now = datetime.now(UTC)
    with front().database.read() as connection:
        row = signins.find_sign_in(connection, hash_secret(secret), now)
    return row if row is not None and moderation.is_in_force(row, now) else None


def csrf() -> str:
    """What this browser's pages have to send along."""
    return csrf_of(request.cookies.get(cookie_name(), ""))
