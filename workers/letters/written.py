"""Letters as they were written: who, what, and which earlier letter each answers; and when they come in."""

import re
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Final

_HEAD: Final = re.compile(r"^(=+) (.+)$", re.MULTILINE)
_MORNING, _DAY = timedelta(hours=5, minutes=30), timedelta(hours=17)
"""When people write: from early in the morning (UTC) to late in the evening."""
_EAGERNESS: Final = 1.6
"""How much more is written at first than later: 1 would be as much all the time."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `parent` is the place in the list of the one it answers, `depth` how many it hangs on."""

    name: str
    body: str
    parent: int | None
    depth: int

    @property
    def email(self) -> str:
        """An address that reaches nobody."""
        plain = unicodedata.normalize("NFKD", self.name).encode("ascii", "ignore").decode().lower()
        return f"{re.sub(r'[^a-z]+', '.', plain).strip('.')}@example.org"

    @property
    def network(self) -> str:
        """Where it is sent from: a network of the documentation's, another for each author."""
        dice = _dice(self.name)
        return f"2001:db8:{dice >> 16:x}:{dice & 0xFFFF:x}::/64"


def read(key: str) -> list[Letter]:
    """A story's letters, parents before replies; none where there is no file."""
    file = resources.files(__package__).joinpath(f"{key}.txt")
    return list(_parse(file.read_text(encoding="utf-8"))) if file.is_file() else []


def _parse(text: str) -> Iterator[Letter]:
    _, *parts = _HEAD.split(text)
    last: list[int] = []
    for number, (signs, name, body) in enumerate(zip(parts[::3], parts[1::3], parts[2::3], strict=True)):
        depth = len(signs) - 1
        del last[depth:]
        if len(last) != depth:
            raise ValueError(f"{name} answers a letter that isn't there")
        yield Letter(name, body.strip(), last[-1] if last else None, depth)
        last.append(number)


def times(letters: Sequence[Letter], begun: datetime, ended: datetime) -> list[datetime]:
    """When each comes in: most at first, all by day, each after what it answers, and the same whenever one asks."""
    ended = _evening_before(ended)
    roots = sum(letter.parent is None for letter in letters)
    found: list[datetime] = []
    written = 0
    for letter in letters:
        if letter.parent is None:
            share = ((written + 0.5) / roots) ** _EAGERNESS
            found.append(_by_day(begun + (ended - begun) * share, ended))
            written += 1
        else:
            earlier = found[letter.parent]
            pause = timedelta(minutes=4 + _dice(letter.body) % 100)
            left = ended - earlier
            found.append(earlier + (pause if pause < left else left * (0.1 + _dice(letter.body) % 80 / 100)))
    return found


def _evening_before(ended: datetime) -> datetime:
    """Who makes a demo early in the morning finds what was written until the evening."""
    midnight = ended.replace(hour=0, minute=0, second=0, microsecond=0)
    return ended if ended > midnight + _MORNING else midnight - timedelta(days=1) + _MORNING + _DAY


def _by_day(when: datetime, ended: datetime) -> datetime:
    """The same day, as far on in the hours when people are up."""
    midnight = when.replace(hour=0, minute=0, second=0, microsecond=0)
    morning, night = midnight + _MORNING, min(midnight + timedelta(days=1), ended)
    evening = min(morning + _DAY, ended)
    return morning + (evening - morning) * ((when - midnight) / (night - midnight))


def _dice(text: str) -> int:
    """A number that looks like chance, and is always the same for a text."""
    return zlib.crc32(text.encode())
