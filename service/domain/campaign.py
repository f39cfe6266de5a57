"""Campaigns: what people decided on some of many copies says what they think of the others."""

from typing import Final

from service.domain.comment import Action

UNDECIDED: Final = ""


def lesson(refused: int, accepted: int) -> str:
    """`reject` or `publish`, what people decided more often; `UNDECIDED` while nobody has, or as many did either."""
    if refused == accepted:
        return UNDECIDED
    return Action.REJECT if refused > accepted else Action.PUBLISH


def is_campaign(members: int, authors: int) -> bool:
    """Whether so many copies by so many authors are more than somebody's correction of a text of theirs."""
    return (members > 1 and authors > 1) or members > 2
