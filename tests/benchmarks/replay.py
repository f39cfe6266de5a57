"""Replays labelled comments through a real service and says what became of each; optionally in the middle of a crash.

./dev bench replay --corpora DIR                        as fast as it takes them, on PostgreSQL
./dev bench replay --corpora DIR --rate 20 --count 200  at low load: how long until the verdict
./dev bench replay --corpora DIR --kill all             exit 1 unless every 202 is decided afterwards
"""

import argparse
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.benchmarks._corpora import Remark, remarks
from tests.benchmarks._ledger import Fate, Ledger, fates, pending
from tests.benchmarks._service import SITE, Service, service
from tests.benchmarks._tables import machine, milliseconds, table
from tests.benchmarks._wire import NoAnswer, Wire
from tests.servers import wait_until

LOW = 50.0  # a second: up to here readers also follow their receipts, which would be load of its own at more
PATIENCE = 90.0  # seconds: more than a lease and a sweep
GIVE_UP = 60.0  # seconds a reader goes on sending while nobody answers


def main() -> None:
    asked = _arguments()
    chosen = remarks(asked.corpora, asked.count)
    with service(asked.database) as running:
        outcome = replay(running, chosen, rate=asked.rate, clients=asked.clients, kill=asked.kill)
    document = outcome.document()
    print(json.dumps(document) if asked.json else outcome.text(asked.database))
    if outcome.lost:
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench replay", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--corpora", type=Path, required=True, help="the folder of youtube_spam and fox_news")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--rate", type=_rate, default=None, metavar="N|max", help="comments a second; default max")
    parser.add_argument("--count", type=int, help="how many comments; default every text once")
    parser.add_argument("--clients", type=int, default=8, help="connections at once; default 8")
    parser.add_argument("--kill", choices=["worker", "redis", "all"], help="kill -9 in the middle, and start again")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of tables")
    return parser.parse_args()


def _rate(text: str) -> float | None:
    return None if text == "max" else float(text)


@dataclass(frozen=True)
class Outcome:
    """What was sent, what was answered, and what became of it."""

    ledger: Ledger
    fates: dict[str, Fate]
    sending: float
    judging: float
    kill: str | None
    cpu: dict[str, float]
    """Seconds of processor time by part of the service, and of the load itself."""

    @property
    def lost(self) -> int:
        """Accepted, but gone, or without a verdict."""
        undecided = [fate for fate in self.fates.values() if fate.status == "pending" or fate.seconds is None]
        return len(self.ledger.accepted) - len(self.fates) + len(undecided)

    def document(self) -> dict[str, Any]:
        ledger = self.ledger
        accepted = len(ledger.accepted)
        verdicts = [fate.seconds for fate in self.fates.values() if fate.seconds is not None]
        return {
            "kill": self.kill,
            "accepted": accepted,
            "decided": accepted - self.lost,
            "lost": self.lost,
            "duplicates": ledger.answers[409],
            "refused": {status: n for status, n in sorted(ledger.answers.items()) if status not in {202, 409}},
            "asked_again": ledger.asked_again,
            "accepted_per_second": round(accepted / self.sending, 1),
            "judged_per_second": round(accepted / self.judging, 1),
            "cpu_ms": {part: round(spent * 1000 / max(1, accepted), 2) for part, spent in self.cpu.items()},
            "answer_ms": milliseconds(ledger.waits),
            "verdict_ms": milliseconds(verdicts),
            "seen_ms": milliseconds(ledger.seen) if ledger.seen else None,
            "labels": self._labels(),
            "machine": machine(),
        }

    def _labels(self) -> list[dict[str, Any]]:
        kinds: dict[tuple[str, bool], Counter[str]] = {}
        for identifier, remark in self.ledger.accepted.items():
            fate = self.fates.get(identifier)
            kinds.setdefault((remark.corpus, remark.bad), Counter())[fate.status if fate else "lost"] += 1
        return [
            {"corpus": corpus, "label": "bad" if bad else "good", **{status: n[status] for status in _STATUSES}}
            for (corpus, bad), n in sorted(kinds.items())
        ]

    def text(self, database: str) -> str:
        said = self.document()
        total = table(
            ("", "accepted", "decided", "lost", "409", "refused", "sent again", "accepted/s", "judged/s"),
            [
                (
                    f"{database}{f', {self.kill} killed' if self.kill else ''}", said["accepted"], said["decided"],
                    said["lost"], said["duplicates"], sum(said["refused"].values()), said["asked_again"],
                    said["accepted_per_second"], said["judged_per_second"],
                )
            ],
        )  # fmt: skip
        kinds = [("sending to 202", "answer_ms"), ("row to verdict", "verdict_ms"), ("202 to verdict, seen", "seen_ms")]
        waits = table(
            ("milliseconds", "p50", "p95", "p99"), [(name, *said[key].values()) for name, key in kinds if said[key]]
        )
        cpu = table(("processor ms a comment", *said["cpu_ms"]), [("", *said["cpu_ms"].values())])
        labels = table(
            ("corpus", "label", *_STATUSES),
            [(row["corpus"], row["label"], *(row[each] for each in _STATUSES)) for row in said["labels"]],
        )
        return "\n\n".join([total, waits, cpu, labels, said["machine"]])


