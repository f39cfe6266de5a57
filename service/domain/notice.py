"""What authors may be told by mail about their comments, and which of their comments' moves is news to them."""

from enum import StrEnum
from typing import Final

from service.domain.comment import Status


class Notice(StrEnum):
    """One kind of news, which an author asks for or doesn't."""

    RECEIVED = "received"
    PUBLISHED = "published"
    REFUSED = "refused"
    REPLIED = "replied"


ALL: Final = frozenset(Notice)
CONFIRM_DAYS: Final = 3
CHOOSE_DAYS: Final = 30
MOST_UNANSWERED: Final = 3
"""Confirmations to one address and site that nobody has answered: then it is left in peace."""


def news(before: Status | None, after: Status, *, first: bool) -> Notice | None:
    """What a move from the status last told (None: none yet) means to the author.

    Who waits is told once, and only where a person is to look (`first`: the text as it was sent). A comment published
    at once is no news: its author sees it on the page. Whoever waited, or was refused before, is told.
    """
    if after is Status.HELD:
        return Notice.RECEIVED if first and before is None else None
    if after is Status.REJECTED:
        return Notice.REFUSED if before is not Status.REJECTED else None
    if after is Status.PUBLISHED:
        return Notice.PUBLISHED if before in {Status.HELD, Status.REJECTED} else None
    return None
