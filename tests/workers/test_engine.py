"""From a comment to a verdict."""

import re
from collections.abc import Iterator
from itertools import count

import pytest
from structlog.testing import capture_logs

from service.domain.comment import Action
from service.domain.policy import Mode, Policy
from service.domain.reasons import SIGNAL_REASONS
from service.domain.verdict import Estimate, Outcome, Signal, Span
from workers.checks import CHECKS
from workers.checks.canary import TEST_STRING
from workers.checks.check import Check, Look
from workers.checks.context import Context
from workers.engine import ENGINE_VERSION, MOST_SPANS, completed, give_up, moderate

PRIVATE = Context(body="Mon secret", name="Camille Martin")


def a_check(look: Look, name: str = "stub") -> Check:
    return Check(name, "A stub.", ("links",), (), (), look)


def finds_then_fails(comment: Context) -> Iterator[Signal]:
    yield Signal("shouting")
    raise RuntimeError(f"about {comment.body} by {comment.name}")


def fails_at_once(comment: Context) -> Iterator[Signal]:
    raise LookupError(comment.body)


def marks_every_character(comment: Context) -> Iterator[Signal]:
    yield Signal("links", spans=tuple(Span(at, at + 1) for at in range(len(comment.body))))


def test_a_calm_comment_is_published_and_every_check_is_accounted_for() -> None:
    verdict = moderate(Context(body="Merci pour cet article."), Policy())
    assert verdict.action is Action.PUBLISH
    assert verdict.signals == ()
    assert [outcome.check for outcome in verdict.outcomes] == [check.name for check in CHECKS]


def test_a_moderator_sees_every_reason_not_only_the_first() -> None:
    body = "ESPÈCE DE CONNARD, VOYEZ MA CHAÎNE : http://a.example http://b.example http://c.example"
    reasons = {signal.reason for signal in moderate(Context(body=body, honeypot_filled=True), Policy()).signals}
    assert {"honeypot", "insult", "links"} <= reasons


def test_a_check_that_fails_holds_the_comment_and_the_others_still_speak() -> None:
    checks = (a_check(fails_at_once, "broken"), *CHECKS)
    with capture_logs():
        verdict = moderate(Context(body="Quel connard."), Policy(mode=Mode.POSTMODERATE, hold=1.0), checks)
    assert verdict.action is Action.HOLD
    assert {signal.reason for signal in verdict.signals} == {"check_failed", "insult"}
    assert [outcome.check for outcome in verdict.outcomes if outcome.failed] == ["broken"]


def test_a_check_that_fails_halfway_keeps_what_it_had_found() -> None:
    with capture_logs():
        verdict = moderate(PRIVATE, Policy(), (a_check(finds_then_fails),))
    assert [signal.reason for signal in verdict.signals] == ["shouting", "check_failed"]
    assert verdict.signals[1].facts == {"check": "stub"}


def test_a_failure_is_logged_by_its_type_without_a_word_of_the_comment() -> None:
    with capture_logs() as logs:
        moderate(PRIVATE, Policy(), (a_check(finds_then_fails),))
    assert logs == [{"event": "check failed", "log_level": "error", "check": "stub", "exception": "RuntimeError"}]
    assert "secret" not in str(logs)
    assert "Camille" not in str(logs)


def test_each_check_is_timed_by_the_clock_it_is_given() -> None:
    ticks = count(step=0.2500004)
    verdict = moderate(PRIVATE, Policy(), CHECKS[:2], clock=lambda: next(ticks))
    assert [outcome.milliseconds for outcome in verdict.outcomes] == [250.0, 250.0]


def test_a_check_that_finds_nothing_found_it_with_no_strength() -> None:
    verdict = moderate(PRIVATE, Policy(), [a_check(lambda _: iter(()))])
    assert [(outcome.score, outcome.failed) for outcome in verdict.outcomes] == [(0.0, False)]


def test_what_could_not_be_judged_is_held_for_a_person_who_sees_why() -> None:
    verdict = give_up(5)

    assert verdict.action is Action.HOLD
    assert verdict.judgement.awaits
    assert [(signal.reason, signal.facts) for signal in verdict.signals] == [("gave_up", {"count": 5})]
    assert [(outcome.check, outcome.failed) for outcome in verdict.outcomes] == [("all", True)]
    assert (verdict.score, verdict.judgement.weights) == (0.0, {"gave_up": 0.0})
    assert verdict.outcomes[0].milliseconds == 0.0


