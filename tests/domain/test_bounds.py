"""Bounds: what is proven is what the exact sums say, and choosing a threshold keeps the promise."""

from fractions import Fraction
from math import comb
from random import Random

import hypothesis.strategies as st
import pytest
from hypothesis import given

from service.domain.bounds import (
    MISSED_GRID,
    WRONGED_GRID,
    Bounds,
    Judged,
    Kind,
    State,
    Thresholds,
    hold_at,
    needed,
    reject_at,
    tail,
    upper,
)
from service.domain.comment import Action
from service.domain.policy import Mode, Policy
from service.domain.reasons import ALWAYS_HOLD
from service.domain.teaching import Category
from service.domain.verdict import Signal


def exactly(errors: int, asked: int, share: Fraction) -> Fraction:
    return sum((comb(asked, k) * share**k * (1 - share) ** (asked - k) for k in range(errors + 1)), start=Fraction(0))


@given(asked=st.integers(1, 120), part=st.floats(0, 1), percent=st.integers(1, 99))
def test_the_tail_is_the_sum_of_the_binomial(asked: int, part: float, percent: int) -> None:
    errors = round(part * asked)
    assert tail(errors, asked, percent / 100) == pytest.approx(float(exactly(errors, asked, Fraction(percent, 100))))


@given(asked=st.integers(1, 200), part=st.floats(0, 1))
def test_the_upper_bound_is_where_so_few_errors_become_one_chance_in_twenty(asked: int, part: float) -> None:
    errors = round(part * asked)
    found = upper(errors, asked)
    assert errors / asked <= found <= 1
    if errors < asked:
        assert float(exactly(errors, asked, Fraction(found))) == pytest.approx(0.05, rel=1e-6)


@pytest.mark.parametrize(("errors", "asked", "bound"), [(0, 299, 0.0099692), (1, 473, 0.0099898), (0, 10, 0.2588656)])
def test_the_upper_bound_agrees_with_the_tables(errors: int, asked: int, bound: float) -> None:
    assert upper(errors, asked) == pytest.approx(bound, abs=1e-5)


def test_about_three_hundred_decisions_without_an_error_prove_one_percent() -> None:
    assert needed(0.01) == 299
    assert upper(0, 299) <= 0.01 < upper(0, 298)
    assert reject_at([Judged(0.995, error=False)] * 298, 0.01).state is State.UNKNOWN
    found = reject_at([Judged(0.995, error=False)] * 299, 0.01)
    assert (found.state, found.at, found.asked, found.errors) == (State.KEPT, 0.5, 299, 0)


def test_one_error_too_many_turns_refusing_off_and_says_so() -> None:
    known = [Judged(0.995, error=False)] * 299 + [Judged(0.995, error=True)]
    found = reject_at(known, 0.01)
    assert (found.state, found.at, found.errors) == (State.BROKEN, None, 1)
    assert found.upper > 0.01


def test_refusing_goes_no_lower_than_where_errors_begin() -> None:
    known = [Judged(0.9, error=False)] * 400 + [Judged(0.6, error=at % 2 == 0) for at in range(40)]
    assert reject_at(known, 0.01).at == pytest.approx(0.61)


def test_holding_begins_where_errors_do() -> None:
    known = [Judged(0.02, error=False)] * 600 + [Judged(0.4, error=at % 2 == 0) for at in range(60)]
    found = hold_at(known, 0.01)
    assert found.state is State.KEPT
    assert found.at == pytest.approx(0.4)


def test_what_no_threshold_keeps_is_said_and_all_is_held_that_can_be() -> None:
    found = hold_at([Judged(0.005, error=at % 5 == 0) for at in range(500)], 0.01)
    assert (found.state, found.at) == (State.BROKEN, MISSED_GRID[0])


@given(st.lists(st.builds(Judged, st.floats(0, 1), error=st.booleans()), max_size=10))
def test_ten_decisions_prove_nothing(known: list[Judged]) -> None:
    for found in (hold_at(known, 0.01), reject_at(known, 0.01)):
        assert (found.state, found.at) == (State.UNKNOWN, None)


@pytest.mark.parametrize("seed", range(5))
def test_who_decides_at_random_earns_nothing(seed: int) -> None:
    dice = Random(seed)
    known = [Judged(dice.random(), error=dice.random() < 0.5) for _ in range(1_000)]
    assert reject_at(known, 0.05).at is None
    assert hold_at(known, 0.05).state is not State.KEPT


