"""What may be said about a comment at all."""

import pytest

from service.domain.verdict import Signal, Span


@pytest.mark.parametrize("score", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_signal_is_no_stronger_than_certain_and_no_weaker_than_nothing(score: float) -> None:
    with pytest.raises(ValueError, match=r"lies in \[0, 1\]"):
        Signal("links", score)


@pytest.mark.parametrize(("start", "end"), [(-1, 1), (1, 1), (2, 1)])
def test_a_span_marks_at_least_one_character_and_runs_forward(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="runs forward"):
        Span(start, end)
