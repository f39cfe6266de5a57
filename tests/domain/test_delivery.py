"""How long a receiver is given between attempts."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.delivery import FAILURES, FIRST_PAUSE, LONGEST_PAUSE, LONGEST_REST, pause, rest

DICE = st.floats(0, 1)


@given(attempts=st.integers(1, 10_000), dice=DICE)
def test_a_pause_is_between_ten_seconds_and_six_hours_and_never_shrinks(attempts: int, dice: float) -> None:
    assert FIRST_PAUSE <= pause(attempts, dice) <= LONGEST_PAUSE
    assert pause(attempts + 1, dice) >= pause(attempts, dice)


@given(dice=DICE)
def test_it_begins_with_ten_seconds_and_doubles(dice: float) -> None:
    assert pause(1, dice) == 10
    assert [pause(attempts, 1.0) for attempts in (2, 3, 4)] == [20, 40, 80]
    assert pause(4, 0.0) == 40


@given(failures=st.integers(0, 10_000), dice=DICE)
def test_only_a_habit_makes_a_channel_rest_and_for_an_hour_at_most(failures: int, dice: float) -> None:
    assert (rest(failures, dice) > 0) is (failures >= FAILURES)
    assert rest(failures, dice) <= LONGEST_REST
