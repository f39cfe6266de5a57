"""Jobs: what staff ask for and an answer can't wait for. A worker does it, step by step."""

from enum import StrEnum
from typing import Final


class JobKind(StrEnum):
    """What is to be done. Whoever takes its steps is named in `workers/jobs.py`."""

    BANS_PREVIEW = "bans_preview"  # what a list of bans would have done to the comments of the last days


class JobStatus(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"  # nobody has begun
    RUNNING = "running"  # some steps are taken
    DONE = "done"  # its result is there
    FAILED = "failed"  # it was tried in vain
    CANCELLED = "cancelled"  # somebody called it off


OPEN: Final = (JobStatus.WAITING, JobStatus.RUNNING)
