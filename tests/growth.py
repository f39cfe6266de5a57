"""Grows an article to thousands of comments, straight into the tables: for plans and benchmarks, where size matters.

The database's own rules are set aside while it grows, so what is written here keeps to them by itself: what is
published has its verdict, what is removed is scrubbed, the counters are right.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, insert, text, update

from service.domain.urgency import HEAD_START, REPORT, urgent_at
from service.store.authors import Author
from service.store.base import Email, new_id, table
from service.store.comments import Comment
from service.store.moderation import VerdictRow
from service.store.places import ensure_article, find_place
from service.store.session import Database
from service.store.sites import Article
from service.store.traces import Likeness, Link
from workers.checks import CHECKS

AUTHORS = 5000
LINKED = 20
REPORTED = 100
DOMAINS = 300
_AT_ONCE = 5000
_SENTENCES = (
    "The tram must run all night, at least at the weekend, and not only for those who live in the centre.",
    "La ligne 3 est pleine dès six heures du matin ; personne au conseil ne la prend, visiblement.",
    "I paid for this twice: once with my taxes and once at the gate.",
    "Merci pour cet article, enfin des chiffres que l'on peut vérifier.",
)
# Of a hundred comments: what they are. A discussion is mostly published.
_STATUSES = ("published",) * 88 + ("held",) * 5 + ("rejected",) * 5 + ("removed",) * 2
_OUTCOMES = [{"check": check.name, "milliseconds": 0.01, "failed": False} for check in CHECKS]


def grow(database: Database, site: str, article: str, many: int, *, analyze: bool = True) -> None:
    """Add `many` comments to the article, one a second until now, by many authors; then let the planner look."""
    now = datetime.now(UTC)
    with database.write() as connection, _rules_aside(connection):
        place = find_place(connection, site, article)
        assert place is not None
        article_id = ensure_article(connection, place, now, title=article)
        authors = _add_authors(connection, place.site_id, now)
        rows = _comments(place.site_id, article_id, authors, many, now)
        published, dice = 0, Random(many)
        while batch := list(islice(rows, _AT_ONCE)):
            connection.execute(insert(table(Comment)), batch)
            connection.execute(insert(table(VerdictRow)), [_verdict(row) for row in batch])
            connection.execute(insert(table(Likeness)), [_likeness(row, dice) for row in batch])
            connection.execute(insert(table(Link)), [_link(row) for row in batch if "(" in row["body"]][::LINKED])
            published += sum(row["status"] == "published" for row in batch)
        connection.execute(
            update(Article).where(Article.id == article_id).values(published_count=Article.published_count + published)
        )
    if analyze:
        with database.read() as connection:
            connection.execute(text("ANALYZE"))


def _add_authors(connection: Connection, site_id: str, now: datetime) -> list[str]:
    rows = [
        {
            "id": new_id(), "site_id": site_id, "author_key": new_id(), "email": Email(f"{new_id()}@example.org"),
            "published_count": 3, "rejected_count": 0, "throwaway": False, "created_at": now,
        }
        for _ in range(AUTHORS)
    ]  # fmt: skip
    connection.execute(insert(table(Author)), rows)
    return [str(row["id"]) for row in rows]


def _comments(site_id: str, article_id: str, authors: list[str], many: int, now: datetime) -> Iterator[dict[str, Any]]:
    dice = Random(many)
    for number in range(many):
        at = now - timedelta(seconds=many - number, microseconds=dice.randrange(1_000_000))
        status = dice.choice(_STATUSES)
        gone = status == "removed"
        reported = status == "published" and number % REPORTED == 0
        body = "" if gone else f"{dice.choice(_SENTENCES)} {dice.choice(_SENTENCES)} ({number})"
        yield {
            "id": _id_of(at, dice),
            "site_id": site_id,
            "article_id": article_id,
            "parent_id": None,
            "author_id": None if gone else dice.choice(authors),
            "depth": 0,
            "status": status,
            "version": 2,
            "revision": 1,
            "awaiting": status == "held",
            "name": "" if gone else f"Reader {number % AUTHORS}",
            "website": "",
            "body": body,
            "html": f"<p>{body}</p>" if status == "published" else None,
            "language": "",
            "facts": {},
            "address_key": dice.getrandbits(62),
            "text_key": dice.getrandbits(62),
            "score": 0.6 if status == "held" else 0.0,
            "reasons": " links " if status == "held" else " ",
            "checks": " links " if status == "held" else " ",
            "decided": status == "rejected" and number % 2 == 0,
            "teaches": dice.random() if status == "held" or reported else 0.0,
            "urgent_at": urgent_at(at, 0.6 if status == "held" else 0.0, 1 if reported else 0),
            "published_replies": 1 if gone else 0,
            "reports": int(reported),
            "open_reports": int(reported),
            "reported_at": at if reported else None,
            "attempts": 0,
            "lane": "judge",
            "lease_until": None,
            "holder": None,
            "created_at": at,
            "edited_at": None,
        }


def _likeness(row: Mapping[str, Any], dice: Random) -> dict[str, Any]:
    """Like no other on purpose; with others in common now and then, as unrelated texts of one language have."""
    bands = {f"band_{band}": dice.randrange(-(2**18), 2**18) for band in "abcd"}
    sketch = f"{dice.getrandbits(128):032x}"
    also = {"site_id": row["site_id"], "cluster_id": row["id"], "told_at": row["created_at"]}
    return {"comment_id": row["id"], "created_at": row["created_at"], "sketch": sketch} | also | bands


def _link(row: dict[str, Any]) -> dict[str, Any]:
    domain = f"site-{int(row['id'][-4:], 16) % DOMAINS}.example"
    return {"comment_id": row["id"], "domain": domain} | {name: row[name] for name in ("site_id", "created_at")}


# What a big newsroom's site holds, written by the database itself: a million would take Python half an hour.
_TEXTS: Final = """
    CREATE TEMP TABLE grown AS
    SELECT number, moment,
        (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '7' || substr(mixed, 1, 3)
            || '8' || substr(mixed, 4, 15))::uuid AS id,
        CASE WHEN part < :held THEN 'held' WHEN part < :held + 0.06 THEN 'rejected'
            WHEN part < :held + 0.0605 THEN 'pending' ELSE 'published' END AS status,
        round((CASE WHEN part < :held THEN 0.3 + 0.7 * chance ^ 2 ELSE chance / 4 END)::numeric, 3)::float AS score,
        CASE WHEN part < :held THEN CASE WHEN chance < 0.3 THEN ' links ' WHEN chance < 0.35 THEN ' profanity shouting '
            WHEN chance < 0.3505 THEN ' threat ' ELSE ' likely_toxic ' END ELSE ' ' END AS reasons,
        part >= :held + 0.0605 AND chance < 0.005 AS reported,
        (power(luck, 3) * 60)::int AS article, 1 + (power(chance, 2) * 4999)::int AS author,
        CASE WHEN luck < 0.03 THEN 'site-' || (power(luck * 33, 3) * 300)::int || '.example' END AS domain,
        (ARRAY[:one, :two, :three, :four])[1 + (luck * 1000)::int % 4] || ' ' || substr(mixed, 1, 8)
            || ' ('  || number || ')' AS body
    FROM (
        SELECT number, cast(:until AS timestamptz) - (:many - number) * cast(:every AS interval) AS moment,
            md5(number::text) AS mixed, random() AS part, random() AS chance, random() AS luck
        FROM generate_series(1, :many) AS number
    ) AS thrown
