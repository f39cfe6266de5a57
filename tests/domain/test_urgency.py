"""Urgency: one time that never changes gives the order of risk times wait, whenever one looks."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.urgency import DOUBLES, REPORT, SPREAD, risk, urgent_at

START = datetime(2026, 1, 1, tzinfo=UTC)
SCORES = st.floats(0, 1)
WAITS = st.integers(0, 14 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def urgency(since: datetime, score: float, reports: int, now: datetime) -> float:
    """The documented formula, as a logarithm: a fortnight doubles more often than a float holds."""
    return risk(score, reports) * math.log2(SPREAD) + (now - since) / DOUBLES


@given(SCORES, SCORES, WAITS, WAITS, st.integers(0, 9), st.integers(0, 9), WAITS)
def test_the_stored_time_gives_the_order_of_the_formula_at_any_later_time(
    one: float, two: float, first: timedelta, second: timedelta, few: int, many: int, later: timedelta
) -> None:
    now = START + timedelta(days=15) + later
    difference = urgency(START + first, one, few, now) - urgency(START + second, two, many, now)
    stored = (urgent_at(START + second, two, many) - urgent_at(START + first, one, few)) / DOUBLES

    assert math.isclose(difference, stored, abs_tol=1e-6)


@given(SCORES, st.integers(0, 1000))
def test_risk_lies_between_nothing_and_certainty_and_a_report_never_lowers_it(score: float, reports: int) -> None:
    assert 0 <= risk(score, reports) <= risk(score, reports + 1) <= 1


def test_who_has_no_score_yet_has_no_risk_but_that_of_reports() -> None:
    assert risk(None) == 0
    assert risk(None, 2) == 2 * REPORT
