"""When to leave the scorer alone: after five failures in a row, for half a minute, or for as long as it asked for."""

from dataclasses import dataclass
from typing import Final

FAILURES: Final = 5
PAUSE_SECONDS: Final = 30.0
LONGEST_PAUSE: Final = 300.0


@dataclass(slots=True)
class Breaker:
    """One process's. Once open, it stays so until a single question, after the pause, has been answered."""

    well: bool = False
    """Whether the latest question was answered. Not before the first."""
    failures: int = 0
    rests_until: float | None = None
    """For as long nothing is asked, by the clock that `now` comes from. None: it is not open."""

    @property
    def is_open(self) -> bool:
        return self.rests_until is not None

    def pauses(self, now: float) -> bool:
        return self.rests_until is not None and now < self.rests_until

    def succeeded(self, now: float) -> None:
        """An answer that was under way when the pause began does not end it."""
        if not self.pauses(now):
            self.well, self.failures, self.rests_until = True, 0, None

    def failed(self, now: float, asked_for: float = 0.0) -> None:
        """`asked_for`: the seconds that the scorer itself wants to be left alone."""
        self.well = False
        self.failures += 1
        if self.is_open or asked_for or self.failures >= FAILURES:
            self.rests_until = now + min(asked_for or PAUSE_SECONDS, LONGEST_PAUSE)
