"""What a list of bans would have done to comments that came: added up page by page, as ids and numbers alone."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from service.domain.ban import BanList
from service.domain.comment import Action, Status
from service.domain.reasons import ALWAYS_HOLD

EXAMPLES: Final = 5
_MOST_ARTICLES: Final = 200
"""So many are counted on with: of more, those with the fewest are forgotten when there are twice as many."""


@dataclass(frozen=True, slots=True)
class Case:
    """A comment that was judged: the texts in which bans are looked up, and what has become of it."""

    id: str
    article_id: str
    status: Status
    decided: bool
    """By a person."""
    awaiting: bool
    """For one."""
    reasons: frozenset[str]
    """What the machine found."""
    name: str
    body: str
    website: str
    created_at: datetime

    def fate(self, action: Action) -> Action:
        """What would have become of it under a ban with this action: what always goes to a person still does."""
        return Action.HOLD if self.reasons & ALWAYS_HOLD else action


@dataclass(slots=True)
class Change:
    """Comments that stand so and would have stood otherwise, or for another reason as they do."""

    count: int = 0
    by_people: int = 0
    """Of these, people brought so many to where they stand."""
    examples: list[str] = field(default_factory=list)
    """The first few, by id."""

    def add(self, case: Case) -> None:
        self.count += 1
        self.by_people += case.decided
        if len(self.examples) < EXAMPLES:
            self.examples.append(case.id)


@dataclass(slots=True)
class Rehearsal:
    """A list of bans on comments that came. It can be put down after any page, and taken up from its document."""

    met: int = 0
    changes: dict[str, Change] = field(default_factory=dict)
    """By status and action, as `published hold`."""
    bans: Counter[str] = field(default_factory=Counter)
    """How many comments each ban, by its id, is meant for."""
    articles: Counter[str] = field(default_factory=Counter)
    more: Counter[str] = field(default_factory=Counter)
    """By day (UTC): comments that people would have had to look at, and had not."""
    less: Counter[str] = field(default_factory=Counter)
    """Likewise: that they had to look at, and would not have had."""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        return cls(
            document["met"],
            {key: Change(**change) for key, change in document["changes"].items()},
            *(Counter(document[name]) for name in ("bans", "articles", "more", "less")),
        )

    def to_document(self) -> dict[str, Any]:
        changes = {
            key: {"count": each.count, "by_people": each.by_people, "examples": each.examples}
            for key, each in self.changes.items()
        }
        counted = {name: dict(getattr(self, name)) for name in ("bans", "articles", "more", "less")}
        return {"met": self.met, "changes": changes} | counted

    def look(self, listed: BanList, case: Case, now: datetime) -> None:
        """Add the case if a ban is meant for it."""
        met = [one.ban for one in listed.met(case.name, case.body, case.website, now)]
        if met:
            hardest = Action.REJECT if any(ban.action is Action.REJECT for ban in met) else Action.HOLD
            self.bans.update(ban.id for ban in met)
            self._add(case, case.fate(hardest))

    def _add(self, case: Case, then: Action) -> None:
        self.met += 1
        self.changes.setdefault(f"{case.status} {then}", Change()).add(case)
        self.articles[case.article_id] += 1
        if len(self.articles) > 2 * _MOST_ARTICLES:
            self.articles = Counter(dict(self.articles.most_common(_MOST_ARTICLES)))
        looked_at = case.decided or case.awaiting or case.status is Status.HELD
        if looked_at is not (then is Action.HOLD):
            (self.less if looked_at else self.more)[case.created_at.date().isoformat()] += 1
