"""What each mail says, from what is true when it is sent. A mail that nobody needs any more isn't written.

No mail has a comment's text in it, nor anybody's address: names, a title the publisher gave, numbers and links.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from babel.dates import format_timedelta
from sqlalchemy import Connection

from service.domain.comment import Action, Status
from service.domain.note import without_addresses
from service.domain.notice import CHOOSE_DAYS, CONFIRM_DAYS, Notice
from service.domain.site import SiteRules
from service.keys import Keys, Purpose
from service.operations import mailbox, remind, subscribe
from service.refusal import refusal
from service.store import mailboxes, notices, numbers, subscriptions
from service.store.base import Email
from service.store.subscriptions import State
from service.words import moment, say
from workers.mail.letter import Letter, Link, name

LONGEST_TITLE: Final = 120


@dataclass(frozen=True, slots=True)
class Written:
    """A letter, to whom, and the address that ends all of its kind."""

    letter: Letter
    recipient: Email
    stop: str


class Writer:
    """Writes the mails of one installation, whose links lead to its public address."""

    def __init__(self, keys: Keys, public_url: str) -> None:
        self._keys = keys
        self._base = public_url.rstrip("/")

    def write(self, connection: Connection, delivery: Any, now: datetime) -> Written | None:
        """The mail of a delivery (event_id, type, data, comment_id, target_id); None if it isn't wanted any more."""
        if delivery.type in {mailbox.ASKED, remind.DIGEST, remind.ALERT}:
            return self._to_staff(connection, delivery, now)
        row = subscriptions.find(connection, delivery.target_id)
        if row is None or row.email is None or not SiteRules.from_document(row.rules).notices:
            return None
        if delivery.type == subscribe.ASKED:
            return self._confirmation(row, now) if row.state == State.ASKED else None
        comment = notices.find_comment(connection, delivery.comment_id)
        if comment is None or row.state != State.CONFIRMED:
            return None
        if comment.author_id == row.author_id:
            return self._own(connection, row, delivery, comment, now)
        return self._replied(connection, row, delivery, comment, now)

    # To authors.

    def _confirmation(self, row: Any, now: datetime) -> Written:
        """Whoever typed the address may be anybody: of them, and of what they wrote, nothing is in it."""
        site, spoken = _site(row), row.language
        until = now + timedelta(days=CONFIRM_DAYS)
        confirm = self._link("notices/confirm", Purpose.CONFIRM, row.author_id, row.serial, until)
        stop = self._link("notices/stop", Purpose.STOP, row.author_id)
        letter = Letter(
            language=spoken,
            subject=say("mail.confirm_subject", spoken, site=site),
            before=[
                say("mail.hello", spoken),
                say("mail.confirm_why", spoken, site=site),
                say("mail.confirm_how", spoken, count=CONFIRM_DAYS),
            ],
            button=Link(say("mail.confirm_button", spoken), confirm),
            after=[say("mail.confirm_not_you", spoken)],
            links=[Link(say("mail.stop", spoken), stop)],
        )
        return Written(letter, row.email, stop)

    def _own(self, connection: Connection, row: Any, delivery: Any, comment: Any, now: datetime) -> Written | None:
        status = notices.STATUS_OF[delivery.type]
        notice = _NOTICE[status]
        if comment.status != status or notice not in subscriptions.wanted(row.kinds):
            return None
        spoken, site = row.language, _site(row)
        if notice is Notice.REFUSED:
            said = without_addresses(refusal(connection, comment, spoken)[1])
        else:
            said = say(f"mail.{notice}", spoken)
        see = f"{self._base}/sites/{row.site}/comments/{comment.id}"
        follow = f"{self._base}/receipts/{self._keys.receipt(comment.id)}"
        published = notice is Notice.PUBLISHED
        letter = Letter(
            language=spoken,
            subject=say(f"mail.{notice}_subject", spoken, site=site),
            before=[say("mail.hello", spoken), f"{_about(comment, spoken)}{say('mail.full_stop', spoken)}", said],
            button=Link(say("mail.see" if published else "mail.follow", spoken), see if published else follow),
            after=[say("mail.refused_then", spoken)] if notice is Notice.REFUSED else [],
            **self._foot(row, now),
        )
        return Written(letter, row.email, self._link("notices/stop", Purpose.STOP, row.author_id))

    def _replied(self, connection: Connection, row: Any, delivery: Any, reply: Any, now: datetime) -> Written | None:
        """All replies since the first that is to be told, in one mail."""
        parent = notices.find_comment(connection, reply.parent_id) if reply.parent_id is not None else None
        wanted = Notice.REPLIED in subscriptions.wanted(row.kinds)
        if parent is None or not wanted or parent.author_id != row.author_id or parent.status != Status.PUBLISHED:
            return None
        names = notices.replies_since(connection, parent.id, row.author_id, delivery.event_id)
        if not names:
            return None
        spoken, site = row.language, _site(row)
        letter = Letter(
            language=spoken,
            subject=say("mail.replied_subject", spoken, site=site, count=len(names)),
            before=[
                say("mail.hello", spoken),
                f"{_about(parent, spoken)}{say('mail.full_stop', spoken)}",
                _who(names, spoken),
            ],
            button=Link(say("mail.see", spoken), f"{self._base}/sites/{row.site}/comments/{parent.id}"),
            **self._foot(row, now),
        )
        return Written(letter, row.email, self._link("notices/stop", Purpose.STOP, row.author_id))

    def _foot(self, row: Any, now: datetime) -> dict[str, Any]:
        spoken, until = row.language, now + timedelta(days=CHOOSE_DAYS)
        choose = self._link("notices/choices", Purpose.CHOOSE, row.author_id, row.serial, until)
        stop = self._link("notices/stop", Purpose.STOP, row.author_id)
        return {
            "foot": [say("mail.why", spoken, site=_site(row))],
            "links": [Link(say("mail.choices", spoken), choose), Link(say("mail.stop", spoken), stop)],
        }

    # To staff.

    def _to_staff(self, connection: Connection, delivery: Any, now: datetime) -> Written | None:
        row = mailboxes.find(connection, delivery.target_id)
        if row is None or row.email is None or (row.confirmed_at is None) != (delivery.type == mailbox.ASKED):
            return None
        stop = self._link("mailboxes/stop", Purpose.STOP_MAILBOX, row.id)
        if delivery.type == mailbox.ASKED:
            letter = self._mailbox(row, stop, now)
        elif delivery.type == remind.DIGEST:
            letter = self._digest(connection, row, stop, now)
        else:
            letter = self._alert(connection, row, stop, now)
        return Written(letter, row.email, stop)

    def _mailbox(self, row: Any, stop: str, now: datetime) -> Letter:
        site, spoken = _site(row), row.language
        until = now + timedelta(days=CONFIRM_DAYS)
        confirm = self._link("mailboxes/confirm", Purpose.OPEN_MAILBOX, row.id, row.serial, until)
        return Letter(
            language=spoken,
            subject=say("mail.mailbox_subject", spoken, site=site),
            before=[
                say("mail.hello", spoken),
                say("mail.mailbox_why", spoken, site=site, label=name(row.label)),
                say("mail.mailbox_how", spoken, count=CONFIRM_DAYS),
            ],
            button=Link(say("mail.mailbox_button", spoken), confirm),
            links=[Link(say("mail.stop", spoken), stop)],
        )

    def _digest(self, connection: Connection, row: Any, stop: str, now: datetime) -> Letter:
        spoken, site = row.language, _site(row)
        count, oldest = remind.queue_of(connection, row.site_id, now)
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        decided = numbers.decided_between(connection, row.site_id, today - timedelta(days=1), today)
        facts = [
            *_queue(count, oldest, spoken),
            say("mail.reported", spoken, count=numbers.count_reported(connection, row.site_id)),
            say(
                "mail.decided", spoken, count=sum(decided.values()), published=decided.get(Action.PUBLISH, 0),
                rejected=decided.get(Action.REJECT, 0), held=decided.get(Action.HOLD, 0),
            ),
        ]  # fmt: skip
        return self._staff_letter(row, stop, "digest", count, [say("mail.digest", spoken, site=site)], facts)

    def _alert(self, connection: Connection, row: Any, stop: str, now: datetime) -> Letter:
        spoken, site = row.language, _site(row)
        count, oldest = remind.queue_of(connection, row.site_id, now)
        facts = _queue(count, oldest, spoken)
        return self._staff_letter(row, stop, "alert", count, [say("mail.alert", spoken, site=site)], facts)

    def _staff_letter(
        self, row: Any, stop: str, kind: str, count: int, before: Sequence[str], facts: Sequence[str]
    ) -> Letter:
        spoken, site = row.language, _site(row)
        return Letter(
            language=spoken,
            subject=say(f"mail.{kind}_subject", spoken, site=site, count=count),
            before=before,
            facts=facts,
            button=Link(say("mail.desk", spoken), f"{self._base}/desk/"),
            foot=[say("mail.mailbox_reason", spoken, site=site, label=name(row.label))],
            links=[Link(say("mail.stop", spoken), stop)],
        )

    def _link(self, path: str, purpose: Purpose, subject: str, serial: int = 0, until: datetime | None = None) -> str:
        return f"{self._base}/{path}/{self._keys.link(purpose, subject, serial, until)}"


