"""The folder in which `moderato run` keeps all that lasts: database, Redis, secrets, the moderator's token.

It is private (0700), and one run has it at a time.
"""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

DATABASE: Final = "moderato.db"
SECRETS: Final = "secrets.json"
TOKEN: Final = "moderator-token"  # noqa: S105 - a file's name
WHEREABOUTS: Final = "whereabouts.json"
"""Of the run that is going on, or of the last one."""
RESTORING: Final = "restoring"
"""Where a backup is unpacked; what is left there was never in force."""
_RESTORED: Final = "restored"
"""Where it is when it is whole: from then on it is in force, and put in place by whoever has the folder next."""
SOCKET_PATH_LIMIT = 107  # bytes, Linux's sun_path without its closing zero


class Unusable(Exception):
    """The folder cannot be had; the sentence says why."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Path]:
    """Make the folder, or take the one that is there, and hold it until the end."""
    path = path.absolute()
    try:
        _make_private(path)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise Unusable(
            f"The data folder {path} cannot be used: {problem.strerror}. Name another with --data."
        ) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Unusable(
            f"Another `moderato run` is using {path}. Stop that one, or name another folder with --data."
        ) from None
    else:
        shutil.rmtree(path / RESTORING, ignore_errors=True)
        _take_restored(path)
        yield path
    finally:
        os.close(lock)


def _make_private(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)
    ours = (path / "lock").exists() or not any(path.iterdir())
    if not ours:
        raise Unusable(f"{path} holds other things and was not made by Moderato. Name another folder with --data.")
    path.chmod(0o700)


def holds_data(path: Path) -> bool:
    """Whether there is anything in the folder that would be missed."""
    return any((path / name).exists() for name in (DATABASE, SECRETS, TOKEN))


def commit_restored(path: Path) -> None:
    """Put what lies in RESTORING in force: all of it at once, however we end. Only for whoever holds the folder."""
    sync(path / RESTORING)
    (path / RESTORING).rename(path / _RESTORED)
    sync(path)
    _take_restored(path)


def _take_restored(path: Path) -> None:
    """Put what was restored in the place of what was there. Interrupted, it goes on where it was."""
    restored = path / _RESTORED
    if not restored.exists():
        return
    for stale in (f"{DATABASE}-wal", f"{DATABASE}-shm", WHEREABOUTS):
        (path / stale).unlink(missing_ok=True)
    shutil.rmtree(path / "redis", ignore_errors=True)  # hints and counters of another time
    for each in restored.iterdir():
        each.replace(path / each.name)
    sync(path)
    restored.rmdir()


def sync(path: Path) -> None:
    """What was named in a folder outlives a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept_secrets(path: Path) -> dict[str, str]:
    """Return the settings that must be secret and stay the same; made on first use, in secrets.json.

    The keys that sign (newest first) may be rotated there; the one that makes author keys never, for authors would
    become strangers.
    """
    file = path / SECRETS
    if not file.exists():
        made = {
            "MODERATO_SECRET_KEYS": f"k1:{secrets.token_hex(32)}",
            "MODERATO_AUTHOR_SECRET": secrets.token_hex(32),
        }
        new = path / f"{SECRETS}.new"
        new.touch(mode=0o600)
        new.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
        new.replace(file)  # whole or not at all
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return kept


@contextlib.contextmanager
def socket_folder(folder: Path) -> Iterator[Path]:
    """Give a private place for a socket: `folder`, or one with a short name if the path would be too long for Linux."""
    if len(os.fsencode(folder / "redis.sock")) <= SOCKET_PATH_LIMIT:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="moderato-", dir="/tmp") as short:  # made 0700
        yield Path(short)
