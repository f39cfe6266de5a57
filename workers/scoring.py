"""Which comments the scorer is asked about, and what becomes of what it says: doubts, or a comment that is held.

It can only add: a scorer that was talked round by a comment's text publishes nothing that our own checks would hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from service import meters, metrics
from service.domain.comment import Action, Lane
from service.domain.policy import Policy
from service.domain.verdict import Fact, Outcome, Signal
from service.logs import without_addresses
from service.operations.judge import Judged
from service.operations.recheck import recheck
from service.store import moving, queues, sites
from service.store.backlog import Stage
from workers.engine import completed
from workers.room import Room
from workers.scorer.question import Answer, Heard, Question

FAINT: Final = 0.2
"""Below it a score is no finding; all scores are kept with the verdict."""
MOST_CATEGORIES: Final = 3
REST_SECONDS: Final = 10.0

_log = structlog.get_logger(__name__)


def pass_on(here: Room, batch: Sequence[Judged], policies: Mapping[str, Policy]) -> list[Judged]:
    """Put those that the scorer is to be asked about into its lane. Returns the rest, and what can't be asked about."""
    asked = _to_be_asked(batch, policies)
    if not asked:
        return list(batch)
    heard = _unheard(here, asked)
    passed_on = [each.row for each in asked if each.row.id not in heard]
    if passed_on:
        here.database.transact(lambda connection: moving.pass_on(connection, passed_on))
        here.handoff.wake(Lane.SCORE)
    gone = {row.id for row in passed_on}
    return _completed([each for each in batch if each.row.id not in gone], policies, heard)


def score(here: Room, batch: Sequence[Judged], policies: Mapping[str, Policy]) -> list[Judged]:
    """Ask the scorer, all at once, and add to each verdict what it said, or that it said nothing."""
    asked = _to_be_asked(batch, policies)
    heard = _unheard(here, asked)
    sent = [each for each in asked if each.row.id not in heard]
    heard |= dict(zip((each.row.id for each in sent), _ask(here, sent, policies), strict=True))
    return _completed(batch, policies, heard)


def _to_be_asked(batch: Sequence[Judged], policies: Mapping[str, Policy]) -> list[Judged]:
    return [each for each in batch if policies[each.row.id].asks_scorer(each.verdict.action)]


def _unheard(here: Room, asked: Sequence[Judged]) -> dict[str, Heard]:
    """Those about whom nobody is asked, by id: there is no scorer, or too many of their site wait."""
    if here.scorer is None:
        return {each.row.id: Heard("unset") for each in asked}
    sites_asking = {each.row.site_id for each in asked}
    crowded = {site for site in sites_asking if here.backlog.stage(here.database, site) is not Stage.OK}
    busy = {each.row.id: Heard("busy") for each in asked if each.row.site_id in crowded}
    if busy:
        meters.count(metrics.SCORER_REQUESTS, "busy", by=len(busy))
    return busy


def _completed(batch: Sequence[Judged], policies: Mapping[str, Policy], heard: Mapping[str, Heard]) -> list[Judged]:
    return [_heard(each, policies[each.row.id], heard[each.row.id]) if each.row.id in heard else each for each in batch]


def bring_back(here: Room) -> int:
    """Once the scorer answers again, have a few of those judged again that it wasn't there for. Returns how many."""
    if here.scorer is None or not may_be_brought_back(here) or not here.scorer.is_back():
        return 0
    brought = recheck(here.database, here.settings.scorer_at_once, datetime.now(UTC))
    if brought:
        _log.info("the scorer is back: judged again", comments=brought)
    return brought


def may_be_brought_back(here: Room) -> bool:
    """Whether anything is held for want of the scorer, and has rested; and no site has too many that wait."""
    if here.scorer is None:
        return False
    with here.database.read() as connection:
        return bool(queues.unscored(connection, 1)) and not here.backlog.is_any(connection)


def _ask(here: Room, asked: Sequence[Judged], policies: Mapping[str, Policy]) -> list[Heard]:
    if not asked or here.scorer is None:
        return []
    with here.database.read() as connection:
        titles = sites.confirmed_titles(connection, {each.row.article_id for each in asked})
    return here.scorer.ask(
        [
            Question(
                text=without_addresses(each.row.body),
                language=each.row.language,
                policy=policies[each.row.id].policy_text,
                article_title=titles.get(each.row.article_id, ""),
            )
            for each in asked
        ]
    )


def _heard(each: Judged, policy: Policy, heard: Heard) -> Judged:
    if heard.answer is None:
        return _away(each, policy, heard)
    facts: dict[str, Fact] = {"outcome": heard.outcome, "model": heard.answer.model}
    facts |= {f"score.{name}": score for name, score in heard.answer.scores.items()}
    found = findings(heard.answer)
    strongest = max((signal.score for signal in found), default=0.0)
    outcome = Outcome("scorer", heard.milliseconds, score=strongest, version=heard.answer.model, facts=facts)
    return replace(each, verdict=completed(each.verdict, policy, found, outcome))


def _away(each: Judged, policy: Policy, heard: Heard) -> Judged:
    """Held; and judged again later, if it is for this reason alone that it isn't published."""
    facts: dict[str, Fact] = {"outcome": heard.outcome} | ({"status": heard.status} if heard.status else {})
    outcome = Outcome("scorer", heard.milliseconds, failed=True, facts=facts)
    verdict = completed(each.verdict, policy, [Signal("scorer_away", facts={"outcome": heard.outcome})], outcome)
    rests = rest(each.row.revision) if each.verdict.action is Action.PUBLISH else None
    return replace(each, verdict=verdict, rests=rests)


def rest(revision: int) -> timedelta:
    """How long it is left held at least: ten seconds, then twice as long each time, up to an hour.

    A text on which the scorer always stumbles is so tried less and less often, and disturbs nobody who decides on it.
    """
    return timedelta(seconds=min(REST_SECONDS * 2.0 ** min(revision - 1, 20), queues.LONGEST_REST))


def findings(answer: Answer) -> list[Signal]:
    """`spam` is spam; every other score is a kind of toxicity, of which the worst counts."""
    said: dict[str, Fact] = {"explanation": answer.explanation or "–"}
    found = []
    spam = answer.scores.get("spam", 0.0)
    if spam >= FAINT:
        found.append(Signal("remote_spam", round(spam, 4), {"percent": round(spam * 100), **said}))
    kinds = sorted(((score, name) for name, score in answer.scores.items() if name != "spam"), reverse=True)
    if kinds and kinds[0][0] >= FAINT:
        worst = kinds[0][0]
        named = ", ".join(f"{name} {score:.2f}" for score, name in kinds[:MOST_CATEGORIES] if score >= FAINT)
        found.append(
            Signal("remote_toxicity", round(worst, 4), {"percent": round(worst * 100), "categories": named, **said})
        )
    return found
