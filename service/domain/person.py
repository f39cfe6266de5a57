"""What the machine may know of an author: counts, never an address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """An author's record on one site. Trust only lifts the first-comment hold; it never offsets a signal."""

    published: int = 0
    rejected: int = 0
    lately: int = 0
    """of the author's latest comments in thirty days, this one left out: how many were published or rejected"""
    lately_rejected: int = 0
    """and how many of those were rejected"""
    throwaway: bool = False
    """whether the address they gave is made to be thrown away; nothing that is shown may tell it (decision 9)"""

    @property
    def is_new(self) -> bool:
        return self.published == 0
