"""Claim a batch, judge it, commit: the one path from `pending`, whoever woke it (a task, or the sweep)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from service.domain.comment import Action
from service.domain.verdict import Judgement, Outcome, Signal, Verdict
from service.operations.judge import Judged, judge
from service.settings import Settings
from service.store import queues
from service.store.session import Database, is_away
from workers.engine import ENGINE_VERSION, moderate
from workers.history import contexts

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges what is pending in one database."""

    database: Database
    settings: Settings

    def run_once(self) -> int:
        """Claim one batch and judge it. Returns how many comments were claimed; 0 when nothing waits."""
        claimed = self.database.transact(
            lambda connection: queues.claim(
                connection, limit=self.settings.batch_size, lease_seconds=self.settings.lease_seconds
            )
        )
        if not claimed:
            return 0
        spent = [row for row in claimed if row.attempts > self.settings.max_attempts]
        fresh = [row for row in claimed if row.attempts <= self.settings.max_attempts]
        if spent:
            self._park(spent)
        if fresh:
            self._judge(fresh)
        return len(claimed)

    def waits(self) -> bool:
        with self.database.read() as connection:
            return queues.waits(connection)

    def _judge(self, claimed: Sequence[Any]) -> None:
        """Judge a batch; should it fail as a whole, each comment alone: a bad one costs the others nothing."""
        try:
            self._apply(claimed)
        except Exception as error:
            if len(claimed) == 1 or is_away(error):
                raise
            _log.exception("a batch failed and is judged one by one", comments=[row.id for row in claimed])
            for row in claimed:
                self._judge_alone(row)

    def _judge_alone(self, row: Any) -> None:
        try:
            self._apply([row])
        except Exception:  # noqa: BLE001 - it stays claimed and counted, and is parked when it keeps failing
            _log.exception("a comment could not be judged; it is tried again", comment=row.id, attempts=row.attempts)

    def _apply(self, claimed: Sequence[Any]) -> None:
        now = datetime.now(UTC)
        with self.database.read() as connection:
            known = contexts(connection, claimed, now)
        batch = [
            Judged(row, moderate(context, policy), version)
            for row, (context, policy, version) in zip(claimed, known, strict=True)
        ]
        moved = judge(self.database, batch, datetime.now(UTC))
        for each in batch:
            _log.info(
                "judged" if each.row.id in moved else "nothing to do",
                comment=each.row.id,
                request_id=each.row.facts.get("request_id"),
                action=str(each.verdict.action),
                score=each.verdict.score,
                reasons=sorted({signal.reason for signal in each.verdict.signals}),
                milliseconds=round((now - each.row.created_at).total_seconds() * 1000),
            )

    def _park(self, spent: Sequence[Any]) -> None:
        """A comment that five workers could not judge goes to a person, with that for a reason."""
        batch = [Judged(row, _gave_up(row.attempts - 1), 0) for row in spent]
        judge(self.database, batch, datetime.now(UTC))
        _log.error("parked for a person", comments=[row.id for row in spent])


def _gave_up(attempts: int) -> Verdict:
    signal = Signal("gave_up", facts={"count": attempts})
    return Verdict(
        Judgement(Action.HOLD, 0.0, {"gave_up": 0.0}, awaits=True),
        (signal,),
        (Outcome("all", 0.0, failed=True),),
        ENGINE_VERSION,
    )
