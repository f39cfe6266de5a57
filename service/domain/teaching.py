"""Which decisions teach what: a refusal for spam, a refusal for abuse, a publication."""

from enum import StrEnum
from typing import Final

from service.domain.comment import Action
from service.domain.reasons import DecisionReason


class Category(StrEnum):
    """What a site's own head is about."""

    SPAM = "spam"
    ABUSE = "abuse"


class Why(StrEnum):
    """Why a version serves, or not."""

    FIRST = "first"
    NO_WORSE = "no_worse"
    NO_BETTER_THAN_NOTHING = "no_better_than_nothing"
    WORSE = "worse"
    UNLEARNS = "unlearns"  # contradicts what was decided before the one that serves was made


GOOD: Final = "good"
"""What people published: neither."""
_REFUSED: Final = {
    DecisionReason.SPAM: Category.SPAM,
    DecisionReason.ADVERTISING: Category.SPAM,
    DecisionReason.INSULT: Category.ABUSE,
    DecisionReason.HATE: Category.ABUSE,
    DecisionReason.THREAT: Category.ABUSE,
    DecisionReason.SEXUAL: Category.ABUSE,
}
LESSONS: Final = (*Category, GOOD)


def lesson_of(action: str, reason: str | None) -> str | None:
    """One of `LESSONS`; None: it teaches nothing (held, or refused for what no word of the text tells)."""
    if action == Action.PUBLISH:
        return GOOD
    if action == Action.REJECT and reason in set(DecisionReason):
        return _REFUSED.get(DecisionReason(reason))
    return None
