"""The roles that a token can have. Which of them may use what is one table, in `service/api/auth.py`."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is in a newsroom, on one site."""

    MODERATOR = "moderator"
    EDITOR = "editor"
    OWNER = "owner"
    AUDITOR = "auditor"
    SERVICE = "service"


ABOUT: Final[dict[Role, str]] = {
    Role.MODERATOR: "decides on comments, and speaks as the newsroom; writes notes on authors, and has all held that "
    "one sends",
    Role.EDITOR: "also changes policies and lists, bans authors, says what articles are, reads the audit log",
    Role.OWNER: "also changes the site and its reserved names, keeps webhooks, gives badges, may reveal an address",
    Role.AUDITOR: "reads everything, the audit log too, and changes nothing",
    Role.SERVICE: "a program of the publisher's: decides, and says what articles are",
}
OPERATOR: Final = "operator"
"""Who has the command line: of no site, with no token. The audit log calls them so."""
