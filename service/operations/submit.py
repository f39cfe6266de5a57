"""Submit: a reader's comment is stored, pending, before anyone is told that it was accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.domain.comment import Status
from service.domain.throwaway import is_throwaway
from service.errors import Conflict, Forbidden, Invalid, Sentence
from service.keys import Keys
from service.operations.subscribe import ask_author
from service.store import authors, comments, events, submissions
from service.store.base import Email, new_id
from service.store.places import Place, ensure_article
from service.store.session import Database


@dataclass(frozen=True, slots=True)
class Submission:
    """What a reader sent, validated; and what was seen of the sending."""

    name: str
    email: Email
    body: str
    website: str = ""
    parent: str | None = None
    article_url: str = ""
    article_title: str = ""
    language: str = ""
    address: str = ""
    facts: Mapping[str, Any] | None = None
    notices: str = ""
    """The language in which the author wants to be asked whether they are to be told by mail; empty: they don't."""
    idempotency_keys: tuple[str, ...] = ()
    """The header's key and the form token's nonce: each is used up by a 202."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The comment that is now stored. `replayed`: it already was, the answer had been lost."""

    id: str
    status: Status
    replayed: bool = False


def submit(database: Database, keys: Keys, place: Place, submission: Submission, now: datetime) -> Accepted:
    """Store a submission.

    Raises:
        Forbidden: the discussion is closed.
        Invalid: the parent can't be replied to, or a key was used up by another submission.
        Conflict: the same text by the same author is already there; the problem tells its status only.
    """
    if place.closed_reason(now):
        raise Forbidden("closed")
    request = keys.request(
        place.site_name, place.article_key, submission.name, submission.email.reveal(), submission.body,
        submission.website, submission.parent or "",
    )  # fmt: skip
    hashed = [keys.request("key", key) for key in submission.idempotency_keys]
    return database.transact(lambda connection: _store(connection, keys, place, submission, request, hashed, now))


def _store(
    connection: Connection,
    keys: Keys,
    place: Place,
    submission: Submission,
    request: str,
    hashed: list[str],
    now: datetime,
) -> Accepted:
    article_id = ensure_article(connection, place, now, title=submission.article_title, url=submission.article_url)
    author_key = keys.author(place.site_id, submission.email.reveal())
    throwaway = is_throwaway(submission.email.reveal())
    author_id = authors.ensure_author(connection, place.site_id, author_key, submission.email, now, throwaway=throwaway)
    earlier = submissions.find_submission(connection, place.site_id, hashed)
    if earlier is not None:
        if earlier.request_hash != request:
            raise Invalid({"idempotency_key": [Sentence("field.key_used")]}, "key_used")
        return Accepted(earlier.comment_id, Status(earlier.status), replayed=True)
    comment: dict[str, Any] = {
        "id": new_id(),
        "site_id": place.site_id,
        "article_id": article_id,
        "parent_id": submission.parent,
        "author_id": author_id,
        "depth": _depth(connection, place, article_id, submission.parent),
        "name": submission.name,
        "website": submission.website,
        "body": submission.body,
        "language": submission.language,
        "facts": dict(submission.facts or {}),
        "address_key": keys.address(place.site_id, submission.address),
        "text_key": keys.text(place.site_id, submission.body),
        "created_at": now,
    }
    standing = comments.add_comment(connection, comment)
    if standing is not None:
        raise Conflict("duplicate", extra={"comment_status": standing})
    if not submissions.use_up(connection, place.site_id, hashed, request, comment["id"], now):
        raise Invalid({"idempotency_key": [Sentence("field.key_used")]}, "key_used")
    events.add_events(
        connection,
        [{"site_id": place.site_id, "comment_id": comment["id"], "type": "comment.submitted", "data": {"revision": 1}}],
        now,
    )
    if submission.notices:
        ask_author(connection, place.site_id, author_id, comment["id"], submission.notices, now)
    return Accepted(comment["id"], Status.PENDING)


def _depth(connection: Connection, place: Place, article_id: str, parent: str | None) -> int:
    """0 for a comment on the article; one more than its parent for a reply, if the site allows one that deep."""
    if parent is None:
        return 0
    found = comments.find_parent(connection, article_id, parent)
    if found is None:
        raise Invalid({"parent": [Sentence("field.parent_unknown")]})
    if found >= place.rules.depth:
        raise Invalid({"parent": [Sentence("field.parent_deep", depth=place.rules.depth)]})
    return found + 1
