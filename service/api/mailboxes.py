"""Owners' routes to the mailboxes in which moderators are told how the queue stands. No answer has their addresses."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint
from marshmallow import fields, post_load
from sqlalchemy import Connection

from service.api.answers import private
from service.api.auth import OWNERS, staff, staff_only
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import EmailAddress, Identifier, Text, UtcTime, as_identifier, one_of, wrong
from service.api.schemas import Strict
from service.api.shown import Shown, Word, whole
from service.domain.site import EMAIL_LENGTH
from service.errors import NotFound, Sentence
from service.front import front
from service.handoff import TELL_LANE
from service.operations.decide import Decider
from service.operations.mailbox import MOST, Wishes, add_mailbox, ask_again, change_mailbox, remove_mailbox
from service.store import mailboxes, sites
from service.words import FALLBACK, languages

blueprint = Blueprint("mailboxes", __name__)

_MOST_MINUTES: Final = 7 * 24 * 60
_MOST_WAITING: Final = 5000
_STATES: Final = ("asked", "confirmed", "ended")
_NOT_TEXT: Final = [Sentence("field.not_text")]


def _limit(least: int, most: int, about: str) -> fields.Integer:
    fault = [Sentence("field.between", least=least, most=most)]

    def look(value: int) -> None:
        if not least <= value <= most:
            raise wrong("between", least=least, most=most)

    return fields.Integer(
        strict=True, allow_none=True, validate=look,
        metadata={"minimum": least, "maximum": most, "description": about},
        error_messages={"invalid": fault, "too_large": fault},
    )  # fmt: skip


class MailboxPut(Strict):
    """What is sent to a mailbox. What isn't given stays as it is; null switches it off."""

    label = Text(longest=80, metadata={"description": "What it is called here. E-mail addresses in it are masked."})
    language = fields.String(
        validate=one_of(languages()), error_messages={"invalid": _NOT_TEXT, "null": _NOT_TEXT},
        metadata={"enum": [*languages()], "description": "Of its mails. The site's first, if it isn't given."},
    )  # fmt: skip
    digest_hour = _limit(0, 23, "Once a day, in the hour that begins then, UTC: what waits, and what was decided.")
    alert_minutes = _limit(1, _MOST_MINUTES, "An alert, when a comment has waited longer than so many minutes.")
    alert_waiting = _limit(1, _MOST_WAITING, "Or when more comments than this wait.")

    @post_load
    def _as_wishes(self, data: dict[str, Any], **_: Any) -> Any:
        if data.get("label") == "":
            error = wrong("required")
            error.field_name = "label"
            raise error
        return Wishes(data)


class MailboxIn(MailboxPut):
    """A mailbox of the staff's. Its owner is sent a link, and nothing more before they have confirmed it."""

    email = EmailAddress(
        required=True, longest=EMAIL_LENGTH, load_only=True, metadata={"description": "Shown to nobody, ever."}
    )
    label = Text(
        required=True,
        longest=80,
        metadata={"description": "What it is called here. E-mail addresses in it are masked."},
    )

    @post_load
    def _as_wishes(self, data: dict[str, Any], **_: Any) -> Any:
        return data.pop("email"), Wishes(data)


class MailboxOut(Shown):
    """A mailbox, known by its label."""

    id = Identifier()
    label = fields.String()
    state = Word(_STATES)
    language = fields.String()
    digest_hour = whole({"minimum": 0, "maximum": 23}, "UTC.", allow_none=True)
    alert_minutes = whole({"minimum": 1}, "", allow_none=True)
    alert_waiting = whole({"minimum": 1}, "", allow_none=True)
    asked_at = UtcTime(
        allow_none=True, metadata={"description": "When its owner was last asked; null: no mail is sent from here."}
    )
    confirmed_at = UtcTime(allow_none=True)
    created_at = UtcTime()


class Mailboxes(Shown):
    """A site's mailboxes."""

    mailboxes = fields.List(fields.Nested(MailboxOut), metadata={"maxItems": MOST})


_ADDRESS: Final = "/v1/moderation/mailboxes"
_ONE: Final = f"{_ADDRESS}/<mailbox_id>"
_OWNED: Final = (*STAFF, "role")
_SHOWN: Final = {200: Answer(MailboxOut, headers=NOT_KEPT)}
_LISTED: Final = {200: Answer(Mailboxes, headers=NOT_KEPT)}


