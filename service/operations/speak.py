"""Speak: the newsroom writes a comment of its own, which is published by the decision of whoever writes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.acts import Act
from service.domain.comment import Action, Status
from service.errors import Conflict, Invalid, NotFound, Sentence
from service.keys import Keys
from service.operations.decide import Decider, Decision, Standing, apply_decision
from service.operations.moves import lock
from service.store import audit, authors, comments, events, moving, sites, submissions
from service.store.base import new_id
from service.store.places import Place, ensure_article
from service.store.session import Database
from service.words import say


@dataclass(frozen=True, slots=True)
class Statement:
    """What the newsroom has to say, in reply to a comment or, without a parent, to an article."""

    body: str
    name: str = ""
    """One of the names that the site keeps for its own people; empty: the site's title."""
    parent: str | None = None
    idempotency_key: str = ""


def speak(database: Database, keys: Keys, keeper: Decider, place: Place, words: Statement, now: datetime) -> Standing:
    """Store a comment by the newsroom and publish it, in one transaction. A closed article is no hindrance.

    Raises:
        NotFound: no such parent on the keeper's site.
        Conflict: the parent isn't published (`not_published`), or the same is already there (`duplicate`).
        Invalid: the parent is as deep as replies go, the name isn't kept for the newsroom, or the key was used up.
    """
    request = keys.request("newsroom", place.site_name, place.article_key, words.parent or "", words.name, words.body)
    key = words.idempotency_key
    hashed = [keys.request("staff", keeper.token_id, key)] if key else []
    return database.transact(lambda connection: _speak(connection, keys, keeper, place, words, request, hashed, now))


def _speak(
    connection: Connection,
    keys: Keys,
    keeper: Decider,
    place: Place,
    words: Statement,
    request: str,
    hashed: list[str],
    now: datetime,
) -> Standing:
    """The order of locks is everybody's: the article, the parent, the author."""
    article_id = ensure_article(connection, place, now)
    parent = _lock(connection, keeper, article_id, words.parent)
    site = sites.find_site(connection, place.site_name)
    author_key, badge = keys.newsroom(place.site_id), say("newsroom.badge", site.languages[0])
    author_id = authors.ensure_newsroom(connection, place.site_id, author_key, badge, now)
    earlier = submissions.find_submission(connection, place.site_id, hashed)
    if earlier is not None:
        if earlier.request_hash != request:
            raise Invalid({"idempotency_key": [Sentence("field.key_used")]}, "key_used")
        (row,) = moving.lock_comments(connection, [earlier.comment_id])
        return Standing(row.id, Status(row.status), row.version)
    comment: dict[str, Any] = {
        "id": new_id(), "site_id": place.site_id, "article_id": article_id, "parent_id": words.parent,
        "author_id": author_id, "depth": _depth(connection, place, parent), "name": _name(site, words.name),
        "website": "", "body": words.body, "language": "", "facts": {},
        "address_key": keys.address(place.site_id, "unknown"), "text_key": keys.text(place.site_id, words.body),
        "created_at": now,
    }  # fmt: skip
    standing = comments.add_comment(connection, comment)
    if standing is not None:
        raise Conflict("duplicate", extra={"comment_status": standing})
    if not submissions.use_up(connection, place.site_id, hashed, request, comment["id"], now):
        raise AssertionError("a key was used up although its author was locked")
    submitted = {"site_id": place.site_id, "comment_id": comment["id"], "type": "comment.submitted"}
    events.add_events(connection, [submitted | {"data": {"revision": 1}}], now)
    data = {"article": place.article_key, "parent": words.parent}
    entry = audit.Entry(keeper.site_id, keeper.token_id, Act.REPLY, comment["id"], data)
    return apply_decision(connection, keeper, Decision(comment["id"], 1, Action.PUBLISH), now, entry=entry)


def _lock(connection: Connection, keeper: Decider, article_id: str, parent: str | None) -> Any:
    """The parent's row, which nobody moves meanwhile; None without one."""
    if parent is None:
        sites.lock_articles(connection, [article_id])
        return None
    known = comments.find_for_decision(connection, parent, keeper.site_id)
    if known is None:
        raise NotFound("comment_unknown")
    return lock(connection, [known])[parent]


def _depth(connection: Connection, place: Place, parent: Any) -> int:
    """As deep as readers' replies go, and no deeper."""
    if parent is None:
        return 0
    found = comments.find_parent(connection, parent.article_id, parent.id)
    if found is None:
        raise Conflict("not_published", extra={"comment_status": parent.status})
    if found >= place.rules.depth:
        raise Invalid({"parent": [Sentence("field.parent_deep", depth=place.rules.depth)]})
    return found + 1


def _name(site: Any, asked: str) -> str:
    """Only what is kept for the newsroom: under such a name nobody else is published without a person's look."""
    own = [site.title or site.name, *site.reserved_names]
    if asked and asked not in own:
        raise Invalid({"name": [Sentence("field.one_of", choices=", ".join(own))]})
    return asked or str(own[0])
