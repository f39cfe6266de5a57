"""Precision and recall: the estimator is right on average, and its interval is right as often as it says."""

import random
from fractions import Fraction
from math import comb
from statistics import fmean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.truth import (
    Cell,
    Evidence,
    Labelled,
    Open,
    Rate,
    Truth,
    Unknown,
    at_most,
    clopper_pearson,
    share_of,
    truths,
)

RUNS = 400


@given(st.integers(1, 60).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))), st.fractions(0, 1))
def test_the_tail_is_the_sum_of_its_chances(hits_of: tuple[int, int], share: Fraction) -> None:
    hits, of = hits_of
    exactly = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(hits + 1))
    assert at_most(hits, of, float(share)) == pytest.approx(float(exactly), abs=1e-9)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 10, 0, 0.3085), (10, 10, 0.6915, 1), (5, 10, 0.1871, 0.8129), (1, 300, 0.0001, 0.0184), (0, 0, 0, 1)],
)
def test_the_exact_interval_is_the_one_in_the_tables(hits: int, of: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, of) == pytest.approx((low, high), abs=1e-4)


def asked(count: int, *, refused: bool, found: str = "machine links") -> list[Labelled]:
    return [Labelled(frozenset(found.split()), refused) for _ in range(count)]


def drawn(count: int, *, refused: bool, share: float = 0.02, found: str = "") -> list[Labelled]:
    return [Labelled(frozenset(found.split()), refused, share, asked=False) for _ in range(count)]


def come_upon(count: int, *, refused: bool, found: str = "") -> list[Labelled]:
    return [Labelled(frozenset(found.split()), refused, asked=False) for _ in range(count)]


def of_machine(labelled: list[Labelled], still: list[Open] | None = None, waiting: int = 0) -> Truth:
    return truths(Evidence(labelled, still or (), waiting), ["machine"])[0]


def test_without_anything_nothing_is_claimed() -> None:
    found = of_machine([])
    assert (found.flagged, found.decided, found.refused) == (None, 0, 0)
    assert found.precision == Rate(unknown=Unknown.NOTHING_DECIDED)
    assert found.recall == Rate(unknown=Unknown.NO_AUDITS)


def test_without_an_audit_precision_is_known_of_what_people_saw_and_recall_is_not() -> None:
    found = of_machine([*asked(8, refused=True), *asked(2, refused=False), *come_upon(30, refused=True)])
    assert found.precision.value == 0.8
    assert (found.precision.low, found.precision.high) == clopper_pearson(8, 10)
    assert found.recall == Rate(unknown=Unknown.NO_AUDITS)


def test_where_people_refuse_nothing_there_is_nothing_to_find() -> None:
    found = of_machine([*asked(3, refused=False), *drawn(5, refused=False)])
    assert found.recall == Rate(unknown=Unknown.NOTHING_REFUSED)


def test_a_sampled_miss_stands_for_fifty_and_one_that_people_came_upon_for_itself() -> None:
    caught = asked(100, refused=True)
    known = of_machine([*caught, *drawn(60, refused=False), *come_upon(25, refused=True)])
    both = of_machine([*caught, *drawn(59, refused=False), *drawn(1, refused=True), *come_upon(25, refused=True)])
    assert known.recall.value == pytest.approx(100 / 125)
    assert both.recall.value == pytest.approx(100 / 150)  # the fifty hold the twenty-five


def test_samples_without_a_miss_say_that_misses_are_few_not_that_there_are_none() -> None:
    few, many = (of_machine([*asked(90, refused=True), *drawn(count, refused=False)]).recall for count in (50, 5_000))
    assert few.value == many.value == 1
    assert few.low is not None
    assert few.low < 0.4  # 3.7 missed in fifty samples would be 184 of all
    assert few.high == 1


def test_audits_that_are_open_are_stood_for_by_those_that_are_answered() -> None:
    half = [*asked(100, refused=True), *drawn(1, refused=True), *drawn(49, refused=False)]
    still = [Open(frozenset(), 0.02) for _ in range(50)]
    assert of_machine(half, still).recall.value == pytest.approx(100 / 200)


def test_what_waits_for_a_person_is_stood_for_by_what_is_decided() -> None:
    half = [*asked(50, refused=True), *drawn(1, refused=True), *drawn(9, refused=False)]
    assert of_machine(half, waiting=50).recall.value == pytest.approx(100 / 150)


