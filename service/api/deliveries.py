"""Owners' routes to the log of deliveries: what a webhook was told, what failed, and telling it again."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, request
from marshmallow import fields, post_load

from service.api import query
from service.api.answers import private
from service.api.auth import OWNERS, staff, staff_only
from service.api.body import read_json
from service.api.cursors import cursor_after, read_cursor
from service.api.describe import BODY, NOT_KEPT, STAFF, Answer, Described, described
from service.api.fields import Identifier, UtcTime, as_identifier, as_moment, wrong
from service.api.schemas import Strict
from service.api.shown import Shown, Word, whole
from service.api.webhooks import ADDRESS, OWN, known, owner
from service.domain.delivery import WHY, State
from service.domain.event import EVENTS, PING
from service.errors import NotFound, Sentence
from service.front import front
from service.handoff import TELL_LANE
from service.operations import webhook
from service.store import deliveries, webhooks

blueprint = Blueprint("deliveries", __name__)

_STATES: Final = ("all", *map(str, State))


class ReplayIn(Strict):
    """Since when."""

    since = fields.Raw(
        required=True,
        error_messages={"required": [Sentence("field.required")], "null": [Sentence("field.time")]},
        metadata={"type": "string", "format": "date-time", "description": "All that failed of what happened since."},
    )

    @post_load
    def _as_moment(self, data: dict[str, Any], **_: Any) -> datetime:
        moment = as_moment(data["since"])
        if moment is None:
            fault = wrong("time")
            fault.field_name = "since"
            raise fault
        return moment


class DeliveryOut(Shown):
    """What became of telling one event to one webhook. What the receiver answered is not kept."""

    id = Identifier()
    event = Identifier(attribute="event_id", metadata={"description": "`webhook-id` and `id` of what is sent."})
    type = Word((*EVENTS, PING))
    comment = Identifier(attribute="comment_id", allow_none=True)
    state = Word(State)
    attempts = whole({"minimum": 0}, "Since it happened, or since it was last replayed.")
    status = whole({"minimum": 100, "maximum": 999}, "HTTP, of the last attempt; null without an answer.",
                   allow_none=True)  # fmt: skip
    why = Word(["", *WHY], metadata={"description": "What was wrong with the last attempt; empty if nothing."})
    milliseconds = whole({"minimum": 0}, "Of the last attempt.", allow_none=True)
    next_at = UtcTime(allow_none=True, metadata={"description": "Not before then it is tried again."})
    finished_at = UtcTime(allow_none=True, metadata={"description": "When it was delivered, or given up."})
    created_at = UtcTime()


class Deliveries(Shown):
    """One page of the log."""

    deliveries = fields.List(fields.Nested(DeliveryOut))
    next = fields.String(allow_none=True, metadata={"description": "The cursor of the next page."})


class Replayed(Shown):
    """How many are told again."""

    count = whole({"minimum": 0})


@blueprint.post(f"{ADDRESS}/<webhook_id>/test")
@described(
    Described(
        "Send an event of the type `ping`, which says nothing. What becomes of it is in the log.",
        "webhooks",
        {200: Answer(DeliveryOut, headers=NOT_KEPT)},
        (*OWN, "webhook_inactive"),
    )
)
@staff_only(OWNERS)
def post_webhook_test(webhook_id: str) -> Any:
    identifier = known(webhook_id)
    delivery = webhook.ping(front().database, owner(), identifier, datetime.now(UTC))
    return _told(delivery)


@blueprint.get(f"{ADDRESS}/<webhook_id>/deliveries")
@described(
    Described(
        "What was, or is to be, told to a webhook: the newest first. Kept for thirty days after it is over.",
        "webhooks",
        {200: Answer(Deliveries, headers=NOT_KEPT)},
        (*OWN, "invalid"),
        query={
            "state": {"type": "string", "enum": list(_STATES), "default": "all", "description": "How they stand."},
            "limit": query.LIMIT,
            "cursor": query.CURSOR,
        },
    )
)
@staff_only(OWNERS)
def get_deliveries(webhook_id: str) -> Any:
    limit, chosen = query.limit(), query.choice("state", _STATES, "all")
    after = read_cursor(request.args.get("cursor"))
    identifier, state = known(webhook_id), None if chosen == "all" else State(chosen)
    with front().database.read() as connection:
        if webhooks.find_webhook(connection, identifier, staff().site_id) is None:
            raise NotFound("webhook_unknown")
        rows = deliveries.list_deliveries(connection, identifier, state, after=after, limit=limit + 1)
    shown = rows[:limit]
    following = cursor_after(shown[-1]) if len(rows) > limit else None
    return private(Deliveries().dump({"deliveries": [_delivery(row) for row in shown], "next": following}))


@blueprint.post(f"{ADDRESS}/<webhook_id>/replay")
@described(
    Described(
        "Tell again all that was given up of what happened since a time, each under the id that it has.",
        "webhooks",
        {200: Answer(Replayed, headers=NOT_KEPT)},
        (*OWN, "webhook_inactive", *BODY),
        body=ReplayIn,
    )
)
@staff_only(OWNERS)
def post_webhook_replay(webhook_id: str) -> Any:
    since: datetime = ReplayIn().load(read_json())
    count = webhook.replay_failed(front().database, owner(), known(webhook_id), since, datetime.now(UTC))
    front().handoff.wake(TELL_LANE)
    return private(Replayed().dump({"count": count}))


@blueprint.post("/v1/moderation/deliveries/<delivery_id>/replay")
@described(
    Described(
        "Tell one event again, under the id that it has; also one that was delivered.",
        "webhooks",
        {200: Answer(DeliveryOut, headers=NOT_KEPT)},
        (*STAFF, "role", "delivery_unknown", "webhook_inactive"),
    )
)
@staff_only(OWNERS)
def post_delivery_replay(delivery_id: str) -> Any:
    identifier = as_identifier(delivery_id)
    if identifier is None:
        raise NotFound("delivery_unknown")
    webhook.replay(front().database, owner(), identifier, datetime.now(UTC))
    return _told(identifier)


def _told(delivery_id: str) -> Any:
    """A delivery that is on its way from now on."""
    front().handoff.wake(TELL_LANE)
    with front().database.read() as connection:
        row = deliveries.find_delivery(connection, delivery_id, staff().site_id)
    return private(DeliveryOut().dump(_delivery(row)))


def _delivery(row: Any) -> dict[str, Any]:
    waits = row.state == State.WAITING
    return {
        "id": row.id, "event_id": row.event_id, "type": row.type, "comment_id": row.comment_id, "state": row.state,
        "attempts": row.attempts, "status": row.status, "why": row.why, "milliseconds": row.milliseconds,
        "next_at": row.next_at if waits else None, "finished_at": row.finished_at, "created_at": row.created_at,
    }  # fmt: skip