def kept(choices: int, refusing: bool, truth: float, seed: int) -> float:  # noqa: FBT001 - it reads well
    """In how many of so many drawings nothing was promised that isn't true.

    At the edge: up to a chance of 0.3 (from one of 0.7 on) errors are exactly as frequent as the bound; beyond it there
    are ten times as many, so that each choice beyond the edge breaks the promise.
    """
    dice = Random(seed)
    true = 0
    for _ in range(choices):
        known = []
        for _ in range(1_000):
            chance = dice.random()
            within = chance >= 0.7 if refusing else chance < 0.3
            known.append(Judged(chance, error=dice.random() < (truth if within else 10 * truth)))
        found = (reject_at if refusing else hold_at)(known, truth)
        beyond = found.at is not None and (found.at <= 0.69 if refusing else found.at >= 0.31)
        true += found.state is not State.KEPT or not beyond
    return true / choices


@pytest.mark.parametrize("refusing", [True, False])
def test_of_twenty_choices_at_most_one_breaks_the_promise(*, refusing: bool) -> None:
    assert kept(400, refusing, 0.02, seed=11) >= 0.95


def test_a_promise_at_the_very_edge_is_made_once_in_twenty_times() -> None:
    """Whatever the chance, errors are as frequent as the bound, and a little more: every promise would be broken."""
    dice = Random(7)
    broken = 0
    for _ in range(400):
        known = [Judged(dice.random(), error=dice.random() < 0.0201) for _ in range(1_000)]
        broken += hold_at(known, 0.02).state is State.KEPT
    assert broken / 400 <= 0.05


def test_bounds_are_kept_as_a_document() -> None:
    bounds = Bounds({Category.SPAM: 0.01}, {Category.ABUSE: 0.02})
    assert Bounds.from_document(bounds.to_document()) == bounds
    assert Bounds.from_document({}) == Bounds()
    assert [*bounds.stated()] == [(Kind.MISSED, Category.SPAM, 0.01), (Kind.WRONGED, Category.ABUSE, 0.02)]


THRESHOLDS = Thresholds({Category.SPAM: 0.23}, {Category.SPAM: 0.9})
SPAM = Policy(bounds=Bounds({Category.SPAM: 0.01}, {Category.SPAM: 0.01}), hold_first_comment=False)


@pytest.mark.parametrize(
    ("chance", "action"), [(0.22, Action.PUBLISH), (0.23, Action.HOLD), (0.89, Action.HOLD), (0.9, Action.REJECT)]
)
def test_a_threshold_acts_from_its_chance_on(chance: float, action: Action) -> None:
    over = [*THRESHOLDS.findings({Category.SPAM: chance, Category.ABUSE: 1.0})]
    assert SPAM.judge(over).action is action
    assert SPAM.judge(over).score == 0


def test_a_policy_that_states_no_bound_heeds_no_threshold() -> None:
    over = [*THRESHOLDS.findings({Category.SPAM: 1.0})]
    assert Policy(hold_first_comment=False).judge(over).action is Action.PUBLISH


@pytest.mark.parametrize("reason", sorted(ALWAYS_HOLD))
def test_what_goes_to_a_person_is_never_refused_for_a_threshold(reason: str) -> None:
    over = [*THRESHOLDS.findings({Category.SPAM: 1.0}), Signal(reason)]
    assert SPAM.judge(over).action is Action.HOLD


@given(chances=st.dictionaries(st.sampled_from(Category), st.floats(0, 1)), grid=st.sampled_from(WRONGED_GRID))
def test_more_chance_never_publishes_more(chances: dict[Category, float], grid: float) -> None:
    order = [Action.PUBLISH, Action.HOLD, Action.REJECT]
    over = Thresholds(dict.fromkeys(Category, 0.3), dict.fromkeys(Category, grid))
    policy = Policy(bounds=Bounds(dict.fromkeys(Category, 0.01), dict.fromkeys(Category, 0.01)))
    before = policy.judge(over.findings(chances)).action
    after = policy.judge(over.findings({each: min(1.0, chance + 0.2) for each, chance in chances.items()})).action
    assert order.index(after) >= order.index(before)


def test_in_postmoderation_a_doubt_for_a_bounds_sake_is_published_and_queued() -> None:
    over = [*THRESHOLDS.findings({Category.SPAM: 0.5})]
    policy = Policy(mode=Mode.POSTMODERATE, bounds=SPAM.bounds, hold_first_comment=False)
    assert (policy.judge(over).action, policy.judge(over).awaits) == (Action.PUBLISH, True)
