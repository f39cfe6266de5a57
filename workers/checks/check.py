"""What a check is: a name, the reasons it may give, a function, and its own examples."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from service.domain.verdict import Signal
from workers.checks.context import Context

Look = Callable[[Context], Iterator[Signal]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. `flags` and `passes` are promises: a test holds the check to every one of them."""

    name: str
    purpose: str
    reasons: tuple[str, ...]
    flags: tuple[Context, ...]
    passes: tuple[Context, ...]
    look: Look
    version: str = ""
    """A digest of the check's file: evidence of which rule spoke."""


def check(
    *, reasons: tuple[str, ...], flags: tuple[Context, ...], passes: tuple[Context, ...]
) -> Callable[[Look], Check]:
    """Make a check of a generator function. Its name and docstring become the check's name and purpose."""

    def make(look: Look) -> Check:
        name, purpose = look.__name__, (look.__doc__ or "").strip()
        if not (name and purpose and reasons and flags and passes):
            raise TypeError(f"check {name!r} needs a docstring, reasons, and examples of what it flags and passes")
        version = _digest(Path(look.__code__.co_filename))
        return Check(name, purpose, reasons, flags, passes, look, version)

    return make


def _digest(source: Path) -> str:
    return hashlib.sha256(source.read_bytes()).hexdigest()[:8]
