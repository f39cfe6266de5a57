"""What the machine may know of an author: counts, never an address."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """An author's record on one site. Trust only lifts the first-comment hold; it never offsets a signal."""

    published: int = 0
    rejected: int = 0

    @property
    def is_new(self) -> bool:
        return self.published == 0
