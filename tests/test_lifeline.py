"""A child asks to end with its parent, even when the parent is gone before the question."""

import subprocess
import sys

import psutil
import pytest

from service.lifeline import _recorded_parent, tied
from tests.servers import PATIENCE, all_gone

# A parent whose pool child asks only after a second; the parent prints the child's pid and waits to be killed.
SLOW_TO_ASK = """
import os, signal, sys, time
import {library} as library

def work():
    time.sleep(1)
    from service.lifeline import die_with_parent
    die_with_parent()
    time.sleep(600)

if __name__ == "__main__":
    child = library.Process(target=work)
    child.start()
    print(child.pid, flush=True)
    signal.pause()
"""


@pytest.mark.parametrize("library", ["multiprocessing", "billiard"])
def test_a_pool_child_that_asks_when_its_parent_is_already_gone_ends(library: str) -> None:
    source = SLOW_TO_ASK.format(library=library)
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        parent.stdout.read()  # the child holds it too: end of file is the child's end
    assert all_gone([child])


def test_a_tied_program_started_too_late_ends_at_once() -> None:
    command = tied(["sleep", "600"])
    command[command.index("600") - 3] = "1"  # a parent that is not ours
    assert subprocess.run(command, check=False, timeout=PATIENCE).returncode != 0


def test_a_tied_program_is_that_program_with_its_exit_code_and_signals_untouched() -> None:
    source = "import signal, sys; sys.exit(signal.getsignal(signal.SIGINT) is signal.default_int_handler and 7 or 8)"
    program = [sys.executable, "-c", source]
    free = subprocess.run(program, check=False).returncode  # 8 where the whole run is deaf to Ctrl-C
    assert free in {7, 8}
    assert subprocess.run(tied(program), check=False).returncode == free


def test_nobody_s_child_has_no_recorded_parent() -> None:
    assert _recorded_parent() is None
