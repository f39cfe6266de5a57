"""The table of moves, held against the one that people agreed on."""

import itertools

import pytest

from service.domain.comment import Action, Cause, Status, may_move, starts

# One letter a goal, in the order pending, held, published, rejected, removed.
AGREED = """
           pending  held   published  rejected  removed
verdict    HPR      -      -          -         -
decision   HPR      HPR    HPR        HPR       -
revision   p        p      p          -         -
removal    x        x      x          x         -
"""
LETTERS = {
    "p": Status.PENDING,
    "H": Status.HELD,
    "P": Status.PUBLISHED,
    "R": Status.REJECTED,
    "x": Status.REMOVED,
}


def agreed() -> set[tuple[Cause, Status, Status]]:
    head, *rows = (line.split() for line in AGREED.strip().splitlines())
    return {
        (Cause(cause), Status(start), LETTERS[goal])
        for cause, *cells in rows
        for start, goals in zip(head, cells, strict=True)
        for goal in goals.strip("-")
    }


@pytest.mark.parametrize(("cause", "start", "goal"), list(itertools.product(Cause, Status, Status)))
def test_a_comment_moves_as_agreed_and_in_no_other_way(cause: Cause, start: Status, goal: Status) -> None:
    assert may_move(cause, start, goal) == ((cause, start, goal) in agreed())


@pytest.mark.parametrize(("cause", "goal"), list(itertools.product(Cause, Status)))
def test_the_guard_of_a_compare_and_set_is_the_table_read_backwards(cause: Cause, goal: Status) -> None:
    assert starts(cause, goal) == {start for start in Status if may_move(cause, start, goal)}


def test_a_removed_comment_never_comes_back() -> None:
    assert not [goal for cause in Cause for goal in Status if may_move(cause, Status.REMOVED, goal)]


def test_only_a_verdict_or_a_decision_publishes() -> None:
    assert {cause for cause in Cause if starts(cause, Status.PUBLISHED)} == {Cause.VERDICT, Cause.DECISION}


def test_every_action_leads_to_a_status_that_a_verdict_and_a_decision_may_reach() -> None:
    for action in Action:
        assert may_move(Cause.VERDICT, Status.PENDING, action.status)
        assert may_move(Cause.DECISION, Status.HELD, action.status)
