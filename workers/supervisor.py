"""Keeps a few programs running in the foreground, as `moderato run` needs it: no daemon, and no child left behind.

A program that dies is started again after a pause; one that dies five times within a minute ends them all. One that
lives and doesn't get on, where it is to say that it does, is killed and so started again. Everything happens in one
thread, in `Supervisor.turn`: pass on what the programs write, notice the dead and the stuck, start those that are due.
"""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Self

from service.lifeline import tied

DEATHS = 5
WITHIN = 60.0  # seconds; a life longer than this also forgets the pauses
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
ASKED = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}  # the ways to ask us to end
PIPEFUL = 1 << 17  # bytes: more than a pipe holds, so that one read empties it
SAME_REQUEST = 1.0  # seconds within which a second signal means no more than the first
FIRST_SILENCE = 60.0  # seconds: to start may take long
LAST_WORDS = 20  # lines told of a program that is given up


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


class GaveUp(Exception):
    """A program died too often."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run. `grace` is how many seconds it may take to end when asked by SIGTERM, before it is killed."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] | None = None
    grace: float = 8.0
    orphaned: int = signal.SIGKILL  # what it gets if we are killed ourselves
    silence: float | None = None
    """For how many seconds it may leave it unsaid that it gets on (`service.signs`); None: it never says so."""


class Patience:
    """How long to wait before the next start, and when to stop trying."""

    def __init__(self) -> None:
        self._pause = FIRST_PAUSE
        self._deaths: deque[float] = deque(maxlen=DEATHS)

    def died(self, born: float, now: float) -> float | None:
        """Return the seconds to wait before the next start; None: not again."""
        self._deaths.append(now)
        if len(self._deaths) == DEATHS and now - self._deaths[0] <= WITHIN:
            return None
        if now - born > WITHIN:
            self._pause = FIRST_PAUSE
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return pause


class Child:
    """One program and, while it runs, its process: the leader of a group of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.patience = Patience()
        self.last_words: deque[bytes] = deque(maxlen=LAST_WORDS)
        self.process: subprocess.Popen[bytes] | None = None
        self.born = 0.0
        self.due: float | None = None  # when to start it again
        self._rest = b""
        self._signs = _place_for_signs() if program.silence is not None else None
        self._seen = 0.0

    def start(self, now: float) -> int:
        """Start it; the answer is the descriptor on which it speaks."""
        self.born, self.due, self._rest = now, None, b""
        self.stuck_at(now)  # hears what its last process has said
        self._seen = now + FIRST_SILENCE
        self.process = subprocess.Popen(
            tied(self.program.command, self.program.orphaned),
            env=self._env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,  # a terminal's Ctrl-C is for us alone
        )
        voice = self.voice()
        os.set_blocking(voice, False)
        return voice

    def _env(self) -> Mapping[str, str] | None:
        if self._signs is None:
            return self.program.env
        env = os.environ if self.program.env is None else self.program.env
        return {**env, "NOTIFY_SOCKET": f"@{self._signs.getsockname()[1:].decode()}"}

    def stuck_at(self, now: float) -> float:
        """When it will have said for too long nothing of getting on, as far as we know now."""
        if self._signs is None or self.program.silence is None:
            return float("inf")
        with contextlib.suppress(BlockingIOError):
            while self._signs.recv(64):
                self._seen = now
        return self._seen + self.program.silence

    def look_at(self, now: float) -> float:
        """When to listen to it again: a sign counts from when it is heard."""
        quarter = (self.program.silence or float("inf")) / 4
        return min(self.stuck_at(now), now + quarter)

    def forget(self) -> None:
        """It is not started again."""
        if self._signs is not None:
            self._signs.close()

    def voice(self) -> int:
        assert self.process is not None  # noqa: S101 - asked only while it runs
        assert self.process.stdout is not None  # noqa: S101 - we asked for a pipe
        return self.process.stdout.fileno()

    def heard(self) -> bytes | None:
        """Return the whole lines it has written since (a beginning waits for its end); None: it has no more to say."""
        try:
            chunk = os.read(self.voice(), PIPEFUL)
        except BlockingIOError:
            return b""
        if not chunk:
            return None
        lines, newline, self._rest = (self._rest + chunk).rpartition(b"\n")
        self.last_words.extend(lines.splitlines()[-LAST_WORDS:])
        return lines + newline

    def rest(self) -> bytes:
        """Return the line that its death interrupted."""
        line, self._rest = self._rest, b""
        if not line:
            return b""
        self.last_words.append(line)
        return line + b"\n"

    def exited(self) -> bool:
        """Tell whether its process has ended, without yet forgetting it: its group keeps its number until `bury`."""
        return self.process is not None and (
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        )

    def signal(self, sig: int) -> None:
        """Send it a signal; its number is its own until it is buried. (Popen.send_signal would bury it by the way.)"""
        if self.process is not None:
            os.kill(self.process.pid, sig)

    def kill(self) -> None:
        """End it, and expect no sign of it any more: to die may take it a moment."""
        self._seen = float("inf")
        self.signal(signal.SIGKILL)

    def bury(self) -> int:
        """End what is left of its group, and return its exit code (negative: the signal it died of)."""
        assert self.process is not None  # noqa: S101 - only the exited are buried
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        return code


