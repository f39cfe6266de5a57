"""What a batch adds to the metrics: counted after the commit, once for all of it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from service import meters, metrics
from service.domain.verdict import Outcome
from service.operations.judge import Judged


def tally_claim(claimed: Sequence[Any]) -> None:
    """A batch was claimed; some of it perhaps not for the first time."""
    if not claimed:
        return
    meters.count(metrics.BATCHES)
    meters.count(metrics.CLAIMED, by=len(claimed))
    again = sum(row.attempts > 1 for row in claimed)
    if again:
        meters.count(metrics.RETRIES, by=again)


def tally(batch: Sequence[Judged], moved: set[str], now: datetime) -> None:
    """Verdicts count for the comments that moved; the checks' time was spent on all."""
    _tally_checks(outcome for each in batch for outcome in each.verdict.outcomes)
    told = [each for each in batch if each.row.id in moved]
    for action, number in Counter(str(each.verdict.action) for each in told).items():
        meters.count(metrics.VERDICTS, action, by=number)
    reasons = (reason for each in told for reason in {signal.reason for signal in each.verdict.signals})
    for reason, number in Counter(reasons).items():
        meters.count(metrics.REASONS, reason, by=number)
    waited = [max(0.0, (now - each.row.created_at).total_seconds()) for each in told if each.row.revision == 1]
    if waited:
        meters.observe_all(metrics.VERDICT_SECONDS, waited)


def _tally_checks(outcomes: Iterable[Outcome]) -> None:
    seconds: dict[str, list[float]] = {}
    for outcome in outcomes:
        seconds.setdefault(outcome.check, []).append(outcome.milliseconds / 1000)
        if outcome.failed:
            meters.count(metrics.CHECK_FAILURES, outcome.check)
    for check, spent in seconds.items():
        meters.observe_all(metrics.CHECK_SECONDS, spent, check)
