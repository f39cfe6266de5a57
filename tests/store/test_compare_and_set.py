"""Compare-and-set itself; and that a build without it doesn't pass the project's own tests."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from service.domain.comment import Cause, Lane, Status
from service.store import comments
from service.store.comments import Mover
from tests.benchmarks.mutants import Bench, Target, copy_of_the_tree
from tests.factories import House

COMMENTS, JUDGE = "service/store/comments.py", "service/operations/judge.py"


def change(identifier: str, seen: int) -> dict[str, Any]:
    """A verdict's, to hold: of publishing the database has an opinion of its own."""
    return {
        "comment_id": identifier, "seen": seen, "goal": Status.HELD, "awaits": True, "new_html": None,
        "new_score": 0.0, "new_reasons": " ", "new_checks": " ", "new_urgent_at": datetime.now(UTC), "new_teaches": 0.0,
        "new_lane": Lane.JUDGE, "rest_until": None,
    }  # fmt: skip


@pytest.mark.parametrize("seen", [1, 2, 4])
def test_a_verdict_on_another_version_than_the_one_that_stands_changes_nothing(house: House, seen: int) -> None:
    identifier = house.held()
    with house.database.write() as connection:
        comments.move(connection, [Mover(identifier, 2)], Cause.REVISION, Status.PENDING)
    before = house.row(identifier)

    with house.database.write() as connection:
        assert not comments.apply(connection, [change(identifier, seen)])

    assert house.row(identifier) == before
    assert before.status == Status.PENDING


@pytest.mark.parametrize("action", ["publish", "reject", "hold"])
def test_a_verdict_on_what_is_not_pending_any_more_changes_nothing(house: House, action: str) -> None:
    identifier = house.held()
    assert house.decide(identifier, action, reason="off_topic").status_code == 200
    before = house.row(identifier)

    with house.database.write() as connection:
        assert not comments.apply(connection, [change(identifier, before.version)])

    assert house.row(identifier) == before


@pytest.mark.parametrize("version", [1, 3])
def test_a_decision_on_another_version_changes_nothing(house: House, version: int) -> None:
    identifier = house.held()
    before = house.row(identifier)

    with house.database.write() as connection:
        assert comments.move(connection, [Mover(identifier, version)], Cause.DECISION, Status.PUBLISHED) == set()

    assert house.row(identifier) == before


@pytest.mark.parametrize("cause", [Cause.VERDICT, Cause.REVISION])
def test_a_move_that_the_table_does_not_have_changes_nothing(house: House, cause: Cause) -> None:
    identifier = house.held()
    assert house.decide(identifier, "reject", reason="off_topic").status_code == 200
    before = house.row(identifier)
    goal = Status.PUBLISHED if cause is Cause.VERDICT else Status.PENDING

    with house.database.write() as connection:
        assert comments.move(connection, [Mover(identifier, before.version)], cause, goal) == set()

    assert house.row(identifier) == before


# --- a build without it -------------------------------------------------------------------------------------------

_VERSIONS = "tuple_(Comment.id, Comment.version).in_([(mover.id, mover.version) for mover in movers]),"
_IDS = "Comment.id.in_([mover.id for mover in movers]),"
WITHOUT = {
    "move, the version": (COMMENTS, _VERSIONS, _IDS),
    "move, the status": (COMMENTS, "            Comment.status.in_(sorted(starts(cause, goal))),\n", ""),
    "apply, the version": (
        COMMENTS,
        '_comments.c.version == bindparam("seen", type_=Integer())',
        'bindparam("seen", type_=Integer()) >= 0',
    ),
    "apply, the status": (
        COMMENTS, "        or_(*(_comments.c.status == start for start in MOVES[Cause.VERDICT])),\n", "",
    ),
    "judge, the version": (JUDGE, "        and row.version == each.row.version\n", ""),
    "judge, the status": (JUDGE, "        and row.status == Status.PENDING\n", ""),
}  # fmt: skip
TESTS = (
    "tests/store/test_compare_and_set.py", "tests/operations/test_life.py",
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
    assert bench.survives(Target(COMMENTS, TESTS), None)


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("path", "there", "instead"), WITHOUT.values(), ids=list(WITHOUT))
def test_a_build_without_compare_and_set_fails(bench: Bench, path: str, there: str, instead: str) -> None:
    file = bench.folder / path
    source = file.read_text(encoding="utf-8")
    assert source.count(there) >= 1
    place = source.index(there)
    file.write_text(source[:place] + instead + source[place + len(there) :], encoding="utf-8")
    try:
        assert not bench.survives(Target(path, TESTS), None)
    finally:
        file.write_text(source, encoding="utf-8")