_NOTICE: Final = {
    Status.HELD: Notice.RECEIVED, Status.PUBLISHED: Notice.PUBLISHED, Status.REJECTED: Notice.REFUSED
}  # fmt: skip


def _site(row: Any) -> str:
    return name(row.site_title or row.site)


def _about(comment: Any, spoken: str) -> str:
    """Which comment: by when it was sent, and where."""
    when = moment(comment.created_at, spoken)
    if comment.title and comment.title_confirmed:
        return say("mail.about", spoken, time=when, title=name(comment.title, LONGEST_TITLE))
    return say("mail.about_untitled", spoken, time=when)


def _who(names: Sequence[str], spoken: str) -> str:
    """Two are named, the others counted. Who replied twice is named once."""
    different = list(dict.fromkeys(map(name, names)))
    first = different[0]
    if len(different) == 1:
        return say("mail.replied_one", spoken, name=first)
    if len(different) == 2:
        return say("mail.replied_two", spoken, name=first, other=different[1])
    return say("mail.replied_many", spoken, name=first, other=different[1], count=len(different) - 2)


def _queue(count: int, oldest: timedelta, spoken: str) -> list[str]:
    waiting = [say("mail.waiting", spoken, count=count)]
    if count:
        span = format_timedelta(max(oldest, timedelta(minutes=1)), locale=spoken, granularity="minute")
        waiting.append(say("mail.oldest", spoken, span=span))
    return waiting
