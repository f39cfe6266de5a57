"""The author's routes to their own comment: follow it, edit it, take it back. The receipt is all they need."""

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from flask import Blueprint, redirect, request, url_for
from marshmallow import ValidationError

from service.api import schemas, shown
from service.api.answers import private
from service.api.body import read_form, read_json
from service.api.describe import BODY, NOT_KEPT, RECEIPT, Answer, Described, described
from service.api.places import count_against_limit, place_of_receipt, preflight
from service.api.problems import as_invalid, document_of, field_sentences
from service.domain.comment import Status
from service.errors import Problem
from service.front import front
from service.handoff import TELL_LANE
from service.operations.revise import revise
from service.operations.withdraw import withdraw
from service.store.places import Place
from service.web.pages import show_receipt
from service.web.reader import language
from service.web.receipts import author_view

blueprint = Blueprint("receipts", __name__)
blueprint.before_request(preflight)

_VIEW: Final = Answer(shown.ReceiptView, headers=NOT_KEPT)
_OWN: Final = {
    "ETag": {"description": "Weak, over all that the view says.", "example": 'W/"5f2b1c9d03aa"'},
    "Cache-Control": {"description": "Kept by its author alone, who asks each time.", "example": "private, no-cache"},
}


@blueprint.get("/v1/receipts/<receipt>")
@described(
    Described(
        "The author's own comment and its state.",
        "readers",
        {
            200: Answer(shown.ReceiptView, headers=_OWN),
            304: Answer(None, "Nothing has changed since the ETag.", "", headers=_OWN),
        },
        RECEIPT,
        headers={"If-None-Match": {"type": "string", "description": "The ETag of the view that is there already."}},
    )
)
def get_receipt(receipt: str) -> Any:
    """Who looks again and again is told in one line that nothing has changed."""
    _, comment_id = place_of_receipt(receipt)
    answer = _view(comment_id)
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:16], weak=True)
    return answer.make_conditional(request)


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
    _edit(place, comment_id, read_json())
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
    _withdraw(place, comment_id)
    return _view(comment_id)


@blueprint.post("/receipts/<receipt>/text")
def edit_page(receipt: str) -> Any:
    """The same edit from the receipt's page, without JavaScript."""
    place, comment_id = place_of_receipt(receipt)
    typed = read_form().get("body", "")
    try:
        _edit(place, comment_id, {"body": typed})
    except ValidationError as error:
        faults = [sentence for found in field_sentences(as_invalid(error), language()).values() for sentence in found]
        return show_receipt(receipt, typed=typed, faults=faults, status=422)
    except Problem as problem:
        title = document_of(problem)["title"]
        return show_receipt(receipt, typed=typed, faults=[title], status=problem.status)
    return redirect(url_for("pages.receipt", receipt=receipt), 303)


@blueprint.post("/receipts/<receipt>/withdrawal")
def withdraw_page(receipt: str) -> Any:
    """The same withdrawal from the receipt's page, without JavaScript."""
    place, comment_id = place_of_receipt(receipt)
    _withdraw(place, comment_id)
    return redirect(url_for("pages.receipt", receipt=receipt), 303)


def _withdraw(place: Place, comment_id: str) -> None:
    withdraw(front().database, place.site_id, comment_id, datetime.now(UTC))
    front().handoff.wake(TELL_LANE)


def _edit(place: Place, comment_id: str, document: dict[str, Any]) -> None:
    count_against_limit(place)
    body = schemas.edit_schema(place.rules).load(document)["body"]
    status = revise(front().database, front().keys, place, comment_id, body, datetime.now(UTC))
    if status is Status.PENDING:
        front().handoff.wake()


def _view(comment_id: str) -> Any:
    """The comment as its author sees it now."""
    with front().database.read() as connection:
        view = author_view(connection, comment_id, language(), datetime.now(UTC))
    return private(shown.ReceiptView().dump(view))
