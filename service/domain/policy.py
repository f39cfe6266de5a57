"""What a site makes of signals: mode, weights, group caps and thresholds. Pure, monotone, versioned."""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import fsum
from typing import Any, Final

from service.domain.bounds import SIGNALS, Bounds, Kind
from service.domain.comment import Action
from service.domain.reasons import ALWAYS_HOLD, REFUSED, SIGNAL_REASONS
from service.domain.verdict import Judgement, Signal


class Mode(StrEnum):
    """Who has the first word on a comment."""

    AUTO = "auto"  # the thresholds decide
    PREMODERATE = "premoderate"  # a person sees everything first: the best outcome is hold
    POSTMODERATE = "postmoderate"  # doubts are published and queued
    CLOSED = "closed"  # no comments are taken


class Scorer(StrEnum):
    """When the scorer, a service outside, is asked about a comment. It can only add doubts, never take any away."""

    OFF = "off"  # never
    ON = "on"  # before something is published by the machine: not about what our own checks already hold
    ALWAYS = "always"  # also about what is held, so that moderators see what it thinks


POLICY_TEXT: Final = 8_000
"""Characters of a site's rules in words."""

AUDIT_SHARE: Final = 0.02
"""Of all verdicts, so many are looked at by a person whatever they say."""

DEFAULT_WEIGHTS: Final[Mapping[str, float]] = {
    "too_short": 0.3,
    "too_long": 0.3,
    "links": 0.6,
    "bare_link": 0.5,
    "link_in_name": 0.5,
    "blocked_domain": 1.0,
    "new_domain": 0.2,
    "refused_domain": 0.7,
    "link_campaign": 0.6,
    "deceptive_link": 0.8,
    "short_link": 0.3,
    "shouting": 0.3,
    "repeated_characters": 0.3,
    "obfuscation": 0.55,
    "emoji_flood": 0.3,
    "gibberish": 0.4,
    "other_language": 0.3,
    "off_topic": 0.1,
    "personal_data": 0.9,
    "blocked_word": 1.0,
    "blocked_name": 1.0,
    "insult": 1.0,
    "hate": 1.0,
    "threat": 1.0,
    "sexual": 0.7,
    "profanity": 0.15,
    "offensive_name": 1.0,
    "self_harm": 0.0,
    "spam_phrase": 0.6,
    "invitation": 0.5,
    "flood": 0.8,
    "address_flood": 0.6,
    "repeated_text": 0.8,
    "address_repeats": 0.6,
    "many_articles": 0.6,
    "near_copies": 0.6,
    "near_repeats": 0.6,
    "refused_copies": 1.0,
    "honeypot": 1.0,
    "haste": 0.4,
    "first_comment": 0.0,
    "likely_spam": 0.56,  # holds alone from a chance of 0.9 on
    "likely_toxic": 0.53,  # holds alone from a chance of 0.95 on
    "learnt_spam": 0.6,  # holds alone from a chance of 0.84 on
    "learnt_abuse": 0.6,  # likewise
    "spam_bound": 0.0,
    "abuse_bound": 0.0,
    "spam_earned": 0.0,
    "abuse_earned": 0.0,
    "unknown_author": 0.3,
    "rejected_before": 0.5,
    "banned": 0.0,
    "banned_outright": 0.0,
    "author_held": 0.0,
    "reserved_name": 0.0,
    "badge_holder": 0.0,
    "remote_spam": 1.0,
    "remote_toxicity": 1.0,
    "test_string": 1.0,
    "check_failed": 0.0,
    "gave_up": 0.0,
    "scorer_away": 0.0,
}

