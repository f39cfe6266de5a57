"""A process that must not outlive its parent: the kernel sees to it (on Linux; elsewhere nothing is asked).

Two ways. `tied(command)` starts any program tied to the caller: this file runs for a moment as the new process, asks,
and becomes the program. `die_with_parent()` is for processes forked by somebody else's code (a pool's children).

The kernel watches the *thread* that started the process, so start tied programs from a thread that stays: the main one.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def die_with_parent(sig: int = signal.SIGKILL, parent: int | None = None) -> None:
    """Send `sig` to this process as soon as its parent is gone.

    `parent` is the pid that started it, so that a parent which was gone before we asked is noticed as well; a child of
    multiprocessing or billiard need not name it.
    """
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(sig), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    parent = parent or _recorded_parent()
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), sig)


def _recorded_parent() -> int | None:
    """Return the pid that multiprocessing, or Celery's edition of it, noted when it made this process."""
    for library in ("multiprocessing.process", "billiard.process"):
        if library in sys.modules:
            parent: int | None = getattr(sys.modules[library].current_process(), "_parent_pid", None)
            if parent is not None:
                return parent
    return None


def tied(command: Sequence[str], sig: int = signal.SIGKILL) -> list[str]:
    """Return the command that runs `command` so that it gets `sig` when the calling process dies, however it dies."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(sig)), *command]


def _become(parent: str, sig: str, *command: str) -> None:
    die_with_parent(int(sig), int(parent))
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the caller's own command, no shell
    except OSError as problem:
        sys.exit(f"{command[0]}: {problem.strerror}")


if __name__ == "__main__":
    _become(*sys.argv[1:])
