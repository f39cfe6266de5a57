"""Tiny real programs, started, killed and mourned."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.servers import PATIENCE, all_gone, wait_until
from workers.supervisor import DEATHS, GaveUp, Patience, Program, Stopped, Supervisor

FOREVER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + FOREVER


def python(source: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(source), *arguments]


class Told:
    """What the supervisor wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)

    def __str__(self) -> str:
        return self.path.read_text()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Told]:
    told = Told(tmp_path / "told")
    yield told
    os.close(told.descriptor)


def turn_until(supervisor: Supervisor, done: Callable[[], bool]) -> None:
    def one() -> bool:
        supervisor.turn(0.02)
        return done()

    wait_until(one, PATIENCE, lambda: "it did not happen in time")


Family = Callable[[], list[psutil.Process]]


@pytest.fixture
def family() -> Family:
    """The processes that the test has started, and theirs; not the servers that other tests share."""
    here = psutil.Process()
    before = here.children(recursive=True)
    return lambda: [process for process in here.children(recursive=True) if process not in before]


def test_pauses_double_up_to_ten_seconds() -> None:
    patience = Patience()
    pauses = [patience.died(born=when, now=when + 20) for when in range(0, 180, 20)]
    assert pauses[:6] == [0.5, 1, 2, 4, 8, 10]
    assert pauses[-1] == 10


def test_after_a_long_life_the_pause_is_short_again() -> None:
    patience = Patience()
    assert [patience.died(0, 1), patience.died(1, 2), patience.died(2, 100)] == [0.5, 1, 0.5]


def test_the_fifth_death_within_a_minute_is_the_last() -> None:
    patience = Patience()
    assert None not in [patience.died(0, now) for now in range(DEATHS - 1)]
    assert patience.died(0, 59) is None


def test_five_deaths_over_more_than_a_minute_are_forgiven() -> None:
    patience = Patience()
    assert None not in [patience.died(now, now + 1) for now in range(0, 200, 20)]


def test_what_a_program_writes_is_passed_on_in_whole_lines(told: Told) -> None:
    source = "import sys, time; print('to out', flush=True); print('to err', file=sys.stderr); time.sleep(600)"
    with Supervisor(out=told.descriptor) as supervisor:
        supervisor.start(Program("speaker", python(source)))
        turn_until(supervisor, lambda: "to err\n" in str(told))
    assert str(told) == "to out\nto err\n"


def test_a_dead_program_is_started_again_and_people_are_told(told: Told, family: Family) -> None:
    with Supervisor(out=told.descriptor) as supervisor:
        supervisor.start(Program("sleeper", python(FOREVER)))
        turn_until(supervisor, lambda: "up\n" in str(told))
        (first,) = family()
        first.kill()
        turn_until(supervisor, lambda: str(told).count("up\n") == 2)
        (second,) = family()
    assert second.pid != first.pid
    assert "sleeper was killed by SIGKILL; it is started again in 0.5 s" in str(told)
    assert family() == []


