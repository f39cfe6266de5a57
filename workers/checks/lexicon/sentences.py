"""A text, the terms found in it, and the questions that the grammar asks about what surrounds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from workers.checks.lexicon.entries import ENTRIES, ROLES, Entry, Role
from workers.checks.lexicon.tokens import Reading

# The bits themselves: an enumeration's own arithmetic would cost more than all the rest.
YOU, YOUR, SELF, ME = Role.YOU.value, Role.YOUR.value, Role.SELF.value, Role.ME.value
BE, ARE, NOT, WHY = Role.BE.value, Role.ARE.value, Role.NOT.value, Role.WHY.value
FRAME, FREE, STOP, LIKE = Role.FRAME.value, Role.FREE.value, Role.STOP.value, Role.LIKE.value
ALL, ANY, SHOULD, WILL = Role.ALL.value, Role.ANY.value, Role.SHOULD.value, Role.WILL.value
_SAID, _NAMED, _BLAMED = Role.SAID.value, Role.NAMED.value, Role.BLAMED.value
_FRENCH, _ENGLISH = Role.FRENCH.value, Role.ENGLISH.value

WIDE: Final = 9
_NEAR: Final = 5
_QUOTED, _TOLD_AS_A_WORD, _TOLD_OF_OTHERS = 0.4, 0.3, 0.5


@dataclass(frozen=True, slots=True)
class Match:
    """A term where it stands: from word `start` up to word `end`."""

    start: int
    end: int
    entry: Entry


class Sentences:
    """What was found where, and who says it. Every question looks at a few words around a place."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.words = reading.words
        self.roles = [ROLES.get(word, 0) for word in reading.words]
        self._tongue: Role | Literal["unasked"] | None = "unasked"
        self.matches = list(self._matches())
        self._at: dict[int, list[Match]] = {}
        for match in self.matches:
            self._at.setdefault(match.start, []).append(match)

    def at(self, place: int) -> list[Match]:
        """The terms that begin here."""
        return self._at.get(place, [])

    def first(self, place: int, back: int) -> int:
        """The word so far back, or that with which the sentence begins."""
        return max(self.reading.sentences[place], place - back)

    def together(self, place: int, other: int) -> bool:
        """Whether both places are in one sentence."""
        sentences = self.reading.sentences
        return other < len(sentences) and sentences[place] == sentences[other]

    def has(self, place: int, role: int) -> bool:
        return 0 <= place < len(self.roles) and bool(self.roles[place] & role)

    def any(self, start: int, end: int, role: int) -> bool:
        """Whether one of these words plays the part."""
        return any(one & role for one in self.roles[max(0, start) : max(0, end)])

    def asks(self, place: int) -> bool:
        """Whether the sentence is a question."""
        return self.reading.sentences[place] in self.reading.asked

    def quoted(self, place: int) -> bool:
        return place in self.reading.quoted

    def distance(self, start: int) -> float:
        """How close the writer stands to what begins here: 1 for their own words, less for a quotation or a tale."""
        if self.quoted(start):
            return _QUOTED
        if self.any(self.first(start, _NEAR), start, _NAMED):
            return _TOLD_AS_A_WORD
        first = self.first(start, WIDE)
        for at in range(first, start):
            if self.roles[at] & _SAID and not self.any(max(first, at - 3), at, SELF):
                return _TOLD_OF_OTHERS
        return 1.0

    def blamed(self, start: int, end: int) -> bool:
        """Whether the sentence condemns what it says: `c'est raciste de dire que …`."""
        last = next((at for at in range(end, end + 8) if not self.together(start, at)), end + 8)
        return self.any(self.first(start, 12), start, _BLAMED) or self.any(end, last, _BLAMED)

    def _matches(self) -> Iterator[Match]:
        """The longest terms at each place, all of that length, but nothing inside them."""
        covered = 0
        for at, entries in [(at, ENTRIES[word]) for at, word in enumerate(self.words) if word in ENTRIES]:
            length = 0
            for entry in entries if at >= covered else ():
                if len(entry.words) < length:
                    break
                if self._stands(entry, at):
                    length = len(entry.words)
                    if entry.category != "innocent":
                        yield Match(at, at + length, entry)
            covered = max(covered, at + length)

    def _stands(self, entry: Entry, at: int) -> bool:
        """Whether all words of the term are here, in its place, its language, and not as an acronym."""
        size = len(entry.words)
        if size > 1 and tuple(self.words[at : at + size]) != entry.words:
            return False
        if entry.first and at not in {self.reading.sentences[at], *self.reading.commas}:
            return False
        if entry.small and self.reading.text[self.reading.starts[at] : self.reading.ends[at]].isupper():
            return False
        return entry.tongue is None or entry.tongue is self._spoken()

    def _spoken(self) -> Role | None:
        """The language that most of the small words belong to."""
        if self._tongue == "unasked":
            french = sum(1 for role in self.roles if role & _FRENCH)
            english = sum(1 for role in self.roles if role & _ENGLISH)
            self._tongue = Role.FRENCH if french > english else Role.ENGLISH if english > french else None
        return self._tongue
