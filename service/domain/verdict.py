"""What the machine says of a comment: signals, and the verdict drawn from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain.comment import Action
from service.domain.teaching import Category

Fact = str | int | float | bool
Facts = Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the comment's raw text, in code points: `body[start:end]`."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span runs forward from 0, not {self.start} to {self.end}")


@dataclass(frozen=True, slots=True)
class Signal:
    """One finding of one check. Its sentence is rendered when it is read, in the reader's language.

    `score` says how strong the finding is, from 0 (nothing) to 1 (certain); the policy says what that weighs.
    `facts` fill the sentence; `spans` mark the words that caused it.
    """

    reason: str
    score: float = 1.0
    facts: Facts = field(default_factory=dict)
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a signal's score lies in [0, 1], not at {self.score}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check fared on one comment: kept with the verdict as evidence."""

    check: str
    milliseconds: float
    failed: bool = False
    score: float = 0.0
    """The strength of its strongest finding."""
    version: str = ""
    """A digest of the check's own file: whoever changes what it says, changes this."""
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the trained model thinks of a comment: chances in [0, 1], and the words that spoke for them."""

    spam: float = 0.0
    toxicity: float = 0.0
    kind: str = ""
    """`insult`, `hate` or `threat`, if one of them is likely."""
    spam_spans: tuple[Span, ...] = ()
    toxic_spans: tuple[Span, ...] = ()
    learnt_spam: float = 0.0
    """How likely the site's own moderators would refuse it as spam; 0 where they haven't taught that yet."""
    learnt_abuse: float = 0.0
    learnt_spam_spans: tuple[Span, ...] = ()
    learnt_abuse_spans: tuple[Span, ...] = ()

    @property
    def chances(self) -> Mapping[Category, float]:
        """By category, the best that is known: what the site has taught, else what the shipped model thinks."""
        return {Category.SPAM: self.learnt_spam or self.spam, Category.ABUSE: self.learnt_abuse or self.toxicity}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy makes of signals: the action, the score in [0, 1], and what each reason added to it."""

    action: Action
    score: float
    weights: Mapping[str, float]
    awaits: bool
    """Whether a person should look: everything held, and in `postmoderate` what was published in spite of doubts."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the machine concluded about one revision of one comment."""

    judgement: Judgement
    signals: tuple[Signal, ...]
    outcomes: tuple[Outcome, ...]
    engine: str
    """The versions of the checks and of the model that spoke."""
    estimate: Estimate = field(default_factory=Estimate)
    shadow: Judgement | None = None
    """What the policy's shadow makes of the same signals. It changes nothing."""

    @property
    def action(self) -> Action:
        return self.judgement.action

    @property
    def score(self) -> float:
        return self.judgement.score
