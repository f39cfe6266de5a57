"""A folder in which several processes measure together: each has a seat, and a seat outlives who sits on it.

The library names its files after process ids, and keeps those of the dead: with workers that are replaced every hour
they would pile up. Ours are named after the lowest free seat, which its next owner takes over, counters and all; so
there are never more files than there were processes at once. A seat is held by a lock, which no death leaves behind.
"""

import atexit
import contextlib
import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import structlog

PREFIX: Final = "moderato-metrics-"
_BYTES: Final = 1 << 18
_FILES: Final = ("counter", "histogram", "gauge_livesum")
_log = structlog.get_logger(__name__)


class Seat:
    """A process's seat in a folder. Called, it names it; after a fork the child finds one of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owner = 0
        self._lock = -1
        self._name = ""

    def __call__(self) -> str:
        if self._owner != os.getpid():
            self._take()
        return self._name

    def _take(self) -> None:
        inherited = self._lock
        self._owner, (self._name, self._lock) = os.getpid(), _free_seat(self._folder)
        if inherited >= 0:
            os.close(inherited)
        forget_gauges(self._folder, self._name)
        self._make_room()

    def _make_room(self) -> None:
        """All the space that the files will need, now: where a full disk is an error and not the process's end.

        (They are mapped into memory, and writing to a hole that can't be filled is SIGBUS.)
        """
        for kind in _FILES:
            file = os.open(self._folder / f"{kind}_{self._name}.db", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(file, 0, _BYTES)
            finally:
                os.close(file)


def _free_seat(folder: Path) -> tuple[str, int]:
    """The lowest that nobody holds, and the lock that holds it from now on."""
    for number in itertools.count():
        lock = _try(folder / f"seat-{number}.lock", create=True)
        if lock is not None:
            return str(number), lock
    raise AssertionError("numbers don't end")


def forget_the_dead(folder: Path) -> None:
    """What the dead had in use isn't in use any more. What they counted stays."""
    for path in folder.glob("seat-*.lock"):
        lock = _try(path)
        if lock is not None:
            forget_gauges(folder, path.stem.removeprefix("seat-"))
            os.close(lock)


def forget_gauges(folder: Path, seat: str) -> None:
    (folder / f"gauge_livesum_{seat}.db").unlink(missing_ok=True)


def share() -> str:
    """Let this process, and those that it starts, measure together: where they were told, or in a private folder.

    Returns the folder; nothing if there is none to be had, and each measures for itself.
    """
    if not os.environ.get("MODERATO_METRICS_DIR", "").strip():
        try:
            os.environ["MODERATO_METRICS_DIR"] = str(private_folder())
        except OSError as error:
            _log.warning("no temporary folder: each process measures for itself", error=error.strerror)
            return ""
    return os.environ["MODERATO_METRICS_DIR"]


def private_folder() -> Path:
    """A temporary folder for this process and those it starts, removed at its end.

    Those of processes that had no time to remove theirs are removed now.
    """
    temporary = Path(tempfile.gettempdir())
    for left in _ours(temporary):
        with contextlib.suppress(OSError):
            lock = _try(left / "lock")
            if lock is not None:
                shutil.rmtree(left, ignore_errors=True)
                os.close(lock)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    _try(folder / "lock", create=True)  # held until this process and all its children are gone
    atexit.register(_remove, folder, os.getpid())
    return folder


def _ours(temporary: Path) -> Iterator[Path]:
    for folder in temporary.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat(follow_symlinks=False).st_uid == os.geteuid():
                yield folder


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _try(path: Path, *, create: bool = False) -> int | None:
    """The descriptor of a file that is locked by us from now on; None if it is by somebody else, or isn't there."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0), 0o600)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return None
    return file
