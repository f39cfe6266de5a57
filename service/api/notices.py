"""What the buttons of the pages behind mails' links do. Nothing else acts: a link that is followed only shows."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Blueprint, redirect, request, url_for

from service.api.body import read_form
from service.api.places import place_of_receipt
from service.domain.notice import CHOOSE_DAYS, Notice
from service.errors import NotFound, TooMany
from service.front import front
from service.handoff import TELL_LANE
from service.keys import Purpose
from service.limits import client_net
from service.operations.mailbox import confirm_mailbox, stop_mailbox
from service.operations.subscribe import answer, ask, stop
from service.store.places import Place
from service.web.notices import link_of, show_confirm_mailbox, show_stop, show_stop_mailbox
from service.web.reader import language

blueprint = Blueprint("notices", __name__)

BURST: Final = 3
"""Confirmations that one client may have sent at once; and then one a minute. The addresses have limits of their own.
"""


@blueprint.post("/receipts/<receipt>/notices")
def ask_page(receipt: str) -> Any:
    """Have the comment's author asked by mail. The page says the same whether or not they were."""
    place, comment_id = place_of_receipt(receipt)
    if not may_tell(place):
        raise NotFound("receipt_unknown")
    wait = seconds_to_wait(place)
    if wait:
        raise TooMany("too_many", facts={"count": wait}, headers={"Retry-After": str(wait)})
    ask(front().database, place.site_id, comment_id, language(), datetime.now(UTC))
    front().handoff.wake(TELL_LANE)
    return redirect(url_for("pages.receipt", receipt=receipt, asked="yes"), 303)


@blueprint.post("/notices/confirm/<token>")
def confirm_page(token: str) -> Any:
    """Confirm, by the mail's link."""
    return _answer(token, Purpose.CONFIRM, "confirmed")


@blueprint.post("/notices/choices/<token>")
def choose_page(token: str) -> Any:
    """Choose something else, by a link that every mail has."""
    return _answer(token, Purpose.CHOOSE, "saved")


@blueprint.post("/notices/stop/<token>")
def stop_page(token: str) -> Any:
    """End all mails: by the page's button, or by the reader's mail program (RFC 8058), whatever it sends along."""
    link = link_of(Purpose.STOP, token)
    stop(front().database, link, datetime.now(UTC))
    return show_stop(token, done=True)


@blueprint.post("/mailboxes/confirm/<token>")
def confirm_mailbox_page(token: str) -> Any:
    """Confirm a mailbox of staff."""
    link = link_of(Purpose.OPEN_MAILBOX, token)
    confirm_mailbox(front().database, link, datetime.now(UTC))
    return show_confirm_mailbox(token, done=True)


@blueprint.post("/mailboxes/stop/<token>")
def stop_mailbox_page(token: str) -> Any:
    """End all mails to a mailbox of staff, likewise."""
    stop_mailbox(front().database, link_of(Purpose.STOP_MAILBOX, token))
    return show_stop_mailbox(token, done=True)


def may_tell(place: Place) -> bool:
    """Whether authors of this site can be told anything by mail."""
    return place.rules.notices and front().settings.sends_mail


def seconds_to_wait(place: Place) -> int:
    """Count one confirmation of this client's on this site. 0 if it may be sent, else how long they have to wait."""
    client = front().keys.address(place.site_id, client_net(request.remote_addr or ""))
    return front().limits.wait(f"notices:{place.site_id}:{client:x}", burst=BURST, per_minute=1)


def _answer(token: str, purpose: Purpose, done: str) -> Any:
    """To a page that can be used again: it has a link of its own, for the mail's is used up."""
    link, now = link_of(purpose, token), datetime.now(UTC)
    ticked = read_form()
    kinds = {kind for kind in Notice if kind in ticked}
    serial = answer(front().database, link, kinds, now)
    fresh = front().keys.link(Purpose.CHOOSE, link.subject, serial, now + timedelta(days=CHOOSE_DAYS))
    return redirect(url_for("pages.choose_notices", token=fresh, done=done if kinds else "ended"), 303)
