"""The pages behind the links in mails. They only show: whatever follows a link changes nothing, a button does."""

from datetime import UTC, datetime
from typing import Any, Final

from flask import Response, request
from markupsafe import Markup
from sqlalchemy import Connection

from service.domain.notice import Notice
from service.errors import NotFound
from service.front import front
from service.keys import Link, Purpose
from service.operations import mailbox, subscribe
from service.store import mailboxes, subscriptions
from service.store.subscriptions import State
from service.web.pages import pages
from service.web.reader import speak_for
from service.web.sheet import sheet

_DONE: Final = ("confirmed", "saved", "ended")
"""What a page may say was done before."""


@pages.get("/notices/confirm/<token>", endpoint="confirm_notices")
def show_confirm(token: str) -> Response:
    """What an author may be told by mail, to be confirmed."""
    return _show_choices(token, Purpose.CONFIRM, "notices.confirm_page")


@pages.get("/notices/choices/<token>", endpoint="choose_notices")
def show_choices(token: str) -> Response:
    """What a subscriber is told, to be changed; and what was changed just now (`?done=`)."""
    return _show_choices(token, Purpose.CHOOSE, "notices.choose_page")


@pages.get("/notices/stop/<token>", endpoint="stop_notices")
def show_stop(token: str, *, done: bool = False) -> Response:
    """One button that ends all mails; or that they are ended."""
    link = link_of(Purpose.STOP, token)
    with front().database.read() as connection:
        row = subscriptions.find(connection, link.subject)
    speak_for(_languages(row))
    stopped = done or row is None or row.state == State.ENDED
    return _sheet("stop.html", row, token=token, action="notices.stop_page", stopped=stopped, of_staff=False)


@pages.get("/mailboxes/confirm/<token>", endpoint="confirm_mailbox")
def show_confirm_mailbox(token: str, *, done: bool = False) -> Response:
    """What a mailbox of staff is to be sent, to be confirmed."""
    link = link_of(Purpose.OPEN_MAILBOX, token)
    with front().database.read() as connection:
        row = mailboxes.find(connection, link.subject) if done else _mailbox(connection, link)
    speak_for(_languages(row))
    name = Markup("<bdi>{}</bdi>").format(row.label) if row is not None else ""
    return _sheet("mailbox.html", row, token=token, mailbox=row, name=name, done=done)


@pages.get("/mailboxes/stop/<token>", endpoint="stop_mailbox")
def show_stop_mailbox(token: str, *, done: bool = False) -> Response:
    """One button that ends all mails to a mailbox; or that they are ended."""
    link = link_of(Purpose.STOP_MAILBOX, token)
    with front().database.read() as connection:
        row = mailboxes.find(connection, link.subject)
    speak_for(_languages(row))
    stopped = done or row is None or row.email is None
    return _sheet("stop.html", row, token=token, action="notices.stop_mailbox_page", stopped=stopped, of_staff=True)


def link_of(purpose: Purpose, token: str) -> Link:
    """What a link of ours says.

    Raises:
        NotFound: it isn't one of ours, or for something else.
    """
    link = front().keys.read_link(purpose, token)
    if link is None:
        raise NotFound("link_unknown")
    return link


def _show_choices(token: str, purpose: Purpose, action: str) -> Response:
    link = link_of(purpose, token)
    with front().database.read() as connection:
        row = subscriptions.find(connection, link.subject)
        speak_for(_languages(row))
        subscribe.usable(connection, link, datetime.now(UTC))
    asked = request.args.get("done", "")
    return _sheet(
        "notices.html", row, token=token, action=action, kinds=tuple(Notice), chosen=subscriptions.wanted(row.kinds),
        confirming=purpose is Purpose.CONFIRM, done=asked if asked in _DONE else "",
    )  # fmt: skip


def _mailbox(connection: Connection, link: Link) -> Any:
    row = mailboxes.find(connection, link.subject)
    speak_for(_languages(row))
    return mailbox.usable(connection, link, datetime.now(UTC))


def _languages(row: Any) -> list[str]:
    """The row's own language first: that of the mail which led here."""
    return [row.language, *row.languages] if row is not None else []


def _sheet(template: str, row: Any, **facts: Any) -> Response:
    return sheet(template, private=True, site_title=row.site_title if row is not None else "", **facts)
