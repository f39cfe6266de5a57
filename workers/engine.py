"""From a comment to a verdict: all checks run, each is timed, and one that fails speaks for a person to look."""

import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from importlib import resources
from itertools import chain
from typing import Final, Protocol

import structlog

from service.domain.bounds import NO_THRESHOLDS, Thresholds
from service.domain.comment import Action
from service.domain.policy import Policy
from service.domain.verdict import Estimate, Judgement, Outcome, Signal, Verdict
from workers.checks import CHECKS, OPINIONS
from workers.checks.check import Check
from workers.checks.context import Context

MOST_SPANS: Final = 100
"""Marked words kept with one signal: ten thousand links are a fact, not ten thousand rows of evidence."""

_log = structlog.get_logger()


class Model(Protocol):
    """What a trained model has to be: its version, and what it thinks of a comment and of what the checks found."""

    @property
    def version(self) -> str: ...

    def estimate(self, comment: Context, signals: Iterable[Signal]) -> Estimate: ...


class Limits(Protocol):
    """What a comment may cost: entered around all of its checks, and around each of them, where it may raise."""

    def comment(self) -> AbstractContextManager[None]: ...
    def check(self) -> AbstractContextManager[None]: ...


class Unlimited:
    """It takes what it takes."""

    def comment(self) -> AbstractContextManager[None]:
        return nullcontext()

    def check(self) -> AbstractContextManager[None]:
        return nullcontext()


UNLIMITED: Final = Unlimited()


def moderate(
    context: Context,
    policy: Policy,
    checks: Iterable[Check] = CHECKS,
    model: Model | None = None,
    clock: Callable[[], float] = time.perf_counter,
    thresholds: Thresholds = NO_THRESHOLDS,
    limits: Limits = UNLIMITED,
) -> Verdict:
    """Judge one revision of one comment.

    The site's word and domain lists are in the context already; `policy` weighs what is found. `clock` gives seconds.
    `thresholds` are what the site's bounds came to; where the model fails, nothing is over them. A check that `limits`
    interrupt has failed.
    Without a model the rules judge alone. Nothing a check or the model does can raise here: its failure is a signal,
    `check_failed`, which holds the comment.
    """
    version = ENGINE_VERSION
    with limits.comment():
        runs = [_run(check, context, clock, limits) for check in checks]
        if model is not None:
            version = f"{ENGINE_VERSION} {model.version}"
            context, asked = _ask(model, context, tuple(chain.from_iterable(found for found, _ in runs)), clock, limits)
            runs += [asked, *(_run(check, context, clock, limits) for check in OPINIONS)]
    over = thresholds.findings(context.estimate.chances)
    signals = (*chain.from_iterable(found for found, _ in runs), *over)
    outcomes = tuple(outcome for _, outcome in runs)
    shadow = policy.judge_in_shadow(signals)
    return Verdict(policy.judge(signals), signals, outcomes, version, context.estimate, shadow)


def _ask(
    model: Model, context: Context, signals: tuple[Signal, ...], clock: Callable[[], float], limits: Limits
) -> tuple[Context, tuple[list[Signal], Outcome]]:
    """The comment with the model's estimate in it; without one, and with a signal that says so, if the model fails."""
    start = clock()
    found: list[Signal] = []
    try:
        with limits.check():
            context = replace(context, estimate=model.estimate(context, signals))
    except Exception as error:  # noqa: BLE001 - as with a check: a person decides instead
        found.append(Signal("check_failed", facts={"check": "model"}))
        _log.error("model failed", exception=type(error).__name__)
    spent = round((clock() - start) * 1000, 3)
    score = max(context.estimate.spam, context.estimate.toxicity)
    return context, (found, Outcome("model", spent, failed=bool(found), score=score, version=model.version))


def completed(verdict: Verdict, policy: Policy, found: Iterable[Signal], outcome: Outcome) -> Verdict:
    """A verdict with what one more has found, weighed anew with the rest: it never becomes milder."""
    signals = (*verdict.signals, *map(_trimmed, found))
    judgement, shadow = policy.judge(signals), policy.judge_in_shadow(signals)
    outcomes = (*verdict.outcomes, outcome)
    return replace(verdict, judgement=judgement, shadow=shadow, signals=signals, outcomes=outcomes)


def give_up(attempts: int) -> Verdict:
    """The verdict on a comment that could not be judged in so many tries: a person decides, and sees why."""
    judgement = Judgement(Action.HOLD, 0.0, {"gave_up": 0.0}, awaits=True)
    outcome = Outcome("all", 0.0, failed=True)
    return Verdict(judgement, (Signal("gave_up", facts={"count": attempts}),), (outcome,), ENGINE_VERSION)


def _run(check: Check, context: Context, clock: Callable[[], float], limits: Limits) -> tuple[list[Signal], Outcome]:
    """One check's findings, also those it made before it failed, and how it fared."""
    found: list[Signal] = []
    failed = False
    start = clock()
    try:
        with limits.check():
            found.extend(map(_trimmed, check.look(context)))
    except Exception as error:  # noqa: BLE001 - whatever went wrong in a check, a person decides instead
        failed = True
        found.append(Signal("check_failed", facts={"check": check.name}))
        # The exception's own words may quote the comment: its type is all that is told.
        _log.error("check failed", check=check.name, exception=type(error).__name__)
    spent = round((clock() - start) * 1000, 3)
    score = max((signal.score for signal in found), default=0.0)
    return found, Outcome(check.name, spent, failed=failed, score=score, version=check.version)


def _trimmed(signal: Signal) -> Signal:
    return signal if len(signal.spans) <= MOST_SPANS else replace(signal, spans=signal.spans[:MOST_SPANS])


def _version() -> str:
    """`rules-` and a digest of the code and the lists that find signals: a change in either is another version."""
    rooms = map(resources.files, ("workers.checks", "workers.checks.lexicon", "service.domain"))
    files = sorted((file for room in rooms for file in room.iterdir() if file.name.endswith(_SOURCES)), key=_name)
    sources = "\0".join(f"{file.name}\n{file.read_text(encoding='utf-8')}" for file in files)
    return f"rules-{hashlib.sha256(sources.encode()).hexdigest()[:10]}"


_SOURCES: Final = (".py", ".txt")


def _name(file: resources.abc.Traversable) -> str:
    return file.name


ENGINE_VERSION: Final = _version()