@blueprint.get(_ADDRESS)
@described(Described("The mailboxes in which staff are told how the queue stands.", "mailboxes", _LISTED, _OWNED))
@staff_only(OWNERS)
def get_mailboxes() -> Any:
    return _listed()


@blueprint.post(_ADDRESS)
@described(
    Described(
        "Add a mailbox. Its owner is asked by mail whether they want it.",
        "mailboxes",
        _SHOWN,
        (*_OWNED, *BODY),
        body=MailboxIn,
    )
)
@staff_only(OWNERS)
def post_mailbox() -> Any:
    """The address goes in here, and comes out nowhere: people know the mailbox by its label."""
    email, wishes = MailboxIn().load(read_json())
    with front().database.read() as connection:
        spoken = _language(connection)
    wanted = {"language": spoken, "digest_hour": None, "alert_minutes": None, "alert_waiting": None}
    mailbox_id = add_mailbox(
        front().database, _owner(), email, Wishes(wanted | dict(wishes.columns)), datetime.now(UTC),
        sends_mail=front().settings.sends_mail,
    )  # fmt: skip
    front().handoff.wake(TELL_LANE)
    return _one(mailbox_id)


@blueprint.put(_ONE)
@described(
    Described(
        "Change what is sent to a mailbox. Its address stays: another one is another mailbox.",
        "mailboxes",
        _SHOWN,
        (*_OWNED, "mailbox_unknown", *BODY),
        body=MailboxPut,
    )
)
@staff_only(OWNERS)
def put_mailbox(mailbox_id: str) -> Any:
    identifier, wishes = _identifier(mailbox_id), MailboxPut().load(read_json())
    change_mailbox(front().database, _owner(), identifier, wishes, datetime.now(UTC))
    return _one(identifier)


@blueprint.post(f"{_ONE}/confirmation")
@described(
    Described(
        "Ask a mailbox's owner once more, at most once an hour, if they haven't answered.",
        "mailboxes",
        _SHOWN,
        (*_OWNED, "mailbox_unknown"),
    )
)
@staff_only(OWNERS)
def post_mailbox_confirmation(mailbox_id: str) -> Any:
    identifier = _identifier(mailbox_id)
    if front().settings.sends_mail:
        ask_again(front().database, _owner(), identifier, datetime.now(UTC))
        front().handoff.wake(TELL_LANE)
    return _one(identifier)


@blueprint.delete(_ONE)
@described(
    Described(
        "Remove a mailbox, address and all.",
        "mailboxes",
        _LISTED,
        (*_OWNED, "mailbox_unknown"),
    )
)
@staff_only(OWNERS)
def delete_mailbox(mailbox_id: str) -> Any:
    """The answer is what is left."""
    remove_mailbox(front().database, _owner(), _identifier(mailbox_id), datetime.now(UTC))
    return _listed()


def _owner() -> Decider:
    return Decider(staff().token_id, staff().site_id)


def _identifier(text: str) -> str:
    found = as_identifier(text)
    if found is None:
        raise NotFound("mailbox_unknown")
    return found


def _language(connection: Connection) -> str:
    """The first of the site's languages that we speak."""
    spoken = (each.partition("-")[0] for each in sites.find_site(connection, staff().site).languages)
    return next((each for each in spoken if each in languages()), FALLBACK)


def _listed() -> Any:
    with front().database.read() as connection:
        rows = mailboxes.of_site(connection, staff().site_id)
    return private(Mailboxes().dump({"mailboxes": [_shown(row) for row in rows]}))


def _one(mailbox_id: str) -> Any:
    with front().database.read() as connection:
        row = mailboxes.find(connection, mailbox_id, staff().site_id)
    if row is None:
        raise NotFound("mailbox_unknown")
    return private(MailboxOut().dump(_shown(row)))


def _shown(row: Any) -> dict[str, Any]:
    """A row without its address."""
    state = "ended" if row.email is None else "confirmed" if row.confirmed_at is not None else "asked"
    return {
        "id": row.id, "label": row.label, "state": state, "language": row.language, "digest_hour": row.digest_hour,
        "alert_minutes": row.alert_minutes, "alert_waiting": row.alert_waiting, "asked_at": row.asked_at,
        "confirmed_at": row.confirmed_at, "created_at": row.created_at,
    }  # fmt: skip
