"""Subscriptions: which authors want to be told what by mail. They are rows beside the authors', and go with them.

What protects an address from those who only type it stays: how often it was asked, and whether its owner said no.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Connection,
    ForeignKey,
    Integer,
    String,
    and_,
    delete,
    false,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from service.domain.notice import MOST_UNANSWERED, Notice
from service.store.authors import Author
from service.store.base import Base, Id, UtcTime, table
from service.store.forgetting import forget_part
from service.store.sites import Site

PAUSE: Final = timedelta(days=1)
"""Between two confirmations to one address, whoever asks for them."""
REMEMBERED: Final = timedelta(days=90)
"""For so long it is known how often an address was asked."""


class State(StrEnum):
    """How far a subscription is. Only `CONFIRMED` is written to."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    ENDED = "ended"


class Subscription(Base):
    """One author's wish. `serial` rises with each answer: the links of mails before it are used up."""

    __tablename__ = "subscriptions"
    __table_args__ = (
        CheckConstraint("state IN ({})".format(", ".join(f"'{state}'" for state in State)), name="state"),
    )

    author_id: Mapped[str] = mapped_column(Id, ForeignKey("authors.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(9))
    kinds: Mapped[str] = mapped_column(String(60))
    """The notices that are wanted, by their words, with spaces between."""
    language: Mapped[str] = mapped_column(String(10))
    """In which the author read when they asked."""
    serial: Mapped[int] = mapped_column(Integer)
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Asking(Base):
    """How often one address was asked to confirm, by the author's keyed key. It outlives the author's row: else whoever
    writes under another's address, and takes it back, could have them asked again and again.
    """

    __tablename__ = "askings"
    __table_args__ = (CheckConstraint("asks >= 0", name="asks"),)

    site_id: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    author_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    asks: Mapped[int] = mapped_column(Integer)
    """Since the last answer."""
    refused: Mapped[bool] = mapped_column(Boolean)
    """Whether the address's owner wants never to be asked again."""
    asked_at: Mapped[datetime] = mapped_column(UtcTime, index=True)


_subscriptions, _askings = table(Subscription), table(Asking)


def ask(connection: Connection, author_id: str, language: str, now: datetime) -> bool:
    """Note that a confirmation is to be sent to an author, whose row is locked; whether one may be.

    None is sent to who has confirmed, or said no; nor twice a day; nor to who has left too many unanswered.
    """
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    author = connection.execute(
        select(Author.site_id, Author.author_key, Subscription.state)
        .outerjoin(Subscription, Subscription.author_id == Author.id)
        .where(Author.id == author_id)
    ).one()
    if author.state == State.CONFIRMED or not _may_ask(connection, dialect, author, now):
        return False
    statement = dialect.insert(_subscriptions).values(
        author_id=author_id, state=State.ASKED, kinds=_words(Notice), language=language, serial=0, answered_at=None
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["author_id"], set_={"state": State.ASKED, "language": statement.excluded.language}
        )
    )
    return True


def _may_ask(connection: Connection, dialect: Any, author: Any, now: datetime) -> bool:
    statement = dialect.insert(_askings).values(
        site_id=author.site_id, author_key=author.author_key, asks=1, refused=False, asked_at=now
    )
    counted = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["site_id", "author_key"],
            set_={"asks": _askings.c.asks + 1, "asked_at": statement.excluded.asked_at},
            where=(_askings.c.refused == false())
            & (_askings.c.asked_at <= now - PAUSE)
            & (_askings.c.asks < MOST_UNANSWERED),
        ).returning(_askings.c.asks)
    )
    return counted.scalar() is not None


def find(connection: Connection, author_id: str) -> Any:
    """A subscription with its site's name, title, languages and rules, and the author's address; None without one."""
    return connection.execute(
        select(
            Subscription.__table__, Author.email, Author.site_id, Site.name.label("site"),
            Site.title.label("site_title"), Site.languages, Site.rules,
        )
        .join(Author, Author.id == Subscription.author_id)
        .join(Site, Site.id == Author.site_id)
        .where(Subscription.author_id == author_id)
    ).one_or_none()  # fmt: skip


def answer(
    connection: Connection, author_id: str, serial: int, state: State, kinds: Iterable[Notice], now: datetime
) -> bool:
    """Settle a subscription by a link that was made at this serial number; False when it was used before."""
    done = connection.execute(
        update(_subscriptions)
        .where(_subscriptions.c.author_id == author_id, _subscriptions.c.serial == serial)
        .values(state=state, kinds=_words(kinds), serial=serial + 1, answered_at=now)
    )
    _note_answer(connection, author_id, refused=False)
    return done.rowcount == 1


def stop(connection: Connection, author_id: str, now: datetime) -> None:
    """Write no more; whoever had not confirmed is never asked again. Stopped twice, it stays as it was."""
    row = connection.execute(
        select(_subscriptions.c.state).where(_subscriptions.c.author_id == author_id).with_for_update()
    ).scalar()
    if row in {State.ASKED, State.CONFIRMED}:
        connection.execute(
            update(_subscriptions)
            .where(_subscriptions.c.author_id == author_id)
            .values(state=State.ENDED, serial=_subscriptions.c.serial + 1, answered_at=now)
        )
        _note_answer(connection, author_id, refused=row == State.ASKED)


def _note_answer(connection: Connection, author_id: str, *, refused: bool) -> None:
    author = select(Author.site_id, Author.author_key).where(Author.id == author_id).subquery()
    connection.execute(
        update(_askings)
        .where(_askings.c.site_id == select(author.c.site_id).scalar_subquery())
        .where(_askings.c.author_key == select(author.c.author_key).scalar_subquery())
        .values(asks=0, refused=refused)
    )


def forget_askings(connection: Connection, before: datetime) -> int:
    """Forget how often addresses were asked before then, a part of them; not that somebody said no."""
    return forget_part(connection, _askings, and_(_askings.c.asked_at < before, _askings.c.refused == false()))


def forget(connection: Connection, author_id: str) -> None:
    connection.execute(delete(_subscriptions).where(_subscriptions.c.author_id == author_id))


def wanted(words: str) -> frozenset[Notice]:
    """The notices that a row's `kinds` names."""
    return frozenset(map(Notice, words.split()))


def _words(kinds: Iterable[Notice]) -> str:
    return " ".join(sorted(set(kinds)))