"""
_GROWN: Final = """
    INSERT INTO comments (id, site_id, article_id, parent_id, author_id, depth, status, version, revision, awaiting,
        name, website, body, html, language, facts, address_key, text_key, score, reasons, checks, decided, urgent_at,
        teaches, published_replies, reports, open_reports, reported_at, attempts, lane, lease_until, holder, created_at,
        edited_at)
    SELECT id, cast(:site_id AS uuid), (cast(:articles AS uuid[]))[1 + article], NULL,
        (cast(:authors AS uuid[]))[author], 0, status, CASE status WHEN 'pending' THEN 1 ELSE 2 END, 1,
        status = 'held', 'Reader ' || author, '', body, CASE status WHEN 'published' THEN '<p>' || body || '</p>' END,
        CASE number % 3 WHEN 0 THEN 'en' ELSE 'fr' END, '{}', number, number,
        CASE status WHEN 'pending' THEN NULL ELSE score END, reasons, reasons,
        status = 'rejected' AND number % 2 = 0,
        moment - least(1, score + CASE WHEN reported THEN :report ELSE 0 END) * cast(:ahead AS interval),
        score, 0, reported::int, reported::int, CASE WHEN reported THEN moment END, 0, 'judge', NULL, NULL, moment, NULL
    FROM grown ORDER BY number
