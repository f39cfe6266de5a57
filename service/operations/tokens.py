"""Make and revoke tokens: who may use the moderators' API of a site, as what, until when."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from service.domain.acts import Act
from service.errors import Conflict, NotFound
from service.keys import new_token
from service.operations.decide import Decider
from service.store import audit, moderation, signins
from service.store.base import new_id
from service.store.session import Database


def make_token(
    connection: Connection, site_id: str, role: str, name: str, now: datetime, days: int | None = None
) -> str:
    """Store a new token; returns it as its holder needs it, which is never to be had again."""
    made = new_token()
    moderation.add_token(
        connection,
        {
            "id": new_id(), "prefix": made.prefix, "secret_hash": made.secret_hash, "site_id": site_id, "role": role,
            "name": name, "created_at": now, "expires_at": now + timedelta(days=days) if days else None,
            "revoked_at": None,
        },
    )  # fmt: skip
    return made.shown


def create_token(
    database: Database, owner: Decider, role: str, name: str, now: datetime, *, days: int | None = None
) -> tuple[str, str]:
    """Make a token for somebody on the owner's site. Returns its prefix, and the token itself."""

    def work(connection: Connection) -> tuple[str, str]:
        shown = make_token(connection, owner.site_id, role, name, now, days)
        prefix = shown.partition(".")[0].partition("_")[2]
        _log(connection, owner, Act.CREATE_TOKEN, prefix, now, role=role, days=days)
        return prefix, shown

    return database.transact(work)


def revoke_token(database: Database, owner: Decider, prefix: str, now: datetime) -> None:
    """Let a token open nothing any more, nor the browsers that it let in. Revoked twice, it stays as it was.

    Raises:
        NotFound: no such token on the owner's site.
        Conflict: it is the owner's own: who revokes that may have locked everybody out.
    """

    def work(connection: Connection) -> None:
        row = moderation.find_token(connection, prefix)
        if row is None or row.site_id != owner.site_id:
            raise NotFound("token_unknown")
        if row.id == owner.token_id:
            raise Conflict("own_token")
        signins.end_all_of(connection, row.id)
        if moderation.revoke_token(connection, prefix, now):
            _log(connection, owner, Act.REVOKE_TOKEN, prefix, now, role=row.role)

    database.transact(work)


def _log(connection: Connection, owner: Decider, act: Act, prefix: str, now: datetime, **data: object) -> None:
    audit.add_entry(connection, audit.Entry(owner.site_id, owner.token_id, act, prefix, data), now)