_STATUSES = ("published", "held", "rejected")


def replay(running: Service, chosen: list[Remark], *, rate: float | None, clients: int, kill: str | None) -> Outcome:
    """Send them all, crash what is to crash when half are sent, and wait until nothing is pending."""
    ledger, half = Ledger(), threading.Event()
    turns = _turns(chosen, rate, half)
    lock = threading.Lock()

    def take() -> Remark | None:
        with lock:
            return next(turns, None)

    before = running.cpu()
    low, started = rate is not None and rate <= LOW, time.monotonic()
    readers = [
        threading.Thread(target=_read_and_write, args=(running.port, take, ledger, low, kill is not None), daemon=True)
        for _ in range(clients)
    ]
    for reader in readers:
        reader.start()
    if kill is not None:
        half.wait()
        running.kill(kill)
        running.revive(kill)
    for reader in readers:
        reader.join()
    sending = time.monotonic() - started
    try:
        wait_until(lambda: not pending(running.database), PATIENCE, str)
    except TimeoutError:
        print("not everything was decided in time", file=sys.stderr)
    judging = time.monotonic() - started
    cpu = {part: spent - before.get(part, 0.0) for part, spent in running.cpu().items() if part != "other"}
    return Outcome(ledger, fates(running.database, list(ledger.accepted)), sending, judging, kill, cpu)


def _turns(chosen: list[Remark], rate: float | None, half: threading.Event) -> Iterator[Remark]:
    """Each remark when its time has come; whoever takes one waits in line for it."""
    started = time.monotonic()
    for number, remark in enumerate(chosen):
        if rate is not None:
            time.sleep(max(0.0, started + number / rate - time.monotonic()))
        if number >= len(chosen) // 2:
            half.set()
        yield remark
    half.set()


def _read_and_write(port: int, take: Any, ledger: Ledger, follow: bool, insist: bool) -> None:  # noqa: FBT001
    wire = Wire(port)
    while (remark := take()) is not None:
        _send(wire, remark, ledger, follow=follow, insist=insist)
    wire.close()


def _send(wire: Wire, remark: Remark, ledger: Ledger, *, follow: bool, insist: bool) -> None:
    """Send one remark. `insist`: again with the same idempotency key, as a form would, until there is an answer."""
    headers = {"X-Forwarded-For": remark.address}
    if insist:
        headers["Idempotency-Key"] = f"replay-{remark.number}"
    path, deadline = f"/v1/sites/{SITE}/articles/{remark.article}/comments", time.monotonic() + GIVE_UP
    for _ in count():
        started = time.monotonic()
        try:
            answer = wire.post(path, remark.submission, headers)
        except NoAnswer:
            if not insist or time.monotonic() > deadline:
                raise
        else:
            if answer.status < 500 or not insist or time.monotonic() > deadline:
                break
        ledger.again()
        time.sleep(0.05)
    answered = time.monotonic()
    ledger.answered(answer.status, answered - started)
    if answer.status != 202:
        return
    document = answer.json()
    ledger.accept(document["id"], remark)
    if follow:
        _follow(wire, document["receipt"])
        ledger.saw(time.monotonic() - answered)


def _follow(wire: Wire, receipt: str) -> None:
    """Look at the receipt, as the author's page does but much more often, until it tells a verdict."""
    deadline = time.monotonic() + PATIENCE
    while wire.get(f"/v1/receipts/{receipt}").json()["status"] == "pending" and time.monotonic() < deadline:
        time.sleep(0.002)


if __name__ == "__main__":
    main()
