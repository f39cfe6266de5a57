"""A text on its way to another one, that keeps account of where each character came from."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Edit(NamedTuple):
    """`text[start:end]` becomes `new`."""

    start: int
    end: int
    new: str


class Trick(NamedTuple):
    """One disguise that was seen through: where in the raw text, and of which kind."""

    start: int
    end: int
    kind: str


class Draft:
    """A text under edits. `starts[i]` and `ends[i]` bound what in the raw text character `i` stands for."""

    def __init__(self, text: str, starts: Sequence[int] | None = None, ends: Sequence[int] | None = None) -> None:
        self.text = text
        self.starts = starts
        self.ends = ends

    def trick(self, kind: str, start: int, end: int) -> Trick:
        """A trick seen at `text[start:end]`, at its place in the raw text."""
        if self.starts is None or self.ends is None:
            return Trick(start, end, kind)
        return Trick(self.starts[start], self.ends[end - 1], kind)

    def apply(self, edits: Iterable[Edit]) -> None:
        """Make all edits, which are in order and don't overlap."""
        edits = list(edits)
        if not edits:
            return
        text = self.text
        starts = self.starts if self.starts is not None else list(range(len(text)))
        ends = self.ends if self.ends is not None else list(range(1, len(text) + 1))
        new: list[str] = []
        new_starts: list[int] = []
        new_ends: list[int] = []
        done = 0
        for edit in edits:
            new += (text[done : edit.start], edit.new)
            new_starts += starts[done : edit.start]
            new_ends += ends[done : edit.start]
            if edit.new and edit.start < edit.end:
                new_starts += [starts[edit.start]] * len(edit.new)
                new_ends += [ends[edit.end - 1]] * len(edit.new)
            done = edit.end
        new.append(text[done:])
        new_starts += starts[done:]
        new_ends += ends[done:]
        self.text, self.starts, self.ends = "".join(new), new_starts, new_ends
