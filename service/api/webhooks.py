"""Owners' routes to webhooks: where a site's events go, of which types, with which secret."""

import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint
from marshmallow import fields, post_load

from service.api.answers import private
from service.api.auth import OWNERS, staff, staff_only
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, Text, UtcTime, YesNo, as_identifier, noted, one_of, wrong
from service.api.schemas import Strict
from service.api.shown import Shown, whole
from service.api.sites import Some
from service.domain.event import EVENTS
from service.domain.network import is_public
from service.errors import NotFound, Sentence
from service.front import front
from service.handoff import TELL_LANE
from service.operations import webhook
from service.operations.decide import Decider
from service.operations.webhook import Endpoint
from service.store import webhooks

blueprint = Blueprint("webhooks", __name__)

_MOST_HOURS: Final = 7 * 24
_NOT_TEXT: Final[dict[str, Any]] = {"invalid": [Sentence("field.not_text")], "null": [Sentence("field.not_text")]}


class Address(Text):
    """Where events go: `https`, unless the operator allows private addresses."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(longest=2000, **noted(rest, {"format": "uri"}))

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any) -> str:
        text = super()._deserialize(value, attr, data, **rest)
        try:
            parts = urlsplit(text)
            usable = bool(parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0)
        except ValueError:
            usable = False
        if not usable or "@" in parts.netloc or parts.fragment or not _is_visible(text):
            raise wrong("webhook_url")
        if not front().settings.webhook_private and (parts.scheme != "https" or _is_inside(parts.hostname or "")):
            raise wrong("webhook_private")
        return text


def _is_visible(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text and not set(text) & set('<>"\\^`{|}')


def _is_inside(host: str) -> bool:
    """What can be told of a host without asking anybody; where its name leads is seen each time that it is called."""
    host = host.lower().rstrip(".")
    if "." not in host and ":" not in host and not host[:1].isdigit():
        return True
    try:
        host = socket.inet_ntoa(socket.inet_aton(host))  # 0x7f000001 and 127.1 are addresses too
    except OSError:
        if ":" not in host:
            return host.endswith((".localhost", ".local", ".internal"))
    return not is_public(host)


def _types(**rest: Any) -> Some:
    word = fields.String(validate=one_of(EVENTS), error_messages=_NOT_TEXT, metadata={"enum": [*EVENTS]})
    return Some(word, least=0, most=len(EVENTS), metadata={"description": "Of events; none for all."}, **rest)


class WebhookIn(Strict):
    """A webhook."""

    url = Address(required=True, metadata={"description": "A full address. It is shown to owners only."})
    types = _types(load_default=list)
    description = Text(longest=200, load_default="")
    active = YesNo(load_default=True)

    @post_load
    def _as_endpoint(self, data: dict[str, Any], **_: Any) -> Endpoint:
        return Endpoint(**data)


class WebhookChange(Strict):
    """What is to be different. What isn't given stays as it is."""

    url = Address()
    types = _types()
    description = Text(longest=200)
    active = YesNo(metadata={"description": "Once it is false, what waits is given up; it can be replayed."})


class _Hours(fields.Integer):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> int:  # noqa: ARG002
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_HOURS:
            raise wrong("hours", most=_MOST_HOURS)
        return value


class RotateIn(Strict):
    """How long the secret before is good beside the new one."""

    hours = _Hours(
        load_default=24,
        metadata={"minimum": 0, "maximum": _MOST_HOURS, "description": "0: it is known to others, and ends now."},
    )


class WebhookOut(Shown):
    """A webhook, and how its receiver does. The secret is not in it."""

    id = Identifier()
    url = fields.String()
    types = fields.List(fields.String(), metadata={"description": "Of events; none for all."})
    description = fields.String()
    active = fields.Boolean()
    old_secret_until = UtcTime(allow_none=True, metadata={"description": "Until then the secret before signs too."})
    failures = whole({"minimum": 0}, "Attempts that failed, in a row.")
    rests_until = UtcTime(allow_none=True, metadata={"description": "It failed so often that it is left alone."})
    created_at = UtcTime()


class WebhookMade(WebhookOut):
    """A webhook with its new secret, which is shown this once."""

    secret = fields.String(metadata={"description": "`whsec_` and base64; for the receiver, to verify what comes."})


class Webhooks(Shown):
    """A site's webhooks."""

    webhooks = fields.List(fields.Nested(WebhookOut))


class WebhookGone(Shown):
    """It was removed."""

    id = Identifier()


