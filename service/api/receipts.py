"""The author's routes to their own comment: follow it, edit it, take it back. The receipt is all they need."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint

from service.api import schemas, shown
from service.api.answers import private
from service.api.body import read_json
from service.api.describe import BODY, NOT_KEPT, RECEIPT, Answer, Described, described
from service.api.places import count_against_limit, place_of_receipt, preflight
from service.domain.comment import Status
from service.front import front
from service.operations.revise import revise
from service.operations.withdraw import withdraw
from service.web.reader import language
from service.web.receipts import author_view

blueprint = Blueprint("receipts", __name__)
blueprint.before_request(preflight)

_VIEW: Final = Answer(shown.ReceiptView, headers=NOT_KEPT)


@blueprint.get("/v1/receipts/<receipt>")
@described(Described("The author's own comment and its state.", "readers", {200: _VIEW}, RECEIPT))
def get_receipt(receipt: str) -> Any:
    _, comment_id = place_of_receipt(receipt)
    return _view(comment_id)


@blueprint.patch("/v1/receipts/<receipt>")
@described(
    Described(
        "Edit the text, within the site's window and before a reply is published. It is judged again.",
        "readers",
        {200: _VIEW},
        (*RECEIPT, *BODY, "not_editable", "edit_over", "too_many"),
        body=schemas.Edit,
    )
)
def patch_receipt(receipt: str) -> Any:
    place, comment_id = place_of_receipt(receipt)
    count_against_limit(place)
    body = schemas.edit_schema(place.rules).load(read_json())["body"]
    status = revise(front().database, front().keys, place, comment_id, body, datetime.now(UTC))
    if status is Status.PENDING:
        front().handoff.wake()
    return _view(comment_id)


@blueprint.delete("/v1/receipts/<receipt>")
@described(
    Described(
        "Take the comment back: text, name and address are deleted.",
        "readers",
        {200: _VIEW},
        RECEIPT,
    )
)
def delete_receipt(receipt: str) -> Any:
    place, comment_id = place_of_receipt(receipt)
    withdraw(front().database, place.site_id, comment_id, datetime.now(UTC))
    return _view(comment_id)


def _view(comment_id: str) -> Any:
    """The comment as its author sees it now."""
    with front().database.read() as connection:
        view = author_view(connection, comment_id, language())
    return private(shown.ReceiptView().dump(view))
