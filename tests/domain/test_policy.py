"""What a policy makes of signals: more bad signals never publish more."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.bounds import Bounds
from service.domain.comment import Action
from service.domain.policy import DEFAULT_CAPS, DEFAULT_WEIGHTS, Mode, Policy
from service.domain.reasons import ALWAYS_HOLD, REFUSED, SIGNAL_REASONS
from service.domain.teaching import Category
from service.domain.verdict import Signal

STRICTNESS = {Action.PUBLISH: 0, Action.HOLD: 1, Action.REJECT: 2}
ORDINARY = sorted(SIGNAL_REASONS.keys() - ALWAYS_HOLD - REFUSED)

strengths = st.floats(0.0, 1.0)
weights = st.dictionaries(st.sampled_from(sorted(SIGNAL_REASONS)), st.floats(0.0, 2.0))
caps = st.dictionaries(st.sampled_from(sorted(DEFAULT_CAPS)), st.floats(0.0, 2.0))
policies = st.builds(
    Policy,
    mode=st.sampled_from(Mode),
    hold_first_comment=st.booleans(),
    hold=strengths,
    reject=st.none() | strengths,
    weights=weights,
    caps=caps,
)
ordinary = st.builds(Signal, st.sampled_from(ORDINARY), strengths)
signals = st.builds(Signal, st.sampled_from(sorted(SIGNAL_REASONS)) | st.just("retired_reason"), strengths)


@given(policies, st.lists(signals), signals)
def test_one_more_signal_never_lowers_the_score_and_never_publishes_what_was_not(
    policy: Policy, found: list[Signal], more: Signal
) -> None:
    before, after = policy.judge(found), policy.judge([*found, more])
    assert after.score >= before.score
    assert not (after.action is Action.PUBLISH and before.action is not Action.PUBLISH)


@given(policies, st.lists(ordinary), ordinary)
def test_one_more_ordinary_signal_never_leads_from_reject_to_hold(
    policy: Policy, found: list[Signal], more: Signal
) -> None:
    before, after = policy.judge(found), policy.judge([*found, more])
    assert STRICTNESS[after.action] >= STRICTNESS[before.action]


@given(policies, st.lists(ordinary), ordinary, strengths)
def test_a_stronger_signal_is_never_judged_more_mildly(
    policy: Policy, found: list[Signal], signal: Signal, strength: float
) -> None:
    stronger = dataclasses.replace(signal, score=max(strength, signal.score))
    before, after = policy.judge([*found, signal]), policy.judge([*found, stronger])
    assert after.score >= before.score
    assert STRICTNESS[after.action] >= STRICTNESS[before.action]


@given(policies, st.permutations([Signal(reason, 0.7) for reason in sorted(SIGNAL_REASONS)]))
def test_the_order_of_signals_says_nothing(policy: Policy, found: list[Signal]) -> None:
    assert policy.judge(found) == policy.judge(sorted(found, key=lambda signal: signal.reason))


@given(policies, st.lists(signals))
def test_no_group_adds_more_than_its_cap_and_the_parts_make_the_score(policy: Policy, found: list[Signal]) -> None:
    judgement = policy.judge(found)
    groups = {SIGNAL_REASONS.get(reason, reason) for reason in judgement.weights}
    for group in groups:
        added = sum(part for reason, part in judgement.weights.items() if SIGNAL_REASONS.get(reason, reason) == group)
        assert added <= policy.caps.get(group, DEFAULT_CAPS.get(group, 1.0)) + 0.0005
    assert judgement.score == pytest.approx(min(1.0, sum(judgement.weights.values())), abs=0.0011)
    assert all(part >= 0.0 for part in judgement.weights.values())


@given(policies, st.lists(signals), st.sampled_from(sorted(ALWAYS_HOLD)))
def test_what_the_machine_could_not_judge_goes_to_a_person_whatever_the_policy_says(
    policy: Policy, found: list[Signal], reason: str
) -> None:
    judgement = policy.judge([*found, Signal(reason, 0.0)])
    assert judgement.action is Action.HOLD
    assert judgement.awaits


@given(policies, st.lists(signals))
def test_whatever_is_held_awaits_a_person(policy: Policy, found: list[Signal]) -> None:
    judgement = policy.judge(found)
    assert judgement.awaits or judgement.action is not Action.HOLD


@given(policies, st.lists(signals))
def test_where_a_person_sees_everything_first_nothing_is_published(policy: Policy, found: list[Signal]) -> None:
    for mode in (Mode.PREMODERATE, Mode.CLOSED):
        assert dataclasses.replace(policy, mode=mode).judge(found).action is not Action.PUBLISH


def test_a_comment_without_signals_is_published() -> None:
    judgement = Policy().judge([])
    assert (judgement.action, judgement.score, judgement.awaits) == (Action.PUBLISH, 0.0, False)


def test_a_new_author_is_held_unless_the_site_trusts_everybody() -> None:
    assert Policy().judge([Signal("first_comment")]).action is Action.HOLD
    assert Policy(hold_first_comment=False).judge([Signal("first_comment")]).action is Action.PUBLISH


def test_the_machine_rejects_nothing_by_default() -> None:
    everything = [Signal(reason) for reason in ORDINARY]
    assert Policy().judge(everything).action is Action.HOLD
    assert Policy(reject=0.9).judge(everything).action is Action.REJECT


@given(policies, st.lists(ordinary), st.sampled_from(sorted(REFUSED)))
def test_what_a_person_has_banned_outright_is_refused_in_every_mode(
    policy: Policy, signals: list[Signal], reason: str
) -> None:
    judgement = policy.judge([*signals, Signal(reason)])
    assert (judgement.action, judgement.awaits) == (Action.REJECT, False)


@given(policies, st.sampled_from(sorted(ALWAYS_HOLD)), st.sampled_from(sorted(REFUSED)))
def test_but_where_a_person_must_look_nothing_is_refused(policy: Policy, held: str, refused: str) -> None:
    assert policy.judge([Signal(refused), Signal(held)]).action is Action.HOLD


def test_doubts_are_published_and_queued_where_the_site_moderates_afterwards() -> None:
    judgement = Policy(mode=Mode.POSTMODERATE).judge([Signal("blocked_word")])
    assert (judgement.action, judgement.awaits) == (Action.PUBLISH, True)


def test_a_rejection_stands_where_the_site_moderates_afterwards() -> None:
    judgement = Policy(mode=Mode.POSTMODERATE, reject=0.9).judge([Signal("blocked_word")])
    assert (judgement.action, judgement.awaits) == (Action.REJECT, False)


def test_repeating_a_finding_adds_nothing() -> None:
    once, often = [Signal("shouting")], [Signal("shouting")] * 10
    assert Policy().judge(once) == Policy().judge(often)


def test_no_style_is_bad_enough_to_hold_a_comment() -> None:
    loud = [Signal(reason) for reason, group in SIGNAL_REASONS.items() if group == "style"]
    assert Policy(hold_first_comment=False).judge(loud).action is Action.PUBLISH


@pytest.mark.parametrize("least", [-0.1, float("nan")])
def test_no_signal_can_be_made_to_speak_for_a_comment(least: float) -> None:
    with pytest.raises(ValueError, match="never below 0"):
        Policy(weights={"links": least})
    with pytest.raises(ValueError, match="never below 0"):
        Policy(caps={"links": least})


def test_every_reason_has_a_weight_and_every_group_a_cap() -> None:
    assert DEFAULT_WEIGHTS.keys() == SIGNAL_REASONS.keys()
    assert DEFAULT_CAPS.keys() == set(SIGNAL_REASONS.values())


@pytest.mark.parametrize(("score", "action"), [(0.29, "publish"), (0.3, "hold"), (0.79, "hold"), (0.8, "reject")])
def test_from_a_threshold_on_it_counts(score: float, action: str) -> None:
    policy = Policy(hold=0.3, reject=0.8, weights={"blocked_word": 1.0})

    judgement = policy.judge([Signal("blocked_word", score)])

    assert (judgement.score, judgement.action) == (score, action)


@pytest.mark.parametrize(
    ("bounds", "reason", "action"),
    [
        (Bounds(wronged={Category.SPAM: 0.01}), "spam_earned", "reject"),
        (Bounds(wronged={Category.SPAM: 0.01}), "abuse_earned", "publish"),
        (Bounds(missed={Category.ABUSE: 0.01}), "abuse_bound", "hold"),
        (Bounds(missed={Category.ABUSE: 0.01}), "abuse_earned", "publish"),
        (Bounds(), "spam_earned", "publish"),
        (Bounds(), "spam_bound", "publish"),
    ],
)
def test_a_threshold_that_was_earned_counts_where_the_policy_states_its_bound(
    bounds: Bounds, reason: str, action: str
) -> None:
    """By itself it weighs nothing."""
    assert Policy(bounds=bounds).judge([Signal(reason)]).action == action