class Supervisor:
    """Starts children, keeps them, stops them in the reverse order. A context manager: leaving it stops all.

    While it is entered, SIGINT, SIGTERM and SIGHUP belong to it. Another one, while it stops, kills what is left;
    unless it comes at once, for `timeout`, for one, always sends two.
    """

    def __init__(self, *, out: int = 2) -> None:
        self._out = out
        self._children: list[Child] = []
        self._selector = selectors.DefaultSelector()
        self._impatient = False
        self._patient_until = 0.0

    def __enter__(self) -> Self:
        self._wake, wake_writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._before = {
            sig: signal.signal(sig, _noted)
            for sig in (signal.SIGCHLD, *ASKED)
            if sig != signal.SIGHUP or signal.getsignal(sig) != signal.SIG_IGN  # nohup means it
        }
        self._wake_before = signal.set_wakeup_fd(wake_writer, warn_on_full_buffer=False)
        self._wake_writer = wake_writer
        self._selector.register(self._wake, selectors.EVENT_READ)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for child in self._children:
            child.forget()
        signal.set_wakeup_fd(self._wake_before)
        for sig, handler in self._before.items():
            signal.signal(sig, handler)
        self._selector.close()
        os.close(self._wake)
        os.close(self._wake_writer)

    def start(self, program: Program) -> None:
        """Start a program and keep it running from now on."""
        child = Child(program)
        self._children.append(child)
        self._launch(child)

    def turn(self, timeout: float) -> None:
        """Do what there is to do, for at most `timeout` seconds.

        Raises Stopped when we are asked to end, and GaveUp when a program has died too often.
        """
        now = time.monotonic()
        due = [child.due - now for child in self._children if child.due is not None]
        due += [child.look_at(now) - now for child in self._children if child.process is not None]
        if self._listen(max(0.0, min([timeout, *due]))):
            raise Stopped
        for child in self._children:
            if child.exited():
                self._died(child)
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.stuck_at(now) <= now:
                self._say(f"{child.program.name} doesn't get on and is killed")
                child.kill()
        for child in self._children:
            if child.due is not None and child.due <= now:
                self._launch(child)

    def forever(self) -> None:
        """Take turns until Stopped or GaveUp is raised."""
        while True:
            self.turn(60)

    def stop(self) -> None:
        """End all, the last started first, each within its grace."""
        self._patient_until = time.monotonic() + SAME_REQUEST
        for child in reversed(self._children):
            child.due = None
            if child.process is not None:
                self._end(child)
                self._part(child)

    def _end(self, child: Child) -> None:
        child.signal(signal.SIGTERM)
        deadline = time.monotonic() + child.program.grace
        while not child.exited() and not self._impatient and (left := deadline - time.monotonic()) > 0:
            self._impatient = self._listen(left) and time.monotonic() > self._patient_until
        if not child.exited():
            self._say(f"{child.program.name} has not ended in time and is killed")
            child.signal(signal.SIGKILL)
        while not child.exited():
            self._listen(1)

    def _launch(self, child: Child) -> None:
        self._selector.register(child.start(time.monotonic()), selectors.EVENT_READ, child)

    def _listen(self, timeout: float) -> bool:
        """Pass on what the children write; tell whether somebody asked us to end."""
        asked = False
        for key, _ in self._selector.select(timeout):
            if key.data is None:
                asked |= not ASKED.isdisjoint(os.read(self._wake, 512))
            elif not self._pass_on(key.data):
                self._selector.unregister(key.fd)
        return asked

    def _pass_on(self, child: Child) -> bool:
        """Copy what the child has to say; tell whether it can say more."""
        text = child.heard()
        _write(self._out, text or b"")
        return text is not None

    def _part(self, child: Child) -> int:
        self._pass_on(child)
        _write(self._out, child.rest())
        with contextlib.suppress(KeyError):
            self._selector.unregister(child.voice())
        return child.bury()

    def _died(self, child: Child) -> None:
        name, code, now = child.program.name, self._part(child), time.monotonic()
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        pause = child.patience.died(child.born, now)
        if pause is None:
            raise GaveUp(
                "\n".join(
                    [
                        f"{name} {how}, the fifth time within a minute. Its last words:",
                        *(line.decode(errors="replace") for line in child.last_words),
                    ]
                )
            )
        self._say(f"{name} {how}; it is started again in {pause:g} s")
        child.due = now + pause

    def _say(self, sentence: str) -> None:
        _write(self._out, f"moderato: {sentence}\n".encode())


def _place_for_signs() -> socket.socket | None:
    """Where a program says that it gets on; None where there are no sockets without a file."""
    if not sys.platform.startswith("linux"):
        return None
    place = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    place.setblocking(False)
    place.bind("")  # the kernel finds a name
    return place


def _noted(_sig: int, _frame: FrameType | None) -> None:
    """Nothing: the wake-up descriptor has the signal's number."""


def _write(out: int, text: bytes) -> None:
    """Write all of it; a reader that has gone is no reason to end."""
    with contextlib.suppress(OSError):
        while text:
            text = text[os.write(out, text) :]
