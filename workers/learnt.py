"""Which heads serve on which sites: looked up anew every few seconds, so that a new champion needs no restart."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from sqlalchemy import Connection

from service.domain.teaching import Category
from service.domain.verdict import Estimate, Signal
from service.store import models
from workers.checks.context import Context
from workers.engine import Model
from workers.learning.features import see
from workers.learning.head import BadHead, Head, unpack

FRESH_SECONDS: Final = 2.0
REMEMBERED: Final = 100
"""Sites, of which each has 130 KB of heads."""
MARKED_FROM: Final = 0.5
LEAST: Final = 0.0001
"""A chance of 0 is none: nothing was taught."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taught:
    """The shipped model with the heads of one site beside it: what the engine asks. The model itself is not changed."""

    prior: Model
    heads: Mapping[Category, Head]
    version: str

    def estimate(self, comment: Context, signals: Iterable[Signal]) -> Estimate:
        """What the shipped model thinks, and how likely people here would refuse it."""
        signals = tuple(signals)
        estimate = self.prior.estimate(comment, signals)
        findings = ((signal.reason, signal.score) for signal in signals)
        seen = see(comment.body, comment.website, estimate.spam, estimate.toxicity, findings)
        for category, head in self.heads.items():
            chance = max(LEAST, round(head.chance(seen.features), 4))
            marks = head.marks(seen) if chance >= MARKED_FROM else ()
            if category is Category.SPAM:
                estimate = replace(estimate, learnt_spam=chance, learnt_spam_spans=marks)
            else:
                estimate = replace(estimate, learnt_abuse=chance, learnt_abuse_spans=marks)
        return estimate


class Learnt:
    """The heads of one process, for the sites that it was asked about lately."""

    def __init__(self, prior: Model, clock: Callable[[], float] = time.monotonic) -> None:
        self._prior = prior
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, tuple[str, ...], Model]] = OrderedDict()

    def models(self, connection: Connection, site_ids: Collection[str]) -> dict[str, Model]:
        """The model to ask for each site. One statement, and none while all were asked about a moment ago."""
        now = self._clock()
        stale = {each for each in site_ids if each not in self._known or self._known[each][0] <= now - FRESH_SECONDS}
        if stale:
            rows = models.champions(connection, stale)
            for site_id in stale:
                self._look(connection, site_id, [row for row in rows if row.site_id == site_id], now)
        found = {site_id: self._known[site_id][2] for site_id in site_ids}
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _look(self, connection: Connection, site_id: str, rows: list[Any], now: float) -> None:
        ids = tuple(sorted(row.id for row in rows))
        before = self._known.pop(site_id, None)
        model = before[2] if before is not None and before[1] == ids else self._taught(connection, rows)
        self._known[site_id] = now, ids, model

    def _taught(self, connection: Connection, rows: list[Any]) -> Model:
        heads: dict[Category, Head] = {}
        versions = []
        for row in sorted(rows, key=lambda row: row.category):
            try:
                heads[Category(row.category)] = open_head(models.find_model(connection, row.id))
                versions.append(f"{row.category}-{row.version}")
            except BadHead as bad:
                _log.error("what was learnt cannot serve; the shipped model does", model=row.id, reason=str(bad))
        if not heads:
            return self._prior
        return Taught(self._prior, heads, " ".join([self._prior.version, *versions]))


def open_head(row: Any) -> Head:
    """The head of a row of `models`, or None's. Raises `BadHead`."""
    if row is None:
        raise BadHead("it is no more")
    return unpack(row.content, row.manifest)
