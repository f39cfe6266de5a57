"""What a site makes of signals: mode, weights, group caps and thresholds. Pure, monotone, versioned."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from service.domain.comment import Action
from service.domain.reasons import ALWAYS_HOLD, SIGNAL_REASONS
from service.domain.verdict import Judgement, Signal


class Mode(StrEnum):
    """Who has the first word on a comment."""

    AUTO = "auto"  # the thresholds decide
    PREMODERATE = "premoderate"  # a person sees everything first: the best outcome is hold
    POSTMODERATE = "postmoderate"  # doubts are published and queued
    CLOSED = "closed"  # no comments are taken


DEFAULT_WEIGHTS: Final[Mapping[str, float]] = {
    "too_short": 0.3,
    "too_long": 0.3,
    "links": 0.6,
    "shouting": 0.3,
    "repeated_characters": 0.3,
    "blocked_word": 1.0,
    "blocked_domain": 1.0,
    "flood": 0.8,
    "repeated_text": 0.8,
    "honeypot": 1.0,
    "haste": 0.4,
    "first_comment": 0.0,
    "test_string": 1.0,
    "check_failed": 0.0,
    "gave_up": 0.0,
}

DEFAULT_CAPS: Final[Mapping[str, float]] = {
    "form": 0.4,
    "links": 1.0,
    "style": 0.45,
    "words": 1.0,
    "flood": 1.0,
    "bot": 1.0,
    "author": 0.5,
    "plumbing": 1.0,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a site's (or article's) rules.

    `weights` maps a signal reason to what a finding of strength 1 adds; `caps` maps a group of reasons to the most that
    group can add; the sum, cut at 1, is the score. From `hold` on a person decides; from `reject` on (off by default)
    the machine refuses.
    """

    mode: Mode = Mode.AUTO
    hold_first_comment: bool = True
    hold: float = 0.5
    reject: float | None = None
    weights: Mapping[str, float] = field(default_factory=lambda: DEFAULT_WEIGHTS)
    caps: Mapping[str, float] = field(default_factory=lambda: DEFAULT_CAPS)
    blocked_words: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()

    def judge(self, signals: Iterable[Signal]) -> Judgement:
        """Weigh signals. More signals, or stronger ones, never publish more."""
        signals = tuple(signals)
        added = self._added(signals)
        score = round(min(1.0, sum(added.values())), 4)
        reasons = {signal.reason for signal in signals}
        cannot_tell = bool(reasons & ALWAYS_HOLD)
        action = self._by_threshold(score, reasons)
        if cannot_tell and action is Action.PUBLISH:
            action = Action.HOLD
        return self._by_mode(Judgement(action, score, added, awaits=action is Action.HOLD), cannot_tell=cannot_tell)

    def _added(self, signals: tuple[Signal, ...]) -> dict[str, float]:
        """What each reason adds: its strongest finding times its weight, and no group above its cap."""
        strongest: dict[str, float] = {}
        for signal in signals:
            weight = self.weights.get(signal.reason, DEFAULT_WEIGHTS.get(signal.reason, 0.0)) * signal.score
            strongest[signal.reason] = max(weight, strongest.get(signal.reason, 0.0))
        left = dict(DEFAULT_CAPS) | dict(self.caps)
        added: dict[str, float] = {}
        for reason, weight in sorted(strongest.items(), key=lambda item: (-item[1], item[0])):
            group = SIGNAL_REASONS.get(reason, reason)
            added[reason] = round(min(weight, left.get(group, 1.0)), 4)
            left[group] = left.get(group, 1.0) - added[reason]
        return added

    def _by_threshold(self, score: float, reasons: set[str]) -> Action:
        if self.reject is not None and score >= self.reject:
            return Action.REJECT
        if score >= self.hold or (self.hold_first_comment and "first_comment" in reasons):
            return Action.HOLD
        return Action.PUBLISH

    def _by_mode(self, found: Judgement, *, cannot_tell: bool) -> Judgement:
        if self.mode is Mode.POSTMODERATE and found.action is Action.HOLD and not cannot_tell:
            return Judgement(Action.PUBLISH, found.score, found.weights, awaits=True)
        if self.mode in {Mode.PREMODERATE, Mode.CLOSED} and found.action is Action.PUBLISH:
            return Judgement(Action.HOLD, found.score, found.weights, awaits=True)
        return found
