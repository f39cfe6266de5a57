"""Ban, and lift a ban: people decide about comments to come, having seen what it would have met so far."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.ban import (
    LISTED,
    Ban,
    BanKind,
    BanList,
    as_domain,
    is_name_pattern,
    is_word_pattern,
    pattern_key,
)
from service.domain.comment import Action
from service.domain.note import MASK, without_addresses
from service.errors import Conflict, Invalid, NotFound, Problem, Sentence
from service.keys import Keys
from service.operations.decide import Decider
from service.store import audit, authors, bans, sites
from service.store.base import new_id
from service.store.session import Database

MOST_LISTED: Final = 2_000
"""Good bans by domain, name and word of one site: every comment is compared with all of them."""
EXAMPLES: Final = 10
LOOK_SECONDS: Final = 5.0
"""How long a preview looks at texts, the newest first: such as were made to be slow must not keep anybody waiting."""
_TARGET: Final = "target"


@dataclass(frozen=True, slots=True)
class Wish:
    """A ban as it is asked for. `target` is an author's id; a comment's, for the network it came from; a domain; a
    name's pattern; words.
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


def past(connection: Connection, keys: Keys, site_id: str, wish: Wish, now: datetime) -> Past:
    """What the ban would have met. Counting stops at 1,000; for names and words, the newest are looked at.

    Raises:
        Invalid: the target is nothing that can be banned.
        NotFound: no such author or comment on this site.
    """
    aim = _aim(connection, keys, site_id, wish)
    rows = list(_met(connection, site_id, wish, aim, now))[: bans.MOST_PAST]
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
        Conflict: a good ban says that already.
    """
    return database.transact(lambda connection: _ban(connection, keys, editor, wish, now))


def ban_listed(database: Database, editor: Decider, wishes: Sequence[Wish], now: datetime) -> list[str | Problem]:
    """Make many bans by domain, name or word, at once: for each its id, or why none was made."""
    return database.transact(lambda connection: _ban_listed(connection, editor, wishes, now))


def lift(database: Database, editor: Decider, ban_id: str, reason: str, now: datetime) -> None:
    """Lift a ban. One that was lifted stays as it is, and whoever lifted it first has lifted it.

    Raises:
        NotFound: no such ban on this site.
    """
    database.transact(lambda connection: _lift(connection, editor, ban_id, reason, now))


def _ban(connection: Connection, keys: Keys, editor: Decider, wish: Wish, now: datetime) -> str:
    if wish.kind in LISTED:
        (made,) = _ban_listed(connection, editor, [wish], now)
        if isinstance(made, Problem):
            raise made
        return made
    ban_id = new_id()
    _add(connection, editor, [_row(ban_id, editor, wish, _aim(connection, keys, editor.site_id, wish), now)], now)
    return ban_id


def _ban_listed(connection: Connection, editor: Decider, wishes: Sequence[Wish], now: datetime) -> list[str | Problem]:
    """Whoever changes a site's lists does so alone, so that what is known of them stays true until the commit."""
    sites.change_bans(connection, editor.site_id)
    good: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for ban in bans.listed_bans(connection, editor.site_id, now):
        good[ban.kind, pattern_key(BanKind(ban.kind), ban.pattern)].append(ban._asdict())
    count = sum(map(len, good.values()))
    made: list[dict[str, Any]] = []
    told: list[str | Problem] = []
    for wish in wishes:
        pattern = as_pattern(wish.kind, wish.target)
        if pattern is None:
            told.append(Invalid({_TARGET: [Sentence(f"field.ban_{wish.kind}")]}))
            continue
        alike = good[wish.kind, pattern_key(wish.kind, pattern)]
        same = next((each["id"] for each in alike if _says_as_much(each, wish)), None)
        if same is not None:
            told.append(Conflict("ban_known", extra={"ban": same}))
        elif count + len(made) >= MOST_LISTED:
            told.append(Invalid({_TARGET: [Sentence("field.too_many_bans", count=MOST_LISTED)]}))
        else:
            made.append(_row(new_id(), editor, wish, _Aim(pattern=pattern), now))
            alike.append(made[-1])
            told.append(made[-1]["id"])
    _add(connection, editor, made, now)
    return told


def _says_as_much(known: dict[str, Any], wish: Wish) -> bool:
    """Whether a good ban of the same does the same, for as long."""
    until = known["expires_at"]
    as_long = until is None or (wish.expires_at is not None and wish.expires_at <= until)
    return bool(known["action"] == wish.action and as_long)


