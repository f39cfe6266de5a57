"""Notify: whom a batch of events is to be told by mail. What the mail says is looked up when it is sent."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from service.domain.comment import Status
from service.domain.delivery import Kind
from service.domain.notice import Notice, news
from service.domain.site import SiteRules
from service.operations import mailbox, remind, subscribe
from service.store import deliveries, notices
from service.store.deliveries import Target
from service.store.subscriptions import wanted

CHANNEL: Final = "019b76da-0000-7000-8000-6d61696c0000"
"""The mail server, of which there is one."""
ASKED: Final = {
    subscribe.ASKED: "author", mailbox.ASKED: "mailbox", remind.DIGEST: "mailbox", remind.ALERT: "mailbox"
}  # fmt: skip
"""Events that are for one target only, and where in their data it is named."""
_SURE: Final = timedelta(seconds=15)
"""What happened so long before a mail is sent is in it, however long its transaction took."""


def targets(connection: Connection, batch: Sequence[Any]) -> Iterable[Target]:
    """Who of subscribers and staff is to be told of these events, and not before when."""
    found = [*_asked(batch), *_authors(connection, batch)]
    if found:
        deliveries.ensure_channel(connection, CHANNEL, Kind.MAIL)
    return found


def _asked(batch: Sequence[Any]) -> Iterator[Target]:
    for event in batch:
        if event.type in ASKED:
            yield _target(event, event.data[ASKED[event.type]])


def _authors(connection: Connection, batch: Sequence[Any]) -> Iterator[Target]:
    moves = [event for event in batch if event.type in notices.STATUS_OF]
    concerned = notices.concerned(connection, {event.comment_id for event in moves}) if moves else {}
    if not concerned:
        return
    before = _Before(connection, concerned)
    gathered = _Gathered(connection, {row.parent_author_id for row in concerned.values()} - {None})
    for event in moves:
        row = concerned.get(event.comment_id)
        rules = SiteRules.from_document(row.rules) if row is not None else None
        if row is None or rules is None or not rules.notices:
            continue
        after = notices.STATUS_OF[event.type]
        notice = news(before.latest(event), after, first=event.data.get("revision") == 1)
        if notice is not None and notice in _kinds(row.kinds):
            yield _target(event, row.author_id)
        if _is_reply(row) and after is Status.PUBLISHED and not before.was_published(event):
            at = event.created_at + timedelta(minutes=rules.gather_minutes)
            if gathered.takes(row.parent_author_id, row.parent_id, event.created_at, at):
                yield _target(event, row.parent_author_id, at)


class _Before:
    """Where comments stood before an event."""

    def __init__(self, connection: Connection, concerned: Collection[str]) -> None:
        self._told: defaultdict[str, list[tuple[str, Status]]] = defaultdict(list)
        for row in notices.standings(connection, concerned):
            self._told[row.comment_id].append((row.id, notices.STATUS_OF[row.type]))

    def latest(self, event: Any) -> Status | None:
        return next((status for status in reversed(self._all(event))), None)

    def was_published(self, event: Any) -> bool:
        return Status.PUBLISHED in self._all(event)

    def _all(self, event: Any) -> list[Status]:
        return [status for identifier, status in self._told[event.comment_id] if identifier < event.id]


class _Gathered:
    """The mails about replies that wait to be sent: one for each comment that is replied to."""

    def __init__(self, connection: Connection, author_ids: Collection[str]) -> None:
        self._goes_at: dict[tuple[str, str], datetime] = {}
        for row in notices.gathering(connection, author_ids) if author_ids else ():
            self._note(row.target_id, row.parent_id, row.next_at)

    def takes(self, author_id: str, parent_id: str, happened: datetime, at: datetime) -> bool:
        """Whether this reply needs a mail of its own; else one that is waiting will tell it."""
        waiting = self._goes_at.get((author_id, parent_id))
        if waiting is not None and happened + _SURE <= waiting:
            return False
        self._note(author_id, parent_id, at)
        return True

    def _note(self, author_id: str, parent_id: str, at: datetime) -> None:
        known = self._goes_at.get((author_id, parent_id), at)
        self._goes_at[author_id, parent_id] = max(known, at)


def _is_reply(row: Any) -> bool:
    """Whether it replies to somebody else, who wants to be told."""
    other = row.parent_author_id is not None and row.parent_author_id != row.author_id
    return other and Notice.REPLIED in _kinds(row.parent_kinds)


def _kinds(words: str | None) -> frozenset[Notice]:
    return wanted(words) if words is not None else frozenset()


def _target(event: Any, target_id: str, at: datetime | None = None) -> Target:
    return Target(event.id, event.site_id, Kind.MAIL, target_id, CHANNEL, at)
