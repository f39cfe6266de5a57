"""Figures: added up so that a newsroom can trust them."""

from hypothesis import given
from hypothesis import strategies as st

from service.domain.comment import Action
from service.domain.numbers import MOST_ARTICLES, Decided, numbers

ACTIONS = st.sampled_from(Action)
CASES = st.lists(
    st.builds(
        Decided, article=st.sampled_from("abc"), machine=st.none() | ACTIONS,
        reasons=st.lists(st.sampled_from(("links", "insult")), max_size=3).map(tuple), people=ACTIONS,
        waited=st.floats(0, 1e6),
    )
)  # fmt: skip


def case(machine: Action | None, people: Action, *reasons: str, waited: float = 60.0, article: str = "a") -> Decided:
    return Decided(article, machine, reasons, people, waited)


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
