"""Staff's routes to one author: the record on this site, notes, the hold on all that they send, their badge."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint
from marshmallow import fields

from service.api.answers import private
from service.api.auth import KEEPERS, OWNERS, READERS, staff, staff_only
from service.api.bans import LONGEST_REASON, BanOut, Brief, ban_shown
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, Text, UtcTime, YesNo, as_identifier, is_blank, wrong
from service.api.schemas import Strict
from service.api.shown import Shown, whole
from service.errors import NotFound, Sentence
from service.front import front
from service.operations.decide import Decider
from service.operations.know import give_badge, hold_author, write_note
from service.store import authors, bans, notes

blueprint = Blueprint("authors", __name__)

_LONGEST_NOTE: Final = 2_000
_LONGEST_BADGE: Final = 40
_REQUIRED: Final = {"required": [Sentence("field.required")]}


class NoteIn(Strict):
    """A note on an author, for staff."""

    text = Text(
        required=True, longest=_LONGEST_NOTE, lines=True, metadata={"description": "E-mail addresses are masked."}
    )


class HoldIn(Strict):
    """Whether all that an author sends is held, and why."""

    hold = YesNo(required=True, error_messages=_REQUIRED)
    reason = Text(required=True, longest=LONGEST_REASON, metadata={"description": "Kept in the audit log."})


def _is_seen(text: str) -> None:
    if is_blank(text):
        raise wrong("required")


class BadgeIn(Strict):
    """What readers see beside an author's name; null for nothing."""

    badge = Text(longest=_LONGEST_BADGE, required=True, allow_none=True, validate=_is_seen)


class NoteOut(Shown):
    """A note on an author."""

    id = Identifier()
    text = fields.String()
    who = fields.String(metadata={"description": "The name of the token that wrote it."})
    created_at = UtcTime()


class AuthorRecord(Shown):
    """An author as they are known on this site: by an id of ours, never by their address."""

    id = Identifier()
    since = UtcTime(metadata={"description": "When their first comment came."})
    published = whole({"minimum": 0})
    rejected = whole({"minimum": 0})
    on_hold = fields.Boolean(metadata={"description": "Whether all that they send is held."})
    badge = fields.String(allow_none=True)
    names = fields.List(fields.String(), metadata={"description": "Above their latest comments, each once."})
    latest = fields.List(fields.Nested(Brief), metadata={"description": f"The newest {authors.LATEST}."})
    notes = fields.List(fields.Nested(NoteOut), metadata={"description": f"The newest {notes.LATEST}."})
    bans = fields.List(fields.Nested(BanOut), metadata={"description": "Of this author, the newest first."})


_ADDRESS: Final = "/v1/moderation/authors/<author_id>"
_PROBLEMS: Final = (*STAFF, "role", "author_unknown", *BODY)
_ANSWER: Final = {200: Answer(AuthorRecord, headers=NOT_KEPT)}


@blueprint.get(_ADDRESS)
@described(
    Described(
        "An author's record on this site, with notes and bans. Never the address.", "authors", _ANSWER,
        (*STAFF, "author_unknown"),
    )
)  # fmt: skip
@staff_only(READERS)
def get_author(author_id: str) -> Any:
    return _record(_identified(author_id))


@blueprint.post(f"{_ADDRESS}/notes")
@described(Described("Write a note on an author, for staff.", "authors", _ANSWER, _PROBLEMS, body=NoteIn))
@staff_only(KEEPERS)
def post_note(author_id: str) -> Any:
    """It is gone when the author has taken back all that they wrote."""
    text, identifier = NoteIn().load(read_json())["text"], _identified(author_id)
    write_note(front().database, _who(), identifier, text, datetime.now(UTC))
    return _record(identifier)


@blueprint.put(f"{_ADDRESS}/hold")
@described(Described("Have all held that an author sends, or no longer.", "authors", _ANSWER, _PROBLEMS, body=HoldIn))
@staff_only(KEEPERS)
def put_hold(author_id: str) -> Any:
    data, identifier = HoldIn().load(read_json()), _identified(author_id)
    hold_author(front().database, _who(), identifier, data["reason"], datetime.now(UTC), hold=data["hold"])
    return _record(identifier)


@blueprint.put(f"{_ADDRESS}/badge")
@described(
    Described(
        "Give an author a badge, which readers see beside their name, or take it.", "authors", _ANSWER, _PROBLEMS,
        body=BadgeIn,
    )
)  # fmt: skip
@staff_only(OWNERS)
def put_badge(author_id: str) -> Any:
    """Who has one is published by people only: an address can be typed by anybody, and a badge speaks for the house."""
    badge, identifier = BadgeIn().load(read_json())["badge"], _identified(author_id)
    give_badge(front().database, _who(), identifier, badge, datetime.now(UTC))
    return _record(identifier)


def _identified(author_id: str) -> str:
    identifier = as_identifier(author_id)
    if identifier is None:
        raise NotFound("author_unknown")
    return identifier


def _who() -> Decider:
    return Decider(staff().token_id, staff().site_id)


def _record(author_id: str) -> Any:
    now = datetime.now(UTC)
    with front().database.read() as connection:
        row = authors.find_author(connection, author_id, staff().site_id)
        if row is None:
            raise NotFound("author_unknown")
        latest = authors.latest_of(connection, author_id)
        written, made = notes.notes_of(connection, author_id), bans.bans_of_author(connection, author_id)
    document = {
        "id": row.id, "since": row.created_at, "published": row.published_count, "rejected": row.rejected_count,
        "on_hold": row.on_hold, "badge": row.badge, "names": list(dict.fromkeys(each.name for each in latest)),
        "latest": latest, "notes": written, "bans": [ban_shown(each, now) for each in made],
    }  # fmt: skip
    return private(AuthorRecord().dump(document))
