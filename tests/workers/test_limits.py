"""What one comment may cost: tried in processes of their own, which it may end."""

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from workers.limits import died_by_itself

ROOT = Path(__file__).parents[2]
PREAMBLE = """
    import itertools, signal, time
    from collections.abc import Iterator
    from service.domain.policy import Policy
    from workers.checks.check import check
    from workers.checks.context import Context
    from workers.engine import moderate
    from workers.limits import bound_memory, limits

    def checked(look):
        look.__doc__ = "For this test."
        return check(reasons=("links",), flags=(Context(body="x"),), passes=(Context(body="y"),))(look)

    def judged(*checks, seconds=0.2):
        verdict = moderate(Context(body="x"), Policy(hold_first_comment=False), checks, limits=limits(seconds))
        print(verdict.action, [outcome.check for outcome in verdict.outcomes if outcome.failed])

    @checked
    def innocent(comment):
        yield from ()

    @checked
    def hangs(comment):
        while True:
            pass
        yield

    @checked
    def sticks(comment):
        all(itertools.repeat(True))
        yield

    @checked
    def devours(comment):
        bytearray(4 << 30)
        yield

    @checked
    def idles(comment):
        time.sleep(0.6)
        yield from ()
"""


Run = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A program in a file: a check's version is a digest of the one that it stands in."""

    def run(source: str) -> subprocess.CompletedProcess[str]:
        program = tmp_path / "program.py"
        program.write_text(textwrap.dedent(PREAMBLE) + source)
        return subprocess.run(
            [sys.executable, str(program)], capture_output=True, text=True, check=False, timeout=60,
            env=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
        )  # fmt: skip

    return run


@pytest.mark.parametrize(
    ("checks", "failed"),
    [
        ("innocent", []),
        ("hangs, innocent", ["hangs"]),
        ("innocent, hangs, innocent, hangs", ["hangs", "hangs"]),
        ("idles, innocent", []),
    ],
)
def test_a_check_that_takes_too_much_of_the_processors_time_fails_and_no_other(
    run: Run, checks: str, failed: list[str]
) -> None:
    done = run(f"judged({checks})")

    assert done.stdout.strip().endswith(f"{'hold' if failed else 'publish'} {failed}"), done.stderr


def test_the_next_comment_has_all_of_its_time_again(run: Run) -> None:
    done = run("judged(hangs); judged(innocent); judged(idles)")

    told = [line.partition(" ")[0] for line in done.stdout.splitlines()]
    assert [word for word in told if word in {"hold", "publish"}] == ["hold", "publish", "publish"]


def test_many_that_take_too_long_fail_one_after_the_other_and_end_nobody(run: Run) -> None:
    """Together they take longer than what one may take that can't be interrupted."""
    done = run("judged(*[hangs] * 20)")

    assert done.stdout.strip().endswith(f"hold {['hangs'] * 20}"), done.stderr


def test_what_never_comes_back_to_python_ends_the_process_by_its_own_doing(run: Run) -> None:
    assert died_by_itself(run("judged(sticks)").returncode)
    assert died_by_itself(run("judged(hangs, sticks)").returncode), "nor after another that was interrupted"


def test_what_asks_for_too_much_memory_fails(run: Run) -> None:
    done = run("bound_memory(1000); judged(devours, innocent)")

    assert done.stdout.strip().endswith("hold ['devours']"), done.stderr


def test_a_process_that_dies_leaves_none_of_its_memory_on_the_disk(run: Run) -> None:
    done = run("import resource; bound_memory(1000); print(resource.getrlimit(resource.RLIMIT_CORE))")

    assert done.stdout.strip() == "(0, 0)"


@pytest.mark.parametrize(
    ("code", "itself"),
    [(None, False), (0, False), (1, False), (-9, False), (-15, False), (-6, True), (-11, True), (-26, True)],
)
def test_who_was_ended_from_outside_has_not_died_by_itself(code: int | None, itself: bool) -> None:  # noqa: FBT001
    assert died_by_itself(code) is itself