def test_the_same_comment_is_judged_the_same_again() -> None:
    comment = Context(body="SCANDALEUX !!!!!!!!!! http://a.example")
    first, second = (moderate(comment, Policy(), clock=lambda: 0.0) for _ in range(2))
    assert first == second


def test_evidence_is_kept_within_bounds() -> None:
    verdict = moderate(Context(body="x" * 10_000), Policy(), (a_check(marks_every_character),))
    assert len(verdict.signals[0].spans) == MOST_SPANS


@pytest.mark.parametrize("mode", Mode)
def test_the_test_string_is_held_in_every_mode_and_by_every_policy(mode: Mode) -> None:
    lenient = Policy(mode=mode, hold=1.0, reject=1.0, weights=dict.fromkeys(SIGNAL_REASONS, 0.0))
    severe = Policy(mode=mode, hold=0.0, reject=0.0)
    for policy in (lenient, severe):
        assert moderate(Context(body=f"Un essai : {TEST_STRING}"), policy).action is Action.HOLD


def test_the_engine_says_which_code_spoke() -> None:
    assert re.fullmatch(r"rules-[0-9a-f]{10}", ENGINE_VERSION)
    assert moderate(PRIVATE, Policy()).engine == ENGINE_VERSION


class Suspicious:
    """A model to which everything is likely spam, for the advertising in it."""

    version = "model-test"

    def estimate(self, *_: object) -> Estimate:
        return Estimate(0.97, 0.25, spam_spans=(Span(0, 5),))


class Broken(Suspicious):
    def estimate(self, *_: object) -> Estimate:
        raise ZeroDivisionError


def test_the_models_estimate_holds_is_marked_and_kept_with_its_version() -> None:
    verdict = moderate(Context(body="Merci pour cet article."), Policy(), model=Suspicious())
    (signal,) = verdict.signals
    assert (signal.reason, signal.facts, signal.spans) == ("likely_spam", {"percent": 97}, (Span(0, 5),))
    assert (verdict.action, verdict.estimate.toxicity) == (Action.HOLD, 0.25)
    assert verdict.engine == f"{ENGINE_VERSION} model-test"
    (asked,) = (outcome for outcome in verdict.outcomes if outcome.check == "model")
    assert (asked.score, asked.version, asked.failed) == (0.97, "model-test", False)


def test_the_model_is_timed_by_the_clock_too() -> None:
    ticks = count(step=0.00005)
    verdict = moderate(PRIVATE, Policy(), (), model=Suspicious(), clock=lambda: next(ticks))
    assert [outcome.milliseconds for outcome in verdict.outcomes if outcome.check == "model"] == [0.05]
    ticks = count(1, step=0.2500004)
    verdict = moderate(PRIVATE, Policy(), (), model=Suspicious(), clock=lambda: next(ticks))
    assert [outcome.milliseconds for outcome in verdict.outcomes if outcome.check == "model"] == [250.0]


def test_a_model_that_fails_holds_the_comment() -> None:
    verdict = moderate(Context(body="Merci pour cet article."), Policy(), model=Broken())
    assert verdict.action is Action.HOLD
    assert [(signal.reason, signal.facts) for signal in verdict.signals] == [("check_failed", {"check": "model"})]


def test_what_the_scorer_adds_leaves_the_rest_of_the_verdict_as_it_was() -> None:
    before = moderate(Context(body="Merci pour cet article."), Policy(), model=Suspicious())
    after = completed(before, Policy(), [Signal("remote_spam", 0.9)], Outcome("scorer", 3.0))
    assert (after.estimate, after.engine) == (before.estimate, before.engine)
    assert [signal.reason for signal in after.signals] == ["likely_spam", "remote_spam"]
    assert [outcome.check for outcome in after.outcomes][-2:] == ["learnt_abuse", "scorer"]


def test_every_check_tells_its_version() -> None:
    versions = [outcome.version for outcome in moderate(PRIVATE, Policy()).outcomes]
    assert len(set(versions)) > 20, "several checks of one file share theirs, others don't"
    assert all(len(version) == 8 for version in versions)
