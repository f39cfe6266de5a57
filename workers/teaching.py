"""Learning: what people decided since the last look becomes, site by site, a new version of what the judge has learnt.

Never in a request, and by one process at a time. It reads, computes, and writes in transactions of their own: whoever
is killed in between has lost one attempt, not a decision.
"""

import time
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

import structlog

from service import meters, metrics
from service.domain.teaching import Category, lesson_of
from service.operations.models import Version, record
from service.store import lessons, marks, models
from service.store.lessons import dice_of
from service.store.marks import Follower
from service.store.turns import turn
from workers.learning.features import see
from workers.learning.head import BadHead, Head, pack
from workers.learning.trial import PARTS, Lesson, Outcome, challenge, enough
from workers.learnt import open_head
from workers.room import Room

TURN: Final = "learn"
TURN_SECONDS: Final = 60.0
_INDIFFERENT: Final = 0.05
"""What the shipped model is taken to think of a comment that people decided on before it had read it."""

_log = structlog.get_logger(__name__)


def learn(here: Room, now: datetime) -> int:
    """Learn on every site where somebody decided since the last time. How many versions came of it, serving or not."""
    with turn(here.database, TURN, TURN_SECONDS) as ours:
        return _learn(replace(here, database=ours), now) if ours is not None else 0


def _learn(here: Room, now: datetime) -> int:
    with here.database.read() as connection:
        sites = marks.sites_behind(connection, Follower.LESSONS)
    made = 0
    until = time.monotonic() + here.settings.task_seconds / 2
    for site in sites:
        made += _learn_site(here, site, now, until)
        if time.monotonic() > until:
            break  # the others' turn is next: their marks have not moved
    return made


def _learn_site(here: Room, site: Any, now: datetime, until: float) -> int:
    started = time.perf_counter()
    taken, up_to = _take_in(here, site, until)
    with here.database.read() as connection:
        rows = lessons.lessons(connection, site.id)
        champions = {
            row.category: models.find_model(connection, row.id) for row in models.champions(connection, [site.id])
        }
    kinds = [lesson_of(row.action, row.reason) for row in rows]
    seen = [_features(row) for row in rows]
    made = 0
    for category in Category:
        champion, known_until = _opened(champions.get(category))
        known = [
            Lesson(
                features,
                kind == category,
                dice_of(row.id) % PARTS,
                1 / (row.share or 1.0),
                new=known_until is None or row.decided_at > known_until,
            )
            for row, kind, features in zip(rows, kinds, seen, strict=True)
            if kind is not None
        ]
        if enough(known):
            outcome = challenge(known, champion)
            made += _keep(here, site, category, outcome, champions.get(category), rows[-1].decided_at, now)
    here.database.transact(partial(marks.finish, follower=Follower.LESSONS, site_id=site.id, decided_at=up_to))
    seconds = time.perf_counter() - started
    meters.observe_all(metrics.LEARNING_SECONDS, [seconds])
    _log.info("learnt", site=site.name, decisions=taken, lessons=len(rows), versions=made,
              milliseconds=round(seconds * 1000))  # fmt: skip
    return made


def _take_in(here: Room, site: Any, until: float) -> tuple[int, datetime]:
    """Take in what was decided since the mark, page by page. Returns how much that was, and up to when.

    A site that comes with years of decisions takes several turns.
    """
    taken, place = 0, marks.beginning(site.mark)
    while True:
        page = here.database.transact(partial(lessons.take_in, site_id=site.id, after=place))
        taken += len(page.comment_ids)
        place = page.end
        if page.is_last or time.monotonic() > until:
            return taken, place.at


def _features(row: Any) -> Any:
    estimate = row.estimate or {}
    findings = ((signal["reason"], signal["score"]) for signal in row.signals or ())
    spam, toxicity = (estimate.get(name, _INDIFFERENT) for name in ("spam", "toxicity"))
    return see(row.body, row.website, spam, toxicity, findings).features


def _opened(row: Any) -> tuple[Head | None, datetime | None]:
    """The head that serves, and up to when it has learnt; None where none does, or a damaged one doesn't."""
    if row is None:
        return None, None
    try:
        return open_head(row), datetime.fromisoformat(row.manifest["until"])
    except BadHead:
        return None, None


def _keep(
    here: Room, site: Any, category: Category, outcome: Outcome, champion: Any, until: datetime, now: datetime
) -> bool:
    """Keep a version; False if meanwhile another serves than the one that it was compared with: then it is void."""
    content, described = pack(outcome.head)
    manifest = described | {"prior": here.classifier.version, "until": until.isoformat()} | outcome.document()
    version = Version(site.id, category, content, manifest)
    beside = None if champion is None else champion.id
    number = record(here.database, version, now, serves=outcome.serves, beside=beside)
    if number is None:
        _log.info("a version is void: another serves meanwhile", site=site.name, category=str(category))
        return False
    meters.count(metrics.LEARNT, str(category), str(outcome.why))
    _log.info("a version was made", site=site.name, category=str(category), version=number, serves=outcome.serves,
              why=outcome.why)  # fmt: skip
    return True
