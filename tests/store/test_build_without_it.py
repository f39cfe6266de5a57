"""A build without compare-and-set doesn't pass: it is made, part by part, and the project's own tests are asked.

In a file of its own: what these tests run would else run them again.
"""

import shutil
from collections.abc import Iterator
from typing import Final

import pytest

from tests.benchmarks.mutants import Bench, Target, copy_of_the_tree

MOVING: Final = "service/store/moving.py"
_VERSIONS = "tuple_(Comment.id, Comment.version).in_([(mover.id, mover.version) for mover in movers]),"
_IDS = "Comment.id.in_([mover.id for mover in movers]),"
_HELD = "return (row.status, row.version, row.lane, row.attempts)"
WITHOUT = {
    "move, the version": (MOVING, _VERSIONS, _IDS),
    "move, the status": (MOVING, "            Comment.status.in_(sorted(starts(cause, goal))),\n", ""),
    "apply, the version": (
        MOVING,
        '_comments.c.version == bindparam("seen", type_=Integer())',
        'bindparam("seen", type_=Integer()) >= 0',
    ),
    "apply, the status": (
        MOVING, "        or_(*(_comments.c.status == start for start in MOVES[Cause.VERDICT])),\n", "",
    ),
    "apply, the claim": (
        MOVING,
        '_comments.c.attempts == bindparam("taken", type_=Integer())',
        'bindparam("taken", type_=Integer()) >= 0',
    ),
    "under lock, the version": (MOVING, _HELD, _HELD.replace("row.version", "claimed.version")),
    "under lock, the status": (MOVING, _HELD, _HELD.replace("row.status", "Status.PENDING")),
    "under lock, the claim": (MOVING, _HELD, _HELD.replace("row.attempts", "claimed.attempts")),
}  # fmt: skip
TESTS = (
    "tests/store/test_compare_and_set.py", "tests/operations/test_life.py", "tests/operations/test_fences.py",
    "tests/operations/test_revise_and_withdraw.py",
)  # fmt: skip


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    folder = copy_of_the_tree()
    yield Bench(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_the_copy_as_it_is_passes(bench: Bench) -> None:
    assert bench.survives(Target(MOVING, TESTS), None)


def without(source: str, there: str, instead: str) -> str:
    assert there in source
    return source.replace(there, instead, 1)


def test_a_build_without_any_of_it_fails_at_once() -> None:
    """On SQLite, and by this file's own tests: what the long test does with each part of it."""
    folder = copy_of_the_tree()
    try:
        bench, target = Bench(folder, quick=True), Target(MOVING, TESTS[:1])
        assert bench.survives(target, None), "these tests fail on what nobody has changed"
        file = folder / MOVING
        source = without(file.read_text(encoding="utf-8"), _VERSIONS, _IDS)
        file.write_text(without(source, *WITHOUT["move, the status"][1:]), encoding="utf-8")

        assert not bench.survives(target, None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("path", "there", "instead"), WITHOUT.values(), ids=list(WITHOUT))
def test_a_build_without_compare_and_set_fails(bench: Bench, path: str, there: str, instead: str) -> None:
    file = bench.folder / path
    source = file.read_text(encoding="utf-8")
    file.write_text(without(source, there, instead), encoding="utf-8")
    try:
        assert not bench.survives(Target(path, TESTS), None)
    finally:
        file.write_text(source, encoding="utf-8")
