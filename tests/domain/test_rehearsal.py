"""A rehearsal adds up page by page, and is the same however often it is put down."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from service.domain.ban import Ban, BanKind, BanList
from service.domain.comment import Action, Status
from service.domain.rehearsal import EXAMPLES, Case, Rehearsal

NOW = datetime(2026, 1, 31, tzinfo=UTC)
HOLD = BanList([Ban("0", BanKind.WORD, Action.HOLD, "", "salsifis"), Ban("1", BanKind.WORD, Action.HOLD, "", "panais")])
REJECT = BanList([Ban("0", BanKind.WORD, Action.REJECT, "", "salsifis")])


def a_case(number: int = 0, **changes: Any) -> Case:
    usual: dict[str, Any] = {
        "id": f"c{number}", "article_id": "a", "status": Status.PUBLISHED, "decided": False, "awaiting": False,
        "reasons": frozenset(), "name": "Camille", "body": "Des salsifis.", "website": "",
        "created_at": NOW - timedelta(hours=number),
    }  # fmt: skip
    return Case(**(usual | changes))


def rehearsal_of(cases: Iterable[Case], listed: BanList = HOLD, found: Rehearsal | None = None) -> Rehearsal:
    found = found or Rehearsal()
    for case in cases:
        found.look(listed, case, NOW)
    return found


cases = st.lists(
    st.builds(
        a_case,
        st.integers(0, 500),
        article_id=st.sampled_from("abc"),
        status=st.sampled_from([Status.PUBLISHED, Status.HELD, Status.REJECTED]),
        decided=st.booleans(),
        awaiting=st.booleans(),
        reasons=st.sampled_from([frozenset(), frozenset({"self_harm"})]),
        body=st.sampled_from(["Des salsifis.", "Des panais, des salsifis", "Des poireaux", "panais"]),
    ),
    max_size=40,
)


@given(cases=cases, cut=st.integers(0, 40))
def test_put_down_and_taken_up_it_is_the_same(cases: list[Case], cut: int) -> None:
    first = rehearsal_of(cases[:cut])

    second = rehearsal_of(cases[cut:], found=Rehearsal.from_document(first.to_document()))

    assert second == rehearsal_of(cases)


@given(cases=cases)
def test_all_that_is_met_is_in_one_change_and_on_one_article(cases: list[Case]) -> None:
    found = rehearsal_of(cases)

    met = [case for case in cases if "salsifis" in case.body or "panais" in case.body]
    assert found.met == len(met) == sum(change.count for change in found.changes.values()) == found.articles.total()
    assert all(len(change.examples) == min(change.count, EXAMPLES) for change in found.changes.values())
    assert found.bans["0"] == sum("salsifis" in case.body for case in cases)


def load(listed: BanList, **changes: Any) -> int:
    """How many more a person would have had to look at."""
    found = rehearsal_of([a_case(**changes)], listed)
    return found.more.total() - found.less.total()


def test_the_load_is_what_people_had_not_to_look_at_and_would_have_had_to() -> None:
    assert load(HOLD) == 1
    assert load(HOLD, status=Status.REJECTED) == 1
    assert load(HOLD, status=Status.HELD) == 0
    assert load(HOLD, decided=True) == 0
    assert load(HOLD, awaiting=True) == 0
    assert load(REJECT) == 0
    assert load(REJECT, status=Status.HELD) == -1
    assert load(REJECT, decided=True) == -1
    assert load(REJECT, status=Status.HELD, reasons=frozenset({"self_harm"})) == 0
    assert load(REJECT, reasons=frozenset({"self_harm"})) == 1


def test_of_a_thousand_articles_the_busiest_are_kept() -> None:
    few = [a_case(number, article_id=f"a{number}") for number in range(150)]
    busy = [a_case(number, article_id="busy") for number in range(10)]

    found = rehearsal_of([*few, *busy, *(a_case(number, article_id=f"b{number}") for number in range(1000))])

    assert found.articles.most_common(1) == [("busy", 10)]
    assert len(found.articles) <= 400
