"""Uncertainty: what a decision would teach, by how little the machine knows."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.teaching import Category
from service.domain.uncertainty import COPY, teaches

CHANCES = st.floats(0, 1)


def of(spam: float, abuse: float = 0.0, *, copied: bool = False) -> float:
    return teaches({Category.SPAM: spam, Category.ABUSE: abuse}, copied=copied)


def test_most_is_learnt_where_the_machine_cannot_tell_and_nothing_where_it_is_sure() -> None:
    assert of(0.5) == 1
    assert of(0.0) == of(1.0) == 0
    assert of(0.5) > of(0.4) > of(0.1) > of(0.01) > 0


def test_it_falls_alike_to_both_sides_and_by_odds() -> None:
    assert abs(of(0.1) - of(0.9)) < 1e-12
    assert abs(of(1 / 11) - 0.1) < 1e-12
    assert abs(of(1 / 101) - 0.01) < 1e-12


def test_the_category_that_is_less_sure_counts() -> None:
    assert of(0.99, 0.5) == of(0.5, 0.01) == 1


@given(CHANCES, CHANCES)
def test_it_lies_between_nothing_and_all_and_a_copy_teaches_less(spam: float, abuse: float) -> None:
    first, copied = of(spam, abuse), of(spam, abuse, copied=True)
    assert 0 <= copied <= first <= 1
    assert abs(copied - first * COPY) < 1e-12


def test_who_knows_nothing_of_any_category_learns_nothing_by_this_order() -> None:
    assert teaches({}) == 0
