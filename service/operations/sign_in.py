"""Sign in and out of the desk: a token lets a browser in for a while; the browser keeps a secret, we its hash."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.domain.acts import Act
from service.keys import hash_secret
from service.operations.decide import Decider
from service.store import audit, signins
from service.store.session import Database


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the browser gets: the cookie's secret, and until when it is good."""

    secret: str = field(repr=False)
    until: datetime


def csrf_of(secret: str) -> str:
    """What a page that was signed in sends along with whatever changes something. Other sites can't read it."""
    return hmac.digest(secret.encode(), b"csrf", hashlib.sha256).hex()


def sign_in(database: Database, who: Decider, seconds: float, now: datetime) -> SignedIn:
    """Let a browser in with a token that was found to be good."""
    made = SignedIn(secrets.token_urlsafe(32), now + timedelta(seconds=seconds))

    def work(connection: Connection) -> None:
        signins.add_sign_in(
            connection,
            {"secret_hash": hash_secret(made.secret), "token_id": who.token_id, "created_at": now,
             "expires_at": made.until},
        )  # fmt: skip
        audit.add_entry(connection, audit.Entry(who.site_id, who.token_id, Act.SIGN_IN, who.token_id), now)

    database.transact(work)
    return made


def sign_out(database: Database, who: Decider, secret: str, now: datetime, *, everywhere: bool = False) -> None:
    """Let this browser in no longer; or none that the token has let in."""

    def work(connection: Connection) -> None:
        data = {}
        if everywhere:
            data = {"everywhere": signins.end_all_of(connection, who.token_id)}
        else:
            signins.end_sign_in(connection, hash_secret(secret))
        audit.add_entry(connection, audit.Entry(who.site_id, who.token_id, Act.SIGN_OUT, who.token_id, data), now)

    database.transact(work)