ADDRESS: Final = "/v1/moderation/webhooks"
OWN: Final = (*STAFF, "role", "webhook_unknown")
_LINKS: Final = {
    name: {"operationId": operation, "parameters": {"webhook_id": "$response.body#/id"}}
    for name, operation in {"log": "get_deliveries", "test": "post_webhook_test"}.items()
}


@blueprint.get(ADDRESS)
@described(Described("The site's webhooks.", "webhooks", {200: Answer(Webhooks, headers=NOT_KEPT)}, (*STAFF, "role")))
@staff_only(OWNERS)
def get_webhooks() -> Any:
    """Owners only: an address may have a secret in it."""
    with front().database.read() as connection:
        rows = webhooks.list_webhooks(connection, staff().site_id)
    return private(Webhooks().dump({"webhooks": [_shown(row) for row in rows]}))


@blueprint.post(ADDRESS)
@described(
    Described(
        "Have events told to an address from now on. The secret is shown this once.",
        "webhooks",
        {200: Answer(WebhookMade, headers=NOT_KEPT, links=_LINKS)},
        (*(code for code in STAFF if code != "not_found"), "role", *BODY),
        body=WebhookIn,
    )
)
@staff_only(OWNERS)
def post_webhook() -> Any:
    wish: Endpoint = WebhookIn().load(read_json())
    return _made(webhook.add(front().database, front().keys, owner(), wish, datetime.now(UTC)))


@blueprint.get(f"{ADDRESS}/<webhook_id>")
@described(Described("A webhook.", "webhooks", {200: Answer(WebhookOut, headers=NOT_KEPT)}, OWN))
@staff_only(OWNERS)
def get_webhook(webhook_id: str) -> Any:
    return private(WebhookOut().dump(_one(known(webhook_id))))


@blueprint.put(f"{ADDRESS}/<webhook_id>")
@described(
    Described(
        "Change a webhook: its address, types, description, whether it is active.",
        "webhooks",
        {200: Answer(WebhookOut, headers=NOT_KEPT)},
        (*OWN, *BODY),
        body=WebhookChange,
    )
)
@staff_only(OWNERS)
def put_webhook(webhook_id: str) -> Any:
    changes, identifier = WebhookChange().load(read_json()), known(webhook_id)
    webhook.change(front().database, owner(), identifier, changes, datetime.now(UTC))
    front().handoff.wake(TELL_LANE)
    return private(WebhookOut().dump(_one(identifier)))


@blueprint.delete(f"{ADDRESS}/<webhook_id>")
@described(
    Described(
        "Remove a webhook, with what waits for it and the log of what it was told.",
        "webhooks",
        {200: Answer(WebhookGone, headers=NOT_KEPT)},
        OWN,
    )
)
@staff_only(OWNERS)
def delete_webhook(webhook_id: str) -> Any:
    identifier = known(webhook_id)
    webhook.remove(front().database, owner(), identifier, datetime.now(UTC))
    return private(WebhookGone().dump({"id": identifier}))


@blueprint.post(f"{ADDRESS}/<webhook_id>/rotate")
@described(
    Described(
        "A new secret. The one before signs too, for so many hours: receivers change over in their own time.",
        "webhooks",
        {200: Answer(WebhookMade, headers=NOT_KEPT)},
        (*OWN, *BODY),
        body=RotateIn,
    )
)
@staff_only(OWNERS)
def post_webhook_rotate(webhook_id: str) -> Any:
    hours, identifier = RotateIn().load(read_json())["hours"], known(webhook_id)
    overlap = timedelta(hours=hours)
    return _made(webhook.rotate(front().database, front().keys, owner(), identifier, overlap, datetime.now(UTC)))


def owner() -> Decider:
    return Decider(staff().token_id, staff().site_id)


def known(webhook_id: str) -> str:
    identifier = as_identifier(webhook_id)
    if identifier is None:
        raise NotFound("webhook_unknown")
    return identifier


def _one(webhook_id: str) -> dict[str, Any]:
    with front().database.read() as connection:
        row = webhooks.find_webhook(connection, webhook_id, staff().site_id)
    if row is None:
        raise NotFound("webhook_unknown")
    return _shown(row)


def _made(made: webhook.Made) -> Any:
    return private(WebhookMade().dump(_one(made.id) | {"secret": made.secret}))


def _shown(row: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    old, rests = row.old_until, row.rests_until
    return {
        "id": row.id, "url": row.url, "types": row.types, "description": row.description, "active": row.active,
        "old_secret_until": old if old is not None and old > now else None, "failures": row.failures,
        "rests_until": rests if rests is not None and rests > now else None, "created_at": row.created_at,
    }  # fmt: skip