def test_a_program_that_keeps_dying_ends_all_with_its_last_words(
    told: Told, family: Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.supervisor.FIRST_PAUSE", 0.01)
    with pytest.raises(GaveUp) as gave_up, Supervisor(out=told.descriptor) as supervisor:  # noqa: PT012
        supervisor.start(Program("sleeper", python(FOREVER)))
        supervisor.start(Program("doomed", python("import sys; sys.exit('no such database')")))
        supervisor.forever()
    assert str(gave_up.value).startswith("doomed ended with exit code 1, the fifth time within a minute.")
    assert str(gave_up.value).endswith("no such database")
    assert str(told).count("no such database\n") == DEATHS
    assert family() == []


def test_a_line_cut_off_by_death_is_still_heard(told: Told) -> None:
    source = "import os, signal; os.write(1, b'half a li'); os.kill(os.getpid(), signal.SIGKILL)"
    with Supervisor(out=told.descriptor) as supervisor:
        supervisor.start(Program("interrupted", python(source)))
        turn_until(supervisor, lambda: "half a li\n" in str(told))


def test_a_program_that_is_missing_says_so(told: Told) -> None:
    with Supervisor(out=told.descriptor) as supervisor:
        supervisor.start(Program("absent", ["/nowhere/to-be-found"]))
        turn_until(supervisor, lambda: "/nowhere/to-be-found: No such file or directory\n" in str(told))


@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_end_it_ends_all_the_last_started_first(told: Told, family: Family, sig: signal.Signals) -> None:
    source = """
        import os, signal, sys, time
        def leave(*_):
            os.write(1, f'{sys.argv[1]} leaves\\n'.encode())
            sys.exit()
        signal.signal(signal.SIGTERM, leave)
        os.write(1, f'{sys.argv[1]} is up\\n'.encode())
        time.sleep(600)
    """
    with pytest.raises(Stopped), Supervisor(out=told.descriptor) as supervisor:  # noqa: PT012
        for name in ("redis", "worker", "api"):
            supervisor.start(Program(name, python(source, name)))
        turn_until(supervisor, lambda: str(told).count("is up") == 3)
        os.kill(os.getpid(), sig)
        supervisor.forever()
    assert str(told).splitlines()[3:] == ["api leaves", "worker leaves", "redis leaves"]
    assert family() == []


def test_a_program_that_has_just_died_does_not_hinder_the_end(told: Told, family: Family) -> None:
    with Supervisor(out=told.descriptor) as supervisor:
        supervisor.start(Program("brief", ["true"]))
        assert all_gone(family())
    assert family() == []


def test_whoever_does_not_leave_in_time_is_killed(told: Told, family: Family) -> None:
    with Supervisor(out=told.descriptor) as supervisor:
        supervisor.start(Program("stubborn", python(STUBBORN), grace=0.2))
        turn_until(supervisor, lambda: "up\n" in str(told))
        began = time.monotonic()
    assert 0.2 <= time.monotonic() - began < 60
    assert "stubborn has not ended in time and is killed" in str(told)
    assert family() == []


@pytest.mark.parametrize(("after", "killed"), [(0.0, False), (0.4, True)])
def test_a_second_request_is_impatience_unless_it_comes_with_the_first(
    told: Told, monkeypatch: pytest.MonkeyPatch, *, after: float, killed: bool
) -> None:
    monkeypatch.setattr("workers.supervisor.SAME_REQUEST", 0.2)
    slow = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), sys.exit())); " + FOREVER
    with pytest.raises(Stopped), Supervisor(out=told.descriptor) as supervisor:  # noqa: PT012
        supervisor.start(Program("slow", python(slow), grace=60))
        turn_until(supervisor, lambda: "up\n" in str(told))
        os.kill(os.getpid(), signal.SIGTERM)
        threading.Timer(after, os.kill, (os.getpid(), signal.SIGTERM)).start()
        supervisor.forever()
    assert ("slow has not ended in time and is killed" in str(told)) is killed


def test_grandchildren_end_with_their_program(told: Told, family: Family) -> None:
    source = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {FOREVER!r}])"
    with Supervisor(out=told.descriptor) as supervisor:
        supervisor.start(Program("pool", python(source), grace=0.2))
        turn_until(supervisor, lambda: "up\n" in str(told))
        started = family()
        assert len(started) == 2
    assert all_gone(started)


def test_kill_9_of_the_supervisor_leaves_no_orphan(tmp_path: Path) -> None:
    supervising = """
        import signal, sys
        from workers.supervisor import Program, Supervisor
        with Supervisor() as supervisor:
            for name in ("redis", "worker", "api"):
                supervisor.start(Program(name, [sys.executable, "-c", sys.argv[1]]))
            supervisor.forever()
    """
    with subprocess.Popen(python(supervising, STUBBORN), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert [process.stderr.readline() for _ in range(3)] == ["up\n"] * 3
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) == 3
        process.kill()
    assert all_gone(family)


def test_a_program_that_no_longer_gets_on_is_killed_and_started_again(told: Told) -> None:
    getting_on = """
        import time
        from service.signs import show_progress
        print("up", flush=True)
        while True:
            show_progress()
            time.sleep(0.05)
    """
    with Supervisor(out=told.descriptor) as supervisor:
        supervisor.start(Program("stuck", python(getting_on), silence=1.0))
        [first] = supervisor._children
        turn_until(supervisor, lambda: "up" in str(told))
        assert first.process is not None
        before = first.process.pid
        until = time.monotonic() + 2.0
        turn_until(supervisor, lambda: time.monotonic() > until)
        assert first.process.pid == before, "it gets on"

        os.kill(before, signal.SIGSTOP)

        turn_until(supervisor, lambda: str(told).count("up") == 2)
    assert str(told).count("stuck doesn't get on and is killed") == 1


def test_a_program_that_never_says_that_it_gets_on_has_a_minute_to_start(told: Told) -> None:
    with Supervisor(out=told.descriptor) as supervisor:
        supervisor.start(Program("slow", python(FOREVER), silence=1.0))
        [child] = supervisor._children
        now = time.monotonic()

        assert 55 < child.stuck_at(now) - now <= 61
