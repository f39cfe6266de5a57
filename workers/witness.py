"""A witness of what a process is at: the comment that it judges, written where its worker can read it once it is dead.

A process that a comment ends can't say so any more. Its witness is memory that both have: the process writes, for
the price of an assignment, and whoever buries it reads.
"""

from ctypes import c_char
from dataclasses import dataclass
from multiprocessing.sharedctypes import RawArray
from typing import Final

NOTHING: Final = ""
_LENGTH: Final = 64
"""Bytes: a process's number, a space, a comment's id."""
_MOST: Final = 256
"""Processes of a pool that have a witness. What the others died of is found by trying one by one."""


@dataclass(frozen=True, slots=True)
class Death:
    """Of a process that may have had comments: its number, whether it died by its own doing, and what it judged."""

    process: int
    by_itself: bool
    judged: str | None = None
    """A comment's id, or `NOTHING`; None if nobody knows."""


class Witness:
    """Of one process at a time. It can be given to a child, when that is started."""

    def __init__(self) -> None:
        self._memory = RawArray(c_char, _LENGTH)

    def see(self, process: int, comment_id: str) -> None:
        """From now on this process, by its number, judges that comment; or `NOTHING`."""
        self._memory.value = f"{process} {comment_id}".encode()

    def account(self, process: int) -> str | None:
        """What the process judged when it was last seen, perhaps `NOTHING`. None if it never was."""
        seen, _, comment_id = bytes(self._memory.value).decode().partition(" ")
        return comment_id if seen == str(process) else None


WITNESSES: Final = [Witness() for _ in range(_MOST)]
"""One for each place in the pool of this worker: memory that its processes, forked later, have in common with it."""


def of_the_pool(place: int) -> Witness | None:
    return WITNESSES[place] if place < _MOST else None


_own = Witness()


def own() -> Witness:
    """The witness of this process; where it isn't of a pool, one that nobody else reads."""
    return _own


def take_place(place: int) -> None:
    """From now on the process it is called in has that place in the pool."""
    global _own  # noqa: PLW0603 - a process has one witness, as it has one number
    _own = of_the_pool(place) or _own
