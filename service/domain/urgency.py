"""Urgency: which of the comments that wait a person should read first. Risk times wait, as one time that never changes.

    urgency = SPREAD ** risk * 2 ** (wait / DOUBLES)        risk = score + REPORT for each open report, at most 1

A product of the two as they are would change the order of two comments while they wait, and no page of a list would
join the next. Waiting counts twice as much every `DOUBLES` instead: then of two comments the same one is ahead for as
long as both wait, and the order is that of one time, the moment since when it waits less `HEAD_START * risk`.
"""

import math
from datetime import datetime, timedelta
from typing import Final

DOUBLES: Final = timedelta(hours=2)
SPREAD: Final = 16
"""How many times more a comment of risk 1 counts than one of risk 0 that has waited as long."""
HEAD_START: Final = DOUBLES * math.log2(SPREAD)
"""By how much a comment of risk 1 is ahead: it is placed as if it had come that much earlier."""
REPORT: Final = 0.2


def risk(score: float | None, open_reports: int = 0) -> float:
    """From 0 to 1, by the machine's score and the reports on which nobody has decided."""
    return min(1.0, (score or 0.0) + REPORT * open_reports)


def urgent_at(since: datetime, score: float | None, open_reports: int = 0) -> datetime:
    """What the most urgent list is ordered by, the earliest first. `since`: from when on it waits."""
    return since - HEAD_START * risk(score, open_reports)
