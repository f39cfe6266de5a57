"""Figures: added up so that a newsroom can trust them."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.domain.comment import Action, Status
from service.domain.numbers import MOST_ARTICLES, Decided, Standing, machine, numbers, series

ACTIONS = st.sampled_from(Action)
CASES = st.lists(
    st.builds(
        Decided, article=st.sampled_from("abc"), machine=st.none() | ACTIONS,
        reasons=st.lists(st.sampled_from(("links", "insult")), max_size=3).map(tuple), people=ACTIONS,
        waited=st.floats(0, 1e6), day=st.dates(date(2026, 1, 1), date(2026, 1, 9)), stands=st.booleans(),
    )
)  # fmt: skip


DAY = date(2026, 1, 5)


def case(
    machine: Action | None, people: Action, *reasons: str, waited: float = 60.0, article: str = "a", day: date = DAY,
    stands: bool = True,
) -> Decided:  # fmt: skip
    return Decided(article, machine, reasons, people, waited, day, stands)


def test_overturns_go_both_ways() -> None:
    found = numbers(
        [
            case(Action.HOLD, Action.PUBLISH),
            case(Action.REJECT, Action.PUBLISH),
            case(Action.HOLD, Action.REJECT),
            case(Action.PUBLISH, Action.REJECT),
            case(None, Action.REJECT),
        ]
    )
    assert (found.decided, found.released, found.taken_down) == (5, 2, 1)
    assert found.by_action == {Action.PUBLISH: 2, Action.HOLD: 0, Action.REJECT: 3}


def test_a_check_was_right_as_often_as_people_refused_what_it_was_found_in() -> None:
    found = numbers(
        [
            case(Action.HOLD, Action.REJECT, "links", "insult"),
            case(Action.HOLD, Action.PUBLISH, "links", "links"),
            case(Action.HOLD, Action.PUBLISH, "links"),
        ]
    )
    assert [(each.reason, each.decided, each.refused) for each in found.reasons] == [("links", 3, 1), ("insult", 1, 1)]
    assert found.reasons[1].precision == 1.0


def test_times_are_told_by_the_middle_and_by_the_slowest_twentieth() -> None:
    found = numbers([case(Action.HOLD, Action.PUBLISH, waited=float(n)) for n in range(1, 101)])
    assert (found.waited_p50, found.waited_p95) == (50.0, 95.0)


def test_nothing_decided_is_no_figure_and_no_error() -> None:
    found = numbers([])
    assert (found.decided, found.waited_p50, found.waited_p95, found.reasons, found.articles) == (0, None, None, (), ())


def test_only_the_busiest_articles_are_named() -> None:
    found = numbers([case(Action.HOLD, Action.PUBLISH, article=f"{n:02}") for n in range(30) for _ in range(n)])
    assert len(found.articles) == MOST_ARTICLES
    assert found.articles[0] == ("29", 29)


@given(CASES)
def test_every_comment_is_counted_once(cases: list[Decided]) -> None:
    found = numbers(cases)
    assert sum(found.by_action.values()) == found.decided == len(cases)
    assert sum(count for _, count in found.articles) == len(cases)
    assert all(0 <= each.refused <= each.decided <= len(cases) for each in found.reasons)
    assert found.released + found.taken_down <= len(cases)


def test_a_comment_that_nobody_decided_on_stands_where_its_verdict_put_it() -> None:
    found = machine(
        [Standing(DAY, Status.PUBLISHED, 10, 2), Standing(DAY, Status.HELD, 3, 0), Standing(DAY, Status.PENDING, 5, 0)],
        [case(Action.HOLD, Action.PUBLISH), case(None, Action.PUBLISH)],
    )

    assert found.by_action == {Action.PUBLISH: 8, Action.HOLD: 4, Action.REJECT: 0}
    assert (found.judged, found.alone, found.share_alone) == (12, 8, 8 / 12)


def test_an_overturn_is_a_verdict_undone_and_no_answer_to_what_was_held() -> None:
    pairs = [(Action.PUBLISH, Action.REJECT), (Action.REJECT, Action.PUBLISH), (Action.HOLD, Action.REJECT),
             (Action.HOLD, Action.PUBLISH), (Action.PUBLISH, Action.PUBLISH), (None, Action.REJECT)]  # fmt: skip
    standing = [Standing(DAY, Status.PUBLISHED, 3, 3), Standing(DAY, Status.REJECTED, 3, 3)]

    assert machine(standing, [case(*pair) for pair in pairs]).overturned == 2


def test_decisions_on_earlier_comments_or_that_no_longer_stand_are_none_of_these_days() -> None:
    standing = [Standing(DAY, Status.PUBLISHED, 1, 0)]
    cases = [case(Action.HOLD, Action.PUBLISH, day=DAY - timedelta(days=1)),
             case(Action.HOLD, Action.PUBLISH, stands=False)]  # fmt: skip

    assert machine(standing, cases).judged == 1
    assert machine([], cases).share_alone is None


def test_the_series_has_every_day_between_the_first_and_the_last() -> None:
    found = series([Standing(DAY, Status.HELD, 2, 0), Standing(DAY + timedelta(days=2), Status.PUBLISHED, 1, 1)])

    assert [day for day, _ in found] == [DAY + timedelta(days=at) for at in range(3)]
    assert [counts[Status.HELD] for _, counts in found] == [2, 0, 0]
    assert series([]) == []