DEFAULT_CAPS: Final[Mapping[str, float]] = {
    "form": 0.4,
    "links": 1.0,
    "style": 0.45,
    "disguise": 0.55,
    "topic": 0.35,
    "privacy": 1.0,
    "words": 1.0,
    "abuse": 1.0,
    "distress": 1.0,
    "flood": 1.0,
    "bot": 1.0,
    "author": 0.5,
    "staff": 1.0,
    "model": 0.6,
    "bounds": 1.0,
    "remote": 1.0,
    "plumbing": 1.0,
}


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a site's (or article's) rules.

    `weights` maps a signal reason to what a finding of strength 1 adds; `caps` maps a group of reasons to the most that
    group can add; the sum, cut at 1, is the score. From `hold` on a person decides; from `reject` on (off by default)
    the machine refuses. What is not listed weighs, or is capped, as by default. `policy_text` is the rules in words,
    for the scorer. `audit_share` is how many of all verdicts, by dice, are shown to a person whatever they say.
    `bounds` are the errors that are accepted at most: a site's alone, for an article's own policy has none.
    `shadow` is what would be otherwise in rules that are tried forward: any of `weights`, `caps`, `hold` and `reject`.
    They judge the same signals at the same moment, and change nothing. What it doesn't name is as the policy has it.
    """

    mode: Mode = Mode.AUTO
    hold_first_comment: bool = True
    hold: float = 0.5
    reject: float | None = None
    weights: Mapping[str, float] = field(default_factory=lambda: DEFAULT_WEIGHTS)
    caps: Mapping[str, float] = field(default_factory=lambda: DEFAULT_CAPS)
    blocked_words: tuple[str, ...] = ()
    blocked_domains: tuple[str, ...] = ()
    scorer: Scorer = Scorer.OFF
    policy_text: str = ""
    shadow: Mapping[str, Any] | None = None
    audit_share: float = AUDIT_SHARE
    bounds: Bounds = field(default_factory=Bounds)

    def __post_init__(self) -> None:
        if not all(least >= 0.0 for least in (*self.weights.values(), *self.caps.values())):
            raise ValueError("weights and caps are never below 0: no signal speaks for a comment")

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> "Policy":
        """A policy as stored (the document was checked when it was saved); what it doesn't say is the default."""
        given = dict(document)
        for name, kind in (
            ("mode", Mode), ("blocked_words", tuple), ("blocked_domains", tuple), ("scorer", Scorer),
            ("bounds", Bounds.from_document),
        ):  # fmt: skip
            if name in given:
                given[name] = kind(given[name])
        return cls(**given)

    def to_document(self) -> dict[str, Any]:
        """All of the policy as JSON holds it."""
        return {
            "mode": str(self.mode),
            "hold_first_comment": self.hold_first_comment,
            "hold": self.hold,
            "reject": self.reject,
            "weights": dict(self.weights),
            "caps": dict(self.caps),
            "blocked_words": list(self.blocked_words),
            "blocked_domains": list(self.blocked_domains),
            "scorer": str(self.scorer),
            "policy_text": self.policy_text,
            "shadow": dict(self.shadow) if self.shadow is not None else None,
            "audit_share": self.audit_share,
            "bounds": self.bounds.to_document(),
        }

    @property
    def shadowed(self) -> "Policy | None":
        """The policy as its shadow would have it; None without one."""
        if self.shadow is None:
            return None
        merged = {name: {**getattr(self, name), **self.shadow.get(name, {})} for name in ("weights", "caps")}
        return replace(self, **{**self.shadow, **merged}, shadow=None)

    def asks_scorer(self, action: Action) -> bool:
        """Whether the scorer is asked about a comment of which our own checks would make this."""
        if self.scorer is Scorer.ALWAYS:
            return action is not Action.REJECT
        return self.scorer is Scorer.ON and action is Action.PUBLISH

    def judge_in_shadow(self, signals: Iterable[Signal]) -> Judgement | None:
        """What the shadow makes of the same signals; None without one."""
        shadowed = self.shadowed
        return None if shadowed is None else shadowed.judge(signals)

    def judge(self, signals: Iterable[Signal]) -> Judgement:
        """Weigh signals. More signals, or stronger ones, never lower the score and never publish what was not."""
        signals = tuple(signals)
        groups = self._groups(signals)
        score = round(min(1.0, fsum(min(self._cap(group), fsum(found.values())) for group, found in groups.items())), 4)
        added = {reason: part for group, found in groups.items() for reason, part in self._share(group, found)}
        reasons = {signal.reason for signal in signals}
        if reasons & ALWAYS_HOLD:
            return Judgement(Action.HOLD, score, added, awaits=True)
        if reasons & REFUSED:
            return Judgement(Action.REJECT, score, added, awaits=False)
        return self._by_mode(self._by_threshold(score, reasons), score, added)

    def _groups(self, signals: tuple[Signal, ...]) -> dict[str, dict[str, float]]:
        """By group, what each reason weighs: its strongest finding times its weight."""
        groups: dict[str, dict[str, float]] = {}
        for signal in signals:
            weight = self.weights.get(signal.reason, DEFAULT_WEIGHTS.get(signal.reason, 0.0)) * signal.score
            found = groups.setdefault(SIGNAL_REASONS.get(signal.reason, signal.reason), {})
            found[signal.reason] = max(weight, found.get(signal.reason, 0.0))
        return groups

    def _cap(self, group: str) -> float:
        return self.caps.get(group, DEFAULT_CAPS.get(group, 1.0))

    def _share(self, group: str, found: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        """What each reason adds under its group's cap, the strongest served first: an account for people to read."""
        left = self._cap(group)
        for reason, weight in sorted(found.items(), key=lambda item: (-item[1], item[0])):
            part = min(weight, left)
            left -= part
            yield reason, round(part, 4)

    def _by_threshold(self, score: float, reasons: set[str]) -> Action:
        if (self.reject is not None and score >= self.reject) or self._is_over(Kind.WRONGED, reasons):
            return Action.REJECT
        if (
            score >= self.hold
            or (self.hold_first_comment and "first_comment" in reasons)
            or self._is_over(Kind.MISSED, reasons)
        ):
            return Action.HOLD
        return Action.PUBLISH

    def _is_over(self, kind: Kind, reasons: AbstractSet[str]) -> bool:
        """Whether one of the thresholds was met that follow from a bound of this policy."""
        return any(SIGNALS[kind, category] in reasons for category in self.bounds.of(kind))

    def _by_mode(self, action: Action, score: float, added: Mapping[str, float]) -> Judgement:
        awaits = action is Action.HOLD
        if self.mode is Mode.POSTMODERATE and awaits:
            return Judgement(Action.PUBLISH, score, added, awaits=True)
        if self.mode in {Mode.PREMODERATE, Mode.CLOSED} and action is Action.PUBLISH:
            return Judgement(Action.HOLD, score, added, awaits=True)
        return Judgement(action, score, added, awaits=awaits)
