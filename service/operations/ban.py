"""Ban, and lift a ban: people decide about comments to come, having seen what it would have met so far."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.ban import Ban, BanKind, as_domain, is_name_pattern
from service.domain.comment import Action
from service.domain.note import without_addresses
from service.errors import Invalid, NotFound, Sentence
from service.keys import Keys
from service.operations.decide import Decider
from service.store import audit, authors, bans
from service.store.base import new_id
from service.store.session import Database

MOST_LISTED: Final = 1_000
"""Good bans by domain and name of one site: every comment is compared with all of them."""
EXAMPLES: Final = 10
_TARGET: Final = "target"


@dataclass(frozen=True, slots=True)
class Wish:
    """A ban as it is asked for. `target` is an author's id; a comment's, for the network it came from; a domain; a
    name's pattern.
    """

    kind: BanKind
    target: str
    action: Action
    reason: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """What a ban would have met: how many comments, by how many authors, where they stand, the newest as examples."""

    count: int
    authors: int
    statuses: dict[str, int]
    examples: Sequence[Any]


@dataclass(frozen=True, slots=True)
class _Aim:
    """What a ban goes by, as it is stored."""

    author_id: str | None = None
    address_key: int | None = None
    pattern: str = ""


def past(connection: Connection, keys: Keys, site_id: str, wish: Wish) -> Past:
    """What the ban would have met. Counting stops at 1,000; of names, the newest of each status are looked at.

    Raises:
        Invalid: the target is nothing that can be banned.
        NotFound: no such author or comment on this site.
    """
    aim = _aim(connection, keys, site_id, wish)
    rows = list(_met(connection, site_id, wish, aim))[: bans.MOST_PAST]
    return Past(
        len(rows),
        len({row.author_id for row in rows if row.author_id is not None}),
        dict(Counter(row.status for row in rows)),
        rows[:EXAMPLES],
    )


def ban(database: Database, keys: Keys, editor: Decider, wish: Wish, now: datetime) -> str:
    """Make a ban; its id. It counts for whatever is judged from now on, and for nothing that was.

    Raises:
        Invalid, NotFound: as above; or there are too many bans already.
    """
    return database.transact(lambda connection: _ban(connection, keys, editor, wish, now))


def lift(database: Database, editor: Decider, ban_id: str, reason: str, now: datetime) -> None:
    """Lift a ban. One that was lifted stays as it is, and whoever lifted it first has lifted it.

    Raises:
        NotFound: no such ban on this site.
    """
    database.transact(lambda connection: _lift(connection, editor, ban_id, reason, now))


def _ban(connection: Connection, keys: Keys, editor: Decider, wish: Wish, now: datetime) -> str:
    aim = _aim(connection, keys, editor.site_id, wish)
    if aim.pattern and bans.count_good(connection, editor.site_id, now) >= MOST_LISTED:
        raise Invalid({_TARGET: [Sentence("field.too_many_bans", count=MOST_LISTED)]})
    reason = without_addresses(wish.reason)
    ban_id = new_id()
    row = {
        "id": ban_id, "site_id": editor.site_id, "kind": wish.kind, "author_id": aim.author_id,
        "address_key": aim.address_key, "pattern": aim.pattern, "action": wish.action, "reason": reason,
        "expires_at": wish.expires_at, "token_id": editor.token_id, "created_at": now,
    }  # fmt: skip
    bans.add_ban(connection, row)
    data = {
        "kind": wish.kind, "action": wish.action, "reason": reason, "author": aim.author_id,
        "expires_at": wish.expires_at.isoformat() if wish.expires_at is not None else None,
    }  # fmt: skip
    audit.add_entry(connection, audit.Entry(editor.site_id, editor.token_id, Act.BAN, ban_id, data), now)
    return ban_id


def _lift(connection: Connection, editor: Decider, ban_id: str, reason: str, now: datetime) -> None:
    if bans.find_ban(connection, ban_id, editor.site_id) is None:
        raise NotFound("ban_unknown")
    if bans.lift(connection, ban_id, editor.site_id, now, editor.token_id):
        data = {"reason": without_addresses(reason)}
        audit.add_entry(connection, audit.Entry(editor.site_id, editor.token_id, Act.LIFT, ban_id, data), now)


def _aim(connection: Connection, keys: Keys, site_id: str, wish: Wish) -> _Aim:
    """The author's row is locked: they can't be forgotten while they are being banned."""
    if wish.kind is BanKind.AUTHOR:
        if authors.lock_author(connection, wish.target, site_id) is None:
            raise NotFound("author_unknown")
        return _Aim(author_id=wish.target)
    if wish.kind is BanKind.NETWORK:
        return _Aim(address_key=_network(connection, keys, site_id, wish.target))
    if wish.kind is BanKind.DOMAIN:
        domain = as_domain(wish.target)
        if domain is None:
            raise Invalid({_TARGET: [Sentence("field.ban_domain")]})
        return _Aim(pattern=domain)
    if not is_name_pattern(wish.target) or without_addresses(wish.target) != wish.target:
        raise Invalid({_TARGET: [Sentence("field.ban_name")]})
    return _Aim(pattern=wish.target)


def _network(connection: Connection, keys: Keys, site_id: str, comment_id: str) -> int:
    """Where the comment came from, as a key that nobody can read. Where that isn't known it would be everybody."""
    key = authors.network_of(connection, comment_id, site_id)
    if key is None:
        raise NotFound("comment_unknown")
    if key == keys.address(site_id, "unknown"):
        raise Invalid({_TARGET: [Sentence("field.ban_network")]})
    return key


def _met(connection: Connection, site_id: str, wish: Wish, aim: _Aim) -> Iterable[Any]:
    if not aim.pattern:
        return bans.past_of(connection, site_id, author_id=aim.author_id, address_key=aim.address_key)
    made = Ban("", wish.kind, wish.action, "", aim.pattern)
    if wish.kind is BanKind.NAME:
        return [row for row in bans.past_names(connection, site_id) if made.meets(row.name, "", "")]
    labels = aim.pattern.split(".")
    rows = bans.past_links(connection, site_id, {".".join(labels[at:]) for at in range(len(labels) - 1)})
    return [row for row in rows if made.meets(row.name, row.body, row.website)]