"""
_JUDGED: Final = """
    INSERT INTO verdicts (id, comment_id, revision, action, score, awaits, signals, weights, checks, policy_version,
        engine, estimate, created_at)
    SELECT gen_random_uuid(), id, 1, CASE status WHEN 'published' THEN 'publish' ELSE 'hold' END, score,
        status <> 'published', cast(:signals AS jsonb), '{"links": 0.6}', '[]', 1, 'rules-0000000000', '{}', moment
    FROM grown WHERE status <> 'pending'
"""
_LINKED: Final = """
    INSERT INTO links (comment_id, domain, site_id, created_at)
    SELECT id, domain, cast(:site_id AS uuid), moment FROM grown WHERE domain IS NOT NULL
"""


def crowd(database: Database, site: str, many: int, *, held: float = 0.1) -> None:
    """Add `many` comments of the last year under sixty articles, a tenth of them held; on PostgreSQL only."""
    now = datetime.now(UTC)
    with database.write() as connection, _rules_aside(connection):
        found = [find_place(connection, site, f"crowd-{number}") for number in range(61)]
        places = [place for place in found if place is not None]
        articles = [ensure_article(connection, place, now, title="An article") for place in places]
        site_id = places[0].site_id
        authors = _add_authors(connection, site_id, now)
        given = {
            "many": many, "held": held, "until": now - timedelta(seconds=1), "every": timedelta(days=365) / many,
            "site_id": site_id, "articles": articles, "authors": authors, "report": REPORT, "ahead": HEAD_START,
            "signals": json.dumps([{"reason": "links", "score": 1.0, "facts": {"count": 3}, "spans": []}]),
            **dict(zip(("one", "two", "three", "four"), _SENTENCES, strict=True)),
        }  # fmt: skip
        for statement in (_TEXTS, _GROWN, _JUDGED, _LINKED):
            connection.execute(text(statement), given)
        connection.execute(text("DROP TABLE grown"))
    with database.read() as connection:
        connection.execute(text("SET statement_timeout = 0"))  # of a connection that nobody will use for the measured
        connection.execute(text("VACUUM (ANALYZE)"))


def trail(database: Database, many: int) -> None:
    """Add likenesses of `many` comments of the last week, without the comments: what a big site's window holds."""
    now, dice = datetime.now(UTC), Random(many)
    times = (now - timedelta(days=7) * (1 - number / many) for number in range(many))
    site_id = new_id()
    rows = (_likeness({"id": _id_of(at, dice), "created_at": at, "site_id": site_id}, dice) for at in times)
    with database.engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        if connection.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys = OFF")
        with connection.begin(), _rules_aside(connection):
            while batch := list(islice(rows, _AT_ONCE)):
                connection.execute(insert(table(Likeness)), batch)
        if connection.dialect.name == "sqlite":
            raw.execute("PRAGMA foreign_keys = ON")
    with database.read() as reader:
        reader.execute(text("ANALYZE"))


def _id_of(moment: datetime, dice: Random) -> str:
    """A UUIDv7 of that time: ids lie in the index in the order in which they were made, as real ones do."""
    milliseconds = int(moment.timestamp() * 1000)
    return str(UUID(int=milliseconds << 80 | 7 << 76 | dice.getrandbits(12) << 64 | 2 << 62 | dice.getrandbits(62)))


def _verdict(row: dict[str, Any]) -> dict[str, Any]:
    held = row["status"] in {"held", "rejected"}
    return {
        "id": new_id(),
        "comment_id": row["id"],
        "revision": 1,
        "action": "hold" if held else "publish",
        "score": row["score"],
        "awaits": held,
        "shadow": None,
        "signals": [{"reason": "links", "score": 1.0, "facts": {"count": 3}, "spans": []}] if held else [],
        "weights": {"links": 0.6} if held else {},
        "checks": _OUTCOMES,
        "policy_version": 1,
        "engine": "rules-0000000000",
        "estimate": {"spam": 0.6 if held else 0.02, "toxicity": 0.05, "kind": ""},
        "created_at": row["created_at"],
    }


@contextmanager
def _rules_aside(connection: Connection) -> Iterator[None]:
    """Without triggers: a comment begins pending, and a hundred thousand would have to move one by one."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        yield
        return
    triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in triggers:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, statement in triggers:
        connection.exec_driver_sql(statement)