def test_a_check_is_measured_against_all_that_people_refuse() -> None:
    labelled = [
        *asked(30, refused=True, found="machine links"), *asked(10, refused=False, found="machine links"),
        *asked(60, refused=True, found="machine insult"), *drawn(2, refused=True, share=0.2),
        *drawn(8, refused=False, share=0.2, found="links"),
    ]  # fmt: skip
    links, insult, absent = truths(Evidence(labelled), ["links", "insult", "canary"])
    assert links.precision.value == pytest.approx(30 / 80)
    assert links.recall.value == pytest.approx(30 / 100)
    assert (links.decided, links.refused) == (48, 30)
    assert insult.precision.value == 1
    assert absent.precision.unknown is Unknown.NOTHING_DECIDED
    assert absent.recall.value == 0


@given(
    st.lists(
        st.builds(Cell, st.integers(0, 500), st.sampled_from([0.0, 1.0, 1.5, 50.0]), st.integers(0, 40)),
        min_size=4,
        max_size=4,
    )
)
def test_an_interval_always_holds_its_estimate(cells: list[Cell]) -> None:
    found = share_of(cells[:2], cells[2:])
    if found is None:
        return
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


BAD, FOUND_BAD, FOUND_GOOD, REFUSED_ALONE = 0.1, 0.8, 0.04, 0.15
ALSO_BAD, ALSO_GOOD, ANSWERED = 0.5, 0.1, 0.8


def a_site(dice: random.Random, verdicts: int, share: float, reported: float) -> list[Truth]:
    """What is learnt of a site by those who see only what people decided there."""
    labelled: list[Labelled] = []
    still: list[Open] = []
    waiting = 0
    for _ in range(verdicts):
        bad = dice.random() < BAD
        flagged = dice.random() < (FOUND_BAD if bad else FOUND_GOOD)
        also = dice.random() < (ALSO_BAD if bad else ALSO_GOOD)
        alone = flagged and dice.random() < REFUSED_ALONE
        asks = flagged and not alone
        names = frozenset({"machine"} if flagged else ()) | frozenset({"also"} if also else ())
        if dice.random() < share:
            if dice.random() < ANSWERED:
                labelled.append(Labelled(names, bad, share, asks))
            else:
                still.append(Open(names, share, asks))
                waiting += asks
        elif asks and dice.random() < ANSWERED:
            labelled.append(Labelled(names, bad))
        elif asks:
            waiting += 1
        elif bad != alone and dice.random() < reported:  # people come upon what is wrong
            labelled.append(Labelled(names, bad, asked=False))
    return truths(Evidence(labelled, still, waiting), ["machine", "also"])


def really(of_bad: float, of_good: float) -> dict[str, float]:
    right, wrong = BAD * of_bad, (1 - BAD) * of_good
    return {"precision": right / (right + wrong), "recall": of_bad}


REALLY = [really(FOUND_BAD, FOUND_GOOD), really(ALSO_BAD, ALSO_GOOD)]


@pytest.mark.parametrize(("share", "reported"), [(0.05, 0.3), (0.1, 0.0), (0.1, 0.3), (0.3, 0.6)])
def test_the_interval_is_right_as_often_as_it_says(share: float, reported: float) -> None:
    dice = random.Random(8)
    worlds = [a_site(dice, 1_500, share, reported) for _ in range(RUNS)]
    for at, real in enumerate(REALLY):
        for name, true in real.items():
            rates = [getattr(world[at], name) for world in worlds]
            assert all(rate.unknown is None for rate in rates)
            assert sum(rate.low <= true <= rate.high for rate in rates) / RUNS >= 0.94, (at, name)


@pytest.mark.parametrize("reported", [0.0, 0.3])
def test_the_estimate_is_right_on_average(reported: float) -> None:
    dice = random.Random(8)
    worlds = [a_site(dice, 6_000, 0.2, reported) for _ in range(60)]
    for at, real in enumerate(REALLY):
        for name, true in real.items():
            values = [getattr(world[at], name).value for world in worlds]
            error = stdev(values) / len(values) ** 0.5
            assert fmean(values) == pytest.approx(true, abs=3 * error), (at, name)
        flagged = fmean(world[at].flagged or 0 for world in worlds)
        assert flagged == pytest.approx(6_000 * (FOUND_BAD * BAD + FOUND_GOOD * (1 - BAD), 0.14)[at], rel=0.03)
