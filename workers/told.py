"""What came of telling somebody once."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """`why` is one stable word for what was wrong; never anything that the receiver said."""

    ok: bool
    why: str = ""
    status: int | None = None
    """Of the answer, where the receiver speaks in statuses."""
    pause: float = 0.0
    """Seconds for which the receiver wants to be left alone."""
    final: bool = False
    """It is not to be tried again."""