def _row(ban_id: str, editor: Decider, wish: Wish, aim: _Aim, now: datetime) -> dict[str, Any]:
    return {
        "id": ban_id, "site_id": editor.site_id, "kind": wish.kind, "author_id": aim.author_id,
        "address_key": aim.address_key, "pattern": aim.pattern, "action": wish.action,
        "reason": without_addresses(wish.reason), "expires_at": wish.expires_at, "token_id": editor.token_id,
        "created_at": now,
    }  # fmt: skip


def _add(connection: Connection, editor: Decider, rows: Sequence[dict[str, Any]], now: datetime) -> None:
    bans.add_bans(connection, rows)
    for row in rows:
        until = row["expires_at"]
        data = {
            "kind": row["kind"], "action": row["action"], "reason": row["reason"], "author": row["author_id"],
            "expires_at": until.isoformat() if until is not None else None,
        }  # fmt: skip
        audit.add_entry(connection, audit.Entry(editor.site_id, editor.token_id, Act.BAN, row["id"], data), now)


def _lift(connection: Connection, editor: Decider, ban_id: str, reason: str, now: datetime) -> None:
    if bans.find_ban(connection, ban_id, editor.site_id) is None:
        raise NotFound("ban_unknown")
    if bans.lift(connection, ban_id, editor.site_id, now, editor.token_id):
        sites.change_bans(connection, editor.site_id)
        data = {"reason": without_addresses(reason)}
        audit.add_entry(connection, audit.Entry(editor.site_id, editor.token_id, Act.LIFT, ban_id, data), now)


def _aim(connection: Connection, keys: Keys, site_id: str, wish: Wish) -> _Aim:
    """The author's row is locked: they can't be forgotten while they are being banned."""
    if wish.kind is BanKind.AUTHOR:
        row = authors.lock_author(connection, wish.target, site_id)
        if row is None:
            raise NotFound("author_unknown")
        if row.author_key == keys.newsroom(site_id):
            raise Invalid({_TARGET: [Sentence("field.ban_newsroom")]})
        return _Aim(author_id=wish.target)
    if wish.kind is BanKind.NETWORK:
        return _Aim(address_key=_network(connection, keys, site_id, wish.target))
    pattern = as_pattern(wish.kind, wish.target)
    if pattern is None:
        raise Invalid({_TARGET: [Sentence(f"field.ban_{wish.kind}")]})
    return _Aim(pattern=pattern)


def as_pattern(kind: BanKind, target: str) -> str | None:
    """What a ban by domain, name or word goes by, as it is stored; None where it says too little, or an address."""
    if kind is BanKind.DOMAIN:
        return as_domain(target)
    says_enough = is_name_pattern(target) if kind is BanKind.NAME else is_word_pattern(target)
    return target if says_enough and without_addresses(target) == target and MASK not in target else None


def as_ban(row: Any) -> Ban:
    """A ban as it is applied, of its row."""
    return Ban(row.id, BanKind(row.kind), Action(row.action), row.reason, row.pattern, row.expires_at)


def _network(connection: Connection, keys: Keys, site_id: str, comment_id: str) -> int:
    """Where the comment came from, as a key that nobody can read. Where that isn't known it would be everybody."""
    key = authors.network_of(connection, comment_id, site_id)
    if key is None:
        raise NotFound("comment_unknown")
    if key == keys.address(site_id, "unknown"):
        raise Invalid({_TARGET: [Sentence("field.ban_network")]})
    return key


def _met(connection: Connection, site_id: str, wish: Wish, aim: _Aim, now: datetime) -> Iterable[Any]:
    if not aim.pattern:
        return bans.past_of(connection, site_id, author_id=aim.author_id, address_key=aim.address_key)
    made = BanList([Ban("", wish.kind, wish.action, "", aim.pattern)])
    if wish.kind is BanKind.DOMAIN:
        labels = aim.pattern.split(".")
        rows = bans.past_links(connection, site_id, {".".join(labels[at:]) for at in range(len(labels) - 1)})
    else:
        most = bans.MOST_TEXTS if wish.kind is BanKind.WORD else bans.MOST_NAMES
        rows = bans.past_texts(connection, site_id, most)
    until = time.monotonic() + LOOK_SECONDS
    in_time = takewhile(lambda _: time.monotonic() < until, rows)
    return [row for row in in_time if any(made.met(row.name, row.body, row.website, now))]
