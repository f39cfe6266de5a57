"""All looks at once, each in its time, none in another's way."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from workers.doctor.finding import Case, Finding, Look

SECONDS: Final = 3.0


@dataclass(slots=True)
class Seen:
    """What one look has found. `over`: it looked at everything it wanted to."""

    findings: list[Finding] = field(default_factory=list)
    over: bool = False


def examine(case: Case, looks: Mapping[str, Look], seconds: float = SECONDS) -> dict[str, list[Finding]]:
    """The findings by look, in their order. What a look found before it stumbled or was late counts."""
    seen = {name: Seen() for name in looks}
    threads = [
        threading.Thread(target=_look, args=(look, case, seen[name]), daemon=True) for name, look in looks.items()
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return {name: list(_told(name, each, seconds)) for name, each in seen.items()}


def each_of(*looks: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Several looks one after the other: one that stumbles doesn't hide what the next would see."""
    for look in looks:
        try:
            yield from look()
        except Exception as error:  # noqa: BLE001 - told as a finding
            yield _stumbled(error)


def _look(look: Look, case: Case, seen: Seen) -> None:
    try:
        for finding in look(case):
            seen.findings.append(finding)
    except Exception as error:  # noqa: BLE001 - told as a finding
        seen.findings.append(_stumbled(error))
    seen.over = True


def _told(name: str, seen: Seen, seconds: float) -> Iterator[Finding]:
    over = seen.over
    yield from list(seen.findings)
    if not over:
        yield Finding(
            f"There was no answer within {seconds:g} seconds: {name}.",
            "Something between swallows what is sent, or is overloaded: look at the network and the host.",
        )


def _stumbled(error: Exception) -> Finding:
    """By its type only: an error's own words may hold anything."""
    return Finding(
        f"A look could not be finished: {type(error).__name__}.",
        "Look at that part by hand; whatever else is told here holds.",
    )
