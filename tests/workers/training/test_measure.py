"""The figures of quality are what their names say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.training import measure

LABEL = np.array([True, True, True, False, False, False, False, False])
CHANCE = np.array([0.9, 0.8, 0.3, 0.7, 0.2, 0.1, 0.1, 0.05])


def test_f1_of_two_of_three_found_and_one_false_alarm() -> None:
    assert measure.f1(LABEL, CHANCE >= 0.5) == pytest.approx(2 / 3)
    assert measure.macro_f1(LABEL, CHANCE >= 0.5) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert measure.f1(LABEL, CHANCE > 2) == 0


def test_auc_counts_pairs_and_ties_as_halves() -> None:
    assert measure.auc(LABEL, CHANCE) == pytest.approx(14 / 15)
    assert measure.auc(LABEL, np.zeros(8)) == 0.5
    assert np.isnan(measure.auc(np.ones(3, bool), np.zeros(3)))


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30))
def test_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[bool, int]]) -> None:
    label, chance = np.array([row[0] for row in rows]), np.array([row[1] for row in rows]) / 5
    pairs = [(a > b) + (a == b) / 2 for a in chance[label] for b in chance[~label]]
    found = measure.auc(label, chance)
    assert np.isnan(found) if not pairs else found == pytest.approx(np.mean(pairs))


def test_a_threshold_for_recall_and_one_for_false_alarms() -> None:
    assert measure.false_alarms_at(LABEL, CHANCE, 0.6) == 0
    assert measure.false_alarms_at(LABEL, CHANCE, 1.0) == pytest.approx(1 / 5)
    assert measure.recall_at(CHANCE[LABEL], CHANCE[~LABEL], 0.0) == pytest.approx(2 / 3)


def test_what_says_seven_of_ten_and_is_right_seven_times_of_ten_is_calibrated() -> None:
    label = np.array([True] * 7 + [False] * 3)
    assert measure.reliability(label, np.full(10, 0.7))[0] == pytest.approx(0)
    error, rows = measure.reliability(label, np.full(10, 0.9))
    assert error == pytest.approx(0.2)
    assert rows == [(0.9, 0.7, 10)]


def test_a_stream_that_is_told_apart_is_decided_alone() -> None:
    label = np.array([True] * 15 + [False] * 85)
    assert measure.decided_alone(label, label.astype(float), 0.15, 0.01) >= 1
    assert measure.decided_alone(label, np.full(100, 0.5), 0.15, 0.01) < 0.2
