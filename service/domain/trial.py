"""What a draft policy would make of comments that the current one has judged: on their stored signals, without a check.

Only the site's own lists are looked up anew, for a draft may name other words and domains.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from service.domain.comment import Action
from service.domain.matching import domain_list, word_list
from service.domain.policy import Policy
from service.domain.verdict import Judgement, Signal

_LISTED: Final = frozenset({"blocked_word", "blocked_name", "blocked_domain"})


@dataclass(frozen=True, slots=True)
class Case:
    """A comment that was judged: what was found in it, and the texts in which lists are looked up."""

    id: str
    signals: tuple[Signal, ...]
    name: str
    website: str
    body: str


@dataclass(frozen=True, slots=True)
class Example:
    """A comment that would fare otherwise, and both scores."""

    id: str
    score_now: float
    score_then: float


@dataclass(frozen=True, slots=True)
class Change:
    """Comments of which the draft would make something else."""

    before: Action
    after: Action
    count: int
    examples: tuple[Example, ...]
    """The first few, in the order they came."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a policy makes of all of them."""

    actions: dict[Action, int]
    awaiting: int
    """How many a person would have to look at."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Both policies on the same comments."""

    looked_at: int
    now: Tally
    then: Tally
    changes: tuple[Change, ...]
    """The most frequent first."""


def try_out(cases: Iterable[Case], current: Policy, draft: Policy, *, examples: int = 5) -> Trial:
    """Judge every case by both policies."""
    judged = [(case, current.judge(_seen(case, current)), draft.judge(_seen(case, draft))) for case in cases]
    moved: dict[tuple[Action, Action], list[Example]] = {}
    for case, now, then in judged:
        if now.action is not then.action:
            moved.setdefault((now.action, then.action), []).append(Example(case.id, now.score, then.score))
    changes = (Change(before, after, len(found), tuple(found[:examples])) for (before, after), found in moved.items())
    return Trial(
        looked_at=len(judged),
        now=_tally(now for _, now, _ in judged),
        then=_tally(then for _, _, then in judged),
        changes=tuple(sorted(changes, key=lambda change: (-change.count, change.before, change.after))),
    )


def _tally(judgements: Iterable[Judgement]) -> Tally:
    judgements = tuple(judgements)
    found = Counter(judgement.action for judgement in judgements)
    return Tally({action: found[action] for action in Action}, sum(judgement.awaits for judgement in judgements))


def _seen(case: Case, policy: Policy) -> Iterator[Signal]:
    """The case's signals, those of lists as this policy's lists would have them."""
    yield from (signal for signal in case.signals if signal.reason not in _LISTED)
    words, domains = word_list(policy.blocked_words), domain_list(policy.blocked_domains)
    for reason, listed, text in (
        ("blocked_word", words, case.body), ("blocked_name", words, case.name),
        ("blocked_domain", domains, f"{case.body}\n{case.website}"),
    ):  # fmt: skip
        if next(iter(listed.find(text)), None) is not None:
            yield Signal(reason)
